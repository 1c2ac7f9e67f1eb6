"""How the department's seats were used (§5.3.1 分数量): which times are too full, which stay empty."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from hall.presentation.design import usage
from hall.presentation.desk.appointments import staff_of
from hall.presentation.desk.frame import desk_frame


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """Four or twelve weeks of the department. Ten SQL statements."""
    actor = staff_of(request)
    return usage.answer(request, actor, template="desk/appointments/usage.html", frame=desk_frame(request, actor))
