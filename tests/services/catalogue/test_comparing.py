"""What differs between two versions: every element in Chinese, members one by one, nothing said that is not so."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hall.services.catalogue.comparing import Difference, Kind, differences, marked
from hall.services.catalogue.naming import FIELDS
from tests.make.catalogue import item_row, material_row


def _one(field: str, old: Any, new: Any, **labels: str) -> Difference:
    found = differences({field: old}, {field: new}, labels=labels)
    assert len(found) == 1, found
    return found[0]


def test_the_same_item_twice_differs_in_nothing() -> None:
    row = item_row(code="370102002000")
    assert differences(row, dict(row)) == ()


def test_closed_words_are_shown_as_people_read_them() -> None:
    found = _one("online_depth", "prelim", "full")
    assert (found.title, found.pair and found.pair.old_text, found.pair and found.pair.new_text) == ("网上办理深度", "网上申报", "全程网办")
    charged = _one("charged", False, True).pair
    assert charged is not None and (charged.old_text, charged.new_text) == ("否", "是")


def test_codes_are_shown_by_the_names_given() -> None:
    found = _one("themes", ["L08"], ["L08", "P02"], L08="投资审批", P02="户籍")
    assert [(member.kind, member.title) for member in found.members] == [(Kind.ADDED, "户籍")]


def test_a_rewritten_sentence_is_one_change_with_its_letters_marked() -> None:
    found = _one("conditions", ["年满十六周岁的公民", "有固定住所"], ["年满十八周岁的公民", "有固定住所", "无犯罪记录"])
    assert [(member.kind, member.title) for member in found.members] == [(Kind.CHANGED, "年满十八周岁的公民"), (Kind.ADDED, "无犯罪记录")]
    pair = found.members[0].pairs[0]
    assert [part.text for part in pair.old if part.is_changed] == ["六"]
    assert [part.text for part in pair.new if part.is_changed] == ["八"]


def test_another_order_alone_is_said_to_be_that() -> None:
    assert _one("conditions", ["甲", "乙"], ["乙", "甲"]).is_reordered
    assert _one(
        "faqs", [{"question": "问", "answer": "答"}, {"question": "二"}], [{"question": "二"}, {"question": "问", "answer": "答"}]
    ).is_reordered


def test_materials_are_told_apart_by_their_number() -> None:
    old = [material_row(1), material_row(2), material_row(3, name="租赁合同")]
    new = [material_row(1, necessity="deferrable"), material_row(3, name="租赁合同"), material_row(4, name="承诺书", kind="promise")]
    found = _one("materials", old, new)
    assert [(member.kind, member.title) for member in found.members] == [
        (Kind.REMOVED, "项目申请书（2）"),
        (Kind.CHANGED, "项目申请书"),
        (Kind.ADDED, "承诺书"),
    ]
    pair = found.members[1].pairs[0]
    assert (pair.title, pair.old_text, pair.new_text) == ("必要性", "必要", "可容缺后补")
    assert {pair.title: pair.new_text for pair in found.members[2].pairs}["种类"] == "承诺书"


def test_what_says_nothing_equals_what_is_not_there() -> None:
    old = {"fees": [{"name": "工本费", "standard": "10 元", "basis": ""}], "quota_limit": "", "places": []}
    assert differences(old, {"fees": [{"name": "工本费", "standard": "10 元"}]}) == ()


def test_links_are_compared_only_where_both_sides_know_them() -> None:
    assert differences({"name": "甲"}, {"name": "甲", "themes": ["L08"], "keywords": ["立项"]}) == ()


def test_garbage_in_a_draft_is_shown_and_breaks_nothing() -> None:
    garbage: Any
    for garbage in ("十天", 3.5, ["x", 1], {"a": 1}, None):
        for field in FIELDS:
            differences({field: garbage}, {field: "另一个"})
            differences({field: [{"name": "甲"}]}, {field: garbage})


@given(st.text(max_size=60), st.text(max_size=60))
def test_marking_loses_no_letter(old: str, new: str) -> None:
    before, after = marked(old, new)
    assert "".join(part.text for part in before) == old
    assert "".join(part.text for part in after) == new
    assert [part.text for part in before if not part.is_changed] == [part.text for part in after if not part.is_changed]


@given(
    st.lists(st.text(min_size=1, max_size=12), unique=True, max_size=6), st.lists(st.text(min_size=1, max_size=12), unique=True, max_size=6)
)
def test_the_members_told_lead_from_one_list_to_the_other(old: list[str], new: list[str]) -> None:
    found = differences({"conditions": old}, {"conditions": new})
    if old == new:
        assert found == ()
        return
    left = set(old)
    for member in found[0].members:
        pair = member.pairs[0]
        if member.kind is not Kind.ADDED:
            left.remove(pair.old_text)
        if member.kind is not Kind.REMOVED:
            left.add(pair.new_text)
    assert left == set(new)
