"""Messages of the hall to the signed-in person (§5.3.1 通知提醒)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from hall.presentation.myspace.frame import applicant, number, side_nav
from hall.services.notices import commands, queries

PAGE_SIZE = 20


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """Notices, newest first, keyset. Four SQL statements."""
    actor = applicant(request)
    assert actor.account_id is not None
    before = request.GET.get("before", "")
    found = queries.notices_of(actor.account_id, before=number(before), limit=PAGE_SIZE)
    unread = queries.unread_count(actor.account_id)
    context = {"side": side_nav(request.path, unread=unread), "notices": found, "unread": unread, "page_size": PAGE_SIZE}
    return render(request, "myspace/notices/page.html", context)


@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    """Mark everything as read."""
    commands.mark_all_read(actor=applicant(request), now=timezone.now())
    return redirect("myspace:notices")
