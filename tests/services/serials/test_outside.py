"""Numbers for counters and departments' systems: their own channels, all or none, the same again for the same request (§6.2 (2))."""

from collections.abc import Sequence
from functools import partial

import pytest

from hall.services.serials import outside, queries, rules
from hall.services.serials.models import IssuedSerial, OutsideSerial, SerialCounter
from hall.services.serials.outside import Order, Taken
from hall.services.serials.rules import Channel
from hall.support.access.actors import Actor, NotAllowed, Role
from hall.support.access.scopes import Scope, ScopeMissing
from hall.support.audit.models import TrailEntry
from tests.make.catalogue import make_item
from tests.make.crowds import at_once
from tests.make.machines import machine_actor
from tests.make.people import NOW, citizen_actor, staff_actor

pytestmark = pytest.mark.django_db


def take(actor: Actor, *requests: str, channel: Channel = Channel.DEPARTMENT, item: str = "") -> list[Taken]:
    return outside.issue_outside(actor=actor, channel=channel, orders=[Order(one, item) for one in requests], now=NOW)


def sequences(taken: Sequence[Taken]) -> list[int]:
    return [int(one.serial[18:23]) for one in taken]


def test_each_channel_counts_on_its_own_and_every_number_has_a_code() -> None:
    actor = machine_actor()
    (first, second), (window,) = take(actor, "a", "b"), take(actor, "w", channel=Channel.WINDOW)
    assert (first.serial[:18], window.serial[:18]) == ("370000002202611235", "370000002202611234")
    assert sequences([first, second, window]) == [1, 2, 1]
    assert all(rules.is_valid(one.serial) and len(one.query_code) == 6 for one in (first, second, window))
    assert [rules.serial_title(Channel(int(one.serial[17]))) for one in (first, window)] == ["统一申办流水号", "统一受理回执号"]
    entry = TrailEntry.objects.get(subject=first.serial, deed="serial.issued")
    assert entry.detail == f"client={actor.client_id} channel=5 count=2" and entry.department_code == "SD02"


def test_the_same_request_gets_the_same_number_and_another_content_is_refused() -> None:
    actor, item = machine_actor(), make_item()
    (first,) = take(actor, "a", item=item.code)
    assert take(actor, "a", item=item.code) == [first]
    for channel, code in ((Channel.DEPARTMENT, ""), (Channel.WINDOW, item.code)):
        with pytest.raises(rules.RequestReused, match="请求编号 a"):
            take(actor, "a", channel=channel, item=code)
    (elsewhere,) = take(machine_actor(department_code="SD33"), "a")
    assert elsewhere.serial[6:9] == "033", "request ids are each department's own"
    assert sequences(take(actor, "b")) == [2]


def test_a_batch_is_all_or_none_and_idempotent_whole_or_by_row() -> None:
    actor = machine_actor()
    (alone,) = take(actor, "c")
    batch = take(actor, "e", "d", "c", "b")
    assert sequences(batch) == [2, 3, 1, 4] and batch[2] == alone
    assert take(actor, "e", "d", "c", "b") == batch
    assert take(actor, "b", "e") == [batch[3], batch[0]]
    before = (IssuedSerial.objects.count(), SerialCounter.objects.get().last)
    orders = [Order("x"), Order("y", "999999999999")]
    for wrong, orders_of in ((rules.ItemNotYours, orders), (rules.RequestReused, [Order("x"), Order("c", make_item().code)])):
        with pytest.raises(wrong):
            outside.issue_outside(actor=actor, channel=Channel.DEPARTMENT, orders=orders_of, now=NOW)
    assert (IssuedSerial.objects.count(), SerialCounter.objects.get().last) == before


@pytest.mark.parametrize("requests", [[], ["a", "a"], [""], ["a b"], ["证件"], ["-a"], ["a" * 65], [f"r{i}" for i in range(101)]])
def test_what_is_no_request_is_refused(requests: list[str]) -> None:
    with pytest.raises(rules.WrongOrder):
        take(machine_actor(), *requests)
    assert not IssuedSerial.objects.exists()


def test_an_item_of_another_department_is_not_ours() -> None:
    with pytest.raises(rules.ItemNotYours):
        take(machine_actor(department_code="SD33"), "a", item=make_item(department_code="SD02").code)


def test_everybody_takes_from_the_own_department_in_the_own_channel_only() -> None:
    issue, receipt = machine_actor(scopes=[Scope.SERIALS_ISSUE]), machine_actor(scopes=[Scope.SERIALS_RECEIPT])
    assert take(issue, "a") and take(receipt, "b", channel=Channel.WINDOW)
    for actor, channel in ((issue, Channel.WINDOW), (receipt, Channel.DEPARTMENT)):
        with pytest.raises(ScopeMissing):
            take(actor, "c", channel=channel)
    clerk = staff_actor(Role.CLERK)
    assert take(clerk, "d", channel=Channel.WINDOW)
    for actor, channel in ((clerk, Channel.DEPARTMENT), (clerk, Channel.WEB), (issue, Channel.WEB), (staff_actor(Role.REVIEWER), Channel.WINDOW), (citizen_actor(), Channel.WINDOW)):  # fmt: skip
        with pytest.raises(NotAllowed):
            take(actor, "e", channel=channel)


def test_a_name_given_at_the_counter_is_sealed_and_read_by_the_department_alone() -> None:
    clerk, item = staff_actor(Role.CLERK), make_item()
    form = {"item_code": item.code, "applicant": " 王  建国 ", "request_key": "f-1", "now": NOW}
    taken = outside.issue_at_counter(actor=clerk, **form)  # type: ignore[arg-type]
    assert outside.issue_at_counter(actor=clerk, **form) == taken  # type: ignore[arg-type]
    stored = OutsideSerial.objects.get()
    assert "建国".encode() not in bytes(stored.applicant_sealed or b"") and taken.query_code.encode() not in bytes(stored.query_code)
    seen = queries.desk_serial(clerk, taken.serial)
    assert seen is not None and (seen.applicant, seen.query_code, seen.row.item_name) == ("王 建国", taken.query_code, item.name)
    assert "王" not in repr(seen) and taken.query_code not in repr(seen)
    assert queries.desk_serial(staff_actor(Role.CLERK, department_code="SD33"), taken.serial) is None
    for wrong, at in (({"item_code": ""}, "item"), ({"applicant": "长" * 61}, "applicant"), ({"request_key": ""}, "request_id")):
        with pytest.raises(rules.WrongOrder) as refused:
            outside.issue_at_counter(actor=clerk, **{**form, **wrong})  # type: ignore[arg-type]
        assert refused.value.at_field == at


def test_a_machine_learns_of_any_number_whether_it_was_issued_but_more_of_its_own_only() -> None:
    actor, other = machine_actor(), machine_actor(department_code="SD33")
    (taken,) = take(actor, "a")
    own, foreign = queries.look_up(actor, rules.grouped(taken.serial)), queries.look_up(other, taken.serial)
    assert own.is_issued and own.channel is Channel.DEPARTMENT and own.outside is not None and own.outside.state_name == "已受理"
    assert foreign.is_issued and foreign.issued_at == NOW and foreign.outside is None
    never = rules.compose(division_code="370000", department_number=2, issued_on=NOW.date(), channel=Channel.DEPARTMENT, sequence=77)
    assert (queries.look_up(actor, never).fault, queries.look_up(actor, never).is_issued) == ("", False)
    for wrong, said in (("123", "现在是 3 位"), (taken.serial + "0", "多了"), (never[:-1] + str((int(never[-1]) + 1) % 10), "校验位"), ("0" * 23 + rules.check_digit("0" * 23), "日期")):  # fmt: skip
        assert said in queries.look_up(actor, wrong).fault
    with pytest.raises(ScopeMissing):
        queries.look_up(machine_actor(scopes=[Scope.SERIALS_ISSUE]), taken.serial)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_sixty_four_systems_at_once_get_numbers_without_a_gap() -> None:
    actor = machine_actor()
    given_ = at_once([partial(take, actor, *(f"{client}-{row}" for row in range(1 + client % 3))) for client in range(64)])
    faults = [one for one in given_ if isinstance(one, Exception)]
    assert faults == []
    numbers = sorted(number for one in given_ if not isinstance(one, Exception) for number in sequences(one))
    assert numbers == list(range(1, len(numbers) + 1)) and len(numbers) == 127


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_crossing_batches_of_the_same_requests_agree_and_never_wait_for_one_another() -> None:
    actor = machine_actor()
    for round_ in range(6):
        ids = [f"{round_}-{row}" for row in range(5)]
        told = at_once([partial(take, actor, *(ids if client % 2 else reversed(ids))) for client in range(8)])
        assert {frozenset((one.request_id, one.serial) for one in answer) for answer in told if not isinstance(answer, Exception)} != set()
        assert all(not isinstance(answer, Exception) for answer in told), told
        assert len({frozenset((one.request_id, one.serial) for one in answer) for answer in told if not isinstance(answer, Exception)}) == 1
    assert SerialCounter.objects.get().last == 30
