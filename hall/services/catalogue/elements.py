"""The parts of an item's implementation list (domain.md §3) as frozen values; their field names are those of items.jsonl. Pure."""

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Standard:
    """规范要求 of one material's files (§5.3.2). None: the department said nothing, the usual for the material's kind applies.

    `least_dpi` is for scans in a PDF, `least_pixels` the short side of a picture. `legible`: sharp, light and upright; `has_seal`: a
    red round one; `in_force`: its period is not over; `of_applicant`: it names the applicant.
    """

    most_pages: int | None = None
    least_dpi: int | None = None
    least_pixels: int | None = None
    in_colour: bool | None = None
    legible: bool | None = None
    no_blank: bool | None = None
    has_seal: bool | None = None
    in_force: bool | None = None
    of_applicant: bool | None = None


# The names of its questions, which are also those of the material's columns and of its members in items.jsonl.
STANDARD = tuple(part.name for part in fields(Standard))
SAYS_NOTHING = Standard()


@dataclass(frozen=True, slots=True)
class FlowStep:
    """One step of handling. `days` of the promise fall to it, in the item's unit; `note` is a sentence for the applicant.

    `kind` and `role` (flow_rules.FlowKind, FlowRole) say what it is and whose; empty in items that go the usual way.
    """

    name: str
    days: int
    note: str = ""
    kind: str = ""
    role: str = ""
    produces: str = ""


@dataclass(frozen=True, slots=True)
class InstantRule:
    """秒批: one condition over an answer of the form, or over what the hall knows itself (instant_rules.FACTS)."""

    fact: str
    operator: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class Fee:
    """收费项目. `standard` in words, as published; `reduction` says who pays less or nothing.

    `amount` is yuan for one unit as decimal text ("20", "20.50"), empty where it is not fixed; `collector` and `fee_item` are 执收单位 and
    执收项目 in the finance department's catalogue; `variant` is the key of the only 业务办理项 that it is taken for.
    """

    name: str
    standard: str
    basis: str = ""
    unit: str = ""
    reduction: str = ""
    amount: str = ""
    collector: str = ""
    fee_item: str = ""
    variant: str = ""

    def belongs_to(self, variant: str) -> bool:
        """Whether the fee is taken for this 业务办理项 (empty: the item has none)."""
        return not self.variant or self.variant == variant


@dataclass(frozen=True, slots=True)
class SpecialProcedure:
    """特别程序: hearing, inspection, expert review …; the clock stops for it. `days` 0 means that no number is published."""

    name: str
    basis: str = ""
    days: int = 0


@dataclass(frozen=True, slots=True)
class Intermediary:
    """中介服务 whose result becomes a material."""

    name: str
    basis: str = ""
    providers: str = ""
    fee: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """办理地点、时间. `longitude` and `latitude` are decimal degrees in text, empty when unknown."""

    name: str
    address: str = ""
    hours: str = ""
    phone: str = ""
    longitude: str = ""
    latitude: str = ""
    transport: str = ""


@dataclass(frozen=True, slots=True)
class Contact:
    """A way to ask or complain: `kind` in words (电话, 窗口, 网上), `value` the number, address or link."""

    kind: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Faq:
    """常见问题"""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Variant:
    """业务办理项: one way of handling the item. `key` (v1 …) names it in materials and drafts, `kind` is a VariantKind."""

    key: str
    kind: str
    name: str
    note: str = ""
