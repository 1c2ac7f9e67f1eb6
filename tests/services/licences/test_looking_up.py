"""Look-ups: on record before anything is asked, answered within the time, taken again while fresh, seen by the holder."""

import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from hall.integration.adapters.http_licences.simulator import LicenceService
from hall.services.licences import commands, queries, rules
from hall.services.licences.commands import Wanted
from hall.services.licences.models import Consent, Lookup
from hall.services.licences.rows import Holder, Looked
from hall.services.licences.rules import Asker, Ground, Standing
from hall.support.access.actors import VISITOR, Actor, NotAllowed, Role, SignInNeeded
from hall.support.audit import trail
from tests.make.licences import TODAY, licence_of, licence_service
from tests.make.people import NOW, citizen_actor, staff_actor

pytestmark = pytest.mark.django_db
WANG = Holder("person", "370102195603120816", "王建国")
ID_CARD = Wanted("ID_CARD", "居民身份证")


@pytest.fixture
def service() -> Iterator[LicenceService]:
    with licence_service(licence_of(WANG), licence_of(WANG, "PASSPORT", number="E1", status="revoked")) as running:
        yield running


@pytest.fixture
def wang() -> Actor:
    return citizen_actor(name="王建国")


def look(actor: Actor, *, wanted: Wanted = ID_CARD, after: timedelta = timedelta()) -> Looked:
    return commands.look_up_own(actor=actor, holder=WANG, wanted=wanted, purpose="申办“甲”", ground=Ground.ONCE, now=NOW + after)


def test_a_valid_licence_comes_with_its_facts_and_both_request_ids(service: LicenceService, wang: Actor) -> None:
    looked = look(wang)
    assert (looked.code, looked.standing(TODAY)) == ("0000", Standing.VALID)
    assert (looked.holder_name, looked.number, looked.issuer) == ("王建国", WANG.key, "济南市公安局历下区分局")
    assert looked.source_request_id == looked.request_id and looked.answered_at
    stored = Lookup.objects.get()
    assert WANG.name not in str(stored.__dict__) and WANG.key not in str(stored.__dict__)


def test_a_valid_answer_is_taken_again_for_a_day_and_each_look_is_on_record(service: LicenceService, wang: Actor) -> None:
    first = look(wang)
    again = look(wang, after=timedelta(hours=23))
    assert service.asked == 1 and again.request_id != first.request_id
    assert (again.source_request_id, again.answered_at, again.number) == (first.request_id, first.answered_at, first.number)
    look(wang, after=timedelta(hours=24, minutes=1))
    assert service.asked == 2
    assert [entry.deed for entry in trail.entries_before()].count("licence.asked") == 3


def test_a_negative_answer_is_taken_again_for_ten_minutes(service: LicenceService, wang: Actor) -> None:
    marriage = Wanted("MARRIAGE", "结婚证")
    assert look(wang, wanted=marriage).code == "1001"
    look(wang, wanted=marriage, after=timedelta(minutes=9))
    assert service.asked == 1
    look(wang, wanted=marriage, after=timedelta(minutes=11))
    assert service.asked == 2


@pytest.mark.parametrize(("fault", "code"), [("hang", "3001"), ("error", "3002"), ("unsigned", "3002"), ("quota", "3003")])
def test_what_cannot_be_known_now_is_unknown_and_asked_anew(service: LicenceService, wang: Actor, fault: str, code: str) -> None:
    service.fault = fault
    began = time.monotonic()
    looked = look(wang)
    assert (looked.code, looked.standing(TODAY), looked.is_found) == (code, Standing.UNKNOWN, False)
    assert time.monotonic() - began < 2
    service.fault = "none"
    assert look(wang, after=timedelta(seconds=1)).code == "0000"


def test_a_service_that_hangs_holds_nobody_up_after_the_third(service: LicenceService, wang: Actor) -> None:
    service.fault = "error"
    for _ in range(3):
        look(wang)
    service.fault = "hang"
    began = time.monotonic()
    assert look(wang).code == "3002"
    assert time.monotonic() - began < 0.5


def test_without_a_service_the_answer_is_unknown(wang: Actor) -> None:
    assert not queries.is_ready()
    assert look(wang).code == "3002"


def test_a_department_asks_anew_and_the_holder_sees_it(service: LicenceService, wang: Actor) -> None:
    look(wang)
    clerk = staff_actor(Role.CLERK, department_code="SD02")
    looked = commands.look_up_again(actor=clerk, holder=WANG, wanted=ID_CARD, purpose="审查“甲”", now=NOW)
    assert service.asked == 2 and looked.code == "0000"
    rows = queries.accesses(wang, commands.holder_digest(WANG.key), before=None, limit=10)
    assert [(row.asker, row.ground, row.department_code, row.is_by_me) for row in rows] == [
        (Asker.DESK, Ground.DUTY, "SD02", False),
        (Asker.SELF, Ground.ONCE, "", True),
    ]
    assert queries.accesses(wang, commands.holder_digest("370102198506151235"), before=None, limit=10) == []


def test_by_number_a_wrong_holder_learns_as_little_as_a_wrong_number(service: LicenceService) -> None:
    passport = Wanted("PASSPORT", "普通护照")

    def verify(number: str, name: str) -> Looked:
        return commands.verify_by_number(actor=VISITOR, wanted=passport, number=number, holder_name=name, now=NOW)

    assert verify("E1", "王建国").code == "1004"
    wrong_holder, wrong_number = verify("E1", "李四"), verify("E2", "王建国")
    assert (wrong_holder.code, wrong_number.code) == ("1002", "1001")
    assert not wrong_holder.is_found and not wrong_number.is_found
    # Only the one who had the licence in hand looked at something of its holder's.
    assert Lookup.objects.exclude(holder_digest="").count() == 1


@pytest.mark.parametrize(
    ("number", "name", "refusal"),
    [("", "王建国", rules.WrongNumber), ("E" * 61, "王建国", rules.WrongNumber), ("E1", " ", rules.WrongHolder)],
)
def test_half_a_question_asks_nobody(service: LicenceService, number: str, name: str, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        commands.verify_by_number(actor=VISITOR, wanted=ID_CARD, number=number, holder_name=name, now=NOW)
    assert service.asked == 0 and not Lookup.objects.exists()


def test_staff_fetch_nothing_for_themselves_and_citizens_do_not_examine(wang: Actor) -> None:
    clerk = staff_actor(Role.CLERK, department_code="SD02")
    with pytest.raises(NotAllowed):
        look(clerk)
    with pytest.raises(NotAllowed):
        commands.look_up_again(actor=wang, holder=WANG, wanted=ID_CARD, purpose="甲", now=NOW)
    with pytest.raises(SignInNeeded):
        look(VISITOR)
    assert not Lookup.objects.exists()


def test_agreement_is_given_once_and_withdrawn_once(wang: Actor) -> None:
    assert queries.consent_given_at(wang) is None
    for _ in range(2):
        commands.give_consent(actor=wang, now=NOW)
    assert queries.consent_given_at(wang) == NOW
    for _ in range(2):
        commands.withdraw_consent(actor=wang, now=NOW + timedelta(days=1))
    assert queries.consent_given_at(wang) is None
    assert Consent.objects.count() == 1
    deeds = [entry.deed for entry in trail.entries_before()]
    assert deeds.count("licence.consent_given") == deeds.count("licence.consent_withdrawn") == 1


def test_the_table_refuses_answers_that_are_none(service: LicenceService, wang: Actor) -> None:
    looked = look(wang)
    for changes in ({"code": "7777"}, {"code": ""}, {"answered_at": None}, {"ground": "whim"}, {"purpose": ""}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Lookup.objects.filter(pk=looked.lookup_id).update(**changes)
