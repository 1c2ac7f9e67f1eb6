"""Whether an answer has the shape that its port promises: plain dataclasses, enums, tuples, mappings. Rubbish is found at the door."""

import dataclasses
import types
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

_MOST_LOOKED_AT = 1000


def fits(value: Any, hint: Any) -> bool:
    """Whether a value is what a type hint says, looking inside of dataclasses and collections (the first thousand entries).

    A hint that this does not understand fits everything: it must not refuse what it cannot judge.
    """
    if hint is None or hint is type(None):
        return value is None
    origin, inner = get_origin(hint), get_args(hint)
    if origin in {Union, types.UnionType}:
        return any(fits(value, one) for one in inner)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return isinstance(value, hint) and all(fits(getattr(value, name, _ABSENT), kind) for name, kind in _fields(hint).items())
    if isinstance(origin, type) and issubclass(origin, Mapping):
        pairs = list(value.items())[:_MOST_LOOKED_AT] if isinstance(value, Mapping) else None
        return pairs is not None and all(fits(key, inner[0]) and fits(one, inner[1]) for key, one in pairs)
    if origin is tuple and inner and inner[-1] is not Ellipsis:
        return isinstance(value, tuple) and len(value) == len(inner) and all(map(fits, value, inner))
    if isinstance(origin, type) and issubclass(origin, Collection):
        is_kind = isinstance(value, origin) and not isinstance(value, str | bytes)
        return is_kind and all(fits(one, inner[0]) for one in _some(value))
    if not isinstance(hint, type) or getattr(hint, "_is_protocol", False):
        return True
    if hint is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    # True is an int to Python, and an amount to nobody.
    return isinstance(value, hint) and not (hint is int and isinstance(value, bool))


_ABSENT = object()


@cache
def _fields(kind: type) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in dataclasses.fields(kind)}


def _some(values: Any) -> list[Any]:
    return list(values[:_MOST_LOOKED_AT]) if isinstance(values, Sequence) else list(values)[:_MOST_LOOKED_AT]
