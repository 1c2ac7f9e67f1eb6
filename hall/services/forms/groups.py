"""字段组 (§5.3.2): 联系人, 经营场所. Departments keep their own, the hall offers some to all; forms take copies and are offered newer versions."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from hall.services.forms import commands, queries, rules
from hall.services.forms.models import FieldGroup
from hall.services.forms.queries import FormFile
from hall.support.access.actors import DEPARTMENT_ROLES, Actor, Role, require
from hall.support.audit import trail
from hall.support.formrules import grouping
from hall.support.formrules.grouping import BadGroup
from hall.support.formrules.soundness import findings
from hall.support.refusals import NotFound

MOST_GROUPS = 200


@dataclass(frozen=True, slots=True)
class GroupRow:
    """One group of fields. `department_code` is empty for the hall's; `is_own`: the actor may take it away."""

    key: str
    title: str
    department_code: str
    version: int
    content: Mapping[str, Any]
    author_name: str
    saved_at: datetime
    is_own: bool

    @property
    def field_titles(self) -> list[str]:
        """What its fields are called, in order."""
        properties = self.content["properties"]
        return [str(properties[name]["title"]) for name in self.content["x-sections"][0]["fields"]]


@dataclass(frozen=True, slots=True)
class Renewal:
    """A group of which a form holds an older version, and what would change in the form."""

    group: GroupRow
    held_version: int
    changes: tuple[str, ...]


def _offered(actor: Actor) -> QuerySet[FieldGroup]:
    require(actor, *DEPARTMENT_ROLES, Role.SYS_ADMIN)
    groups = FieldGroup.objects.filter(retired_at__isnull=True)
    return groups if actor.has(Role.SYS_ADMIN) else groups.filter(Q(department_code=actor.department_code) | Q(department_code=""))


def _own(actor: Actor) -> QuerySet[FieldGroup]:
    """Those that the actor keeps: a department its own, the hall its own."""
    return _offered(actor).filter(department_code=_keeper(actor))


def _keeper(actor: Actor) -> str:
    return "" if actor.has(Role.SYS_ADMIN) else actor.department_code or "-"


def groups(actor: Actor) -> list[GroupRow]:
    """The groups that the actor may copy: of the department and of the hall, all for the hall; the hall's first. One SQL query."""
    return [_row(actor, group) for group in _offered(actor).order_by("department_code", "title", "pk")[:MOST_GROUPS]]


def _row(actor: Actor, group: FieldGroup) -> GroupRow:
    is_own = group.department_code == _keeper(actor)
    return GroupRow(group.key, group.title, group.department_code, group.version, group.content, group.author_name, group.saved_at, is_own)


def renewals(offered: list[GroupRow], file: FormFile) -> list[Renewal]:
    """The groups that a form holds an older version of. No SQL."""
    held, found = grouping.versions_in(file.schema), []
    for group in offered:
        if held.get(group.key, group.version) < group.version:
            after = grouping.renewed(file.schema, group.content, group.key, group.version)
            lines = tuple(rules.changes(grouping.unmarked(file.schema), grouping.unmarked(after)))
            found.append(Renewal(group, held[group.key], lines))
    return found


@transaction.atomic
def save_group(*, actor: Actor, draft_id: int, revision: int, place: int, title: str, now: datetime) -> int:
    """Keep a section (from 0) of a form as a group; one of that name gets a new version when the fields differ. Returns its version.

    Forms that hold copies stay as they are; their designers are offered the new version.
    Raises: SignInNeeded, NotAllowed, NotFound, DraftClosed, StaleDraft, BadGroup.
    """
    file = _open(actor, draft_id)
    title = title.replace("\0", "").strip()[:60]
    if not title:
        raise BadGroup("请写字段组的名称，如“联系人”。", field="group")
    before = _own(actor).filter(title=title).values_list("key", flat=True).first()
    content = grouping.group_of(file.schema, place, title, before or "")
    faults = findings(content)
    if faults:
        raise BadGroup(f"这一节还有要改的地方，改好再存成字段组。{faults[0].sentence}。")
    group = _kept(actor, title, content, now)
    schema = grouping.marked(file.schema, place, group.key, group.version)
    commands.save_draft(actor=actor, draft_id=draft_id, revision=revision, schema=schema, now=now)
    trail.record(actor, "field_group.saved", f"group {group.key}", detail=f"version={group.version}", at=now)
    return group.version


def _open(actor: Actor, draft_id: int) -> FormFile:
    file = queries.form_file(actor, draft_id)
    if file is None:
        raise NotFound
    return file


def _kept(actor: Actor, title: str, content: dict[str, Any], now: datetime) -> FieldGroup:
    new = FieldGroup(
        key=secrets.token_hex(5),
        title=title,
        department_code=_keeper(actor),
        content=content,
        author_name=actor.name,
        saved_at=now,
    )
    try:
        with transaction.atomic():
            new.save()
    except IntegrityError:
        # There is one of that name, or another window was quicker.
        group = _own(actor).select_for_update().get(title=title)
        if rules.digest_of(group.content) != rules.digest_of(content):
            group.content, group.version, group.author_name, group.saved_at = content, group.version + 1, actor.name, now
            group.save(update_fields=["content", "version", "author_name", "saved_at"])
        return group
    return new


def _of_key(actor: Actor, key: str) -> FieldGroup:
    group = _offered(actor).filter(key=key).first()
    if group is None:
        raise NotFound
    return group


@transaction.atomic
def insert_group(*, actor: Actor, draft_id: int, revision: int, key: str, now: datetime) -> str:
    """Copy a group into a form as its last section; returns the name of its first field.

    Raises: SignInNeeded, NotAllowed, NotFound, DraftClosed, StaleDraft, GroupThere, FormFull.
    """
    file, group = _open(actor, draft_id), _of_key(actor, key)
    schema, first = grouping.inserted(file.schema, group.content, group.key, group.version)
    commands.save_draft(actor=actor, draft_id=draft_id, revision=revision, schema=schema, now=now)
    return first


@transaction.atomic
def renew_group(*, actor: Actor, draft_id: int, revision: int, key: str, version: int, now: datetime) -> None:
    """Put the group's newest version, which was looked at, in place of the one that the form holds; asked twice it is the same form.

    Raises: SignInNeeded, NotAllowed, NotFound, DraftClosed, StaleDraft also when the group changed meanwhile, FormFull.
    """
    file, group = _open(actor, draft_id), _of_key(actor, key)
    if group.key not in grouping.versions_in(file.schema):
        raise NotFound
    if group.version != version:
        raise rules.StaleDraft
    schema = grouping.renewed(file.schema, group.content, group.key, group.version)
    commands.save_draft(actor=actor, draft_id=draft_id, revision=revision, schema=schema, now=now)


@transaction.atomic
def retire_group(*, actor: Actor, key: str, now: datetime) -> None:
    """Offer the group no more; forms that hold copies keep them. Twice is the same. Raises: SignInNeeded, NotAllowed, NotFound."""
    _offered(actor)
    group = FieldGroup.objects.select_for_update().filter(department_code=_keeper(actor), key=key).first()
    if group is None:
        raise NotFound
    if group.retired_at is None:
        group.retired_at = now
        group.save(update_fields=["retired_at"])
        trail.record(actor, "field_group.retired", f"group {key}", at=now)
