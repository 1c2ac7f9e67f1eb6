"""Fields that nobody is ever asked: their conditions contradict one another, or those of the fields they depend on. Pure."""

import itertools
from collections.abc import Iterator, Mapping, Sequence

from hall.support.formrules.fields import Condition, Field, Look, Op
from hall.support.formrules.vocabulary import LISTED_KINDS, Kind

# Branches looked at for one field; a form that has more is taken for reachable rather than kept waiting.
MOST_BRANCHES = 500


def never_asked(fields: Mapping[str, Field]) -> Iterator[tuple[str, str]]:
    """The names of fields whose conditions can never hold, each with the reason."""
    for name, field in fields.items():
        if field.shown_when is not None and not _can_hold(field.shown_when, fields):
            what = "又是必填项，这样谁也看不到、填不了" if field.is_required else "这样谁也看不到"
            yield name, f"“{field.title}”的显示条件互相矛盾，{what}"
        elif field.required_when is not None and not _can_hold(field.required_when, fields):
            yield name, f"“{field.title}”的必填条件互相矛盾，永远不会成立"


def _can_hold(condition: Condition, fields: Mapping[str, Field]) -> bool:
    branches = itertools.islice(_branches(condition, fields, frozenset()), MOST_BRANCHES)
    seen = 0
    for looks in branches:
        seen += 1
        if _agree(looks, fields):
            return True
    return seen == MOST_BRANCHES


def _branches(condition: Condition, fields: Mapping[str, Field], above: frozenset[str]) -> Iterator[tuple[Look, ...]]:
    """The sets of looks that all hold when the condition does, with what has to hold for the looked-at fields to be asked."""
    groups: Sequence[tuple[Look, ...]] = [(look,) for look in condition.looks] if condition.is_any else [condition.looks]
    for looks in groups:
        asked_by = [
            field.shown_when
            for name in dict.fromkeys(look.field for look in looks if look.op is not Op.EMPTY)
            if (field := fields.get(name)) and field.shown_when is not None and name not in above
        ]
        deeper = [list(itertools.islice(_branches(one, fields, above | {look.field for look in looks}), MOST_BRANCHES)) for one in asked_by]
        for combination in itertools.product(*deeper):
            yield (*looks, *(look for part in combination for look in part))


def _agree(looks: Sequence[Look], fields: Mapping[str, Field]) -> bool:
    by_field: dict[str, list[Look]] = {}
    for look in looks:
        by_field.setdefault(look.field, []).append(look)
    return all(name in fields and _one_agrees(fields[name], found) for name, found in by_field.items())


def _one_agrees(field: Field, looks: Sequence[Look]) -> bool:
    if any(look.op is Op.EMPTY for look in looks):
        return all(look.op is Op.EMPTY for look in looks)
    lows = [look.limit for look in looks if look.op is Op.AT_LEAST and look.limit is not None]
    highs = [look.limit for look in looks if look.op is Op.AT_MOST and look.limit is not None]
    lows += [field.minimum] if field.minimum is not None else []
    highs += [field.maximum] if field.maximum is not None else []
    if lows and highs and max(lows) > min(highs):
        return False
    if field.kind not in LISTED_KINDS and field.kind is not Kind.YES_NO:
        return True
    possible = {option.value for option in field.options} if field.options else {"yes", "no"}
    banned = {value for look in looks if look.op is Op.NOT_IN for value in look.values}
    if field.kind is Kind.MULTI:
        # Several may be chosen: each wish needs one of its own that is not ruled out.
        return all(look.values - banned for look in looks if look.op is Op.IN) and bool(possible - banned)
    for look in looks:
        if look.op is Op.IN:
            possible &= look.values
    return bool(possible - banned)
