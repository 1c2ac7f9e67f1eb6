"""Schedules of visits (排班): which hall serves what, on which days, with how many seats (§5.3.1). By the department's leader; others look."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from uuid import uuid4

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hall.presentation.design import booking
from hall.presentation.desk.appointments import staff_of
from hall.presentation.desk.frame import desk_frame
from hall.services.appointments import counter, counter_queries, scheduling
from hall.services.appointments.patterns import WEEKDAYS, Pattern, Window
from hall.services.appointments.rows import ScheduleFile
from hall.services.appointments.scheduling import MANAGERS, ScheduleForm
from hall.services.catalogue import bookable
from hall.support.access.actors import Actor, require
from hall.support.refusals import NotFound, Refusal

PAGE_SIZE = 50
ROWS = 6
AHEAD_DAYS = 14
RESERVED = (("priority", "优先"), ("onsite", "现场"), ("wechat", "微信"), ("mobile", "手机"))
LEVELS = (("1", "注册"), ("2", "实名"), ("3", "人脸或银行卡"))
DONE = {
    "saved": "排班已保存，号源已按新的排班放出。",
    "ended": "排班已停用，已经约好的不受影响。",
    "closed": "时段已停办，约了的人已收到通知。",
}


@dataclass(frozen=True, slots=True)
class Hours:
    """A row of the form: the same hours and seats on some weekdays; all as text."""

    days: tuple[str, ...] = ()
    starts: str = ""
    ends: str = ""
    quota: str = ""
    reserved: Mapping[str, str] | None = None

    @property
    def is_empty(self) -> bool:
        return not (self.days or self.starts or self.ends or self.quota)


class BadForm(Refusal):
    sentence = "请把表填完整。"


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The department's schedules; keyset. Seven SQL statements."""
    actor = staff_of(request)
    after = request.GET.get("after", "")
    rows = counter_queries.schedules(
        actor, after=int(after) if after.isascii() and after.isdigit() and len(after) < 16 else 0, limit=PAGE_SIZE + 1
    )
    context = {
        **desk_frame(request, actor),
        "rows": rows[:PAGE_SIZE],
        "more": rows[PAGE_SIZE - 1].schedule_id if len(rows) > PAGE_SIZE else "",
        "can_write": actor.has(*MANAGERS),
        "done": DONE.get(request.GET.get("done", ""), ""),
    }
    return render(request, "desk/appointments/schedules.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, schedule_id: int = 0) -> HttpResponse:
    """Write a schedule, or change the hours, seats and times of one. Refused, what was typed stays. Twelve SQL statements to look."""
    actor = staff_of(request)
    file = _file(actor, schedule_id) if schedule_id else None
    if request.method != "POST":
        return _form(request, actor, file, _typed_of(file), [_hours_of(file)])
    require(actor, *MANAGERS)
    try:
        form = _form_of(request.POST, actor, file)
        if file is None:
            scheduling.create_schedule(actor=actor, form=form, request_key=request.POST.get("key", "")[:80], now=timezone.now())
        else:
            revision = request.POST.get("revision", "")
            scheduling.change_schedule(
                actor=actor, schedule_id=schedule_id, revision=int(revision) if revision.isdecimal() and len(revision) < 9 else -1, form=form,
                now=timezone.now(),
            )  # fmt: skip
    except NotFound:
        raise
    except Refusal as refusal:
        return _form(request, actor, file, request.POST.dict(), [_hours_sent(request.POST)], refusal=refusal)
    return HttpResponseRedirect(f"{reverse('desk:schedules')}?done=saved")


@require_safe
def slots(request: HttpRequest, schedule_id: int) -> HttpResponse:
    """The slots of a schedule for two weeks, with seats by share. Ten SQL statements."""
    return _slots(request, staff_of(request), schedule_id)


@require_POST
def close(request: HttpRequest, schedule_id: int) -> HttpResponse:
    """Close one slot with a reason; whoever booked it is told."""
    actor, slot = staff_of(request), request.POST.get("slot", "")
    _file(actor, schedule_id)
    try:
        counter.cancel_slot(
            actor=actor,
            slot_id=int(slot) if slot.isascii() and slot.isdigit() and len(slot) < 16 else 0,
            reason=request.POST.get("reason", "")[:400],
            now=timezone.now(),
        )
    except NotFound:
        raise
    except Refusal as refusal:
        return _slots(request, actor, schedule_id, refusal=refusal)
    return HttpResponseRedirect(f"{reverse('desk:schedule_slots', args=[schedule_id])}?done=closed")


@require_POST
def end(request: HttpRequest, schedule_id: int) -> HttpResponse:
    """Stop offering a schedule; what is booked stays."""
    actor, revision = staff_of(request), request.POST.get("revision", "")
    scheduling.end_schedule(
        actor=actor,
        schedule_id=schedule_id,
        revision=int(revision) if revision.isdecimal() and len(revision) < 9 else -1,
        now=timezone.now(),
    )
    return HttpResponseRedirect(f"{reverse('desk:schedules')}?done=ended")


def _file(actor: Actor, schedule_id: int) -> ScheduleFile:
    file = counter_queries.schedule(actor, schedule_id) if schedule_id < 2**63 else None
    if file is None:
        raise scheduling.ScheduleMissing
    return file


def _slots(request: HttpRequest, actor: Actor, schedule_id: int, *, refusal: Refusal | None = None) -> HttpResponse:
    file, today = _file(actor, schedule_id), timezone.localdate()
    found = counter_queries.schedule_slots(actor, schedule_id, from_day=today, to_day=today + timedelta(days=AHEAD_DAYS))
    days: dict[date, list[object]] = {}
    for slot in found:
        days.setdefault(slot.day, []).append(slot)
    context = {
        **desk_frame(request, actor),
        "file": file,
        "days": [(booking.day_names(day), rows) for day, rows in days.items()],
        "can_write": actor.has(*MANAGERS),
        "refusal": refusal,
        "done": "" if refusal else DONE.get(request.GET.get("done", ""), ""),
    }
    return render(request, "desk/appointments/slots.html", context, status=refusal.status if refusal else 200)


def _form(
    request: HttpRequest,
    actor: Actor,
    file: ScheduleFile | None,
    typed: Mapping[str, str],
    hours: list[list[Hours]],
    *,
    refusal: Refusal | None = None,
) -> HttpResponse:
    context = {
        **desk_frame(request, actor),
        "file": file,
        "typed": typed,
        "hours": (hours[0] + [Hours()] * ROWS)[: max(ROWS, len(hours[0]))],
        "weekdays": [(str(number), name) for number, name in enumerate(WEEKDAYS, 1)],
        "reserved": RESERVED,
        "levels": LEVELS,
        "venues": [(one.code, one.name) for one in bookable.all_venues()] if file is None else [],
        "items": [(f"item:{code}", name) for code, name in bookable.bookable_items(actor.department_code or "")] if file is None else [],
        "department": f"department:{actor.department_code}",
        "key": typed.get("key") or str(uuid4()),
        "errors": [(refusal.at_field or "", refusal.shown)] if refusal else [],
        "told": {refusal.at_field: refusal.shown} if refusal and refusal.at_field else {},
        "can_write": actor.has(*MANAGERS),
    }
    return render(request, "desk/appointments/schedule.html", context, status=refusal.status if refusal else 200)


def _typed_of(file: ScheduleFile | None) -> dict[str, str]:
    if file is None:
        return {
            "valid_from": timezone.localdate().isoformat(), "slot_minutes": "30", "horizon_days": "14", "release_at": "08:00",
            "book_cutoff_minutes": "30", "cancel_cutoff_minutes": "60", "auth_level": "2", "draw_hours": "24",
        }  # fmt: skip
    pattern = file.pattern
    return {
        "name": file.row.name,
        "valid_from": pattern.valid_from.isoformat(),
        "valid_until": pattern.valid_until.isoformat() if pattern.valid_until else "",
        "slot_minutes": str(pattern.slot_minutes),
        "horizon_days": str(pattern.horizon_days),
        "release_at": f"{pattern.release_at:%H:%M}",
        "book_cutoff_minutes": str(pattern.book_cutoff_minutes),
        "cancel_cutoff_minutes": str(pattern.cancel_cutoff_minutes),
        "auth_level": str(file.auth_level),
        "on_holidays": "1" if pattern.on_holidays else "",
        "draw_hours": str(file.draw_hours),
    }


def _hours_of(file: ScheduleFile | None) -> list[Hours]:
    """The weekly hours in rows: weekdays with the same hours and seats together."""
    if file is None:
        return [Hours(days=("1", "2", "3", "4", "5"))]
    rows: dict[tuple[object, ...], list[Window]] = {}
    for window in file.pattern.windows:
        if window.weekday is not None:
            rows.setdefault((window.starts, window.ends, window.quota, tuple(sorted(window.reserved.items()))), []).append(window)
    return [
        Hours(
            days=tuple(str(window.weekday) for window in windows),
            starts=f"{windows[0].starts:%H:%M}",
            ends=f"{windows[0].ends:%H:%M}",
            quota=str(windows[0].quota),
            reserved={share: str(seats) for share, seats in windows[0].reserved.items()},
        )
        for windows in rows.values()
    ]


def _hours_sent(sent: QueryDict) -> list[Hours]:
    return [
        Hours(
            days=tuple(day for day in sent.getlist(f"days_{row}") if day in "1234567" and len(day) == 1),
            starts=sent.get(f"starts_{row}", "").strip()[:5],
            ends=sent.get(f"ends_{row}", "").strip()[:5],
            quota=sent.get(f"quota_{row}", "").strip()[:6],
            reserved={share: sent.get(f"{share}_{row}", "").strip()[:6] for share, _ in RESERVED},
        )
        for row in range(ROWS)
    ]


def _form_of(sent: QueryDict, actor: Actor, file: ScheduleFile | None) -> ScheduleForm:
    windows = [window for number, hours in enumerate(_hours_sent(sent), 1) if not hours.is_empty for window in _windows(hours, number)]
    until = sent.get("valid_until", "").strip()
    pattern = Pattern(
        valid_from=_day(sent.get("valid_from", ""), "valid_from"),
        valid_until=_day(until, "valid_until") if until else None,
        slot_minutes=_number(sent.get("slot_minutes", ""), "slot_minutes", "每个时段的分钟数"),
        windows=tuple(windows),
        horizon_days=_number(sent.get("horizon_days", ""), "horizon_days", "提前开放的天数"),
        release_at=_time(sent.get("release_at", ""), "release_at", "放号时间"),
        book_cutoff_minutes=_number(sent.get("book_cutoff_minutes", ""), "book_cutoff_minutes", "截止预约的分钟数"),
        cancel_cutoff_minutes=_number(sent.get("cancel_cutoff_minutes", ""), "cancel_cutoff_minutes", "截止取消的分钟数"),
        on_holidays=sent.get("on_holidays") == "1",
    )
    kind, _, code = sent.get("subject", "").partition(":")
    return ScheduleForm(
        name=sent.get("name", "").strip()[:60],
        venue_code=file.row.venue_code if file else sent.get("venue_code", "")[:20],
        kind=file.row.kind if file else kind[:12],
        code=file.row.code if file else code[:12],
        department_code=file.row.department_code if file else actor.department_code or "",
        pattern=pattern,
        counter=file.row.counter if file else sent.get("counter", "").strip()[:60],
        auth_level=_number(sent.get("auth_level", ""), "auth_level", "实名要求"),
        is_drawn=file.row.is_drawn if file else sent.get("is_drawn") == "1",
        draw_hours=_number(sent.get("draw_hours", "") or "24", "draw_hours", "摇号提前的小时数"),
    )


def _windows(hours: Hours, number: int) -> list[Window]:
    what = f"第 {number} 行的"
    if not hours.days:
        raise BadForm(f"请在第 {number} 行勾选星期几。", field="windows")
    starts, ends = _time(hours.starts, "windows", f"{what}开始时间"), _time(hours.ends, "windows", f"{what}结束时间")
    quota = _number(hours.quota, "windows", f"{what}名额")
    reserved = {share: _number(seats, "windows", f"{what}预留名额") for share, seats in (hours.reserved or {}).items() if seats}
    return [Window(starts, ends, quota, weekday=int(day), reserved=reserved) for day in hours.days]


def _number(text: str, field: str, what: str) -> int:
    text = text.strip()
    if not (text.isascii() and text.isdigit() and len(text) < 6):
        raise BadForm(f"{what}应是整数。", field=field)
    return int(text)


def _time(text: str, field: str, what: str) -> time:
    try:
        return time.fromisoformat(text.strip()[:5])
    except ValueError:
        raise BadForm(f"{what}应写成 09:00 这样。", field=field) from None


def _day(text: str, field: str) -> date:
    day = booking.day_of(text.strip())
    if day is None:
        raise BadForm("日期应写成 2026-12-01 这样。", field=field)
    return day
