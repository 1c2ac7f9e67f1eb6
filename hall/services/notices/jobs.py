"""What the facts of other modules lead to. Each may run twice and in any order: the fact's own key tells once."""

from django.utils import timezone

from hall.services import events
from hall.services.notices import appointments, commands, rules


def tell_submitted(fact: events.ApplicationSubmitted) -> None:
    """The application has arrived; what was handed in together is told of together."""
    if fact.joint_serial:
        return
    _tell(fact.account_id, fact.serial, rules.submitted(fact), f"submitted:{fact.case_id}")


def tell_joint_submitted(fact: events.JointSubmitted) -> None:
    """Several applications have arrived as one."""
    _tell(fact.account_id, fact.serial, rules.joint_submitted(fact), f"joint-submitted:{fact.joint_id}")


def tell_joint_part_left(fact: events.JointPartLeft) -> None:
    """A part that waited cannot go on."""
    _tell(fact.account_id, fact.serial, rules.joint_part_left(fact), f"joint-part-left:{fact.part_id}")


def tell_moved(fact: events.CaseMoved) -> None:
    """The case took a step."""
    _tell(fact.account_id, fact.serial, rules.moved(fact), f"moved:{fact.step_id}")


def tell_finished(fact: events.CaseFinished) -> None:
    """The case has ended: an invitation to rate it."""
    words = rules.finished(fact)
    if words is not None:
        _tell(fact.account_id, fact.serial, words, f"finished:{fact.case_id}")


def tell_result_revoked(fact: events.ResultRevoked) -> None:
    """The department took a result back."""
    _tell(fact.account_id, fact.serial, rules.result_revoked(fact), f"result-revoked:{fact.document_id}")


def tell_result_replaced(fact: events.ResultReplaced) -> None:
    """A new version of a result was made."""
    _tell(fact.account_id, fact.serial, rules.result_replaced(fact), f"result-replaced:{fact.document_id}")


def tell_material_ending(fact: events.MaterialEnding) -> None:
    """A material of the library ends soon."""
    _tell(fact.account_id, "", rules.material_ending(fact), f"material-ending:{fact.version_id}:{fact.stage}:{fact.account_id}")


def tell_rating_answered(fact: events.RatingAnswered) -> None:
    """The department replied to a rating."""
    _tell(fact.account_id, fact.serial, rules.rating_answered(fact), f"rating-answered:{fact.rating_id}")


def tell_money_given_back(fact: events.MoneyGivenBack) -> None:
    """Money went back to the payer."""
    _tell(fact.account_id, fact.serial, rules.money_given_back(fact), f"refund:{fact.refund_id}")


def tell_serial_moved(fact: events.SerialMoved) -> None:
    """A matter handed in at a counter, or to a department's own system, is further."""
    for account_id in fact.account_ids:
        _tell(account_id, "", rules.serial_moved(fact), f"serial-moved:{fact.state_id}:{account_id}")


def tell_booked(fact: events.AppointmentBooked) -> None:
    """A seat was taken; the administrator may have switched the confirmation off."""
    if fact.is_told:
        _tell(fact.account_id, "", appointments.booked(fact), f"booked:{fact.appointment_id}")


def tell_changed(fact: events.AppointmentChanged) -> None:
    """The visit is at another time."""
    _tell(fact.account_id, "", appointments.changed(fact), f"booking-changed:{fact.appointment_id}")


def tell_cancelled(fact: events.AppointmentCancelled) -> None:
    """The visit will not be."""
    _tell(fact.account_id, "", appointments.cancelled(fact), f"booking-cancelled:{fact.appointment_id}")


def tell_missed(fact: events.AppointmentMissed) -> None:
    """The person did not come."""
    _tell(fact.account_id, "", appointments.missed(fact), f"booking-missed:{fact.appointment_id}")


def tell_offered(fact: events.SeatOffered) -> None:
    """A seat is held for the person."""
    _tell(fact.account_id, "", appointments.offered(fact), f"seat-offered:{fact.entry_id}")


def tell_barred(fact: events.BookingBarred) -> None:
    """The person may not book for a time."""
    _tell(fact.account_id, "", appointments.barred(fact), f"booking-barred:{fact.bar_id}")


def tell_bar_answered(fact: events.BarAnswered) -> None:
    """The appeal was answered."""
    _tell(fact.account_id, "", appointments.bar_answered(fact), f"bar-answered:{fact.bar_id}")


def tell_draw_ended(fact: events.DrawEnded) -> None:
    """The draw was made."""
    _tell(fact.account_id, "", appointments.draw_ended(fact), f"draw-ended:{fact.entry_id}")


def _tell(account_id: int, serial: str, words: rules.Words, effect_key: str) -> None:
    commands.tell(account_id=account_id, serial=serial, words=words, effect_key=effect_key, now=timezone.now())
