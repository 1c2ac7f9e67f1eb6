"""Looking after search: try a query, what leads nowhere, what stands too far down (§5.2). Words and items only, never who asked."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from hall.presentation.console.frame import console_actor, console_frame
from hall.services.search import reports
from hall.services.search.explaining import explain
from hall.services.search.trying import try_query
from hall.support.access.actors import Role

LONGEST = 100
TABS = (
    ("try", "/console/search", "试一试"),
    ("misses", "/console/search/misses", "没有结果的词"),
    ("clicks", "/console/search/clicks", "点得靠后的词"),
    ("hot", "/console/search/hot", "热词"),
)


def tabs(current: str) -> list[tuple[str, str, None, bool]]:
    """The pages about search, as the tabs component takes them."""
    return [(title, href, None, name == current) for name, href, title in TABS]


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """Try a query, if wanted with a word that is not kept yet, and see why an item stands where it stands. Nine SQL statements."""
    actor = console_actor(request, Role.SYS_ADMIN)
    q, term, code = (request.GET.get(name, "").replace("\0", "").strip()[:LONGEST] for name in ("q", "term", "code"))
    trial = try_query(q, term=term, code=code) if q else None
    context = {
        **console_frame(request, actor),
        "tabs": tabs("try"),
        "q": q,
        "term": term,
        "code": code,
        "trial": trial,
        "explained": explain(q, code) if q and code else None,
        "is_code_unknown": bool(term) and trial is not None and trial.after is None,
    }
    return render(request, "console/search/page.html", context)


@require_safe
def misses(request: HttpRequest) -> HttpResponse:
    """Queries of four weeks that led to nothing. Three SQL statements."""
    actor = console_actor(request, Role.SYS_ADMIN)
    context = {**console_frame(request, actor), "tabs": tabs("misses"), "rows": reports.misses(now=timezone.now())}
    return render(request, "console/search/misses.html", context)


@require_safe
def clicks(request: HttpRequest) -> HttpResponse:
    """What people opened from results, those that stood too far down first. Four SQL statements."""
    actor = console_actor(request, Role.SYS_ADMIN)
    is_all = request.GET.get("all") == "1"
    rows = reports.clicks(now=timezone.now(), is_low_only=not is_all)
    return render(
        request, "console/search/clicks.html", {**console_frame(request, actor), "tabs": tabs("clicks"), "rows": rows, "is_all": is_all}
    )
