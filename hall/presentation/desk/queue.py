"""The work queue: by deadline, filtered, claimed one by one or many at once (§5.5.1 待办任务)."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from hall.presentation.desk.frame import desk_actor, desk_frame
from hall.services.cases import handling, queries
from hall.services.cases.rows import QueueFilter
from hall.services.cases.rules import DESK_STATE_NAMES, OPEN_STATES, CaseState
from hall.services.guidance import asks
from hall.support.access.actors import Role
from hall.support.identity.masking import mask_name

PAGE_SIZE = 30
LAMPS = (
    ("", "全部待办", "all", ""),
    ("overdue", "超期", "overdue", "red"),
    ("today", "今日到期", "today", "yellow"),
    ("soon", "2 天内到期", "soon", "yellow"),
    ("normal", "时限正常", "normal", "green"),
    ("paused", "补正 / 暂停", "paused", "paused"),
)


def _wanted(request: HttpRequest) -> QueueFilter:
    given = {name: request.GET.get(name, "").strip() for name in ("lamp", "state", "item_code", "mine", "q")}
    return QueueFilter(**given)


@require_GET
def show(request: HttpRequest) -> HttpResponse:
    """The queue page. Eight SQL statements."""
    actor, now, wanted = desk_actor(request), timezone.now(), _wanted(request)
    page = queries.queue(actor, wanted=wanted, after=request.GET.get("after"), limit=PAGE_SIZE, now=now)
    counts = queries.queue_counts(actor, now=now)
    claimed = request.session.pop("claimed", None)
    return render(
        request,
        "desk/queue/page.html",
        {
            **desk_frame(request, actor, waiting=counts.all, calls=asks.waiting(actor) if actor.department_code else None),
            "page": page,
            "wanted": wanted,
            "lamps": [(value, title, getattr(counts, name), lamp) for value, title, name, lamp in LAMPS],
            "states": [
                *((state, DESK_STATE_NAMES[state]) for state in CaseState if state in OPEN_STATES),
                (queries.WAITS_FOR_HEAD, "延期待批"),
            ],
            "is_worker": not actor.has(Role.SUPERVISOR),
            "claimed": claimed,
            "mask_name": mask_name,
            "next_step": next_step,
        },
    )


NEXT_STEPS = {
    CaseState.SUBMITTED: "预审",
    CaseState.PRE_REVIEW: "受理",
    CaseState.RECEIVED: "受理",
    CaseState.ACCEPTED: "审查",
    CaseState.REVIEWING: "审查",
    CaseState.DECIDED: "制证",
    CaseState.PRINTING: "送达",
    CaseState.DELIVERING: "签收",
}


def next_step(state: CaseState) -> str:
    """The word on the row's button."""
    return NEXT_STEPS.get(state, "查看")


@require_POST
def claim(request: HttpRequest) -> HttpResponse:
    """Claim the ticked cases; the queue then says how each went."""
    actor = desk_actor(request)
    serials = [serial for serial in request.POST.getlist("serial") if serial][:PAGE_SIZE]
    results = handling.claim_cases(actor=actor, serials=serials, now=timezone.now()) if serials else []
    refused = [f"{_short(result.serial)}：{result.refused}" for result in results if result.refused]
    request.session["claimed"] = {"done": len(results) - len(refused), "refused": refused, "nothing": not serials}
    return _back(request)


def _short(serial: str) -> str:
    """The last digits are enough to find the row again."""
    return f"…{serial[-8:]}"


@require_POST
def claim_next(request: HttpRequest) -> HttpResponse:
    """Claim the most urgent case that this person can go on with, and open it."""
    actor = desk_actor(request)
    moved = handling.claim_next(actor=actor, now=timezone.now())
    if moved is None:
        request.session["claimed"] = {"done": 0, "refused": [], "none_left": True}
        return redirect("desk:queue")
    return redirect("desk:case", moved.serial)


def _back(request: HttpRequest) -> HttpResponseRedirect:
    query = request.POST.get("query", "")
    return HttpResponseRedirect(f"/desk?{query}" if query and "\n" not in query and len(query) < 300 else "/desk")
