"""Waiting for the applicant to pay: the clock stands still, and the case goes on from where it was (domain.md §13 case effect).

`payments` calls these, inside the transaction of its own deed; the hall itself is the actor.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from hall.services.cases import clock
from hall.services.cases.fee_rules import FeeTime
from hall.services.cases.models import Case, CaseStep
from hall.services.cases.moves import check, facts_of, locked_case, move, scope, version_of
from hall.services.cases.rules import Action, CaseState
from hall.services.catalogue.elements import Fee
from hall.services.catalogue.queries import ItemVersionRow
from hall.support.access.actors import Actor, system_actor

PAYMENT_ACTOR = "网上缴费"


@dataclass(frozen=True, slots=True)
class Payer:
    """The case that a fee is taken for, and whose it is. `fees` are those of the item's version for its 业务办理项."""

    case_id: int
    serial: str
    item_code: str
    item_name: str
    department_code: str
    account_id: int
    enterprise_id: int | None
    applicant_name: str
    due: FeeTime | None
    is_waiting: bool
    fees: tuple[Fee, ...]


def payer(actor: Actor, serial: str, *, now: datetime) -> Payer | None:
    """Who pays for the case and what is due at this point; None outside the actor's scope. Two SQL queries."""
    case = Case.objects.filter(scope(actor), serial=serial).first()
    return None if case is None else _payer(case, version_of(case), now)


def _payer(case: Case, version: ItemVersionRow, now: datetime) -> Payer:
    assert case.serial is not None
    return Payer(
        case_id=case.pk,
        serial=case.serial,
        item_code=case.item_code,
        item_name=case.item_name,
        department_code=case.department_code,
        account_id=case.account_id,
        enterprise_id=case.enterprise_id,
        applicant_name=case.applicant_name,
        due=facts_of(case, version, is_corrected_before=False, now=now).fee_due,
        is_waiting=case.state == CaseState.PAYMENT,
        fees=tuple(fee for fee in version.fees if fee.belongs_to(case.variant)) if version.charged else (),
    )


@transaction.atomic
def await_payment(*, serial: str, amount: str, now: datetime) -> Payer:
    """Tell the applicant to pay `amount` (in words) and stop the clock. The case as it stood before, with what was due.

    Raises: NotFound, StepNotAllowed where no fee is due at this point of the flow.
    """
    actor = system_actor(PAYMENT_ACTOR)
    case = locked_case(actor, serial, revision=None)
    version = version_of(case)
    check(case, version, Action.AWAIT_PAYMENT, actor, now)
    found = _payer(case, version, now)
    clock.pause(case, "payment", now, what="等待缴费")
    sentence = f"请缴费 {amount}，缴清后继续办理。缴费期间不计入办理时限。"
    move(case, actor=actor, action=Action.AWAIT_PAYMENT, target=CaseState.PAYMENT, sentence=sentence, now=now, version=version)
    return found


@transaction.atomic
def end_wait(*, serial: str, is_settled: bool, sentence: str, now: datetime) -> bool:
    """Go on with a case that waits for payment, from the state it was in; `is_settled` False: the bill was taken back, it is due again.

    False when the case does not wait (it ended meanwhile, or has gone on already); nothing is changed then. Raises: NotFound.
    """
    actor = system_actor(PAYMENT_ACTOR)
    case = locked_case(actor, serial, revision=None)
    if case.state != CaseState.PAYMENT:
        return False
    asked = CaseStep.objects.filter(case=case, action=Action.AWAIT_PAYMENT).order_by("-pk").first()
    assert asked is not None
    if is_settled and case.decided_at is None:
        case.first_fee_at = now
    elif is_settled:
        case.then_fee_at = now
    clock.resume(case, now)
    target = CaseState(asked.from_state)
    reason = "" if is_settled else "缴费通知单已撤销，恢复计时"
    version = version_of(case)
    move(case, actor=actor, action=Action.PAID, target=target, sentence=sentence, now=now, version=version, clock_reason=reason)
    return True
