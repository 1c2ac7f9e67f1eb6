"""The check cards of a case's files, as its applicant sees them and as its department does (§5.3.2)."""

from collections.abc import Iterable, Mapping
from datetime import date
from uuid import UUID

from hall.services.cases.rows import CaseFile
from hall.services.catalogue.queries import MaterialRow
from hall.services.inspections import queries as inspections
from hall.services.inspections.queries import Card
from hall.services.inspections.rules import Asked, Subject, asked_of
from hall.services.inspections.standards import USUAL
from hall.support.filestore.rows import FileRow
from hall.support.formrules.vocabulary import FILE_KEY
from hall.support.identity import protection

USUAL_FORMATS, USUAL_BYTES = ("pdf", "jpg", "png"), 20 * 1024 * 1024


def cards_of_case(case: CaseFile, files: Iterable[tuple[str, FileRow]], *, today: date, for_staff: bool) -> dict[UUID, Card]:
    """The cards of these (material key, file), by file id. One SQL query, two for staff.

    Only staff are told that another applicant handed in the same content, and never who.
    """
    given = list(files)
    wanted = {material.key: material for material in case.version.materials}
    holders: dict[str, list[str]] = {}
    for key, file in given:
        holders.setdefault(file.sha256, []).append(key)
    asked = [_asked(wanted, key, file, [other for other in holders[file.sha256] if other != key]) for key, file in given]
    subject = Subject(case.row.applicant_name, lambda number: protection.lookup_digest(number) == case.applicant_digest)
    return inspections.cards(asked, subject=subject, today=today, holder_digest=case.applicant_digest if for_staff else "")


def _asked(wanted: Mapping[str, MaterialRow], key: str, file: FileRow, also: list[str]) -> Asked:
    names = list(dict.fromkeys(wanted[other].name for other in also if other in wanted))
    if key in wanted:
        return asked_of(wanted[key], file, names)
    if key.startswith(FILE_KEY):
        # What the form asked for was held against the form when it was handed in.
        return Asked(file, (file.extension,), file.size_bytes, USUAL, tuple(names))
    return Asked(file, USUAL_FORMATS, USUAL_BYTES, USUAL, tuple(names))
