"""Every fault of a tree is found before it is published, with the question it is at; and nothing else is."""

import dataclasses
import random
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hall.services.guidance import reading, rules
from hall.services.guidance.facts import Facts, Kinds
from hall.services.guidance.rules import Fault
from hall.services.guidance.tree import END, Answer, Tree
from tests.make.guidance import facts_for, guided_item, make_tree, random_tree, tree_row

NOTHING = Facts(Kinds.ITEM, "370100000000", "事项", ())


@pytest.fixture
def facts(db: None) -> Facts:
    return facts_for(guided_item())


def found(tree: Tree, facts: Facts) -> list[tuple[str, str]]:
    return [(finding.fault, finding.question) for finding in rules.check(tree, facts)]


def changed(question: int, answer: int, **values: Any) -> Tree:
    row = tree_row()
    row["questions"][question]["answers"][answer] |= values
    return reading.read_tree(row)


def test_a_sound_tree_has_no_findings(facts: Facts) -> None:
    assert found(make_tree(), facts) == []


def test_a_tree_without_an_end_is_named(facts: Facts) -> None:
    row = tree_row()
    for question in row["questions"]:
        for answer in question["answers"]:
            answer["next"] = "q1"
            answer.pop("refuse", None)
    sentences = [finding.sentence for finding in rules.check(reading.read_tree(row), facts)]
    assert any("绕成了一个圈：q1 → q1" in sentence for sentence in sentences)
    assert any("没有一条路走到办事单" in sentence for sentence in sentences)


def test_dead_ends_are_named_with_their_answer(facts: Facts) -> None:
    undecided = rules.check(changed(2, 0, next=""), facts)
    assert [(one.fault, one.question) for one in undecided] == [(Fault.DEAD_END, "q3")]
    assert "q3“在网上办吗？”的答案“网上”没有写接着问什么" in undecided[0].sentence
    assert found(changed(2, 0, next="q9"), facts) == [(Fault.DEAD_END, "q3")]
    assert found(make_tree(questions=[]), facts)[0][0] == Fault.DEAD_END


def test_an_unreachable_question_is_named(facts: Facts) -> None:
    assert (Fault.UNREACHABLE, "q3") in found(changed(1, 0, next="end"), facts)


def test_contradicting_answers_are_named(facts: Facts) -> None:
    assert found(changed(2, 0, add=["m2"]), facts) == [(Fault.CONTRADICTION, "q1")]
    assert found(changed(1, 1, remove=[{"material": "m2", "reason": "丢了"}]), facts) == [(Fault.CONTRADICTION, "q1")]
    assert found(changed(0, 1, remove=[{"material": "m2", "reason": "不用"}]), facts) == [(Fault.CONTRADICTION, "q1")]
    assert found(changed(0, 0, days=9, fee="9 元", prefill={"situation": "new"}), facts) == [(Fault.CONTRADICTION, "q1")] * 3
    assert found(changed(1, 2, next="q3"), facts) == [(Fault.CONTRADICTION, "q2")]


def test_two_variants_on_one_path_are_a_contradiction(db: None) -> None:
    variants = [{"key": "v1", "kind": "new", "name": "新办"}, {"key": "v2", "kind": "change", "name": "变更"}]
    facts = facts_for(guided_item(variants=variants))
    row = tree_row()
    row["questions"][0]["answers"][0]["variant"] = "v1"
    row["questions"][1]["answers"][1]["variant"] = "v2"
    assert (Fault.CONTRADICTION, "q1") in found(reading.read_tree(row), facts)
    only_one = rules.check(changed(0, 0, variant="v1"), facts)
    assert [(one.fault, one.is_blocking) for one in only_one] == [(Fault.UNDECIDED, False)]
    assert rules.blocking(only_one) == ()


def test_a_material_of_a_variant_that_nobody_chooses_is_never_asked_for(db: None) -> None:
    variants = [{"key": "v1", "kind": "new", "name": "新办"}, {"key": "v2", "kind": "change", "name": "变更"}]
    item = guided_item(variants=variants)
    mine = dataclasses.replace(item, materials=(dataclasses.replace(item.materials[0], variants=("v2",)), item.materials[1]))
    row = tree_row()
    for answer in row["questions"][0]["answers"]:
        answer["variant"] = "v1"
    assert (Fault.NEVER_ASKED, "") in found(reading.read_tree(row), facts_for(mine))


def test_what_the_guide_of_the_item_does_not_know_is_named(facts: Facts) -> None:
    assert found(changed(2, 0, add=["m7"]), facts) == [(Fault.UNKNOWN, "q3")]
    assert found(changed(2, 0, variant="v3"), facts) == [(Fault.UNKNOWN, "q3")]
    assert found(changed(2, 0, prefill={"nothing": "1"}), facts) == [(Fault.UNKNOWN, "q3")]
    assert found(changed(2, 0, prefill={"is_online": "maybe"}), facts) == [(Fault.UNKNOWN, "q3")]
    assert found(changed(2, 1, skip=[{"item": "370100000000", "reason": "不用"}]), facts) == [(Fault.UNKNOWN, "q3")]
    refuse = {"reason": "不行", "instead": "改办", "item": "370100009999"}
    assert found(changed(1, 2, refuse=refuse), facts) == [(Fault.UNKNOWN, "q2")]


def test_a_required_material_cannot_be_talked_away(facts: Facts) -> None:
    """The application would go on asking for it."""
    findings = rules.check(changed(2, 1, remove=[{"material": "m1", "reason": "不用"}]), facts)
    assert [one.fault for one in findings] == [Fault.UNKNOWN]
    assert "必要材料" in findings[0].sentence


def test_a_material_that_no_answer_asks_for_is_named(facts: Facts) -> None:
    row = tree_row()
    row["questions"][0]["answers"][1].pop("add")
    findings = rules.check(reading.read_tree(row), facts)
    assert [one.fault for one in findings] == [Fault.NEVER_ASKED]
    assert "m2“监护人身份证明”" in findings[0].sentence


def test_missing_words_are_named(facts: Facts) -> None:
    row = tree_row(title="")
    row["questions"][0]["text"] = ""
    row["questions"][1]["answers"][0]["text"] = " "
    row["questions"][1]["answers"][2]["refuse"] = {"reason": "", "instead": ""}
    row["questions"][0]["answers"][0]["remove"][0]["reason"] = ""
    assert [pair for pair in found(reading.read_tree(row), facts) if pair[0] == Fault.WORDS] == [
        (Fault.WORDS, ""),
        (Fault.WORDS, "q1"),
        (Fault.WORDS, "q1"),
        (Fault.WORDS, "q2"),
        (Fault.WORDS, "q2"),
        (Fault.WORDS, "q2"),
    ]


def test_a_question_with_one_answer_and_an_answer_written_twice_are_named(facts: Facts) -> None:
    row = tree_row()
    row["questions"][2]["answers"] = row["questions"][2]["answers"][:1]
    assert (Fault.WORDS, "q3") in found(reading.read_tree(row), facts)
    assert (Fault.WORDS, "q3") in found(changed(2, 1, text="网上"), facts)


def test_nine_questions_are_too_long(facts: Facts) -> None:
    def chain(most: int) -> Tree:
        questions = [
            {
                "key": f"q{n}",
                "text": f"问题{n}",
                "answers": [
                    {"key": "a1", "text": "是", "next": f"q{n + 1}" if n < most else "end"},
                    {"key": "a2", "text": "否", "next": f"q{n + 1}" if n < most else "end", **({"add": ["m2"]} if n == 1 else {})},
                ],
            }
            for n in range(1, most + 1)
        ]
        return make_tree(questions=questions)

    assert found(chain(8), facts) == []
    assert found(chain(9), facts) == [(Fault.TOO_LONG, "")]


# --- against every path walked one by one -----------------------------------------------------------------------------------------


def paths(tree: Tree, key: str, before: tuple[Answer, ...] = ()) -> Iterator[tuple[Answer, ...]]:
    question = tree.question(key)
    for answer in question.answers if question else ():
        whole = (*before, answer)
        yield whole
        if answer.next != END:
            yield from paths(tree, answer.next, whole)


def clash(path: tuple[Answer, ...]) -> bool:
    added = {material for answer in path for material in answer.effects.add}
    removed = {gone.material for answer in path for gone in answer.effects.remove}
    days = {answer.effects.days for answer in path if answer.effects.days is not None}
    return bool(added & removed) or len(days) > 1


@settings(max_examples=300)
@given(st.integers(0, 10**9))
def test_contradictions_are_exactly_those_that_some_path_has(seed: int) -> None:
    tree = random_tree(random.Random(seed))
    told = any(finding.fault is Fault.CONTRADICTION for finding in rules.check(tree, NOTHING))
    assert told == any(clash(path) for path in paths(tree, "q1"))


@settings(max_examples=300)
@given(st.integers(0, 10**9))
def test_unreachable_questions_and_sheets_are_what_the_paths_say(seed: int) -> None:
    tree = random_tree(random.Random(seed))
    walked = list(paths(tree, "q1"))
    findings = rules.check(tree, NOTHING)
    reached = {"q1", *(answer.next for path in walked for answer in path if answer.next != END)}
    assert {one.question for one in findings if one.fault is Fault.UNREACHABLE} == {q.key for q in tree.questions} - reached
    has_sheet = any(path[-1].next == END and not path[-1].effects.refuse for path in walked)
    assert has_sheet != any(one.fault is Fault.NO_SHEET for one in findings)


@settings(max_examples=300)
@given(st.integers(0, 10**9))
def test_a_circle_is_told_where_there_is_one_and_only_there(seed: int) -> None:
    tree = random_tree(random.Random(seed), is_forward=False)

    def returns(key: str, start: str, seen: frozenset[str]) -> bool:
        question = tree.question(key)
        if question is None or key in seen:
            return False
        return any(answer.next == start or returns(answer.next, start, seen | {key}) for answer in question.answers)

    has_circle = any(returns(question.key, question.key, frozenset()) for question in tree.questions)
    assert has_circle == any(finding.fault is Fault.CIRCLE for finding in rules.check(tree, NOTHING))


@given(st.integers(0, 10**9))
def test_a_tree_that_passes_leads_everybody_somewhere(seed: int) -> None:
    from hall.services.guidance.tree import walk

    tree = random_tree(random.Random(seed), questions=4, is_forward=False)
    if rules.blocking(rules.check(tree, NOTHING)):
        return
    draw = random.Random(seed + 1)
    choices = {question.key: draw.choice(question.answers).key for question in tree.questions}
    assert walk(tree, choices).is_done
