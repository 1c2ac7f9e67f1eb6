"""What the queries of guidance return: frozen rows, blind to the database."""

from dataclasses import dataclass
from datetime import datetime

from hall.services.guidance.facts import Facts, Kinds
from hall.services.guidance.rules import Finding, blocking
from hall.services.guidance.tree import Tree

DRAFT_STATES = {"editing": "编写中", "submitted": "待审核", "returned": "已退回"}


@dataclass(frozen=True, slots=True)
class GuideRow:
    """The published guide of an item or bundle. `is_stale`: its items changed since, so that something in it no longer fits."""

    guide_id: int
    version_id: int
    kind: Kinds
    code: str
    number: int
    title: str
    tree: Tree
    is_stale: bool
    published_at: datetime


@dataclass(frozen=True, slots=True)
class GuideLink:
    """A published guide in the list that people choose from."""

    kind: Kinds
    code: str
    title: str
    name: str
    intro: str
    audience: tuple[str, ...]

    @property
    def href(self) -> str:
        """Its first page."""
        return f"/{'items' if self.kind == Kinds.ITEM else 'bundles'}/{self.code}/guide"


@dataclass(frozen=True, slots=True)
class SavedRow:
    """A kept sheet. `query` are its choices as an address has them; `is_older` when the guide was published anew since."""

    sheet_id: int
    kind: Kinds
    code: str
    title: str
    query: str
    saved_at: datetime
    is_older: bool

    @property
    def href(self) -> str:
        """The sheet with its choices."""
        return f"/{'items' if self.kind == Kinds.ITEM else 'bundles'}/{self.code}/guide/sheet?{self.query}"


@dataclass(frozen=True, slots=True)
class DeskGuideRow:
    """A guide in the staff's list."""

    guide_id: int
    kind: Kinds
    code: str
    title: str
    name: str
    number: int | None
    published_at: datetime | None
    draft_state: str
    is_off: bool
    faults: int

    @property
    def draft_state_name(self) -> str:
        return DRAFT_STATES.get(self.draft_state, "")


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One published version in the list of versions."""

    number: int
    title: str
    origin: str
    author_name: str
    published_by_name: str
    published_at: datetime


@dataclass(frozen=True, slots=True)
class DraftRow:
    """The open draft of a guide."""

    draft_id: int
    revision: int
    state: str
    tree: Tree
    author_name: str
    saved_at: datetime
    comment: str

    @property
    def state_name(self) -> str:
        return DRAFT_STATES[self.state]


@dataclass(frozen=True, slots=True)
class GuideFile:
    """Everything that the editor shows of a guide. `tree` is the draft's, or the published one's; `findings` are about it."""

    guide_id: int
    kind: Kinds
    code: str
    name: str
    is_off: bool
    is_stale: bool
    facts: Facts
    tree: Tree
    draft: DraftRow | None
    versions: tuple[VersionRow, ...]
    findings: tuple[Finding, ...]

    @property
    def blocking(self) -> tuple[Finding, ...]:
        return blocking(self.findings)

    @property
    def public_href(self) -> str:
        return f"/{'items' if self.kind == Kinds.ITEM else 'bundles'}/{self.code}/guide"
