"""Reading the papers' wordings: the one in force for whoever issues a paper; drafts and versions for the administrator."""

from dataclasses import dataclass
from datetime import datetime

from hall.services.catalogue.comparing import Difference, Pair, marked
from hall.services.papers import rules
from hall.services.papers.defaults import DEFAULTS
from hall.services.papers.kinds import KINDS, PART_NAMES, DocType, PaperKind
from hall.services.papers.models import PaperDraft, PaperVersion, WordingColumns
from hall.services.papers.rules import PARTS, Wording
from hall.support.access.actors import Actor, Role, require


@dataclass(frozen=True, slots=True)
class InForce:
    """The wording that papers are made with now. `number` 0 is the program's own."""

    number: int
    wording: Wording


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A published wording. Number 0 came with the program: nobody published it."""

    number: int
    wording: Wording
    note: str = ""
    published_at: datetime | None = None
    published_by_name: str = ""


@dataclass(frozen=True, slots=True)
class DraftRow:
    """The wording in the making. `revision` is to be named with every change of it."""

    revision: int
    wording: Wording
    saved_at: datetime
    saved_by_name: str


@dataclass(frozen=True, slots=True)
class KindRow:
    """A kind in the list: what is in force, and whether somebody is at it. `is_outdated`: its last version no longer fits the program."""

    kind: PaperKind
    latest: VersionRow
    draft: DraftRow | None
    is_outdated: bool


@dataclass(frozen=True, slots=True)
class KindFile:
    """A kind with everything around it; `versions` newest first, number 0 at the very end. `older` is the cursor to go on, 0 at the end."""

    row: KindRow
    versions: tuple[VersionRow, ...]
    older: int

    @property
    def in_use(self) -> Wording:
        """What papers are made with now."""
        return DEFAULTS[self.row.kind.doc_type] if self.row.is_outdated else self.row.latest.wording

    @property
    def typed(self) -> Wording:
        """What is being worked at: the draft, or else the last version."""
        return self.row.draft.wording if self.row.draft else self.row.latest.wording

    @property
    def previewed(self) -> Wording:
        """What the preview shows: the draft, or else what is in use."""
        return self.row.draft.wording if self.row.draft else self.in_use


def in_force(doc_type: DocType) -> InForce:
    """The wording for a paper that is issued now. One SQL query.

    A version that an update of the program made unfit (it lacks what the paper must contain now) gives way to the program's own.
    """
    found = PaperVersion.objects.filter(kind=doc_type).order_by("-number").first()
    if found is None or rules.findings(KINDS[doc_type], wording_of(found)):
        return InForce(0, DEFAULTS[doc_type])
    return InForce(found.number, wording_of(found))


def wording_of(row: WordingColumns) -> Wording:
    """The parts of a row."""
    return Wording(**{part: getattr(row, part) for part in PARTS})


def kind_rows(actor: Actor) -> list[KindRow]:
    """All kinds, in the order of a case's life. Two SQL queries. Raises: SignInNeeded, NotAllowed."""
    require(actor, Role.SYS_ADMIN)
    latest = {row.kind: row for row in PaperVersion.objects.order_by("kind", "-number").distinct("kind")}
    drafts = {row.kind: row for row in PaperDraft.objects.order_by("kind")}
    return [_kind_row(kind, latest.get(kind.doc_type), drafts.get(kind.doc_type)) for kind in KINDS.values()]


def kind_file(actor: Actor, name: str, *, before: int = 0, limit: int = 20) -> KindFile | None:
    """One kind by the name in its address; None for anything else. `before` is a cursor. Three SQL queries.

    Raises: SignInNeeded, NotAllowed.
    """
    require(actor, Role.SYS_ADMIN)
    kind = rules.kind_named(name, KINDS)
    if kind is None:
        return None
    published = PaperVersion.objects.filter(kind=kind.doc_type).order_by("-number")
    row = _kind_row(kind, published.first(), PaperDraft.objects.filter(kind=kind.doc_type).first())
    rows = [_version_row(one) for one in (published.filter(number__lt=before) if before else published)[: limit + 1]]
    has_older = len(rows) > limit
    versions = rows[:limit] if has_older else [*rows, VersionRow(0, DEFAULTS[kind.doc_type])]
    return KindFile(row, tuple(versions), versions[-1].number if has_older else 0)


def version_row(kind: PaperKind, number: int) -> VersionRow | None:
    """One version; number 0 is the program's own. One SQL query at most."""
    if number == 0:
        return VersionRow(0, DEFAULTS[kind.doc_type])
    found = PaperVersion.objects.filter(kind=kind.doc_type, number=number).first()
    return _version_row(found) if found else None


def _version_row(row: PaperVersion) -> VersionRow:
    return VersionRow(row.number, wording_of(row), row.note, row.published_at, row.published_by_name)


def _kind_row(kind: PaperKind, latest: PaperVersion | None, draft: PaperDraft | None) -> KindRow:
    row = _version_row(latest) if latest else VersionRow(0, DEFAULTS[kind.doc_type])
    made = DraftRow(draft.revision, wording_of(draft), draft.saved_at, draft.saved_by_name) if draft else None
    return KindRow(kind, row, made, bool(rules.findings(kind, row.wording)))


def differences(kind: PaperKind, old: Wording, new: Wording) -> tuple[Difference, ...]:
    """The parts that differ, with the letters that do marked. No SQL."""
    texts = ((part, PART_NAMES[part], getattr(old, part), getattr(new, part)) for part in kind.parts)
    return tuple(Difference(part, title, Pair(title, *marked(was, now))) for part, title, was, now in texts if was != now)
