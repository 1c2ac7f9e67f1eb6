"""Ratings for tests, given by the real command."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from hall.services.ratings import commands
from hall.services.ratings.commands import Rated
from hall.support.access.actors import Actor
from tests.make.finished import make_finished_case
from tests.make.people import NOW, citizen_actor

FIVES = {"guide": 5, "attitude": 5, "speed": 5}


def rate(
    actor: Actor,
    serial: str,
    *,
    grade: int = 5,
    dimensions: Mapping[str, int] = FIVES,
    tags: Sequence[str] = (),
    text: str = "",
    is_anonymous: bool = False,
    now: datetime = NOW,
) -> Rated:
    """Rate a case with full defaults."""
    return commands.rate_case(
        actor=actor, serial=serial, grade=grade, dimensions=dimensions, tags=tags, text=text, is_anonymous=is_anonymous, now=now
    )


def make_rating(
    *,
    grade: int = 5,
    item_code: str | None = None,
    department_code: str = "SD02",
    name: str = "李小明",
    text: str = "办得快。",
    tags: Sequence[str] = (),
    is_anonymous: bool = False,
) -> int:
    """A rating by a new citizen of a new finished case. Returns its id."""
    actor = citizen_actor(name=name)
    serial = make_finished_case(actor, item_code=item_code, department_code=department_code)
    return rate(actor, serial, grade=grade, text=text, tags=tags, is_anonymous=is_anonymous).rating_id
