"""Deadlines of the demo world: one that was lengthened, one for which more days are asked."""

from collections.abc import Callable

from hall.presentation.commandline.demo.days import Diary
from hall.services.cases import extending, queries
from hall.support.access.actors import Actor, Role

WHY = "现场核查需要邀请外地专家参加，专家 3 日后才能到场"


def extend(staff: Callable[[Role], Actor], serial: str, diary: Diary, *, is_decided: bool) -> None:
    """The reviewer asks for five days more; the head grants them, or has not looked yet."""
    reviewer, leader = staff(Role.REVIEWER), staff(Role.LEADER)
    extending.ask_extension(
        actor=reviewer, serial=serial, revision=_revision(reviewer, serial, diary), days=5, reason=WHY, now=diary.later(minutes=30)
    )
    if is_decided:
        revision = _revision(leader, serial, diary)
        extending.decide_extension(actor=leader, serial=serial, revision=revision, is_approved=True, now=diary.later(minutes=50))


def _revision(actor: Actor, serial: str, diary: Diary) -> int:
    file = queries.case_file(actor, serial, now=diary.moment)
    assert file is not None
    return file.row.revision
