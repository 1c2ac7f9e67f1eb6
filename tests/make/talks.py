"""A small catalogue for the guided conversation: three items, one with a guide, one bundle; and a library over it that needs no database."""

from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

from hall.services.catalogue.models import Bundle, BundleItem
from hall.services.catalogue.rows import BundlePage, ItemPage
from hall.services.guidance.dialogue_answers import Near
from hall.services.guidance.dialogue_library import CatalogueLibrary
from hall.services.guidance.dialogue_lookup import Found
from hall.services.guidance.sheet import Sheet
from hall.services.guidance.tree import Tree
from tests.make.catalogue import make_item, material_row
from tests.make.guidance import guided_item, make_guide

HOTLINE = "12345"
PASSPORT, RESTAURANT, PUPPET = "护照签发", "食品经营许可", "木偶戏演出备案"
FAQS = [{"question": "外地人能办护照吗", "answer": "能，全国通办。"}]


class Shelf:
    """What a real library gave, asked once: it answers for `dialogue` without a database, and by whole names."""

    hotline = HOTLINE

    def __init__(self, items: Sequence[str], bundles: Sequence[str] = ()) -> None:
        real = CatalogueLibrary()
        self.cards = {near.card.code: near for near in real.near(items)}
        self.pages = {code: page for code in items if (page := real.item(code)) is not None}
        self.bundles = {code: page for code in bundles if (page := real.bundle(code)) is not None}
        named = [("item", code) for code in self.pages] + [("bundle", code) for code in self.bundles]
        self.trees = {of: tree for of in named if (tree := real.tree(*of)) is not None}
        self._real = real
        self._sheets: dict[str, Sheet | None] = {}

    def find(self, sentence: str) -> Found:
        held = [near for near in self.cards.values() if _heard(near) in sentence]
        bundles = tuple(page.bundle for page in self.bundles.values() if page.bundle.name in sentence)
        clear = held[0].card.code if len(held) == 1 and not bundles else ""
        words = tuple(_heard(near) for near in held)
        return Found(
            tuple(held) or tuple(self.cards.values())[:1], clear=clear, is_sure=bool(held or bundles), words=words, bundles=bundles
        )

    def near(self, codes: Sequence[str]) -> tuple[Near, ...]:
        return tuple(self.cards[code] for code in codes if code in self.cards)

    def item(self, code: str) -> ItemPage | None:
        return self.pages.get(code)

    def bundle(self, code: str) -> BundlePage | None:
        return self.bundles.get(code)

    def tree(self, kind: str, code: str) -> Tree | None:
        return self.trees.get((kind, code))

    def sheet(self, kind: str, code: str, choices: dict[str, str]) -> Sheet | None:
        key = f"{kind} {code} {sorted(choices.items())}"
        if key not in self._sheets:
            self._sheets[key] = self._real.sheet(kind, code, choices)
        return self._sheets[key]

    def words(self) -> frozenset[str]:
        """Every text and number that the catalogue published here, guides and their sheets included."""
        heard = [_heard(near) for near in self.cards.values()]
        return frozenset(_texts([self.cards, self.pages, self.bundles, self.trees, self._sheets, heard, HOTLINE]))


def _heard(near: Near) -> str:
    return near.card.name[:2]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str | int):
        yield str(value)
    elif is_dataclass(value):
        for field in fields(value):
            yield from _texts(getattr(value, field.name))
        for name, held in vars(type(value)).items():
            if isinstance(held, property):
                yield from _texts(getattr(value, name))
    elif isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list | tuple | set | frozenset):
        for one in value:
            yield from _texts(one)


def make_shelf() -> Shelf:
    """护照签发 (with a guide and a question that was asked before), 食品经营许可 (charged, with a window), 木偶戏演出备案 (nothing to bring)."""
    passport = guided_item(name=PASSPORT, faqs=FAQS, flow_steps=[{"name": "受理", "days": 1}, {"name": "制证", "days": 5}])
    make_guide(passport)
    fees = [{"name": "许可证工本费", "standard": "10 元", "basis": "", "reduction": "残疾人免收"}]
    materials = [material_row(1, name="居民户口簿", originals=1), material_row(2, name="居民户口簿补发申请表")]
    restaurant = make_item(
        name=RESTAURANT, charged=True, fee="10 元", fees=fees, materials=materials, online_depth="prelim", onsite_visits=1
    )
    puppet = make_item(
        name=PUPPET,
        materials=[],
        applicable=False,
        online_depth="info",
        conditions=[],
        legal_basis=[],
        handling_type="instant",
        promised_days=0,
    )
    Bundle.objects.create(code="B1", name="开办餐馆", audience="org", order=1, materials_total=3, materials_distinct=2)
    for order, item in enumerate((restaurant, puppet)):
        BundleItem.objects.create(bundle_id="B1", item_id=item.code, order=order)
    return Shelf([passport.code, restaurant.code, puppet.code], ["B1"])
