"""States told by departments' systems: in any order, any number of times, the newest by the source's clock stands (§6.2)."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hall.services.notices.models import Notice
from hall.services.serials import outside, progress, queries, rules
from hall.services.serials.models import FollowedSerial, SerialState
from hall.services.serials.outside import Order, Taken
from hall.services.serials.rules import Channel, State, Step
from hall.support.access.actors import Actor, NotAllowed, Role, SignInNeeded
from hall.support.access.scopes import Scope, ScopeMissing
from hall.support.jobs import queue
from hall.support.refusals import NotFound
from tests.make.machines import machine_actor
from tests.make.people import NOW, citizen_actor, staff_actor

HOUR = timedelta(hours=1)
STEPS = st.lists(
    st.builds(Step, st.datetimes(datetime(2026, 1, 1), datetime(2026, 1, 2)).map(lambda at: at.replace(minute=0, second=0, microsecond=0)), st.sampled_from(State), st.text(min_size=1, max_size=3)),
    min_size=1, max_size=6, unique_by=lambda step: step.event_id,
)  # fmt: skip


def taken_by(actor: Actor) -> Taken:
    (taken,) = outside.issue_outside(actor=actor, channel=Channel.DEPARTMENT, orders=[Order("a")], now=NOW)
    return taken


def tell(actor: Actor, serial: str, event_id: str, state: State, at: datetime) -> progress.Standing:
    return progress.record_state(actor=actor, serial=serial, event_id=event_id, state=state, at=at, now=NOW + 5 * HOUR)


@given(STEPS, st.randoms())
def test_the_order_of_arrival_is_nothing(steps: list[Step], chance: object) -> None:
    shuffled = list(steps)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    ordered = rules.in_order(shuffled)
    assert ordered == rules.in_order(steps)
    assert ordered[-1].at == max(step.at for step in steps)


@pytest.mark.django_db
def test_what_comes_late_never_covers_what_is_newer() -> None:
    actor = machine_actor()
    taken = taken_by(actor)
    assert tell(actor, taken.serial, "e2", State.CLOSED, NOW + 3 * HOUR).is_latest
    late = tell(actor, taken.serial, "e1", State.REVIEWING, NOW + HOUR)
    assert (late.state, late.at, late.is_latest) == (State.CLOSED, NOW + 3 * HOUR, False)
    assert tell(actor, taken.serial, "e1", State.REVIEWING, NOW + HOUR) == late
    with pytest.raises(rules.RequestReused):
        tell(actor, taken.serial, "e1", State.DECIDED, NOW + HOUR)
    seen = queries.public_serial(serial=taken.serial, query_code=taken.query_code)
    assert seen is not None and seen.state_name == "已办结"
    assert [(step.state, step.at) for step in seen.steps] == [(State.REVIEWING, NOW + HOUR), (State.CLOSED, NOW + 3 * HOUR)]
    assert SerialState.objects.count() == 2


@pytest.mark.django_db
def test_only_the_numbers_own_department_tells() -> None:
    actor = machine_actor()
    serial = taken_by(actor).serial
    with pytest.raises(progress.NotOurSerial):
        tell(machine_actor(department_code="SD33"), serial, "e", State.CLOSED, NOW)
    with pytest.raises(progress.NotOurSerial):
        tell(staff_actor(Role.CLERK, department_code="SD33"), serial, "e", State.CLOSED, NOW)
    with pytest.raises(ScopeMissing):
        tell(machine_actor(scopes=[Scope.SERIALS_READ]), serial, "e", State.CLOSED, NOW)
    with pytest.raises(NotAllowed):
        tell(citizen_actor(), serial, "e", State.CLOSED, NOW)
    with pytest.raises(SignInNeeded):
        tell(Actor(), serial, "e", State.CLOSED, NOW)
    assert tell(staff_actor(Role.CLERK), serial, "e", State.CLOSED, NOW).is_latest
    assert SerialState.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("event_id", "at"), [("", NOW), ("e" * 65, NOW), ("e", NOW + 6 * HOUR), ("e", NOW.replace(tzinfo=None)), ("e", NOW.replace(year=1900))]
)
def test_what_is_no_step_is_refused(event_id: str, at: datetime) -> None:  # fmt: skip
    actor = machine_actor()
    with pytest.raises(rules.WrongOrder):
        tell(actor, taken_by(actor).serial, event_id, State.CLOSED, at)
    assert not SerialState.objects.exists()


@pytest.mark.django_db
def test_who_knows_the_code_keeps_the_number_in_view() -> None:
    machine, person = machine_actor(), citizen_actor()
    taken = taken_by(machine)
    wrong = f"{(int(taken.query_code) + 1) % 1_000_000:06d}"
    for serial, code in ((taken.serial, wrong), ("370000002202611235000990", taken.query_code)):
        with pytest.raises(progress.SerialMissing):
            progress.follow_serial(actor=person, serial=serial, query_code=code, now=NOW)
        assert queries.public_serial(serial=serial, query_code=code) is None
    for _ in range(2):
        progress.follow_serial(actor=person, serial=taken.serial, query_code=taken.query_code, now=NOW)
    assert [row.serial for row in queries.followed_serials(person, limit=9)] == [taken.serial]
    tell(machine, taken.serial, "e2", State.CLOSED, NOW + 3 * HOUR)
    tell(machine, taken.serial, "e2", State.CLOSED, NOW + 3 * HOUR)
    tell(machine, taken.serial, "e1", State.REVIEWING, NOW + HOUR)
    queue.run_due_now()
    assert list(Notice.objects.values_list("account_id", "title")) == [(person.account_id, "办理有进展：窗口办件")], (
        "told once, of the newest"
    )
    assert queries.followed_serials(citizen_actor(), limit=9) == []
    with pytest.raises(NotFound):
        progress.unfollow_serial(actor=citizen_actor(), serial=taken.serial, now=NOW)
    progress.unfollow_serial(actor=person, serial=taken.serial, now=NOW)
    assert not FollowedSerial.objects.exists()
