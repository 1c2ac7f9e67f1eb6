"""One's own cases from the search box: found by number, name and item, and nobody else's."""

import pytest
from pytest_django import DjangoAssertNumQueries

from hall.services.cases.finding import own_cases_found
from hall.support.access.actors import Actor, Role
from tests.make.cases import MadeCase, make_case
from tests.make.people import actor_for, make_citizen, make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def case() -> MadeCase:
    return make_case(state="correction")


def test_a_case_is_found_by_number_name_and_item(case: MadeCase, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    me = case.applicant
    grouped = f"{case.serial[:6]}-{case.serial[6:9]}-{case.serial[9:17]}"
    for q in (case.serial, case.serial[:8], grouped, case.item.name, case.item.name[2:6]):
        with django_assert_num_queries(1):
            (found,) = own_cases_found(me, q)
        assert (found.serial, found.state_name) == (case.serial, "待您补正"), q
    assert [one.serial for one in own_cases_found(me, "开工厂", item_codes=[case.item.code])] == [case.serial]


def test_what_says_too_little_or_something_else_finds_nothing(case: MadeCase) -> None:
    for q in ("", "企", "12345", "999999999", "护士注册", "\0", "%", "__"):
        assert own_cases_found(case.applicant, q) == [], q


def test_nobody_elses_cases_are_found(case: MadeCase) -> None:
    strangers = [Actor(), actor_for(make_citizen(name="李四"))]
    strangers += [actor_for(make_staff(role)) for role in (Role.SUPERVISOR, Role.SYS_ADMIN)]
    strangers.append(actor_for(make_staff(Role.CLERK, department_code=case.item.department_code)))
    for stranger in strangers:
        assert own_cases_found(stranger, case.serial, item_codes=[case.item.code]) == []


def test_the_newest_come_first_and_not_too_many(case: MadeCase) -> None:
    others = [
        make_case(applicant=case.applicant, item=case.item, clerk=case.clerk, reviewer=case.reviewer, leader=case.leader) for _ in range(3)
    ]
    found = own_cases_found(case.applicant, case.item.name, limit=3)
    assert [one.serial for one in found] == [made.serial for made in reversed(others)]
