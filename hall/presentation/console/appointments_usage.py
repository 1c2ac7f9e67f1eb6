"""How the seats of all departments were used, for those who watch and those who set the limits (§5.3.1 分数量)."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from hall.presentation.console.frame import console_actor, console_frame
from hall.presentation.design import usage
from hall.support.access.actors import Role
from hall.support.identity import queries as identity


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """Four or twelve weeks of all departments, or of one. Ten SQL statements."""
    actor = console_actor(request, Role.SYS_ADMIN, Role.SUPERVISOR)
    departments = {row.code: row.short_name for row in identity.departments()}
    frame = console_frame(request, actor)
    return usage.answer(request, actor, template="console/appointments/usage.html", frame=frame, departments=departments)
