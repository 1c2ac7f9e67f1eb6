"""办事清单: kept with the account, each item once, twenty at most (§5.4)."""

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hall.services.applications import baskets, rules
from hall.support.access.actors import VISITOR, NotAllowed, Role, SignInNeeded
from tests.make import people
from tests.make.catalogue import make_item
from tests.make.crowds import at_once
from tests.make.people import NOW

codes = st.lists(st.from_regex(r"[0-9]{12}", fullmatch=True), max_size=40)


@given(codes, codes)
def test_two_baskets_become_one_without_doubles_and_not_over_the_limit(mine: list[str], more: list[str]) -> None:
    found = baskets.merged(mine, more)
    assert len(found) == len(set(found)) <= rules.MOST_TOGETHER
    assert set(found) <= {*mine, *more}
    assert list(found) == list(dict.fromkeys([*mine, *more]))[: rules.MOST_TOGETHER]


@pytest.mark.django_db
def test_items_are_put_in_once_and_taken_out_again() -> None:
    actor, first, second = people.citizen_actor(), make_item(), make_item()
    baskets.put_in(actor=actor, codes=[first.code, second.code], now=NOW)
    assert baskets.put_in(actor=actor, codes=[first.code, "999999999999"], now=NOW) == (first.code, second.code)
    assert baskets.take_out(actor=actor, codes=[first.code, "没有"], now=NOW) == (second.code,)
    assert baskets.basket_of(actor) == (second.code,) and baskets.basket_of(people.citizen_actor()) == ()


@pytest.mark.django_db
def test_a_full_basket_refuses_but_a_visitors_basket_is_merged_as_far_as_it_fits() -> None:
    actor = people.citizen_actor()
    items = [make_item().code for _ in range(rules.MOST_TOGETHER + 2)]
    baskets.put_in(actor=actor, codes=items[: rules.MOST_TOGETHER], now=NOW)
    with pytest.raises(rules.TooManyTogether):
        baskets.put_in(actor=actor, codes=[items[-1]], now=NOW)
    assert baskets.put_in(actor=actor, codes=items, now=NOW, is_merge=True) == tuple(items[: rules.MOST_TOGETHER])


@pytest.mark.django_db
def test_only_applicants_have_a_basket() -> None:
    with pytest.raises(SignInNeeded):
        baskets.put_in(actor=VISITOR, codes=[], now=NOW)
    with pytest.raises(NotAllowed):
        baskets.take_out(actor=people.staff_actor(Role.CLERK), codes=[], now=NOW)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_many_hands_put_into_one_basket_without_losing_any() -> None:
    actor = people.citizen_actor()
    items = [make_item().code for _ in range(8)]
    at_once([partial(baskets.put_in, actor=actor, codes=[code], now=NOW) for code in items])
    assert sorted(baskets.basket_of(actor)) == sorted(items)
