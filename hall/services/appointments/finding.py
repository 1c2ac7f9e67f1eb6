"""What commands look up before they decide, and the facts that they publish."""

from dataclasses import dataclass, fields
from datetime import date

from django.db import connection

from hall.services import events
from hall.services.appointments import policies
from hall.services.appointments.models import Appointment
from hall.services.appointments.policy import PolicyRow
from hall.services.appointments.rules import ItemNotBookable, SlotFacts, SlotMissing, State
from hall.services.catalogue import bookable
from hall.services.catalogue.bookable import BookableItem
from hall.support.formrules import rules as formrules
from hall.support.identity import protection
from hall.support.identity import queries as identity

VISITOR, PHONE = "appointments.visitor", "appointments.phone"
_SLOT = tuple(field.name for field in fields(SlotFacts))[1:]
# The lock is the one that the booking's foreign key takes anyway: whoever changes the slot's times waits for it.
_SLOT_SQL = (
    f"SELECT s.id, {', '.join(f's.{name}' for name in _SLOT)}, {policies.COLUMNS} FROM appointments_slot s"  # noqa: S608  (our own names)
    " LEFT JOIN appointments_policy p ON true WHERE s.id = %s FOR KEY SHARE OF s"
)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who comes: name and phone as the tables seal them. `account_id` None and `holder` set: somebody without an account, on site."""

    account_id: int | None
    name: str
    phone: str
    born_on: date | None = None
    holder: str = ""

    def sealed(self) -> bytes:
        return protection.encrypt_json({"name": self.name, "phone": self.phone}, purpose=VISITOR)

    @property
    def phone_digest(self) -> str:
        return phone_digest(self.phone) if self.phone else ""


def phone_digest(phone: str) -> str:
    """The key under which a phone is found."""
    return protection.lookup_digest(phone, purpose=PHONE)


def visitor_of(account_id: int) -> Visitor:
    """The person behind an account. One SQL query."""
    profile = identity.profile(account_id)
    born_on = formrules.birth_date(profile.id_number) if profile.id_number else None
    return Visitor(account_id, profile.name, profile.phone, born_on)


def slot_and_policy(slot_id: int) -> tuple[SlotFacts, PolicyRow]:
    """A slot, kept from changing until the transaction ends, and the limits that hold now. One SQL query. Raises: SlotMissing."""
    with connection.cursor() as cursor:
        cursor.execute(_SLOT_SQL, [slot_id])
        row = cursor.fetchone()
    if row is None:
        raise SlotMissing
    return SlotFacts(*row[: 1 + len(_SLOT)]), policies.row_of(row[1 + len(_SLOT) :])


def venue_name(code: str) -> str:
    """The hall's name. One SQL query."""
    found = bookable.venues([code]).get(code)
    return found.name if found else ""


def booked_fact(
    appointment_id: int, code: str, account_id: int, item_name: str, venue: str, slot: SlotFacts, policy: PolicyRow
) -> events.AppointmentBooked:
    """A booking was made; `venue` is the hall's name."""
    return events.AppointmentBooked(appointment_id, code, account_id, item_name, venue, slot.starts_at.isoformat(), policy.tell_booked)


def item_for(code: str, slot: SlotFacts) -> tuple[BookableItem, str]:
    """The item to book and the name of the slot's hall. One SQL query. Raises: ItemNotBookable."""
    item, venue = bookable.item_at(code, slot.venue_code)
    if item is None:
        raise ItemNotBookable
    return item, venue


def ended_fact(
    appointment: Appointment, state: State, *, reason: str, is_by_hall: bool
) -> events.AppointmentCancelled | events.AppointmentMissed | None:
    """What there is to tell about the end of a booking; None for nothing, or nobody to tell. `appointment.slot` is fetched."""
    if appointment.account_id is None:
        return None
    name, starts_at = appointment.item_name, appointment.slot.starts_at.isoformat()
    if state is State.CANCELLED:
        return events.AppointmentCancelled(appointment.pk, appointment.code, appointment.account_id, name, starts_at, is_by_hall, reason)
    if state is State.NO_SHOW:
        return events.AppointmentMissed(appointment.pk, appointment.code, appointment.account_id, name, starts_at)
    return None
