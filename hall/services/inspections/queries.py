"""The check card of each file: 通过, 请看一眼 or 不收, with reasons."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Value

from hall.services.inspections import rules
from hall.services.inspections.models import Inspection, Reading, State, Use
from hall.services.inspections.rules import LEVEL_NAMES, Asked, Finding, Level, Subject
from hall.services.recognition import queries as recognition
from hall.support.filestore.facts import FileFacts, PageFacts
from hall.support.identity import protection


@dataclass(frozen=True, slots=True)
class Card:
    """What is to be said of one file. `is_waiting` while its pages are being measured or read; `facts` once they are measured.

    `is_unread`: the material asks whose it is or how long it holds, and there were no words to tell by; people compare it.
    """

    file_id: UUID
    findings: tuple[Finding, ...]
    is_waiting: bool
    is_unmeasured: bool
    facts: FileFacts | None
    is_unread: bool = False

    @property
    def level(self) -> Level:
        return rules.worst(self.findings)

    @property
    def level_name(self) -> str:
        return "正在检查" if self.is_waiting and self.level is Level.FINE else LEVEL_NAMES[self.level]


def cards(asked: Sequence[Asked], *, subject: Subject | None, today: date, holder_digest: str = "") -> dict[UUID, Card]:
    """The cards of several files, by file id. One SQL query, none without files.

    With the applicant's `holder_digest` (for staff only) they also tell whether another applicant used the same content.
    """
    if not asked:
        return {}
    contents = {one.file.sha256 for one in asked}
    others = Use.objects.filter(sha256=OuterRef("sha256")).exclude(holder_digest=holder_digest)
    is_others = Exists(others) if holder_digest else Value(False)
    known = {row.sha256: row for row in Inspection.objects.filter(sha256__in=contents).annotate(is_others=is_others)}
    return {one.file.file_id: _card(one, known.get(one.file.sha256), subject, today) for one in asked}


def _card(asked: Asked, row: Any, subject: Subject | None, today: date) -> Card:
    found, facts = rules.at_once(asked), None
    is_being_read = row is not None and row.reading == Reading.WAITING and recognition.is_ready()
    if row is not None and row.is_others:
        found.append(rules.of_others())
    if row is not None and row.state == State.DONE:
        words = protection.decrypt(bytes(row.words)) if row.words is not None else ""
        facts = FileFacts(tuple(PageFacts(**page) for page in row.pages or ()), words)
        found += rules.of_looks(asked, facts)
        found += rules.of_words(asked, words, subject, today, is_recognised=row.reading == Reading.DONE)
    return Card(
        file_id=asked.file.file_id,
        findings=rules.sorted_findings(found),
        is_waiting=row is not None and (row.state == State.WAITING or is_being_read),
        is_unmeasured=row is None or row.state == State.FAILED,
        facts=facts,
        is_unread=facts is not None and not facts.text and not is_being_read and (asked.standard.in_force or asked.standard.of_applicant),
    )
