"""The JSON of a tree: read and written back the same, and every fault of it told with its place."""

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hall.services.guidance import reading
from tests.make.guidance import make_tree, random_tree, tree_row


def test_what_is_written_is_read_back_the_same() -> None:
    tree = make_tree()
    assert reading.read_tree(json.loads(json.dumps(reading.write_tree(tree)))) == tree


@given(st.integers(0, 10**9))
def test_any_tree_survives_writing(seed: int) -> None:
    tree = random_tree(random.Random(seed), is_forward=False)
    assert reading.read_tree(reading.write_tree(tree)) == tree
    assert reading.digest_of(tree) == reading.digest_of(reading.read_tree(reading.write_tree(tree)))


def test_another_word_is_another_digest() -> None:
    assert reading.digest_of(make_tree()) != reading.digest_of(make_tree(title="别的"))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"title": 7}, "title"),
        ({"questions": "无"}, "questions"),
        ({"surprise": 1}, "不认识的字段"),
        ({"questions": [{"key": "x", "text": "问", "answers": []}]}, "questions[1].key"),
        ({"questions": [{"key": "q1", "text": "问", "answers": [{"key": "a1", "text": "答", "days": -1}]}]}, "days"),
        ({"questions": [{"key": "q1", "text": "问", "answers": [{"key": "a1", "text": "答", "next": "nowhere"}]}]}, "next"),
        ({"questions": [{"key": "q1", "text": "问", "answers": []}] * 2}, "q1 出现了两次"),
        ({"questions": [{"key": "q1", "text": "问", "answers": [{"key": "a1", "text": "答"}] * 2}]}, "a1 出现了两次"),
        ({"title": "字" * 61}, "title文字太长"),
    ],
)
def test_a_fault_is_told_with_its_place(change: dict[str, object], told: str) -> None:
    with pytest.raises(reading.BadTree) as caught:
        reading.read_tree(tree_row(**change))
    assert told in str(caught.value)


@given(
    st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))
)
def test_no_json_at_all_breaks_the_reading(value: object) -> None:
    with pytest.raises(reading.BadTree):
        reading.read_tree(value)
