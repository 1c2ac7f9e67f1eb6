"""Conditions: reading them, saying them in words, and whether they hold. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from hall.support.formrules.fields import Condition, Field, Look, Op
from hall.support.formrules.values import input_texts, number_in, plain_number
from hall.support.formrules.vocabulary import LISTED_KINDS, Kind

MOST_LOOKS = 6
_LIMITS = {"at_least": Op.AT_LEAST, "at_most": Op.AT_MOST}
_CHOSEN = {"equals": Op.IN, "in": Op.IN, "not_in": Op.NOT_IN}
_SILENT = frozenset({Kind.NOTE, Kind.COMPUTED, Kind.PROMISE, Kind.FILE})


class BadCondition(ValueError):
    """What is wrong with a condition, in words."""


def read_condition(stored: Mapping[str, Any], earlier: Mapping[str, Field], ending: str) -> Condition:
    """A condition of a stored field; `earlier` are the fields before it, `ending` the word after 时. Raises: BadCondition."""
    several = [word for word in ("all", "any") if word in stored]
    if not several:
        parts: list[Any] = [stored]
    elif len(stored) > 1 or not isinstance(stored[several[0]], list):
        raise BadCondition("条件只能写一个 all 或一个 any，内容是一组条件")
    else:
        parts = stored[several[0]]
    if not 1 <= len(parts) <= MOST_LOOKS:
        raise BadCondition(f"一个字段的条件应为 1 至 {MOST_LOOKS} 条，现在是 {len(parts)} 条")
    looks = tuple(_read_look(part, earlier) for part in parts)
    is_any = several == ["any"]
    words = ("，或" if is_any else "，且").join(_words(look, earlier[look.field]) for look in looks)
    return Condition(looks, f"{words}时{ending}", is_any)


def names_in(stored: Any) -> list[str]:
    """The fields that a stored condition names, whatever state it is in."""
    if not isinstance(stored, Mapping):
        return []
    parts = [part for word in ("all", "any") if isinstance(stored.get(word), list) for part in stored[word]] or [stored]
    return [part["field"] for part in parts if isinstance(part, Mapping) and isinstance(part.get("field"), str)]


def _read_look(stored: Any, earlier: Mapping[str, Field]) -> Look:
    if not isinstance(stored, Mapping) or len(stored) != 2 or not isinstance(stored.get("field"), str):
        raise BadCondition("一条条件由 field 和一种比较组成")
    name, word = stored["field"], next(word for word in stored if word != "field")
    given = stored[word]
    other = earlier.get(name)
    if other is None:
        raise BadCondition(f"{name} 不在它前面")
    if word in _CHOSEN:
        wanted = [given] if word == "equals" else given
        if not isinstance(wanted, list) or not 1 <= len(wanted) <= 50:
            raise BadCondition(f"{word} 后面应写一组选项")
        return Look(name, _CHOSEN[word], frozenset(_choice(other, value) for value in wanted))
    if word in _LIMITS:
        if not other.is_number:
            raise BadCondition(f"{name} 不是数字，不能比较大小")
        if isinstance(given, bool) or not isinstance(given, int | float):
            raise BadCondition(f"{word} 后面应写数字")
        return Look(name, _LIMITS[word], limit=given)
    if word == "is_filled" and isinstance(given, bool):
        if other.kind in _SILENT:
            raise BadCondition(f"{name} 不是填写出来的，不能作为条件")
        return Look(name, Op.FILLED if given else Op.EMPTY)
    raise BadCondition(f"不认识的比较 {word}")


def _choice(other: Field, value: Any) -> str:
    if other.kind not in LISTED_KINDS and other.kind is not Kind.YES_NO:
        raise BadCondition(f"{other.name} 不是选择题")
    if (other.kind is Kind.YES_NO) != isinstance(value, bool) or not isinstance(value, str | bool):
        raise BadCondition(f"{value!r} 不是 {other.name} 的值")
    if isinstance(value, bool):
        return "yes" if value else "no"
    if all(option.value != value for option in other.options):
        raise BadCondition(f"{other.name} 没有选项 {value}")
    return value


def _words(look: Look, other: Field) -> str:
    if look.op in {Op.FILLED, Op.EMPTY}:
        return f"“{other.title}”{'填写了' if look.op is Op.FILLED else '没有填写'}"
    if look.limit is not None:
        shown = f"{look.limit / 100:.2f} 元" if other.is_money else f"{plain_number(look.limit)}{' ' + other.unit if other.unit else ''}"
        return f"“{other.title}”{'不少于' if look.op is Op.AT_LEAST else '不多于'} {shown}"
    words = {"yes": "是", "no": "否"}
    order = [option.value for option in other.options] or ["yes", "no"]
    titles = [words[v] if other.kind is Kind.YES_NO else other.option_title(v) for v in order if v in look.values]
    return f"“{other.title}”{'没有选' if look.op is Op.NOT_IN else '选'}{'或'.join(f'“{title}”' for title in titles)}"


def holds(condition: Condition, answers: Mapping[str, Any], fields: Mapping[str, Field]) -> bool:
    """Whether the condition holds for these answers, raw or checked; a field that is not asked is not among them."""
    found: Iterable[bool] = (look_holds(look, fields.get(look.field), answers.get(look.field)) for look in condition.looks)
    return any(found) if condition.is_any else all(found)


def look_holds(look: Look, other: Field | None, value: object) -> bool:
    """Whether one look holds. What is not answered is neither one option nor another, and no number."""
    if other is None:
        return False
    if look.op in {Op.FILLED, Op.EMPTY}:
        return is_filled(value) is (look.op is Op.FILLED)
    if look.limit is not None:
        number = number_in(other, value)
        if number is None:
            return False
        return number >= look.limit if look.op is Op.AT_LEAST else number <= look.limit
    texts = input_texts(other, value)
    if not texts:
        return False
    return look.values.isdisjoint(texts) is (look.op is Op.NOT_IN)


def is_filled(value: object) -> bool:
    """Whether there is any answer at all."""
    if isinstance(value, str):
        return bool(value.strip())
    if isinstance(value, Mapping):
        return any(is_filled(part) for part in value.values())
    if isinstance(value, list | tuple):
        return any(is_filled(part) for part in value)
    return value is not None
