"""Guides of the department's own items: write, check, try, hand in (§5.4)."""

from django.http import HttpRequest

from hall.presentation.design.guiding import GuidePages
from hall.presentation.desk.frame import desk_frame
from hall.support.access.actors import DEPARTMENT_ROLES, Actor, require


def guide_actor(request: HttpRequest) -> Actor:
    """A member of a department. Raises: SignInNeeded, NotAllowed."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    require(actor, *DEPARTMENT_ROLES)
    return actor


pages = GuidePages("/desk", guide_actor, desk_frame)
