"""我的大厅: what waits for the applicant first."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from hall.presentation.design.booking import WEEKDAYS
from hall.presentation.myspace.frame import applicant, side_nav
from hall.services.applications import joint_queries as joint_applications
from hall.services.applications import queries as applications
from hall.services.appointments import queries as appointments
from hall.services.cases import joint_queries
from hall.services.cases import queries as cases
from hall.services.notices import queries as notices


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """Corrections due, drafts, the next visit, running cases, unread notices. Twelve SQL statements at most."""
    actor = applicant(request)
    now = timezone.now()
    assert actor.account_id is not None
    unread = notices.unread_count(actor.account_id)
    due, running = cases.my_open_cases(actor, limit=5, now=now)
    visit = appointments.next_visit(actor, now=now)
    context = {
        "side": side_nav(request.path, unread=unread),
        "counts": cases.my_counts(actor),
        "due": due,
        "running": running,
        "visit": visit,
        "weekday": f"周{WEEKDAYS[visit.starts_at.weekday()]}" if visit else "",
        "drafts": applications.drafts_of(actor),
        "joint_drafts": joint_applications.joint_drafts_of(actor),
        "joints": joint_queries.my_joints(actor, tab="running", limit=3, now=now).rows,
        "notices": notices.notices_of(actor.account_id, limit=5),
        "unread": unread,
    }
    return render(request, "myspace/home/page.html", context)
