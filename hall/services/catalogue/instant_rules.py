"""秒批: an item decided on the spot may be granted by published conditions over what was filled in; never denied by them. Pure.

All conditions true: the hall accepts and grants. Anything else, also an answer that cannot be compared: a person decides.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from hall.services.catalogue.elements import InstantRule
from hall.services.catalogue.flow_rules import PAYS
from hall.services.catalogue.rules import HandlingType, OnlineDepth, Word

MATERIALS, LICENCES = "fact:materials", "fact:licences"
# What the hall knows beside the answers.
FACTS = {MATERIALS: "必要材料已经交齐", LICENCES: "用到的证照都核验有效"}
_SEPARATORS = str.maketrans("，,；;|\n", "、、、、、、")


class Operator(Word):
    """How an answer is compared."""

    EQUALS = "equals", "等于"
    AT_LEAST = "at_least", "不小于"
    AT_MOST = "at_most", "不大于"
    ONE_OF = "one_of", "是其中之一"
    IS_SET = "is_set", "已填写"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One condition and whether it was met."""

    rule: InstantRule
    is_met: bool


def choices(value: str) -> list[str]:
    """The words of a list as people write it: 甲、乙，丙."""
    return [one.strip() for one in value.translate(_SEPARATORS).split("、") if one.strip()]


def _number(value: object) -> Decimal | None:
    if isinstance(value, bool):
        return None
    try:
        found = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(str(value).strip())
    except ValueError:
        return None


def _compared(given: object, wanted: str) -> int | None:
    """-1, 0 or 1; None when the two cannot be compared."""
    for read in (_number, _day):
        left, right = read(given), read(wanted)
        if left is not None and right is not None:
            return (left > right) - (left < right)  # type: ignore[operator]
    return None


def _texts(given: object) -> list[str]:
    if isinstance(given, bool):
        return ["是" if given else "否"]
    return [str(one).strip() for one in given] if isinstance(given, list | tuple) else [str(given).strip()]


def is_met(rule: InstantRule, answers: Mapping[str, Any], facts: Mapping[str, bool]) -> bool:
    """Whether one condition holds; an unknown fact, operator or missing answer never does."""
    if rule.fact in FACTS:
        return facts.get(rule.fact, False)
    given = answers.get(rule.fact)
    if given in (None, "", [], ()):
        return False
    if rule.operator == Operator.IS_SET:
        return True
    if rule.operator == Operator.EQUALS:
        return _texts(given) == [rule.value.strip()] or (not isinstance(given, list | tuple) and _compared(given, rule.value) == 0)
    if rule.operator == Operator.ONE_OF:
        return all(one in choices(rule.value) for one in _texts(given))
    found = None if isinstance(given, list | tuple) else _compared(given, rule.value)
    if found is None:
        return False
    return found >= 0 if rule.operator == Operator.AT_LEAST else (found <= 0 if rule.operator == Operator.AT_MOST else False)


def evaluate(rules: Sequence[InstantRule], answers: Mapping[str, Any], facts: Mapping[str, bool]) -> tuple[Outcome, ...]:
    """Each condition with its outcome. No rules: nothing is decided."""
    return tuple(Outcome(rule, is_met(rule, answers, facts)) for rule in rules)


def is_granted(outcomes: Sequence[Outcome]) -> bool:
    """Whether the conditions, all of them, let the hall decide."""
    return bool(outcomes) and all(outcome.is_met for outcome in outcomes)


def in_words(rule: InstantRule, titles: Mapping[str, str]) -> str:
    """A condition as people read it: 从业人数不大于 20."""
    if rule.fact in FACTS:
        return FACTS[rule.fact]
    title = titles.get(rule.fact, rule.fact)
    if rule.operator == Operator.IS_SET:
        return f"{title}已填写"
    word = Operator(rule.operator).label if rule.operator in {one.value for one in Operator} else rule.operator
    return f"{title}{word} {rule.value}"


def titles_of(form_schemas: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """The titles of all fields of an item's forms, by name."""
    found: dict[str, str] = {}
    for schema in form_schemas.values():
        found |= {name: str(part.get("title") or name) for name, part in schema.get("properties", {}).items()}
    return found


def words_of(rules: Sequence[InstantRule], form_schemas: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
    """All conditions of an item as people read them."""
    titles = titles_of(form_schemas) if rules else {}
    return tuple(in_words(rule, titles) for rule in rules)


def check_rules(rules: Sequence[Mapping[str, Any]], content: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What is wrong with an item's conditions, as (place, reason)."""
    if not rules:
        return []
    if content["handling_type"] != HandlingType.INSTANT or content["leader_approval"]:
        return [("instant_rules", "只有不须领导签批的即办件可以按规则自动办理")]
    if not content["applicable"] or content["online_depth"] != OnlineDepth.FULL:
        return [("instant_rules", "全程网办的事项才可以按规则自动办理")]
    if any(step.get("kind") == "decide" and step.get("role") != "clerk" for step in content["flow_steps"]):
        return [("instant_rules", "按规则自动办理的，办理流程里的决定环节应由窗口经办办理")]
    if any(step.get("kind") in set(PAYS) for step in content["flow_steps"]):
        return [("instant_rules", "办理中要缴费的事项不能按规则自动办理")]
    faults = [fault for place, rule in enumerate(rules) for fault in _rule_faults(place, rule)]
    seen = [(rule.get("fact"), rule.get("operator")) for rule in rules]
    return faults + [(f"instant_rules[{at}].fact", "这个条件出现了两次") for at, one in enumerate(seen) if one in seen[:at]]


def _rule_faults(place: int, rule: Mapping[str, Any]) -> list[tuple[str, str]]:
    fact, operator, value = (str(rule.get(name) or "").strip() for name in ("fact", "operator", "value"))
    if fact in FACTS:
        return []
    if operator not in {one.value for one in Operator}:
        return [(f"instant_rules[{place}].operator", "请选择怎样比较")]
    if operator == Operator.IS_SET:
        return []
    if not value:
        return [(f"instant_rules[{place}].value", "请填写要比较的值")]
    if operator in {Operator.AT_LEAST, Operator.AT_MOST} and _number(value) is None and _day(value) is None:
        return [(f"instant_rules[{place}].value", f"“{value[:20]}”应是数字，或者像 2026-12-31 这样的日期")]
    return []
