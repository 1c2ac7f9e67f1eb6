"""Reading forms in the making: the department's own, or all of them for the hall."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from hall.services.catalogue import forming
from hall.services.catalogue.forming import FormItemRow, FormVersionRow
from hall.services.forms import checking, rules
from hall.services.forms.models import FormDraft
from hall.support.access.actors import DEPARTMENT_ROLES, Actor, Role, require
from hall.support.formrules.soundness import Finding, findings


@dataclass(frozen=True, slots=True)
class DraftRow:
    """An open draft in a list."""

    draft_id: int
    item_code: str
    audience: str
    state: str
    author_name: str
    saved_at: datetime

    @property
    def state_name(self) -> str:
        return rules.STATE_NAMES[self.state]

    @property
    def audience_name(self) -> str:
        return rules.AUDIENCE_NAMES[self.audience]


@dataclass(frozen=True, slots=True)
class FormFile:
    """A draft with everything around it. `changes` are those against the form in use."""

    row: DraftRow
    revision: int
    comment: str
    is_own: bool
    schema: dict[str, Any]
    findings: tuple[Finding, ...]
    item: FormItemRow
    changes: tuple[str, ...]
    is_overtaken: bool
    versions: tuple[FormVersionRow, ...]

    @property
    def is_open(self) -> bool:
        """Whether it may be written."""
        return self.row.state in {"editing", "returned"}


def visible(actor: Actor) -> QuerySet[FormDraft]:
    """The drafts in the actor's scope. Raises: SignInNeeded, NotAllowed."""
    require(actor, *DEPARTMENT_ROLES, Role.SYS_ADMIN)
    if actor.has(Role.SYS_ADMIN):
        return FormDraft.objects.all()
    return FormDraft.objects.filter(department_code=actor.department_code)


_COLUMNS = ("pk", "item_code", "audience", "state", "author_name", "saved_at")


def open_drafts(actor: Actor, *, item_codes: list[str] | None = None, only: str = "", limit: int = 60) -> list[DraftRow]:
    """Open drafts in the actor's scope, newest first; of some items, or in one state. One SQL query."""
    found = visible(actor).filter(closed_at__isnull=True)
    if item_codes is not None:
        found = found.filter(item_code__in=item_codes)
    if only:
        found = found.filter(state=only)
    return [DraftRow(*row) for row in found.order_by("-pk").values_list(*_COLUMNS)[:limit]]


def items(actor: Actor, *, after: str = "", name: str = "", limit: int = 30) -> list[FormItemRow]:
    """The items whose forms the actor may design, by code. One SQL query."""
    require(actor, *DEPARTMENT_ROLES, Role.SYS_ADMIN)
    department = "" if actor.has(Role.SYS_ADMIN) else actor.department_code or "-"
    return forming.form_items(department_code=department, after=after, name=name, limit=limit)


def form_file(actor: Actor, draft_id: int) -> FormFile | None:
    """One draft of the actor's scope; None for any other. Three SQL queries."""
    draft = visible(actor).filter(pk=draft_id).first()
    item = forming.form_item(draft.item_code) if draft else None
    if draft is None or item is None:
        return None
    present = item.forms.get(draft.audience)
    return FormFile(
        row=DraftRow(*(getattr(draft, column) for column in _COLUMNS)),
        revision=draft.revision,
        comment=draft.comment,
        is_own=draft.author_id == actor.account_id,
        schema=draft.content,
        findings=(*findings(draft.content), *checking.findings(draft.content)),
        item=item,
        changes=tuple(rules.changes(present, draft.content)),
        is_overtaken=draft.closed_at is None and rules.digest_of(present) != draft.began_from,
        versions=tuple(forming.form_versions(draft.item_code, draft.audience)),
    )
