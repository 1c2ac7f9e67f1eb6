"""The check card of one uploaded file (§5.3.2), asked for again by the page while its pages are being measured; and its picture."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from hall.presentation.myspace.applications import draft_of
from hall.presentation.myspace.cases import own_case
from hall.presentation.myspace.frame import applicant, number
from hall.presentation.myspace.joint import draft_of as joint_draft_of
from hall.services.applications import checking, tidying
from hall.services.cases import checking as case_checking
from hall.services.inspections.queries import Card
from hall.support.filestore import store
from hall.support.filestore.preview import page_png
from hall.support.filestore.response import image_response
from hall.support.filestore.rows import FileRow
from hall.support.refusals import NotFound

PICTURE_WIDTH = 200
MOST_TRIES = 99


@dataclass(frozen=True, slots=True)
class Seen:
    """One's own files with their cards; `materials` names the material of each file of a draft, for tidying."""

    rows: Mapping[UUID, FileRow]
    cards: Mapping[UUID, Card]
    materials: Mapping[UUID, str] = field(default_factory=dict)


def files_of(request: HttpRequest, where: str, key: str) -> Seen:
    """The files of one's own draft, joint draft or correction. Raises: SignInNeeded, NotFound."""
    applicant(request)
    today = timezone.localdate()
    if where == "case":
        case = own_case(request, key)[1]
        targets = {file_id: point.target for point in case.points for file_id, _, _ in point.files}
        rows = store.file_rows(targets)
        given = [(targets[file_id], row) for file_id, row in rows.items()]
        return Seen(rows, case_checking.cards_of_case(case, given, today=today, for_staff=False))
    draft_id = number(key)
    if draft_id is None or where not in {"application", "joint"}:
        raise NotFound
    if where == "joint":
        joint = joint_draft_of(request, draft_id)[1]
        return Seen({file.file.file_id: file.file for file in joint.files}, checking.cards_of_joint(joint, today=today))
    page = draft_of(request, draft_id)[1]
    files = {file.file.file_id: file.file for file in page.files}
    return Seen(files, checking.cards_of_draft(page, today=today), {file.file.file_id: file.material_key for file in page.files})


def _seen(request: HttpRequest, where: str, key: str, file_id: UUID) -> Seen:
    seen = files_of(request, where, key)
    if file_id not in seen.rows or file_id not in seen.cards:
        raise NotFound
    return seen


@require_safe
def card(request: HttpRequest, where: str, key: str, file_id: UUID) -> HttpResponse:
    """The card alone, as a fragment. Twelve SQL statements at most."""
    seen = _seen(request, where, key, file_id)
    row, found, material = seen.rows[file_id], seen.cards[file_id], seen.materials.get(file_id, "")
    tries = min(number(request.GET.get("tries", "0")) or 0, MOST_TRIES)
    context = {"card": found, "file": row, "where": where, "key": key, "tries": tries, "material": material}
    context |= {"acts": tidying.acts_for(row, found) if material else (), "act_names": tidying.ACT_NAMES}
    return render(request, "myspace/inspections/card.html", context)


@require_safe
def picture(request: HttpRequest, where: str, key: str, file_id: UUID) -> HttpResponse:
    """A small picture of the first page."""
    return image_response(page_png(_seen(request, where, key, file_id).rows[file_id], width=PICTURE_WIDTH))
