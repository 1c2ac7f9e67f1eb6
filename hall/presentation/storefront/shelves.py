"""What several public pages show: categories of the rail, scores and handled counts beside cards."""

from collections.abc import Sequence
from dataclasses import dataclass

from hall.presentation.design.context import supplied, supply
from hall.services.cases import queries as cases
from hall.services.catalogue import queries as catalogue
from hall.services.catalogue.queries import ItemCard
from hall.services.ratings import queries as ratings
from hall.services.search import queries as search
from hall.support.identity import queries as identity
from hall.support.identity.queries import DepartmentRow


@dataclass(frozen=True, slots=True)
class Category:
    """One entry of the home page's rail, with its flyout."""

    title: str
    note: str
    icon: str
    href: str
    groups: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]


# What people look for, over both trees of themes (design: 全部事项分类). The first theme that holds items is where the entry leads.
_CATEGORIES = (
    ("企业开办", "设立 变更", "building-store", ("L01", "P07", "L02", "P08", "L31")),
    ("教育考试", "资格 学历", "school", ("P04", "P09", "L22")),
    ("医疗卫生", "执业 机构", "heartbeat", ("P26", "L20", "P01")),
    ("证件户籍", "身份 户口", "id", ("P15", "P02", "P18")),
    ("工程建设", "投资 规划", "crane", ("L08", "L16", "P12", "P13")),
    ("交通运输", "道路 车辆", "car", ("P16", "L17")),
    ("生态环保", "排污 农林", "leaf", ("L18", "L15")),
    ("就业社保", "参保 退休", "users", ("P06", "P14", "L06", "L07", "P27")),
)


def _categories() -> tuple[Category, ...]:
    shelves = {shelf.theme.code: shelf for shelf in catalogue.theme_shelves(per_theme=5)}
    found = []
    for title, note, icon, codes in _CATEGORIES:
        held = [shelves[code] for code in codes if code in shelves]
        groups = tuple((shelf.theme.name, tuple((item.name, f"/items/{item.code}") for item in shelf.items)) for shelf in held)
        if held:
            found.append(Category(title, note, icon, f"/themes/{held[0].theme.code}", groups))
    return tuple(found)


def categories() -> tuple[Category, ...]:
    """The rail, read once a minute and process."""
    return supplied("categories") or ()  # type: ignore[return-value]


@dataclass(frozen=True, slots=True)
class Good:
    """A card with what people made of it: score (None under five ratings) and finished cases."""

    card: ItemCard
    score: float | None
    handled: int | None


def goods(cards: Sequence[ItemCard]) -> list[Good]:
    """Cards with their scores and handled counts. Two SQL queries."""
    codes = [card.code for card in cards]
    scores, handled = ratings.item_scores(codes), cases.item_tallies(codes)
    return [Good(card, scores[card.code].shown if card.code in scores else None, handled.get(card.code)) for card in cards]


@dataclass(frozen=True, slots=True)
class Shop:
    """A department as a shop card."""

    code: str
    name: str
    short_name: str
    category: str
    duties: str
    items: int
    full_online: int
    scores: tuple[tuple[str, float | None], ...]


DIMENSIONS = (("guide", "指南准确"), ("attitude", "服务态度"), ("speed", "办理时效"))


def trio(score: ratings.ScoreRow | None) -> tuple[tuple[str, float | None], ...]:
    """The three shop scores, empty while there are too few ratings."""
    if score is None or score.shown is None:
        return ()
    return tuple((title, score.dimension(name)) for name, title in DIMENSIONS)


def shops(rows: Sequence[DepartmentRow] | None = None) -> list[Shop]:
    """Departments (all, or these) that offer items, most items first. Three SQL queries, two for given ones."""
    from_identity = identity.departments() if rows is None else rows
    tallies, scores = catalogue.department_tallies(), ratings.department_scores()
    found = [
        Shop(
            row.code,
            row.name,
            row.short_name,
            row.category,
            row.duties,
            tallies[row.code].items,
            tallies[row.code].full_online,
            trio(scores.get(row.code)),
        )
        for row in from_identity
        if row.code in tallies
    ]
    return sorted(found, key=lambda shop: (-shop.items, shop.code))


supply("hot_words", lambda: tuple(search.hot_words())[:6])
supply("categories", _categories)
