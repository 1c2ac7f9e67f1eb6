"""All guides: those of bundles written here, those of departments looked through, published, returned, switched off (§5.4)."""

from django.http import HttpRequest

from hall.presentation.console.frame import console_actor, console_frame
from hall.presentation.design.guiding import GuidePages
from hall.support.access.actors import Actor, Role


def guide_actor(request: HttpRequest) -> Actor:
    """The system administrator. Raises: SignInNeeded, NotAllowed."""
    return console_actor(request, Role.SYS_ADMIN)


pages = GuidePages("/console", guide_actor, console_frame)
