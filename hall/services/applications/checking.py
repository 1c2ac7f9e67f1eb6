"""The check cards of a draft's files (§5.3.2): which question is put about each."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from hall.services.applications import joining
from hall.services.applications.applicants import Applicant
from hall.services.applications.joint_queries import JointDraftPage
from hall.services.applications.queries import DraftFile, DraftPage
from hall.services.inspections import queries as inspections
from hall.services.inspections.queries import Card
from hall.services.inspections.rules import Subject, asked_of


def cards_of_draft(page: DraftPage, *, today: date) -> dict[UUID, Card]:
    """The cards of all files of the draft, by file id. One SQL query."""
    wanted = {material.key: material for material in page.materials}
    places = _places((wanted[file.material_key].name, file) for file in page.files if file.material_key in wanted)
    asked = [
        asked_of(wanted[file.material_key], file.file, _others(places, wanted[file.material_key].name, file))
        for file in page.files
        if file.material_key in wanted
    ]
    return inspections.cards(asked, subject=subject_of(page.applicant), today=today)


def cards_of_joint(page: JointDraftPage, *, today: date) -> dict[UUID, Card]:
    """The same for a joint draft, where a document is given once for several items. One SQL query."""
    wanted = {material.key: material for material in page.whole.materials}
    places = _places((wanted[file.material_key].name, file) for file in page.files)
    asked = [
        joining.asked_of(wanted[file.material_key], file.file, _others(places, wanted[file.material_key].name, file)) for file in page.files
    ]
    return inspections.cards(asked, subject=subject_of(page.applicant), today=today)


def subject_of(applicant: Applicant) -> Subject:
    """Whose documents these should be: the enterprise's, and of an enterprise also those of the person who acts for it."""
    profile, enterprise = applicant.profile, applicant.enterprise
    own = {profile.id_number, enterprise.uscc if enterprise else ""} - {""}
    return Subject(enterprise.name if enterprise else profile.name, lambda number: number in own)


def _places(files: Iterable[tuple[str, DraftFile]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, file in files:
        found.setdefault(file.file.sha256, []).append(name)
    return found


def _others(places: dict[str, list[str]], name: str, file: DraftFile) -> list[str]:
    return list(dict.fromkeys(other for other in places[file.file.sha256] if other != name))
