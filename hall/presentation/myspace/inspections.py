"""The check card of one uploaded file (§5.3.2), asked for again by the page while its pages are being measured; and its picture."""

from collections.abc import Mapping
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from hall.presentation.myspace.applications import draft_of
from hall.presentation.myspace.cases import own_case
from hall.presentation.myspace.frame import applicant, number
from hall.presentation.myspace.joint import draft_of as joint_draft_of
from hall.services.applications import checking
from hall.services.cases import checking as case_checking
from hall.services.inspections.queries import Card
from hall.support.filestore import store
from hall.support.filestore.preview import page_png
from hall.support.filestore.response import image_response
from hall.support.filestore.rows import FileRow
from hall.support.refusals import NotFound

PICTURE_WIDTH = 200
MOST_TRIES = 99


def files_of(request: HttpRequest, where: str, key: str) -> tuple[Mapping[UUID, FileRow], Mapping[UUID, Card]]:
    """The files of one's own draft, joint draft or correction, with their cards. Raises: SignInNeeded, NotFound."""
    applicant(request)
    today = timezone.localdate()
    if where == "case":
        case = own_case(request, key)[1]
        targets = {file_id: point.target for point in case.points for file_id, _, _ in point.files}
        rows = store.file_rows(targets)
        given = [(targets[file_id], row) for file_id, row in rows.items()]
        return rows, case_checking.cards_of_case(case, given, today=today, for_staff=False)
    draft_id = number(key)
    if draft_id is None or where not in {"application", "joint"}:
        raise NotFound
    if where == "joint":
        joint = joint_draft_of(request, draft_id)[1]
        return {file.file.file_id: file.file for file in joint.files}, checking.cards_of_joint(joint, today=today)
    page = draft_of(request, draft_id)[1]
    return {file.file.file_id: file.file for file in page.files}, checking.cards_of_draft(page, today=today)


def _file(request: HttpRequest, where: str, key: str, file_id: UUID) -> tuple[FileRow, Card]:
    rows, cards = files_of(request, where, key)
    if file_id not in rows or file_id not in cards:
        raise NotFound
    return rows[file_id], cards[file_id]


@require_safe
def card(request: HttpRequest, where: str, key: str, file_id: UUID) -> HttpResponse:
    """The card alone, as a fragment. Twelve SQL statements at most."""
    row, found = _file(request, where, key, file_id)
    tries = min(number(request.GET.get("tries", "0")) or 0, MOST_TRIES)
    context = {"card": found, "file": row, "where": where, "key": key, "tries": tries}
    return render(request, "myspace/inspections/card.html", context)


@require_safe
def picture(request: HttpRequest, where: str, key: str, file_id: UUID) -> HttpResponse:
    """A small picture of the first page."""
    return image_response(page_png(_file(request, where, key, file_id)[0], width=PICTURE_WIDTH))
