"""Low ratings of all departments, for those who see to it that something follows (domain §6)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from hall.presentation.console.frame import console_actor, console_frame, row_id
from hall.services.ratings import queries
from hall.support.access.actors import Role
from hall.support.identity import queries as identity

PAGE_SIZE = 20


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """Low ratings, newest first, keyset. Four SQL statements. Cases open for the supervisor only."""
    actor = console_actor(request, Role.SUPERVISOR, Role.MEDIATOR)
    rows = queries.low_reviews(actor, before=row_id(request.GET.get("before", "")), limit=PAGE_SIZE)
    context = {
        **console_frame(request, actor),
        "rows": rows,
        "next_before": rows[-1].review.rating_id if len(rows) == PAGE_SIZE else None,
        "may_open": actor.has(Role.SUPERVISOR),
        "departments": {department.code: department.short_name for department in identity.departments()},
    }
    return render(request, "console/ratings/page.html", context)
