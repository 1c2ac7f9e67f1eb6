"""现场取号 (§6.2 (2)): a 统一受理回执号 for who comes to the counter, its slip, the day's numbers of the department, and how far they are."""

from datetime import date, timedelta
from uuid import uuid4

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from hall.presentation.desk.frame import desk_actor, desk_frame
from hall.services.catalogue import queries as catalogue
from hall.services.serials import outside, progress, queries, rules, slips
from hall.services.serials.rules import State
from hall.support.access.actors import DEPARTMENT_ROLES, Actor, Role, require
from hall.support.filestore.response import document_response
from hall.support.refusals import NotFound, Refusal

PAGE_SIZE = 50
MOST_ITEMS = 400
DONE = {"issued": "已取号，请打印回执交给办事人。", "told": "已登记，办事人现在就能查到。"}


def _staff(request: HttpRequest) -> Actor:
    actor = desk_actor(request)
    require(actor, *DEPARTMENT_ROLES)
    return actor


def _items(actor: Actor) -> list[tuple[str, str]]:
    page = catalogue.items_of_department(actor.department_code or "", limit=MOST_ITEMS)
    return [(card.code, card.name) for card in page.cards]


def _day(text: str, today: date) -> date:
    try:
        return min(date.fromisoformat(text[:10]), today)
    except ValueError:
        return today


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The form, and the day's numbers, newest first, keyset. Seven SQL statements."""
    return _index(request, _staff(request))


def _index(request: HttpRequest, actor: Actor, refusal: Refusal | None = None) -> HttpResponse:
    today = timezone.localdate()
    day = _day(request.GET.get("day", ""), today)
    before = request.GET.get("before", "")
    mark = int(before) if before.isascii() and before.isdecimal() and len(before) < 16 else None
    rows = queries.serials_of_day(actor, day=day, before=mark, limit=PAGE_SIZE + 1)
    context = {
        **desk_frame(request, actor),
        "rows": rows[:PAGE_SIZE],
        "more": rows[PAGE_SIZE - 1].row_id if len(rows) > PAGE_SIZE else None,
        "is_later": mark is not None,
        "day": day,
        "is_today": day == today,
        "yesterday": (day - timedelta(days=1)).isoformat(),
        "tomorrow": "" if day == today else (day + timedelta(days=1)).isoformat(),
        "items": _items(actor) if actor.has(Role.CLERK) else [],
        "may_issue": actor.has(Role.CLERK),
        "errors": [(refusal.at_field or "item", refusal.shown)] if refusal else [],
        "typed": {name: request.POST.get(name, "") for name in ("item", "applicant")},
        "key": request.POST.get("key", "")[:60] or str(uuid4()),
        "most_name": outside.MOST_NAME,
        "channel_names": rules.CHANNEL_NAMES,
    }
    return render(request, "desk/serials/index.html", context, status=refusal.status if refusal else 200)


@require_POST
def issue(request: HttpRequest) -> HttpResponse:
    """Take a number; the same form again leads to the same number. Refused, the page says why and keeps what was typed."""
    actor = _staff(request)
    require(actor, Role.CLERK)
    said = request.POST.get("item", "").strip()[:200]
    try:
        taken = outside.issue_at_counter(
            actor=actor,
            item_code=next((code for code, name in _items(actor) if said in {code, name}), said),
            applicant=request.POST.get("applicant", "").replace("\0", ""),
            request_key=request.POST.get("key", ""),
            now=timezone.now(),
        )
    except Refusal as refusal:
        return _index(request, actor, refusal)
    return HttpResponseRedirect(f"{reverse('desk:serial', args=[taken.serial])}?done=issued")


@require_safe
def show(request: HttpRequest, serial: str) -> HttpResponse:
    """One number: code, slip, steps, and a form for the next step. Five SQL statements."""
    return _page(request, _staff(request), serial)


def _page(request: HttpRequest, actor: Actor, serial: str, refusal: Refusal | None = None) -> HttpResponse:
    found = queries.desk_serial(actor, rules.normalised(serial[:60]))
    if found is None:
        raise NotFound
    context = {
        **desk_frame(request, actor),
        "found": found,
        "row": found.row,
        "number_title": rules.serial_title(found.row.channel),
        "channel_names": rules.CHANNEL_NAMES,
        "state_names": rules.STATE_NAMES,
        "states": [(state.value, name) for state, name in rules.STATE_NAMES.items()],
        "errors": [(refusal.at_field or "state", refusal.shown)] if refusal else [],
        "typed": request.POST.get("state", ""),
        "key": request.POST.get("key", "")[:60] or str(uuid4()),
        "done": "" if refusal else DONE.get(request.GET.get("done", ""), ""),
    }
    return render(request, "desk/serials/page.html", context, status=refusal.status if refusal else 200)


@require_POST
def tell(request: HttpRequest, serial: str) -> HttpResponse:
    """Note the next step of a number whose department has no system of its own that would tell it."""
    actor, said, now = _staff(request), request.POST.get("state", ""), timezone.now()
    number = rules.normalised(serial[:60])
    try:
        if said not in set(State):
            raise rules.WrongOrder("请选择进展。", field="state")
        # With the state in it: who goes back and chooses another one is heard again.
        event_id = f"desk/{request.POST.get('key', '')[:36]}/{said}".replace("\0", "")
        progress.record_state(actor=actor, serial=number, event_id=event_id, state=State(said), at=now, now=now)
    except NotFound:
        raise
    except rules.RequestReused:
        pass  # the same form again, a moment later: it was noted then
    except Refusal as refusal:
        return _page(request, actor, serial, refusal)
    return HttpResponseRedirect(f"{reverse('desk:serial', args=[number])}?done=told")


@require_safe
def slip(request: HttpRequest, serial: str) -> HttpResponse:
    """The slip, to print. Raises: NotFound."""
    pdf = slips.slip_pdf(_staff(request), rules.normalised(serial[:60]), now=timezone.now())
    if pdf is None:
        raise NotFound
    return document_response(pdf, f"受理回执-{rules.normalised(serial[:60])}.pdf", inline=True)
