"""What the catalogue's queries return: frozen rows, readable by templates, blind to the database."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from hall.services.catalogue import rules
from hall.services.catalogue.elements import (
    SAYS_NOTHING,
    Contact,
    Faq,
    Fee,
    FlowStep,
    InstantRule,
    Intermediary,
    Place,
    SpecialProcedure,
    Standard,
    Variant,
)
from hall.services.catalogue.flow_rules import Flow, flow_of
from hall.services.catalogue.instant_rules import words_of
from hall.services.catalogue.places import ImplementationRow


@dataclass(frozen=True, slots=True)
class MaterialRow:
    """申请材料. `key` (m1 …) names it in drafts and cases; `accept` are extensions, `max_bytes` the limit of one file."""

    key: str
    seq: int
    name: str
    kind: str
    source: str
    necessity: str
    when: str
    medium: str
    originals: int
    copies: int
    has_blank_form: bool
    has_sample: bool
    reusable: bool
    accept: tuple[str, ...]
    max_mb: int
    cert_type: str
    cert_type_name: str
    issuer: str
    guideline: str
    variants: tuple[str, ...] = ()
    blank_form_id: UUID | None = None
    sample_id: UUID | None = None
    standard: Standard = SAYS_NOTHING
    trust_grade: str = ""  # the least for a material out of a library, "" for the usual
    cert_type_holder: str = ""  # person, org or both

    def belongs_to(self, variant: str) -> bool:
        """Whether the material is asked for in this variant ("" for none chosen: all are shown)."""
        return not variant or not self.variants or variant in self.variants

    @property
    def max_bytes(self) -> int:
        return self.max_mb * 1024 * 1024

    @property
    def is_required(self) -> bool:
        """Whether nothing can be handed in without it; a conditional material depends on its `when`."""
        return self.necessity == rules.Necessity.REQUIRED

    @property
    def source_name(self) -> str:
        return rules.MaterialSource(self.source).label

    @property
    def trust_words(self) -> str:
        """What a material out of a library must be worth; "" where the department says nothing."""
        return f"用材料库里的，要 {rules.TrustGrade(self.trust_grade).label}以上" if self.trust_grade in {"A", "B"} else ""

    @property
    def necessity_name(self) -> str:
        return rules.Necessity(self.necessity).label

    @property
    def medium_name(self) -> str:
        return rules.Medium(self.medium).label


@dataclass(frozen=True, slots=True)
class ItemVersionRow:
    """One published version of an item, as a case is pinned to it. Days count in `day_unit` (working or natural).

    `form_schemas` holds one JSON Schema for each audience ("person", "org") that may apply.
    """

    version_id: int
    code: str
    number: int
    department_code: str
    impl_code: str
    name: str
    item_type: str
    levels: tuple[str, ...]
    audience: tuple[str, ...]
    handling_type: str
    statutory_days: int
    promised_days: int
    day_unit: str
    online_depth: str
    onsite_visits: int
    applicable: bool
    charged: bool
    fee: str
    region_scope: str
    bookable: bool
    mailable: bool
    payable: bool
    leader_approval: bool
    result_name: str
    result_kind: str
    authority_kind: str
    authority_scope: str
    accept_org: str
    decide_org: str
    delegated_to: tuple[str, ...]
    co_departments: tuple[str, ...]
    quota_limit: str
    handling_forms: tuple[str, ...]
    legal_basis: tuple[str, ...]
    legal_basis_quality: str
    conditions: tuple[str, ...]
    conditions_quality: str
    flow_steps: tuple[FlowStep, ...]
    fees: tuple[Fee, ...]
    special_procedures: tuple[SpecialProcedure, ...]
    intermediary_services: tuple[Intermediary, ...]
    places: tuple[Place, ...]
    consult_contacts: tuple[Contact, ...]
    complaint_contacts: tuple[Contact, ...]
    faqs: tuple[Faq, ...]
    form_schemas: Mapping[str, Mapping[str, Any]]
    variants: tuple[Variant, ...]
    materials: tuple[MaterialRow, ...]
    instant_rules: tuple[InstantRule, ...] = ()
    instant_share: int = 0

    @property
    def flow(self) -> Flow:
        """The way that its cases go, as configured or the usual one."""
        return flow_of(self.handling_type, self.promised_days, self.leader_approval, self.flow_steps)

    @property
    def instant_words(self) -> tuple[str, ...]:
        return words_of(self.instant_rules, self.form_schemas)

    @property
    def item_type_name(self) -> str:
        return rules.ItemType(self.item_type).label

    @property
    def handling_type_name(self) -> str:
        return rules.HandlingType(self.handling_type).label

    @property
    def day_unit_name(self) -> str:
        return rules.DayUnit(self.day_unit).label

    @property
    def online_depth_name(self) -> str:
        return rules.OnlineDepth(self.online_depth).label

    @property
    def region_scope_name(self) -> str:
        return rules.RegionScope(self.region_scope).label

    @property
    def result_kind_name(self) -> str:
        return rules.ResultKind(self.result_kind).label

    @property
    def audience_names(self) -> tuple[str, ...]:
        return tuple(rules.Audience(word).label for word in self.audience)

    @property
    def level_names(self) -> tuple[str, ...]:
        return tuple(rules.Level(word).label for word in self.levels)


@dataclass(frozen=True, slots=True)
class ItemCard:
    """An item in a list. `promised_days` 0 means decided on the spot; they and `place` are the region's, where one was asked for.

    `blank_form` is the key of the material that has one, where that was asked for; else empty.
    """

    code: str
    name: str
    status: str
    department_code: str
    department_name: str
    department_short: str
    online_depth: str
    promised_days: int
    statutory_days: int
    day_unit: str
    handling_type: str
    onsite_visits: int
    audience: tuple[str, ...]
    item_type: str
    applicable: bool
    charged: bool
    bookable: bool
    region_scope: str
    order: int
    place: ImplementationRow | None = None
    blank_form: str = ""

    @property
    def item_type_name(self) -> str:
        return rules.ItemType(self.item_type).label

    @property
    def online_depth_name(self) -> str:
        return rules.OnlineDepth(self.online_depth).label

    @property
    def handling_type_name(self) -> str:
        return rules.HandlingType(self.handling_type).label

    @property
    def day_unit_name(self) -> str:
        return rules.DayUnit(self.day_unit).label

    @property
    def audience_names(self) -> tuple[str, ...]:
        return tuple(rules.Audience(word).label for word in self.audience)

    @property
    def is_declarable(self) -> bool:
        """Whether the hall takes an online application now."""
        return rules.is_declarable(status=self.status, applicable=self.applicable, online_depth=self.online_depth)


@dataclass(frozen=True, slots=True)
class CardPage:
    """A stretch of a list. `next_after` asks for the stretch behind it, None at the end.

    `total` is exact up to 1,000; `is_more_than_total` says that there are more.
    """

    total: int
    cards: tuple[ItemCard, ...]
    next_after: str | None
    is_more_than_total: bool = False


@dataclass(frozen=True, slots=True)
class DepartmentBrief:
    """The department beside an item. `phone` and `address` are empty when the hall does not know them."""

    code: str
    name: str
    short_name: str
    phone: str
    address: str
    items: int


@dataclass(frozen=True, slots=True)
class ThemeRow:
    """主题 with the number of listed items in it."""

    code: str
    name: str
    audience: str
    stage: str
    items: int = 0


@dataclass(frozen=True, slots=True)
class ItemLink:
    """An item by code and name only."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class ThemeShelf:
    """A theme and its first items, for the home page and the rail of categories."""

    theme: ThemeRow
    items: tuple[ItemLink, ...]


@dataclass(frozen=True, slots=True)
class BundleRow:
    """一件事. `materials_distinct` of `materials_total` materials are left when equal ones are given once."""

    code: str
    name: str
    audience: str
    aliases: tuple[str, ...]
    items: int
    materials_total: int
    materials_distinct: int


@dataclass(frozen=True, slots=True)
class BundlePage:
    """A bundle and its items, in doing order."""

    bundle: BundleRow
    cards: tuple[ItemCard, ...]


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Items that stand next to one: done before it, together with it, after it; and the bundles that hold it."""

    before: tuple[ItemCard, ...] = ()
    together: tuple[ItemCard, ...] = ()
    after: tuple[ItemCard, ...] = ()
    bundles: tuple[BundleRow, ...] = ()


@dataclass(frozen=True, slots=True)
class ItemPage:
    """Everything that an item's page shows. `consult_contacts` is never empty: department's phone, else the hotline.

    `place` is where it is handled for the region asked for; None while no divisions are loaded.
    """

    version: ItemVersionRow
    status: str
    department: DepartmentBrief
    themes: tuple[ThemeRow, ...]
    keywords: tuple[str, ...]
    neighbours: Neighbours
    consult_contacts: tuple[Contact, ...]
    complaint_contacts: tuple[Contact, ...]
    published_at: datetime
    place: ImplementationRow | None = None

    @property
    def is_declarable(self) -> bool:
        """Whether the hall takes an online application now."""
        return rules.is_declarable(status=self.status, applicable=self.version.applicable, online_depth=self.version.online_depth)

    @property
    def status_name(self) -> str:
        return rules.ItemStatus(self.status).label


@dataclass(frozen=True, slots=True)
class DivisionRow:
    """行政区划"""

    code: str
    name: str
    level: str
    parent_code: str
    is_gb2260: bool


@dataclass(frozen=True, slots=True)
class TallyRow:
    """Listed items of a department, theme or audience: all, on application, wholly online."""

    items: int
    applicable: int
    full_online: int


@dataclass(frozen=True, slots=True)
class CertTypeRow:
    """电子证照类型"""

    code: str
    name: str
    holder: str
    issuer: str
    number_field: str
    aliases: tuple[str, ...]
