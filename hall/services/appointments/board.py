"""What the screens of a hall show to everybody in the room: numbers and counters, nothing of anybody (§5.3.1)."""

from dataclasses import dataclass
from datetime import date

from hall.services.appointments.models import Appointment
from hall.services.appointments.rules import State

MOST_CALLED, MOST_WAITING = 12, 200


@dataclass(frozen=True, slots=True)
class Board:
    """`called`: pairs of number and counter, by counter; `waiting`: numbers in the order in which they are called."""

    called: tuple[tuple[str, str], ...]
    waiting: tuple[str, ...]

    def number_at(self, counter: str) -> str:
        """The number now served at a counter; "" when there is none."""
        return next((ticket for ticket, place in self.called if place == counter), "")


def board(*, venue_code: str, department_code: str, day: date) -> Board:
    """The numbers of one department in a hall on a day; empty where nobody waits. One SQL query."""
    found = Appointment.objects.filter(
        venue_code=venue_code, day=day, state=State.CHECKED_IN, slot__department_code=department_code
    ).order_by("slot__starts_at", "-priority", "checked_in_at", "pk")
    rows = list(found.values_list("ticket", "called_to")[:MOST_WAITING])
    called = sorted((place, ticket) for ticket, place in rows if place)[:MOST_CALLED]
    return Board(tuple((ticket, place) for place, ticket in called), tuple(ticket for ticket, place in rows if not place))
