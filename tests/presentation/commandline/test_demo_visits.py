"""The demo world's visits: bookings in every state, a line and a draw, made by the commands on any day of the week."""

from datetime import datetime, timedelta

import pytest

from hall.presentation.commandline.demo import visits
from hall.presentation.commandline.demo.people import HEALTH, Cast
from hall.services.appointments.models import Appointment, DrawEntry, WaitingEntry
from hall.support.access.actors import Role
from hall.support.workdays import queries as calendars
from tests.make.appointments import make_bookable_item
from tests.make.people import NOW, actor_for, citizen_actor, enterprise_actor, make_citizen, make_department, make_id_number, staff_actor
from tests.make.regions import make_regions

pytestmark = pytest.mark.django_db


def _cast() -> Cast:
    staff = {(HEALTH, role): staff_actor(role, department_code=HEALTH) for role in (Role.CLERK, Role.LEADER)}
    return Cast(
        citizen=actor_for(make_citizen(id_number=make_id_number("19560312"))),
        company=enterprise_actor(),
        neighbours=tuple(citizen_actor() for _ in range(4)),
        staff=staff | {("", Role.SYS_ADMIN): staff_actor(Role.SYS_ADMIN)},
    )


@pytest.mark.parametrize("now", [NOW + timedelta(days=days, hours=3 * days) for days in range(7)])
def test_visits_of_the_demo_stand_in_every_state(now: datetime) -> None:
    calendars.forget_calendar()
    make_regions()
    for code, department in ((visits.CLINIC, HEALTH), (visits.PASSPORT, visits.POLICE), (visits.MARRIAGE, visits.CIVIL)):
        make_department(code=department)
        make_bookable_item(code=code, department_code=department, themes=["P18"] if code == visits.PASSPORT else [])
    assert visits.book_visits(cast=_cast(), now=now) >= 5
    states = set(Appointment.objects.values_list("state", flat=True))
    assert states >= {"booked", "served", "no_show", "cancelled", "rescheduled"}
    assert WaitingEntry.objects.get().state == "offered" and DrawEntry.objects.count() == 3


def test_without_the_items_there_are_no_visits() -> None:
    assert visits.book_visits(cast=_cast(), now=NOW) == 0
