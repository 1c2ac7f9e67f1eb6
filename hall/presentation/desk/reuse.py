"""免重复提交: how many materials a department's applicants need not hand in again, by month and item (§5.3.4)."""

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from hall.presentation.desk.frame import desk_actor, desk_frame
from hall.services.applications import measuring
from hall.services.catalogue import queries as catalogue
from hall.support.identity import queries as identity


def _month(text: str, today: date) -> date:
    """The first day of the month that was asked for, of the present one for anything else."""
    try:
        month = date.fromisoformat(f"{text[:7]}-01")
    except ValueError:
        return today.replace(day=1)
    return month if date(2020, 1, 1) <= month <= today else today.replace(day=1)


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """The month's share, its items (for supervisors its departments first), and the six months up to it. Eight SQL statements at most."""
    actor = desk_actor(request)
    month, this_month = _month(request.GET.get("month", ""), timezone.localdate()), timezone.localdate().replace(day=1)
    departments = {} if actor.department_code else {row.code: row.short_name for row in identity.departments()}
    chosen = request.GET.get("department", "")[:12]
    chosen = chosen if chosen in departments else ""
    items = measuring.shares_by_item(actor, month, department_code=chosen)
    months = measuring.shares_by_month(actor, month, department_code=chosen)
    names = {card.code: card.name for card in catalogue.item_cards(row.code for row in items)}
    context = {
        **desk_frame(request, actor),
        "month": month,
        "whole": next((row for row in months if row.code == f"{month:%Y-%m}"), None),
        "months": months,
        "items": [(row, names.get(row.code, row.code)) for row in items],
        "departments": [(row, departments.get(row.code, row.code)) for row in measuring.shares_by_department(actor, month)]
        if departments
        else [],
        "chosen": chosen,
        "chosen_name": departments.get(chosen, ""),
        "earlier": measuring.month_after(month, -1),
        "later": measuring.month_after(month) if month < this_month else None,
    }
    return render(request, "desk/reuse/page.html", context)
