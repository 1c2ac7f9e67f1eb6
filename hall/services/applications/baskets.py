"""办事清单: the items that a person means to do, kept with the account (§5.4). Visitors keep theirs in a signed cookie until they sign in."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from hall.services.applications import rules
from hall.services.applications.models import Basket
from hall.services.catalogue import queries as catalogue
from hall.support.access.actors import Actor, Role, require


def basket_of(actor: Actor) -> tuple[str, ...]:
    """The codes in the actor's basket, in the order they were put in. One SQL query."""
    if actor.account_id is None or not actor.has(Role.CITIZEN):
        return ()
    return tuple(Basket.objects.filter(account_id=actor.account_id).values_list("codes", flat=True).first() or ())


def with_item(codes: Iterable[str], code: str) -> tuple[str, ...]:
    """The basket with one more item, once. Raises: TooManyTogether when it is full."""
    held = tuple(codes)
    if code in held:
        return held
    if len(held) >= rules.MOST_TOGETHER:
        raise rules.TooManyTogether
    return (*held, code)


def merged(codes: Iterable[str], more: Iterable[str]) -> tuple[str, ...]:
    """Two baskets as one: what stands in the first comes first, and what does not fit stays out."""
    return tuple(dict.fromkeys([*codes, *more]))[: rules.MOST_TOGETHER]


@transaction.atomic
def put_in(*, actor: Actor, codes: Iterable[str], now: datetime, is_merge: bool = False) -> tuple[str, ...]:
    """Put items into the actor's basket; each stands in it once. Returns what it holds then.

    With `is_merge`, for the basket of a visitor who signed in, what does not fit is left out instead of refused.

    Raises: TooManyTogether. Unknown codes are passed over.
    """
    require(actor, Role.CITIZEN)
    assert actor.account_id is not None
    known = [card.code for card in catalogue.item_cards(list(codes)[: 2 * rules.MOST_TOGETHER])]
    Basket.objects.get_or_create(account_id=actor.account_id, defaults={"saved_at": now})
    basket = Basket.objects.select_for_update().get(account_id=actor.account_id)
    held = tuple(basket.codes)
    if is_merge:
        held = merged(held, known)
    else:
        for code in known:
            held = with_item(held, code)
    _keep(basket, held, now)
    return held


@transaction.atomic
def take_out(*, actor: Actor, codes: Iterable[str], now: datetime) -> tuple[str, ...]:
    """Take items out of the actor's basket; what is not in it is passed over. Returns what it holds then."""
    require(actor, Role.CITIZEN)
    assert actor.account_id is not None
    basket = Basket.objects.select_for_update().filter(account_id=actor.account_id).first()
    if basket is None:
        return ()
    gone = set(codes)
    held = tuple(code for code in basket.codes if code not in gone)
    _keep(basket, held, now)
    return held


def _keep(basket: Basket, codes: tuple[str, ...], now: datetime) -> None:
    if tuple(basket.codes) != codes:
        basket.codes, basket.saved_at = list(codes), now
        basket.save(update_fields=["codes", "saved_at"])
