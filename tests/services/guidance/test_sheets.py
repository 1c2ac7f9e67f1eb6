"""The personal sheet says what the guide and the catalogue say, and nothing else."""

import pytest

from hall.services.catalogue.models import Bundle, BundleItem
from hall.services.catalogue.queries import ItemVersionRow
from hall.services.guidance import queries, reading
from hall.services.guidance.facts import Kinds
from hall.services.guidance.models import Guide
from hall.services.guidance.sheet import Sheet, carried, days_words, make_sheet
from hall.services.guidance.tree import Choices, narrow, walk
from tests.make.catalogue import make_item, material_row
from tests.make.guidance import facts_for, guided_item, make_tree, tree_row

pytestmark = pytest.mark.django_db


def sheet_of(item: ItemVersionRow, choices: Choices, **tree: object) -> Sheet:
    made = make_tree(**tree)
    around = queries.around(Kinds.ITEM, item.code)
    assert around is not None
    return make_sheet(made, walk(made, choices), around)


def test_it_says_what_to_bring_and_what_not_with_the_reason() -> None:
    sheet = sheet_of(guided_item(), {"q1": "a1", "q2": "a1", "q3": "a1"})
    assert [one.name for one in sheet.bring] == ["申请书"]
    assert [(one.name, one.reason) for one in sheet.spare] == [("监护人身份证明", "已满 16 周岁")]
    child = sheet_of(guided_item(), {"q1": "a2", "q2": "a1", "q3": "a1"})
    assert [one.name for one in child.bring] == ["申请书", "监护人身份证明"]
    assert (child.spare, child.notes) == ((), ("由监护人陪同。",))


def test_a_conditional_material_that_no_answer_named_is_spared_with_its_own_condition() -> None:
    row = tree_row()
    row["questions"][0]["answers"][0].pop("remove")
    sheet = sheet_of(guided_item(), {"q1": "a1", "q2": "a1", "q3": "a1"}, **row)
    assert [(one.name, one.reason) for one in sheet.spare] == [("监护人身份证明", "只在未满16周岁时提供")]


def test_what_is_not_decided_yet_is_said() -> None:
    start = sheet_of(guided_item(), {})
    assert start.undecided == ("监护人身份证明",)
    assert start.spare == ()
    assert sheet_of(guided_item(), {"q1": "a1"}).undecided == ()


def test_time_and_cost_come_from_the_item_unless_an_answer_says_otherwise() -> None:
    item = guided_item(promised_days=7, charged=True, fee="100 元")
    plain = sheet_of(item, {"q1": "a1", "q2": "a1", "q3": "a1"})
    assert (plain.days, plain.takes, plain.fee) == (7, "7 个工作日", "100 元")
    lost = sheet_of(item, {"q1": "a1", "q2": "a2"})
    assert (lost.days, lost.fee) == (3, "40 元")
    assert days_words(0, "工作日") == "当场办结"


def test_a_refusal_says_why_and_what_instead() -> None:
    sheet = sheet_of(guided_item(), {"q1": "a1", "q2": "a3"})
    assert sheet.refused is not None
    assert (sheet.refused.reason, sheet.refused.instead) == ("要有理由。", "想清楚再来。")


def test_places_fall_back_to_those_of_the_item() -> None:
    place = {"name": "省政务服务大厅", "address": "济南市历下区", "hours": "9:00–17:00", "phone": "0531-12345"}
    sheet = sheet_of(guided_item(places=[place]), {"q1": "a1", "q2": "a1", "q3": "a2"})
    assert [row.name for row in sheet.places] == ["省政务服务大厅"]
    assert sheet.place_notes == ("到一楼大厅",)


def test_answers_are_carried_into_the_form() -> None:
    item = guided_item()
    facts = facts_for(item)
    taken = carried(narrow(walk(make_tree(), {"q1": "a1", "q2": "a1", "q3": "a1"})), facts, item.code)
    assert taken.answers == {"situation": "new", "is_online": "yes", "parts": ["a", "b"]}
    assert set(taken.shown) == {("申请情形", "新办"), ("是否在网上", "是"), ("内容", "甲、乙")}
    assert carried(narrow(walk(make_tree(), {})), facts, "370199999999").answers == {}


def test_a_bundles_sheet_joins_its_items() -> None:
    licence = material_row(2, name="营业执照")
    first = make_item(name="办营业执照", promised_days=1, materials=[material_row(1, name="章程")])
    second = make_item(name="办许可", promised_days=5, materials=[material_row(1, name="平面图"), licence])
    third = make_item(name="办广告", promised_days=5, materials=[material_row(1, name="效果图"), licence])
    Bundle.objects.create(code="B7", name="开店", audience="org", order=1)
    for order, item in enumerate((first, second, third), start=1):
        BundleItem.objects.create(bundle_id="B7", item_id=item.code, order=order)
    answers = [
        {"key": "a1", "text": "还没有", "next": "q2", "remove": [{"material": f"{item.code}.m2", "reason": "第 1 步办好就有"} for item in (second, third)]},
        {"key": "a2", "text": "有了", "next": "q2", "skip": [{"item": first.code, "reason": "已经有"}]},
    ]  # fmt: skip
    more = [
        {"key": "a1", "text": "不挂", "next": "end", "skip": [{"item": third.code, "reason": "不挂广告"}]},
        {"key": "a2", "text": "挂", "next": "end"},
    ]
    tree = reading.read_tree(
        {
            "title": "我想开店",
            "questions": [{"key": "q1", "text": "执照？", "answers": answers}, {"key": "q2", "text": "广告？", "answers": more}],
        }
    )
    facts, around = queries.facts_of(Kinds.BUNDLE, "B7", tree), queries.around(Kinds.BUNDLE, "B7")
    assert facts is not None and around is not None
    assert list(facts.items.values()) == ["办营业执照", "办许可", "办广告"]
    fresh = make_sheet(tree, walk(tree, {"q1": "a1", "q2": "a1"}), around)
    assert [leg.name for leg in fresh.legs] == ["办营业执照", "办许可"]
    assert [one.name for one in fresh.bring] == ["章程", "平面图"]
    assert [(one.name, one.reason) for one in fresh.spare] == [("营业执照", "第 1 步办好就有")]
    assert (fresh.days, fresh.takes) == (6, "最多 6 个工作日")
    assert [(one.name, one.reason) for one in fresh.skipped] == [("办广告", "不挂广告")]
    have = make_sheet(tree, walk(tree, {"q1": "a2", "q2": "a2"}), around)
    assert [one.name for one in have.bring] == ["平面图", "营业执照", "效果图"], "equal names are brought once"


def test_nothing_published_means_nothing_around() -> None:
    assert queries.around(Kinds.ITEM, "370199999999") is None
    assert queries.around(Kinds.BUNDLE, "NONE") is None
    assert queries.guide_of(Kinds.ITEM, "370199999999") is None
    assert Guide.objects.count() == 0
