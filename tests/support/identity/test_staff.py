from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from hall.support.access.actors import DEPARTMENT_ROLES, STAFF_ROLES, VISITOR, NotAllowed, Role, SignInNeeded
from hall.support.audit.models import TrailEntry
from hall.support.identity import commands, passwords, queries, rules
from hall.support.identity.models import Account, StaffPost
from hall.support.refusals import NotFound
from tests.make.people import NOW, SYSTEM, actor_for, citizen_actor, make_citizen, make_department, make_staff, make_uscc, staff_actor


def create(actor: Any = SYSTEM, **changes: Any) -> int:
    values = {
        "username": "zhao.jb",
        "name": "赵经办",
        "password": "Quancheng-2026",
        "department_code": "SD02",
        "roles": frozenset({Role.CLERK}),
    }
    return commands.create_staff(actor=actor, now=NOW, **(values | changes))


@pytest.mark.django_db
def test_an_administrator_creates_staff() -> None:
    make_department(code="SD02")
    account_id = create(staff_actor(Role.SYS_ADMIN), username=" Zhao.JB ")
    assert queries.staff_of("SD02") == [queries.StaffRow(account_id, "zhao.jb", "赵经办", frozenset({Role.CLERK}), "SD02", True)]
    assert commands.sign_in(login="zhao.jb", password="Quancheng-2026", address="", now=NOW) == account_id
    assert TrailEntry.objects.get(deed="staff.created").detail == "clerk SD02"


@pytest.mark.django_db
@pytest.mark.parametrize("role", sorted(STAFF_ROLES - {Role.SYS_ADMIN}))
def test_nobody_else_creates_disables_or_reassigns_staff(role: Role) -> None:
    actor, other = staff_actor(role), make_staff()
    for deed in (
        lambda: create(actor),
        lambda: commands.disable_account(actor=actor, account_id=other, now=NOW),
        lambda: commands.enable_account(actor=actor, account_id=other, now=NOW),
        lambda: commands.assign_roles(actor=actor, account_id=other, department_code=None, roles=frozenset({Role.AUDITOR}), now=NOW),
        lambda: commands.reset_password(actor=actor, account_id=other, password="Daming-lake-72", now=NOW),
    ):
        with pytest.raises(NotAllowed):
            deed()


@pytest.mark.django_db
def test_citizens_and_visitors_create_no_staff() -> None:
    with pytest.raises(NotAllowed):
        create(citizen_actor())
    with pytest.raises(SignInNeeded):
        create(VISITOR)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"username": "赵"}, rules.WrongUsername),
        ({"username": "13812340000"}, rules.WrongUsername),
        ({"username": "zhao.jb\n"}, None),
        ({"password": "Baotu-72"}, passwords.WeakPassword),
        ({"password": "zhao.jingban", "username": "zhao.jingban"}, passwords.WeakPassword),
        ({"roles": frozenset()}, rules.WrongRoles),
        ({"roles": frozenset({Role.CITIZEN})}, rules.WrongRoles),
        ({"roles": frozenset({Role.SYSTEM})}, rules.WrongRoles),
        ({"department_code": None}, rules.WrongRoles),
        ({"department_code": "SD99"}, rules.WrongRoles),
        ({"roles": frozenset({Role.SYS_ADMIN})}, rules.WrongRoles),
    ],
)
def test_wrong_staff_are_refused(changes: dict[str, Any], refusal: type[Exception] | None) -> None:
    make_department(code="SD02")
    if refusal is None:
        create(**changes)
        return
    with pytest.raises(refusal):
        create(**changes)
    assert not Account.objects.exists()


@pytest.mark.django_db
def test_a_user_name_is_taken_once() -> None:
    make_staff(username="zhao.jb")
    with pytest.raises(rules.UsernameTaken):
        create(username="ZHAO.JB")


@given(st.frozensets(st.sampled_from(sorted(STAFF_ROLES))), st.sampled_from([None, "SD02"]))
def test_watchers_and_administrators_hold_nothing_else(roles: frozenset[Role], department_code: str | None) -> None:
    is_department = bool(roles) and roles <= DEPARTMENT_ROLES
    is_right = (is_department and department_code) or (len(roles) == 1 and not is_department and not department_code)
    if is_right:
        assert rules.check_roles(roles, department_code) == ",".join(sorted(roles))
    else:
        with pytest.raises(rules.WrongRoles):
            rules.check_roles(roles, department_code)


@pytest.mark.django_db
def test_the_table_knows_exactly_the_sets_of_roles_that_the_rule_knows() -> None:
    department, account_ids = make_department(), [make_citizen(), make_citizen()]
    for size in range(1, len(STAFF_ROLES) + 1):
        for chosen in combinations(sorted(STAFF_ROLES), size):
            for account_id, code in zip(account_ids, (department, None), strict=True):
                try:
                    rules.check_roles(frozenset(chosen), code)
                    is_allowed = True
                except rules.WrongRoles:
                    is_allowed = False
                try:
                    with transaction.atomic():
                        StaffPost.objects.create(account_id=account_id, department_id=code, roles=",".join(chosen), appointed_at=NOW)
                        is_stored = True
                        transaction.set_rollback(True)
                except DatabaseError:
                    is_stored = False
                assert is_stored == is_allowed, (chosen, code)


@pytest.mark.django_db
def test_an_administrator_changes_others_not_himself() -> None:
    admin, clerk = staff_actor(Role.SYS_ADMIN), make_staff()
    assert admin.account_id
    with pytest.raises(rules.NotOneself):
        commands.assign_roles(actor=admin, account_id=admin.account_id, department_code=None, roles=frozenset({Role.AUDITOR}), now=NOW)
    for command in (commands.disable_account, commands.enable_account):
        with pytest.raises(rules.NotOneself):
            command(actor=admin, account_id=admin.account_id, now=NOW)
    commands.assign_roles(actor=admin, account_id=clerk, department_code="SD02", roles=frozenset({Role.CLERK, Role.REVIEWER}), now=NOW)
    assert actor_for(clerk).roles == {Role.CLERK, Role.REVIEWER}
    commands.disable_account(actor=admin, account_id=clerk, now=NOW)
    assert queries.actor_of(clerk) is None
    commands.disable_account(actor=admin, account_id=clerk, now=NOW)
    commands.enable_account(actor=admin, account_id=clerk, now=NOW)
    assert actor_for(clerk).is_staff
    deeds = list(TrailEntry.objects.order_by("pk").values_list("deed", flat=True))
    assert deeds == ["staff.roles_assigned", "account.disabled", "account.enabled"]


@pytest.mark.django_db
def test_of_two_administrators_who_disable_each_other_one_remains() -> None:
    first, second = staff_actor(Role.SYS_ADMIN), staff_actor(Role.SYS_ADMIN)
    commands.disable_account(actor=first, account_id=second.account_id or 0, now=NOW)
    with pytest.raises(NotAllowed):  # his request was already under way
        commands.disable_account(actor=second, account_id=first.account_id or 0, now=NOW)


@pytest.mark.django_db
def test_a_citizen_is_given_no_post_and_no_password() -> None:
    admin, citizen = staff_actor(Role.SYS_ADMIN), make_citizen()
    with pytest.raises(NotFound):
        commands.assign_roles(actor=admin, account_id=citizen, department_code=None, roles=frozenset({Role.AUDITOR}), now=NOW)
    with pytest.raises(NotAllowed):
        commands.reset_password(actor=admin, account_id=citizen, password="Daming-lake-72", now=NOW)
    with pytest.raises(NotFound):
        commands.disable_account(actor=admin, account_id=0, now=NOW)


@pytest.mark.django_db
def test_a_forgotten_staff_password_is_reset() -> None:
    clerk = make_staff(username="zhao.jb")
    commands.reset_password(actor=staff_actor(Role.SYS_ADMIN), account_id=clerk, password="Daming-lake-72", now=NOW)
    assert commands.sign_in(login="zhao.jb", password="Daming-lake-72", address="", now=NOW) == clerk


@pytest.mark.django_db
def test_the_staff_list_goes_on_after_an_account(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    accounts = [make_staff() for _ in range(3)]
    make_citizen()
    with django_assert_num_queries(2):
        first = queries.staff_list(limit=2)
        rest = queries.staff_list(after=first[-1].account_id, limit=2)
    assert [row.account_id for row in first + rest] == accounts


def _departments() -> list[queries.DepartmentRow]:
    return [
        queries.DepartmentRow(
            code=f"SD{number:02d}",
            number=number,
            name=f"山东省第{number}厅",
            short_name=f"省{number}厅",
            category="constituent",
            duties="投资项目审批核准备案",
            aliases=("发改委", "计委") if number % 2 else (),
            phone="",
            address="",
            uscc=make_uscc("11") if number < 5 else "",
            division_code="370000",
        )
        for number in range(1, 61)
    ]


@pytest.mark.django_db
def test_departments_are_brought_in_line_and_twice_changes_nothing(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    rows = _departments()
    assert len(commands.upsert_departments(rows).added) == len(rows) == 60
    with django_assert_num_queries(3):  # savepoint, read, release
        again = commands.upsert_departments(rows)
    assert (again.added, again.changed, len(again.unchanged)) == ((), (), 60)
    assert queries.departments() == rows
    changed = replace(rows[1], duties="投资项目审批", phone="0531-12345")
    assert commands.upsert_departments([changed]).changed == (rows[1].code,)
    assert commands.upsert_departments([replace(changed, phone="")]).changed == ()  # what the hall entered stays
    assert queries.department(rows[1].code) == changed
    assert queries.department("nowhere") is None
