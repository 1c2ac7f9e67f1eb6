"""Tidying the files of a draft (§5.3.2): first a proposal to look at, then, if the person wants it, in place of the original."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import PurePath

from django.db import transaction

from hall.services.applications import rules
from hall.services.applications.commands import open_draft
from hall.services.applications.models import Draft, DraftMaterial
from hall.services.applications.queries import DraftPage
from hall.services.inspections import commands as inspections
from hall.services.inspections.queries import Card
from hall.support.access.actors import Actor
from hall.support.filestore import store, tidied
from hall.support.filestore.rows import FileRow
from hall.support.refusals import Conflict, NotFound, Refusal


class Act(StrEnum):
    """What can be done to files."""

    TURN_LEFT = "turn_left"
    TURN_RIGHT = "turn_right"
    STRAIGHTEN = "straighten"
    CROP = "crop"
    COMPRESS = "compress"
    SPLIT = "split"
    MERGE = "merge"


ACT_NAMES: dict[Act, str] = {
    Act.TURN_LEFT: "向左转",
    Act.TURN_RIGHT: "向右转",
    Act.STRAIGHTEN: "摆正",
    Act.CROP: "裁掉四周",
    Act.COMPRESS: "压缩",
    Act.SPLIT: "拆开",
    Act.MERGE: "合成一份 PDF",
}
_WORTH_COMPRESSING_BYTES = 1024 * 1024
_PAGES_OF_A_PART = 5


class FilesChanged(Conflict):
    sentence = "这份材料的文件刚刚换过了，没有替换。请回到材料页查看。"


class NoSmaller(Refusal):
    sentence = "这份文件已经不能再小了，画质不变的话压不下去。"


@dataclass(frozen=True, slots=True)
class Proposal:
    """Tidied files, kept but not in the draft yet."""

    old: tuple[uuid.UUID, ...]
    new: tuple[uuid.UUID, ...]


def acts_for(file: FileRow, card: Card) -> tuple[Act, ...]:
    """What is offered for one file, the most useful first."""
    mends = {finding.mend for finding in card.findings}
    first = [act for mend, acts in _MENDS.items() if mend in mends for act in acts]
    if file.is_image:
        first += [Act.TURN_LEFT, Act.TURN_RIGHT, Act.CROP]
    elif file.pages:
        first += [Act.TURN_LEFT, Act.TURN_RIGHT] + ([Act.SPLIT] if file.pages > 1 else [])
    else:
        return ()
    if file.size_bytes > _WORTH_COMPRESSING_BYTES:
        first.append(Act.COMPRESS)
    offered = dict.fromkeys(first)
    if not file.is_image:
        offered.pop(Act.STRAIGHTEN, None)
    return tuple(offered)


_MENDS = {
    "turn": (Act.TURN_LEFT, Act.TURN_RIGHT),
    "straighten": (Act.STRAIGHTEN,),
    "compress": (Act.COMPRESS,),
    "split": (Act.SPLIT,),
}


def propose(*, actor: Actor, page: DraftPage, key: str, act: Act, file_id: uuid.UUID | None, card: Card | None, now: datetime) -> Proposal:
    """Make the tidied files beside the originals; the draft stays as it is. Some 0.3 to 5 s.

    Raises: NotFound, NoSmaller, UnreadableFile with the reason, and all that an upload raises.
    """
    material = next((material for material in page.materials if material.key == key), None)
    files = [file.file for file in page.files_of(key)]
    if act is not Act.MERGE:
        files = [file for file in files if file.file_id == file_id]
    if material is None or not files or (act is Act.MERGE and (len(files) < 2 or "pdf" not in material.accept)):
        raise NotFound
    extension, contents = tidied.make(_verb(act), _number(act, material.standard.most_pages, card), files)
    if act is Act.COMPRESS and len(contents[0]) >= files[0].size_bytes:
        raise NoSmaller
    if len(contents) > rules.MOST_FILES:
        raise rules.TooManyFiles(f"拆开后有 {len(contents)} 份，每份材料最多 {rules.MOST_FILES} 个文件。请先删去不需要的页。")
    stem = PurePath(files[0].name).stem
    new = []
    for number, content in enumerate(contents, 1):
        name = f"{stem}-{ACT_NAMES[act]}{number if len(contents) > 1 else ''}.{extension}"
        kept = tidied.keep(actor=actor, content=content, name=name, accept=material.accept, max_bytes=material.max_bytes, now=now)
        new.append(kept.file_id)
    return Proposal(tuple(file.file_id for file in files), tuple(new))


def _verb(act: Act) -> str:
    return "turn" if act in {Act.TURN_LEFT, Act.TURN_RIGHT} else act.value


def _number(act: Act, most_pages: int | None, card: Card | None) -> float:
    if act is Act.STRAIGHTEN:
        tilt = card.facts.pages[0].tilt if card and card.facts and card.facts.pages else None
        return tilt or 0.0
    return {Act.TURN_LEFT: -90.0, Act.TURN_RIGHT: 90.0, Act.SPLIT: float(most_pages or _PAGES_OF_A_PART)}.get(act, 0.0)


def proposed(actor: Actor, page: DraftPage, key: str, proposal: Proposal) -> tuple[list[FileRow], list[FileRow]]:
    """The originals in the draft and the tidied files, which only the one who had them made may see. One SQL query. Raises: NotFound."""
    old = [file.file for file in page.files_of(key) if file.file.file_id in proposal.old]
    rows = store.file_rows(proposal.new)
    new = [rows[file_id] for file_id in proposal.new if file_id in rows and rows[file_id].uploaded_by == actor.account_id]
    if len(old) != len(proposal.old) or len(new) != len(proposal.new) or not old or not new:
        raise NotFound
    return old, new


@transaction.atomic
def use_tidied(*, actor: Actor, draft_id: int, key: str, proposal: Proposal, now: datetime) -> None:
    """Put the tidied files in place of the originals; asked twice, they stand there once.

    Raises: NotFound, AlreadySubmitted, TooManyFiles, FilesChanged when the originals are not there any more.
    """
    draft = open_draft(actor, draft_id)
    present = DraftMaterial.objects.filter(draft=draft, material_key=key)
    there = set(present.values_list("file_id", flat=True))
    if there.issuperset(proposal.new):
        return
    if not there.issuperset(proposal.old):
        raise FilesChanged
    rows = store.file_rows(proposal.new)
    if any(rows.get(file_id) is None or rows[file_id].uploaded_by != actor.account_id for file_id in proposal.new):
        raise NotFound
    present.filter(file_id__in=proposal.old).delete()
    taken = set(present.values_list("position", flat=True))
    free = [position for position in range(1, rules.MOST_FILES + 1) if position not in taken]
    if len(free) < len(proposal.new):
        raise rules.TooManyFiles
    for position, file_id in zip(free, proposal.new, strict=False):
        DraftMaterial.objects.create(draft=draft, material_key=key, position=position, file_id=file_id, uploaded_at=now)
        inspections.ask(rows[file_id], now=now)
    Draft.objects.filter(pk=draft.pk).update(saved_at=now)


@transaction.atomic
def keep_original(*, actor: Actor, page: DraftPage, proposal: Proposal) -> None:
    """Throw the tidied files away, those that are in the draft by now excepted. Twice is harmless."""
    in_draft = {file.file.file_id for file in page.files}
    for file_id, row in store.file_rows(set(proposal.new) - in_draft).items():
        if row.uploaded_by == actor.account_id:
            store.forget_file(file_id)
