"""Where a case stands in its item's flow, and how long its present step may take (domain.md §4.1, §4.3). Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from hall.services.cases.clock_rows import LampRow, lamp_row
from hall.services.cases.rules import BEFORE_ACCEPTANCE, Action, CaseState
from hall.services.catalogue.elements import FlowStep
from hall.services.catalogue.flow_rules import Flow, FlowKind
from hall.support.workdays.rules import Calendar, Clock, Pause, Unit, china_day

if TYPE_CHECKING:
    from hall.services.cases.rows import StepRow

S = CaseState


@dataclass(frozen=True, slots=True)
class FlowStand:
    """The flow with each step's state (done, now, next); `due` is the present step's own deadline, None where it has no days."""

    steps: tuple[FlowStep, ...]
    states: tuple[str, ...]
    due: LampRow | None = None

    @property
    def at(self) -> FlowStep | None:
        """The step that the case is at; None when it ended."""
        return next((step for step, state in zip(self.steps, self.states, strict=True) if state == "now"), None)


def kind_at(state: CaseState, flow: Flow, *, opinions: int, is_granted: bool | None) -> FlowKind | None:
    """The kind of the step that a case in this state is at; None at an end."""
    if state in BEFORE_ACCEPTANCE or state is S.CORRECTION:
        return FlowKind.ACCEPT
    if state is S.PAYMENT:
        return FlowKind.PAY_FIRST if is_granted is None else FlowKind.PAY_THEN
    if state in {S.ACCEPTED, S.REVIEWING, S.SPECIAL, S.HEARING}:
        to_come = [kind for kind in (FlowKind.REVIEW, FlowKind.SECOND_REVIEW) if flow.has(kind)][opinions:]
        return to_come[0] if to_come else FlowKind.DECIDE
    if state is S.DECIDED and is_granted and flow.has(FlowKind.MAKE):
        return FlowKind.MAKE
    return FlowKind.DELIVER if state in {S.DECIDED, S.PRINTING, S.DELIVERING} else None


def _walked(flow: Flow, timeline: Sequence["StepRow"], is_granted: bool | None) -> tuple[FlowKind | None, datetime | None]:
    """The step that the timeline ends in, and when it began."""
    at, began, opinions = None, None, 0
    for one in timeline:
        if one.action in {Action.GIVE_OPINION, Action.SECOND_OPINION}:
            opinions = 1 if one.action == Action.GIVE_OPINION else 2
        found = kind_at(one.to_state, flow, opinions=opinions, is_granted=is_granted)
        if found is not at:
            at, began = found, one.at
    return at, began


def stand(
    flow: Flow,
    timeline: Sequence["StepRow"],
    pauses: Sequence[Pause],
    unit: Unit,
    *,
    is_granted: bool | None,
    calendar: Calendar,
    today: date,
) -> FlowStand:
    """How far the case got. `pauses` are those after acceptance; they stop a step's days as they stop the promise."""
    at, began = _walked(flow, timeline, is_granted)
    kinds = [FlowKind(step.kind) for step in flow.steps]
    is_closed = bool(timeline) and timeline[-1].to_state is S.CLOSED
    place = kinds.index(at) if at in kinds else (len(kinds) if is_closed else -1)
    if place < 0:
        return FlowStand(flow.steps, ("",) * len(kinds))
    states = tuple("done" if number < place else ("now" if number == place else "next") for number in range(len(kinds)))
    step = flow.steps[place] if place < len(kinds) else None
    if step is None or not step.days or began is None or at in {FlowKind.ACCEPT, FlowKind.MAKE, FlowKind.DELIVER}:
        return FlowStand(flow.steps, states)
    own = tuple(pause for pause in pauses if pause.to_on is None or pause.to_on >= china_day(began))
    clock = Clock(china_day(began), step.days, unit, own)
    return FlowStand(flow.steps, states, lamp_row(clock.due_on(calendar, today), calendar, today))
