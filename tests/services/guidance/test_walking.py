"""Following choices through a tree: what is asked, what is known, what it comes to."""

import random

from hypothesis import given
from hypothesis import strategies as st

from hall.services.guidance.tree import Tree, lengths, narrow, undecided, walk
from tests.make.guidance import make_tree, random_tree


def test_the_first_question_is_asked_first_and_choices_lead_on() -> None:
    tree = make_tree()
    assert walk(tree, {}).question == tree.questions[0]
    further = walk(tree, {"q1": "a2"})
    assert further.question is not None and further.question.key == "q2"
    assert [known.answer.text for known in further.known] == ["给孩子"]
    assert not further.is_done


def test_at_the_end_nothing_is_asked() -> None:
    done = walk(make_tree(), {"q1": "a1", "q2": "a1", "q3": "a2"})
    assert done.is_done and done.question is None
    assert done.choices == {"q1": "a1", "q2": "a1", "q3": "a2"}


def test_choices_that_the_tree_does_not_know_are_asked_again() -> None:
    walked = walk(make_tree(), {"q1": "a9", "q77": "a1", "": ""})
    assert walked.question is not None and walked.question.key == "q1"


def test_an_answer_off_the_path_does_not_count() -> None:
    walked = walk(make_tree(), {"q1": "a1", "q2": "a2", "q3": "a1"})
    assert walked.is_done
    assert [known.question.key for known in walked.known] == ["q1", "q2"]


def test_the_effects_of_a_path_are_one() -> None:
    found = narrow(walk(make_tree(), {"q1": "a2", "q2": "a2"}))
    assert (found.added, found.removed, found.fee, found.days) == (("m2",), (), "40 元", 3)
    assert [(one.field, one.values) for one in found.prefill] == [("situation", ("lost",))]
    assert narrow(walk(make_tree(), {"q1": "a1", "q2": "a3"})).refused is not None


def test_what_later_questions_may_change_is_undecided() -> None:
    assert undecided(make_tree(), walk(make_tree(), {})) == ("m2",)
    assert undecided(make_tree(), walk(make_tree(), {"q1": "a1"})) == ()


def test_an_empty_tree_and_a_lost_path_are_broken_not_endless() -> None:
    assert walk(Tree(""), {}).is_broken
    row = make_tree()
    assert walk(Tree("x", "", row.questions[:1]), {"q1": "a1"}).is_broken


@given(st.integers(0, 10**9), st.dictionaries(st.sampled_from([f"q{n}" for n in range(1, 8)]), st.sampled_from(["a1", "a2", "a3"])))
def test_a_walk_always_ends_and_never_asks_twice(seed: int, choices: dict[str, str]) -> None:
    tree = random_tree(random.Random(seed), questions=6, is_forward=False)
    walked = walk(tree, choices)
    keys = [known.question.key for known in walked.known]
    assert len(keys) == len(set(keys))
    assert walked.is_done + walked.is_broken + (walked.question is not None and not walked.is_broken) == 1
    narrow(walked)


@given(st.integers(0, 10**9))
def test_the_longest_path_is_what_counting_them_all_gives(seed: int) -> None:
    tree = random_tree(random.Random(seed), questions=6)

    def deepest(key: str) -> int:
        question = tree.question(key)
        return 0 if question is None else 1 + max((deepest(answer.next) for answer in question.answers), default=0)

    assert lengths(tree) == {question.key: deepest(question.key) for question in tree.questions}
