"""How seats of visits were used, drawn as charts with their tables: the same page at the desk and in the console."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from hall.presentation.design.booking import WEEKDAYS
from hall.services.appointments import usage
from hall.services.appointments.rows import UsageRow, Used
from hall.services.catalogue.sheet_text import harmless
from hall.support.access.actors import Actor

SPANS = (4, 12)
HEIGHT, PITCH, BAR = 140, 44, 26  # of the drawing, in its own units
STEPS = (30, 50, 70, 90)  # percent from which a cell of the week is a shade darker
NOTHING = Used(0, 0)


@dataclass(frozen=True, slots=True)
class Column:
    """One day, or week, of the chart: where its bar stands and how high what was offered and taken is drawn. `label` stands below."""

    x: int
    label: str
    note: str
    offered: int
    taken: int
    used: Used


@dataclass(frozen=True, slots=True)
class Cell:
    """An hour of a weekday; `step` 0 to 4 is its shade, which the percentage tells too."""

    percent: int | None
    step: int


def answer(
    request: HttpRequest,
    actor: Actor,
    *,
    template: str,
    frame: Mapping[str, object],
    departments: Mapping[str, str] | None = None,
) -> HttpResponse:
    """The page over the last weeks, or with `form=csv` its figures as a file. `departments` (code to name): one may be chosen. Seven SQL statements."""
    today, departments = timezone.localdate(), departments or {}
    weeks = SPANS[1] if request.GET.get("weeks") == str(SPANS[1]) else SPANS[0]
    chosen = request.GET.get("department", "") if request.GET.get("department", "") in departments else ""
    from_day = today - timedelta(days=7 * weeks - 1)
    days = usage.by_day(actor, from_day=from_day, to_day=today, department_code=chosen)
    schedules = usage.by_schedule(actor, from_day=from_day, to_day=today, department_code=chosen)
    if request.GET.get("form") == "csv":
        return as_csv(schedules, days, departments)
    hours = usage.by_hour(actor, from_day=from_day, to_day=today, department_code=chosen)
    context = {
        **frame,
        "weeks": weeks,
        "spans": SPANS,
        "from_day": from_day,
        "to_day": today,
        "departments": departments,
        "chosen": chosen,
        "whole": sum(days.values(), NOTHING),
        "columns": columns(days if weeks == SPANS[0] else by_week(days)),
        "hours": sorted({hour for _, hour in hours}),
        "weekdays": [(number, WEEKDAYS[number - 1]) for number in range(1, 8) if any(day == number for day, _ in hours)],
        "cells": {key: cell(used) for key, used in hours.items()},
        "ends": ends_of(hours),
        "schedules": schedules,
    }
    return render(request, template, context)


def by_week(days: Mapping[date, Used]) -> dict[date, Used]:
    """The days summed up by the Monday of their week."""
    weeks: dict[date, Used] = {}
    for day, used in days.items():
        monday = day - timedelta(days=day.weekday())
        weeks[monday] = weeks.get(monday, NOTHING) + used
    return weeks


def columns(days: Mapping[date, Used]) -> list[Column]:
    """Bars from nought, side by side, the most offered as high as the drawing."""
    most = max((used.quota for used in days.values()), default=0)
    return [
        Column(
            x=place * PITCH + (PITCH - BAR) // 2,
            label=f"{day.month}-{day.day}",
            note=f"周{WEEKDAYS[day.weekday()]}",
            offered=round(HEIGHT * used.quota / most),
            taken=round(HEIGHT * used.taken / most),
            used=used,
        )
        for place, (day, used) in enumerate(days.items())
    ]


def cell(used: Used) -> Cell:
    """How an hour of the week is shaded."""
    return Cell(used.percent, sum((used.percent or 0) >= least for least in STEPS))


def ends_of(hours: Mapping[tuple[int, int], Used]) -> list[tuple[str, int]]:
    """The fullest hour of the week and the emptiest, in words, with their percentages; nothing where they are alike."""
    ranked = sorted(hours.items(), key=lambda one: one[1].percent or 0)
    if not ranked or ranked[0][1].percent == ranked[-1][1].percent:
        return []
    return [(f"周{WEEKDAYS[weekday - 1]} {hour} 点", used.percent or 0) for (weekday, hour), used in (ranked[-1], ranked[0])]


def as_csv(rows: list[UsageRow], days: Mapping[date, Used], departments: Mapping[str, str]) -> HttpResponse:
    """The figures as a file: every day, then every schedule."""
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(["日期", "放号", "约出", "已办理", "未到场", "取消"])
    table.writerows([day.isoformat(), used.quota, used.taken, used.served, used.missed, used.cancelled] for day, used in days.items())
    table.writerow([])
    table.writerow(["部门", "排班", "地点", "放号", "约出", "已办理", "未到场", "取消"])
    for row in rows:
        used = row.used
        name = departments.get(row.department_code, row.department_code)
        table.writerow([name, harmless(row.name), row.venue_name, used.quota, used.taken, used.served, used.missed, used.cancelled])
    response = HttpResponse("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = "attachment; filename=usage.csv"
    return response
