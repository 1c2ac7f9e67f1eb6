"""Reading items as those who write and publish them see them: lists, drafts, versions, what differs. Department staff see their
own department's, the hall's administrator everybody's; nothing is ever counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.fields.json import KeyTextTransform
from django.utils.dateparse import parse_datetime

from hall.services.catalogue import comparing, publishing, rules
from hall.services.catalogue.comparing import Difference
from hall.services.catalogue.draft_contents import BEGAN_FROM, around, named_files
from hall.services.catalogue.draft_standing import OPEN, WRITABLE, standing_of
from hall.services.catalogue.instant_rules import titles_of
from hall.services.catalogue.models import Item, ItemDraft, ItemVersion
from hall.services.catalogue.naming import Fault
from hall.support.access.actors import DEPARTMENT_ROLES, Actor, Role, require
from hall.support.audit import trail
from hall.support.formrules.files import load_forms

_NAME = KeyTextTransform("name", "content")


@dataclass(frozen=True, slots=True)
class ManagedItem:
    """An item in the lists of those who look after it. `draft_id` and `draft_state` are of its open draft, if there is one."""

    code: str
    name: str
    department_code: str
    department_short: str
    status: str
    item_type: str
    order: int
    number: int
    published_at: datetime
    draft_id: int | None
    draft_state: str | None
    version_id: int

    @property
    def status_name(self) -> str:
        return rules.ItemStatus(self.status).label

    @property
    def item_type_name(self) -> str:
        return rules.ItemType(self.item_type).label

    @property
    def draft_state_name(self) -> str:
        return rules.DraftState(self.draft_state).label if self.draft_state else ""


@dataclass(frozen=True, slots=True)
class ManagedPage:
    """A stretch of a list of items; `after` asks for the next one, None at the end."""

    rows: tuple[ManagedItem, ...]
    after: str | None


@dataclass(frozen=True, slots=True)
class DraftRow:
    """A draft in a list."""

    draft_id: int
    item_code: str
    name: str
    department_code: str
    department_short: str
    state: str
    revision: int
    author_name: str
    saved_at: datetime
    submitted_at: datetime | None
    decided_at: datetime | None
    reviewer_name: str
    comment: str
    based_on: int | None

    @property
    def state_name(self) -> str:
        return rules.DraftState(self.state).label

    @property
    def is_writable(self) -> bool:
        return self.state in WRITABLE

    @property
    def is_new_item(self) -> bool:
        return self.based_on is None


@dataclass(frozen=True, slots=True)
class DraftsPage:
    """A stretch of a list of drafts; `after` asks for the next one."""

    rows: tuple[DraftRow, ...]
    after: str | None


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version of an item, by number."""

    number: int
    published_at: datetime
    origin: str
    is_current: bool

    @property
    def origin_name(self) -> str:
        return rules.Origin(self.origin).label


@dataclass(frozen=True, slots=True)
class DraftPage:
    """A draft as it is written: `line` is in the shape of items.jsonl with the situations. `is_outdated` when another version came since."""

    row: DraftRow
    line: dict[str, Any]
    faults: tuple[Fault, ...]
    changes: tuple[Difference, ...]
    current: ManagedItem | None
    is_outdated: bool


@dataclass(frozen=True, slots=True)
class DraftCheck:
    """A draft under the pen. `departments` and `cert_types` are all by code, `labels` what the codes in it stand for."""

    row: DraftRow
    line: dict[str, Any]
    faults: tuple[Fault, ...]
    departments: dict[str, str]
    cert_types: dict[str, str]
    labels: dict[str, str]


@dataclass(frozen=True, slots=True)
class LogRow:
    """What was done to an item, for those who publish items. `detail` holds the reason given, or which draft and version."""

    at: datetime
    deed: str
    detail: str


# --- who sees what ------------------------------------------------------------------------------------------------------------------


def _scope(actor: Actor) -> Q:
    """The department's own for its staff, everything for the hall. Raises: SignInNeeded, NotAllowed."""
    require(actor, Role.SYS_ADMIN, *DEPARTMENT_ROLES)
    return Q() if actor.has(Role.SYS_ADMIN) else Q(department=actor.department_code)


def _storable(text: str) -> str:
    return text.replace("\0", "").strip()[:100]


# --- lists --------------------------------------------------------------------------------------------------------------------------

_ITEM = ("code", "current_version__name", "department_id", "department__short_name", "status", "current_version__item_type", "order")
_OPEN_DRAFT = ItemDraft.objects.filter(item_code=OuterRef("pk"), state__in=OPEN)


def _managed(items: QuerySet[Item]) -> list[ManagedItem]:
    found = items.annotate(open_id=Subquery(_OPEN_DRAFT.values("pk")[:1]), open_state=Subquery(_OPEN_DRAFT.values("state")[:1]))
    return [
        ManagedItem(*row)
        for row in found.values_list(
            *_ITEM, "current_version__number", "current_version__published_at", "open_id", "open_state", "current_version_id"
        )
    ]


def managed_items(
    actor: Actor, *, department: str = "", status: str = "", item_type: str = "", q: str = "", after: str | None = None, limit: int = 30
) -> ManagedPage:
    """Items that the actor looks after, in the order of public lists; `q` is part of a name or the beginning of a code. One SQL query."""
    found = Item.objects.filter(_scope(actor), current_version__isnull=False)
    if department:
        found = found.filter(department=_storable(department))
    if status in list(rules.ItemStatus):
        found = found.filter(status=status)
    if item_type in list(rules.ItemType):
        found = found.filter(current_version__item_type=item_type)
    text = _storable(q)
    if text:
        # Apart from the join, so that the names are looked through in their index.
        named = ItemVersion.objects.filter(name__contains=text).values("pk")
        found = found.filter(Q(code__startswith=text.upper()) if text.isalnum() and text.isascii() else Q(current_version__in=named))
    order, _, code = _storable(after or "").partition("-")
    if order.isascii() and order.isdigit() and len(order) < 10:
        found = found.filter(order__gte=int(order)).exclude(order=int(order), code__lte=code)
    rows = _managed(found.order_by("order", "code")[: limit + 1])
    is_more, rows = len(rows) > limit, rows[:limit]
    return ManagedPage(tuple(rows), f"{rows[-1].order}-{rows[-1].code}" if is_more else None)


def managed_item(actor: Actor, code: str) -> ManagedItem | None:
    """One item in the actor's scope. One SQL query."""
    return next(iter(_managed(Item.objects.filter(_scope(actor), code=_storable(code), current_version__isnull=False))), None)


_DRAFT = ("pk", "item_code", "named", "department_id", "department__short_name", "state", "revision", "author_name", "saved_at")


def _draft_rows(drafts: QuerySet[ItemDraft]) -> list[DraftRow]:
    columns = (*_DRAFT, "submitted_at", "decided_at", "reviewer_name", "comment", "based_on_id")
    return [DraftRow(row[0], row[1], row[2] or "", *row[3:]) for row in drafts.annotate(named=_NAME).values_list(*columns)]


def department_drafts(actor: Actor, *, is_open: bool = True, after: str | None = None, limit: int = 30) -> DraftsPage:
    """The department's drafts, last saved first: those under way, or those that are done with. One SQL query."""
    require(actor, *DEPARTMENT_ROLES)
    found = ItemDraft.objects.filter(department=actor.department_code)
    found = found.filter(state__in=OPEN) if is_open else found.exclude(state__in=OPEN)
    place = _place(after)
    if place is not None:
        found = found.filter(saved_at__lte=place[0]).exclude(saved_at=place[0], pk__gte=place[1])
    return _stretch(_draft_rows(found.order_by("-saved_at", "-pk")[: limit + 1]), limit, "saved_at")


def drafts_to_review(actor: Actor, *, after: str | None = None, limit: int = 30) -> DraftsPage:
    """What departments handed in, longest waiting first. One SQL query."""
    require(actor, Role.SYS_ADMIN)
    found = ItemDraft.objects.filter(state=rules.DraftState.SUBMITTED)
    place = _place(after)
    if place is not None:
        found = found.filter(submitted_at__gte=place[0]).exclude(submitted_at=place[0], pk__lte=place[1])
    return _stretch(_draft_rows(found.order_by("submitted_at", "pk")[: limit + 1]), limit, "submitted_at")


def _stretch(rows: list[DraftRow], limit: int, column: str) -> DraftsPage:
    is_more, rows = len(rows) > limit, rows[:limit]
    return DraftsPage(tuple(rows), f"{getattr(rows[-1], column).isoformat()}~{rows[-1].draft_id}" if is_more else None)


def _place(after: str | None) -> tuple[datetime, int] | None:
    """A cursor read back; None for a broken one."""
    moment, _, number = (after or "").partition("~")
    try:
        at = parse_datetime(moment)
    except ValueError:
        return None
    is_right = at is not None and at.tzinfo is not None and number.isascii() and number.isdecimal() and len(number) < 16
    return (at, int(number)) if at is not None and is_right else None


# --- one draft ----------------------------------------------------------------------------------------------------------------------


def form_titles(actor: Actor, draft_id: int) -> dict[str, str]:
    """The titles of the fields that applicants of a draft's item fill in, by name. Two SQL queries."""
    draft = own_draft(actor, draft_id)
    if draft is None:
        return {}
    written = draft.content.get("audience")
    audience = [one for one in written if one in ("person", "org")] if isinstance(written, list) else []
    return titles_of(forms_of(draft, audience))


def forms_of(draft: ItemDraft, audience: Sequence[str]) -> dict[str, Any]:
    """The forms that applicants fill in: those in use now, which are designed apart from the item, else the general ones."""
    present = draft.content[BEGAN_FROM]["version_id"]
    held = dict(ItemVersion.objects.values_list("form_schemas", flat=True).get(pk=present)) if present else {}
    missing = [one for one in audience if one not in held]
    shipped = load_forms(settings.DATA_DIR / "forms").schemas_for(draft.item_code, missing) if missing else {}
    return {one: held.get(one) or shipped[one] for one in audience}


def own_draft(actor: Actor, draft_id: int) -> ItemDraft | None:
    """The draft, if it is in the actor's scope; part of the queries of this module and its neighbours. One SQL query."""
    found = ItemDraft.objects.filter(_scope(actor), pk=draft_id).select_related("department")
    # What a department has not handed in is its own affair.
    return (found.exclude(submitted_at__isnull=True) if actor.has(Role.SYS_ADMIN) else found).first()


def _row(draft: ItemDraft) -> DraftRow:
    return DraftRow(
        draft_id=draft.pk,
        item_code=draft.item_code,
        name=str(draft.content.get("name") or ""),
        department_code=draft.department_id,
        department_short=draft.department.short_name,
        state=draft.state,
        revision=draft.revision,
        author_name=draft.author_name,
        saved_at=draft.saved_at,
        submitted_at=draft.submitted_at,
        decided_at=draft.decided_at,
        reviewer_name=draft.reviewer_name,
        comment=draft.comment,
        based_on=draft.based_on_id,
    )


def draft_check(actor: Actor, draft_id: int) -> DraftCheck | None:
    """A draft of the actor's scope for a page that edits part of it. Seven SQL queries."""
    draft = own_draft(actor, draft_id)
    if draft is None:
        return None
    item = Item.objects.filter(code=draft.item_code).values_list("current_version_id", "status").first()
    standing = standing_of(draft, item, is_compared=False)
    place, known = standing.surroundings, standing.surroundings.known
    departments, cert_types = place.labels_of(known.departments), place.labels_of(known.cert_types)
    return DraftCheck(_row(draft), line_of(draft), standing.faults, departments, cert_types, dict(place.labels))


def draft_page(actor: Actor, draft_id: int) -> DraftPage | None:
    """A draft with its faults and what differs from the present version. Nine SQL queries."""
    draft = own_draft(actor, draft_id)
    if draft is None:
        return None
    current = next(iter(_managed(Item.objects.filter(code=draft.item_code, current_version__isnull=False))), None)
    standing = standing_of(draft, (current.version_id, current.status) if current else None)
    changes: tuple[Difference, ...] = ()
    if standing.held is not None:
        changes = comparing.differences(standing.held, line_of(draft), labels=standing.surroundings.labels)
    return DraftPage(
        row=_row(draft),
        line=line_of(draft),
        faults=standing.faults if draft.state in WRITABLE else (),
        changes=changes,
        current=current,
        is_outdated=draft.state in OPEN and standing.is_overtaken(draft),
    )


def line_of(draft: ItemDraft) -> dict[str, Any]:
    """What the draft says, in the shape of items.jsonl with the situations."""
    return {name: value for name, value in draft.content.items() if name != BEGAN_FROM}


def has_file(actor: Actor, draft_id: int, file_id: UUID) -> bool:
    """Whether a draft of the actor's scope names this stored file. One SQL query."""
    draft = own_draft(actor, draft_id)
    return draft is not None and str(file_id) in named_files(draft.content)


# --- versions -----------------------------------------------------------------------------------------------------------------------


def item_versions(actor: Actor, code: str, *, before: int | None = None, limit: int = 30) -> list[VersionRow]:
    """The versions of an item in the actor's scope, newest first, before a number. One SQL query."""
    item = Item.objects.filter(_scope(actor), code=_storable(code))
    found = ItemVersion.objects.filter(item__in=item, published_at__isnull=False)
    if before is not None:
        found = found.filter(number__lt=before)
    rows = found.order_by("-number")[:limit].values_list("number", "published_at", "origin", "pk", "item__current_version_id")
    return [VersionRow(number, at, origin, pk == current) for number, at, origin, pk, current in rows if at is not None]


def compared_versions(actor: Actor, code: str, *, old: int, new: int) -> tuple[VersionRow, VersionRow, tuple[Difference, ...]] | None:
    """Two versions of an item in the actor's scope and what differs; None when one of them is not there. Eight SQL queries at most."""
    item = Item.objects.filter(_scope(actor), code=_storable(code))
    found = ItemVersion.objects.filter(item__in=item, published_at__isnull=False, number__in=[old, new])
    rows = {
        number: (pk, VersionRow(number, at, origin, pk == current))
        for number, at, origin, pk, current in found.values_list("number", "published_at", "origin", "pk", "item__current_version_id")
        if at is not None
    }
    if old not in rows or new not in rows:
        return None
    lines = [publishing.line_of(code, rows[number][0]) for number in (old, new)]
    return rows[old][1], rows[new][1], comparing.differences(*lines, labels=around({}).labels)


def item_log(actor: Actor, code: str, *, limit: int = 20) -> list[LogRow]:
    """What was done to an item, newest first, single saves left out, for the hall's administrator. One SQL query."""
    require(actor, Role.SYS_ADMIN)
    entries = trail.entries_before(subject=f"item {_storable(code)}", limit=limit * 10)
    return [LogRow(row.at, row.deed, row.detail) for row in entries if row.deed != "item.draft_saved"][:limit]
