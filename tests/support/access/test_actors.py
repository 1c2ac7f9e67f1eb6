"""Default deny: only the right role passes, staff only for their own department."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hall.support.access.actors import (
    DEPARTMENT_ROLES,
    STAFF_ROLES,
    VISITOR,
    Actor,
    NotAllowed,
    Role,
    SignInNeeded,
    require,
    require_department,
    system_actor,
)

_ROLES = st.frozensets(st.sampled_from(Role))


@given(held=_ROLES, wanted=_ROLES)
def test_a_role_passes_when_it_is_held_and_only_then(held: frozenset[Role], wanted: frozenset[Role]) -> None:
    actor = Actor(account_id=1, roles=held)
    if held & wanted:
        require(actor, *wanted)
    else:
        with pytest.raises(NotAllowed):
            require(actor, *wanted)


@given(wanted=_ROLES)
def test_a_visitor_is_asked_to_sign_in(wanted: frozenset[Role]) -> None:
    with pytest.raises(SignInNeeded):
        require(VISITOR, *wanted)


@given(held=_ROLES, own=st.sampled_from(["SD01", "SD02"]), asked=st.sampled_from(["SD01", "SD02"]))
def test_staff_pass_for_their_own_department_only(held: frozenset[Role], own: str, asked: str) -> None:
    actor = Actor(account_id=1, roles=held, department_code=own)
    if held & DEPARTMENT_ROLES and own == asked:
        require_department(actor, asked)
    else:
        with pytest.raises(NotAllowed):
            require_department(actor, asked)


def test_staff_without_a_department_pass_for_none() -> None:
    with pytest.raises(NotAllowed):
        require_department(Actor(account_id=1, roles=frozenset({Role.CLERK})), "")
    with pytest.raises(NotAllowed):
        require_department(Actor(account_id=1, roles=frozenset({Role.CLERK})), "SD01")


def test_the_hall_itself_is_no_staff_and_not_sent_to_the_sign_in_page() -> None:
    assert not system_actor().is_staff
    assert Role.SYSTEM not in STAFF_ROLES
    with pytest.raises(NotAllowed):
        require(system_actor(), Role.CLERK)
