"""Situation trees, as JSON and published, for items with a conditional material."""

import random
from typing import Any

from hall.services.catalogue.models import Bundle, BundleItem
from hall.services.catalogue.queries import ItemVersionRow
from hall.services.guidance import commands, reading
from hall.services.guidance.facts import Facts, Kinds
from hall.services.guidance.models import Guide
from hall.services.guidance.tree import END, Answer, Effects, Question, Refused, Removed, Tree
from hall.support.access.actors import Actor
from tests.make.catalogue import make_item, material_row
from tests.make.people import NOW

FORM: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "title": "申请表",
    "additionalProperties": False,
    "x-sections": [{"title": "项目", "fields": ["project_name", "situation", "parts", "is_online"]}],
    "required": ["project_name"],
    "properties": {
        "project_name": {"type": "string", "title": "项目名称", "maxLength": 60},
        "situation": {
            "type": "string",
            "title": "申请情形",
            "oneOf": [{"const": "new", "title": "新办"}, {"const": "lost", "title": "补办"}],
        },
        "parts": {
            "type": "array",
            "title": "内容",
            "uniqueItems": True,
            "items": {"type": "string", "oneOf": [{"const": "a", "title": "甲"}, {"const": "b", "title": "乙"}]},
        },
        "is_online": {"type": "boolean", "title": "是否在网上"},
    },
}


def guided_item(**changes: Any) -> ItemVersionRow:
    """An item with one required material (m1) and one that only some bring (m2), and a form that a guide may fill."""
    materials = [
        material_row(1, name="申请书"),
        material_row(2, name="监护人身份证明", necessity="conditional", when="未满16周岁", has_blank_form=False),
    ]
    return make_item(**{"materials": materials, "form_schemas": {"person": FORM, "org": FORM}, **changes})


def tree_row(**changes: Any) -> dict[str, Any]:
    """A sound tree of three questions: by age a material more, by reason a value for the form, and one way that is refused."""
    row: dict[str, Any] = {
        "title": "我要办这件事",
        "intro": "答几个问题就清楚。",
        "questions": [
            {
                "key": "q1",
                "text": "给谁办？",
                "answers": [
                    {"key": "a1", "text": "给自己", "next": "q2", "remove": [{"material": "m2", "reason": "已满 16 周岁"}]},
                    {"key": "a2", "text": "给孩子", "next": "q2", "add": ["m2"], "note": "由监护人陪同。"},
                ],
            },
            {
                "key": "q2",
                "text": "为什么办？",
                "answers": [
                    {"key": "a1", "text": "第一次办", "next": "q3", "prefill": {"situation": "new"}},
                    {"key": "a2", "text": "丢了", "next": "end", "prefill": {"situation": "lost"}, "fee": "40 元", "days": 3},
                    {"key": "a3", "text": "说不清", "next": "end", "refuse": {"reason": "要有理由。", "instead": "想清楚再来。"}},
                ],
            },
            {
                "key": "q3",
                "text": "在网上办吗？",
                "help": "网上、窗口都可以。",
                "answers": [
                    {"key": "a1", "text": "网上", "next": "end", "prefill": {"is_online": "yes", "parts": ["a", "b"]}},
                    {"key": "a2", "text": "窗口", "next": "end", "place": "到一楼大厅"},
                ],
            },
        ],
    }
    return row | changes


def make_tree(**changes: Any) -> Tree:
    """The same as a value."""
    return reading.read_tree(tree_row(**changes))


def facts_for(item: ItemVersionRow) -> Facts:
    """What a guide of the item may name."""
    return Facts(Kinds.ITEM, item.code, item.name, (item,))


def make_guide(item: ItemVersionRow | None = None, tree: Tree | None = None, *, origin: str = "file", off: bool = False) -> Guide:
    """A published guide of an item (made when none is given)."""
    item = item or guided_item()
    guide, _ = Guide.objects.get_or_create(kind=Kinds.ITEM, code=item.code, defaults={"department_code": item.department_code})
    commands.store_version(guide, tree or make_tree(), origin=origin, author="系统", publisher="系统", now=NOW)
    if off:
        Guide.objects.filter(pk=guide.pk).update(is_off=True)
    return guide


def random_tree(draw: random.Random, *, questions: int = 5, is_forward: bool = True) -> Tree:
    """Any tree: forward ones have no circle, the others may have circles, dead ends and lost questions."""
    keys = [f"q{at + 1}" for at in range(questions)]
    made = []
    for at, key in enumerate(keys):
        onward = [*keys[at + 1 :], END] if is_forward else [*keys, END, "", "q99"]
        answers = [_random_answer(draw, number, draw.choice(onward)) for number in range(1, draw.randint(1, 3) + 1)]
        made.append(Question(key, f"问题{at}", "", tuple(answers)))
    return Tree("导办", "", tuple(made))


def _random_answer(draw: random.Random, number: int, following: str) -> Answer:
    effects = Effects(
        add=tuple(draw.sample(["m1", "m2", "m3"], draw.choice([0, 0, 1]))),
        remove=tuple(Removed(key, "原因") for key in draw.sample(["m1", "m2", "m3"], draw.choice([0, 0, 1]))),
        days=draw.choice([None, None, None, 3, 5]),
        refuse=Refused("不能", "改办别的") if following == END and draw.random() < 0.2 else None,
    )
    return Answer(f"a{number}", f"答案{number}", "", following, effects)


def guides_for_doors(item: ItemVersionRow, owner: Actor, clerk: Actor) -> dict[str, Any]:
    """What the addresses of guides name: a guide of the item with an open draft, one of bundle B7, and a sheet that the owner kept."""
    guide = make_guide(item)
    commands.start_draft(actor=clerk, kind=Kinds.ITEM, code=item.code, now=NOW)
    sheet_id = commands.save_sheet(actor=owner, kind=Kinds.ITEM, code=item.code, choices={"q1": "a1", "q2": "a2"}, now=NOW)
    Bundle.objects.create(code="B7", name="办成一件事", audience="person", order=7)
    BundleItem.objects.create(bundle_id="B7", item_id=item.code, order=1)
    bundled = Guide.objects.create(kind=Kinds.BUNDLE, code="B7")
    commands.store_version(
        bundled, Tree("我要办成一件事", "", make_tree().questions), origin="file", author="系统", publisher="系统", now=NOW
    )
    return {"guide_id": guide.pk, "sheet_id": sheet_id}
