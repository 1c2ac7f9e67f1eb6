"""Wordings of papers for tests, saved and published by the real commands; papers read back."""

import unicodedata
from dataclasses import asdict

import pypdfium2

from hall.services.papers import commands, queries
from hall.services.papers.kinds import DocType
from hall.services.papers.models import PaperDraft
from hall.support.access.actors import Actor, Role
from tests.make.people import NOW, staff_actor


def wording_parts(doc_type: DocType, **changes: str) -> dict[str, str]:
    """What is in force, with some parts written anew."""
    return asdict(queries.in_force(doc_type).wording) | changes


def make_wording_draft(doc_type: DocType, *, actor: Actor | None = None, **changes: str) -> int:
    """A draft over what is in force; returns its revision."""
    draft = PaperDraft.objects.filter(kind=doc_type).first()
    return commands.save_draft(
        actor=actor or staff_actor(Role.SYS_ADMIN),
        doc_type=doc_type,
        revision=draft.revision if draft else 0,
        seen=queries.in_force(doc_type).number,
        parts=wording_parts(doc_type, **changes),
        now=NOW,
    )


def publish_wording(doc_type: DocType, *, actor: Actor | None = None, note: str = "", **changes: str) -> int:
    """A published wording; returns its number."""
    actor = actor or staff_actor(Role.SYS_ADMIN)
    revision = make_wording_draft(doc_type, actor=actor, **changes)
    return commands.publish_draft(actor=actor, doc_type=doc_type, revision=revision, note=note, now=NOW)


def squeezed(text: str) -> str:
    """Without what is invisible and where lines break; letters that share a drawing are one."""
    plain = unicodedata.normalize("NFKC", text)
    return "".join(one for one in plain if unicodedata.category(one)[0] not in "CZ" and not 0xFE00 <= ord(one) <= 0xFE0F)


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return squeezed("".join(document[number].get_textpage().get_text_range() for number in range(len(document))))
    finally:
        document.close()
