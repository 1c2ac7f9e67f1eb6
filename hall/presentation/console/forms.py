"""All forms: those of departments looked through, published, returned; the hall may design any (§5.3.2)."""

from django.http import HttpRequest

from hall.presentation.console.frame import console_actor, console_frame
from hall.presentation.design.forming import FormPages
from hall.presentation.design.group_pages import GroupPages
from hall.presentation.design.tabling import TablePages
from hall.support.access.actors import Actor, Role


def form_actor(request: HttpRequest) -> Actor:
    """The hall's administrator. Raises: SignInNeeded, NotAllowed."""
    return console_actor(request, Role.SYS_ADMIN)


pages = FormPages("/console", form_actor, console_frame)
tables = TablePages("/console", form_actor, console_frame)
groups = GroupPages("/console", form_actor, console_frame)
