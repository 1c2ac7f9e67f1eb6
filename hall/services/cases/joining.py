"""Several cases as one matter (一件事): what opens when, and what is told when a part cannot go on. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from hall.services.cases.rules import END_STATES, CaseState
from hall.services.catalogue.rows import MaterialRow
from hall.support.refusals import Conflict

# Documents that authorities issue as the result of a matter.
_RESULTS = frozenset({"license", "gov_result", "prev_result", "hukou"})


class PartState(StrEnum):
    """A part waits for its forerunners, is open as a case, or was left out without ever becoming one."""

    WAITING = "waiting"
    OPEN = "open"
    LEFT = "left"


class PartNotWaiting(Conflict):
    sentence = "这一件已经开始办理，不能从这里取消。要撤回请到这个办件的页面。"


class Outcome(StrEnum):
    """What a part came to, as those that wait for it see it."""

    NONE = ""
    GRANTED = "granted"
    ENDED = "ended"  # without a grant


@dataclass(frozen=True, slots=True)
class PartFact:
    """What decides on a part: `waits_for` are positions of other parts. `word` is how a part without a grant ended, e.g. 不予受理."""

    position: int
    name: str
    state: PartState
    waits_for: tuple[int, ...]
    outcome: Outcome = Outcome.NONE
    word: str = ""

    @property
    def is_ended(self) -> bool:
        return self.state is PartState.LEFT or self.outcome is Outcome.ENDED


@dataclass(frozen=True, slots=True)
class Opening:
    """This waiting part becomes a case now."""

    position: int


@dataclass(frozen=True, slots=True)
class Leaving:
    """This waiting part ends without becoming a case; the person reads why, and what to do."""

    position: int
    sentence: str


def outcome_of(state: CaseState, is_granted: bool | None) -> Outcome:
    """A case is granted for others as soon as its result is made: they may need it."""
    if is_granted and state in {CaseState.PRINTING, CaseState.DELIVERING, CaseState.CLOSED}:
        return Outcome.GRANTED
    return Outcome.ENDED if state in END_STATES else Outcome.NONE


def next_steps(parts: Sequence[PartFact]) -> list[Opening | Leaving]:
    """What follows now: parts open when all that they wait for is granted, and are left when one of it ended without a grant.

    Leaving goes on down the chain. Parts that wait for nothing that failed are not touched: one rejected part does not sink the others.
    """
    now: dict[int, PartFact] = {part.position: part for part in parts}
    steps: list[Opening | Leaving] = []
    left: set[int] = {part.position for part in parts if part.is_ended}
    for _ in parts:
        for part in parts:
            if part.state is PartState.WAITING and part.position not in left and not left.isdisjoint(part.waits_for):
                cause = next(now[position] for position in part.waits_for if position in left)
                steps.append(Leaving(part.position, left_sentence(cause)))
                left.add(part.position)
    for part in parts:
        is_free = all(position in now and now[position].outcome is Outcome.GRANTED for position in part.waits_for)
        if part.state is PartState.WAITING and part.position not in left and is_free:
            steps.append(Opening(part.position))
    return steps


def left_sentence(cause: PartFact) -> str:
    """Why a part that waited for `cause` is not handled, and how to go on."""
    how = f"“{cause.name}”{cause.word}" if cause.word else f"“{cause.name}”没有办成"
    return f"{how}，这一件要等它办好才能办，所以没有提交。先把“{cause.name}”办好，再点“接着办这一件”，填过的内容和材料会带过去。"


def is_closed(parts: Sequence[PartFact], ended: Mapping[int, bool]) -> bool:
    """Whether nothing of the whole is going on any more; `ended` says by position whether a part's case reached its end."""
    return all(part.state is PartState.LEFT or ended.get(part.position, False) for part in parts)


def may_come_from_forerunner(material: MaterialRow) -> bool:
    """Whether a part that waits may do without this document at first: an authority issues it, as the forerunner may."""
    return material.is_required and material.source == "government" and material.kind in _RESULTS
