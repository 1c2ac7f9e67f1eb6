"""秒批: what a condition says of an answer. Whatever cannot be compared is not met; nothing is granted without conditions."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hall.services.catalogue import instant_rules
from hall.services.catalogue.elements import InstantRule
from hall.services.catalogue.instant_rules import LICENCES, MATERIALS, Operator, check_rules, evaluate, is_granted, is_met

WORDS = st.text("0129.-、甲a", max_size=8)
ANSWERS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), WORDS, st.lists(WORDS, max_size=3))
GOOD = {"handling_type": "instant", "leader_approval": False, "applicable": True, "online_depth": "full", "flow_steps": []}


@pytest.mark.parametrize(
    ("operator", "value", "answer", "met"),
    [
        ("equals", "新办", "新办", True),
        ("equals", "新办", "变更", False),
        ("equals", "20", 20, True),
        ("equals", "是", True, True),
        ("at_least", "18", "18", True),
        ("at_least", "18", 17.9, False),
        ("at_most", "20", "20.0", True),
        ("at_most", "20", "二十", False),
        ("at_most", "2026-12-31", "2026-11-23", True),
        ("at_least", "2026-12-31", "2026-11-23", False),
        ("at_most", "20", True, False),
        ("at_most", "20", "NaN", False),
        ("at_least", "0", "Infinity", False),
        ("one_of", "济南市、青岛市，烟台市", "青岛市", True),
        ("one_of", "济南市、青岛市", "济南", False),
        ("one_of", "甲、乙", ["甲", "乙"], True),
        ("one_of", "甲、乙", ["甲", "丙"], False),
        ("is_set", "", "有", True),
        ("is_set", "", "", False),
        ("hack", "1", "1", False),
        ("", "", "1", False),
    ],
)
def test_how_answers_are_compared(operator: str, value: str, answer: object, met: bool) -> None:
    assert is_met(InstantRule("scale", operator, value), {"scale": answer}, {}) is met


def test_what_the_hall_knows_itself_is_a_condition_too() -> None:
    assert is_met(InstantRule(MATERIALS), {}, {MATERIALS: True}) and not is_met(InstantRule(LICENCES), {LICENCES: "1"}, {})


@given(
    st.lists(st.tuples(st.sampled_from(["a", "b", MATERIALS]), st.sampled_from([*Operator, "x"]), WORDS), max_size=4),
    st.dictionaries(st.sampled_from(["a", "b"]), ANSWERS),
)
def test_every_answer_gets_an_outcome_and_one_unmet_condition_is_enough(found: list[tuple[str, str, str]], answers: dict[str, Any]) -> None:
    outcomes = evaluate([InstantRule(*one) for one in found], answers, {MATERIALS: True})
    assert len(outcomes) == len(found)
    assert is_granted(outcomes) == (bool(found) and all(one.is_met for one in outcomes))
    assert not is_granted(evaluate([*[InstantRule(*one) for one in found], InstantRule("nobody_asked", "is_set")], answers, {}))


@pytest.mark.parametrize(
    ("rules", "changes", "said"),
    [
        ([{"fact": MATERIALS}], {}, ""),
        ([{"fact": "scale", "operator": "at_most", "value": "20"}], {}, ""),
        ([{"fact": "scale", "operator": "at_most", "value": "很多"}], {}, "应是数字"),
        ([{"fact": "scale", "operator": "equals", "value": ""}], {}, "请填写要比较的值"),
        ([{"fact": "scale", "operator": "like", "value": "%"}], {}, "请选择怎样比较"),
        ([{"fact": MATERIALS}, {"fact": MATERIALS}], {}, "出现了两次"),
        ([{"fact": MATERIALS}], {"handling_type": "promise"}, "即办件"),
        ([{"fact": MATERIALS}], {"leader_approval": True}, "即办件"),
        ([{"fact": MATERIALS}], {"online_depth": "prelim"}, "全程网办"),
        ([{"fact": MATERIALS}], {"flow_steps": [{"kind": "decide", "role": "reviewer"}]}, "窗口经办"),
        ([], {"handling_type": "promise"}, ""),
    ],
)
def test_conditions_are_checked_before_they_are_published(rules: list[dict[str, str]], changes: dict[str, Any], said: str) -> None:
    found = "；".join(reason for _, reason in check_rules(rules, GOOD | changes))
    assert said in found and bool(said) == bool(found)


def test_conditions_read_as_sentences() -> None:
    titles = {"scale": "从业人数"}
    assert instant_rules.in_words(InstantRule("scale", "at_most", "20"), titles) == "从业人数不大于 20"
    assert instant_rules.in_words(InstantRule(LICENCES), titles) == "用到的证照都核验有效"
