"""When a case waits for its applicant to pay (domain.md §13: payment before 决定 or 制证, as the item says). Pure."""

from enum import StrEnum

from hall.services.cases.states import CaseState
from hall.support.refusals import Refusal


class FeeTime(StrEnum):
    """When in a case a fee is taken."""

    FIRST = "first"  # before the decision
    THEN = "then"  # after a grant, before its result


class PaymentMissing(Refusal):
    sentence = "这个办件还没有缴费，缴清后才能继续。"
    status = 409


def fee_due(*, state: CaseState, is_granted: bool | None, is_reviewed: bool, owes_first: bool, owes_then: bool) -> FeeTime | None:
    """The fee that the case waits for now: everything that comes before it in the flow is done. None: nothing to pay at this point."""
    if owes_first and is_granted is None and state in {CaseState.ACCEPTED, CaseState.REVIEWING}:
        return FeeTime.FIRST if is_reviewed else None
    return FeeTime.THEN if owes_then and is_granted and state is CaseState.DECIDED else None
