"""The supervisor's first page: open cases of all departments by deadline lamp, read-only (§7.1 监督)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from hall.presentation.console.frame import PAGES, console_actor, console_frame
from hall.services.cases import queries
from hall.services.cases.rows import QueueFilter
from hall.support.access.actors import Role
from hall.support.identity import queries as identity

PAGE_SIZE = 30
LAMPS = (
    ("", "全部在办", "all", ""),
    ("overdue", "超期", "overdue", "red"),
    ("today", "今日到期", "today", "yellow"),
    ("soon", "2 天内到期", "soon", "yellow"),
    ("normal", "时限正常", "normal", "green"),
    ("paused", "补正 / 暂停", "paused", "paused"),
)


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """The supervisor's overview; others of the hall's own roles go to their page. Seven SQL statements."""
    actor = console_actor(request, *(role for *_, roles in PAGES for role in roles))
    if not actor.has(Role.SUPERVISOR):
        return redirect(next(href for _, href, _, _, roles in PAGES if actor.has(*roles)))
    now = timezone.now()
    wanted = QueueFilter(lamp=request.GET.get("lamp", ""), state="", item_code="", mine="", q=_storable(request.GET.get("q", "")))
    counts = queries.queue_counts(actor, now=now)
    context = {
        **console_frame(request, actor),
        "page": queries.queue(actor, wanted=wanted, after=request.GET.get("after"), limit=PAGE_SIZE, now=now),
        "wanted": wanted,
        "lamps": [(value, title, getattr(counts, name), lamp) for value, title, name, lamp in LAMPS],
        "departments": {department.code: department.short_name for department in identity.departments()},
    }
    return render(request, "console/overview/page.html", context)


def _storable(text: str) -> str:
    return text.replace("\0", "").strip()[:60]
