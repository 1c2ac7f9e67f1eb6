"""申办回执: dated and versioned, so that a printed one never passes for the present state (domain.md §4.4)."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from hall.services.cases import papering, paperwork
from hall.services.cases.models import Case, CaseDocument
from hall.services.cases.moves import scope, version_of
from hall.services.cases.rows import variant_name
from hall.services.cases.rules import STATE_NAMES, CaseState
from hall.services.papers import queries as papers
from hall.services.papers import rules as wordings
from hall.services.papers.kinds import KINDS, DocType
from hall.services.serials.rules import grouped
from hall.support.access.actors import Actor
from hall.support.documents import render
from hall.support.documents.wording import time_words
from hall.support.identity import protection
from hall.support.identity import queries as identity
from hall.support.refusals import NotFound


def receipt_for(*, actor: Actor, serial: str, now: datetime) -> UUID:
    """The stored receipt of the case as it stands now, made if the case moved since the last one.

    Raises: NotFound outside the actor's scope, DiskFull.
    """
    case_id = Case.objects.filter(scope(actor), serial=serial).values_list("pk", flat=True).first()
    if case_id is None:
        raise NotFound
    return issue_receipt(case_id=case_id, now=now)


@transaction.atomic
def issue_receipt(*, case_id: int, now: datetime | None = None) -> UUID:
    """Make the receipt of the case's present revision once; asked again, the same file."""
    now = now or timezone.now()
    case = Case.objects.select_for_update().get(pk=case_id)
    existing = CaseDocument.objects.filter(case=case, kind=DocType.RECEIPT, version=case.revision).first()
    if existing is not None:
        return existing.file_id
    department = identity.department(case.department_code)
    assert department is not None and case.serial is not None
    code, number = paperwork.new_verify_code(), f"{grouped(case.serial)}/{case.revision}"
    variant = variant_name(version_of(case), case.variant)
    made_at, found = timezone.localtime(now), papers.in_force(DocType.RECEIPT)
    values = {"made_at": time_words(made_at), "version": str(case.revision)}
    filled = wordings.fill(KINDS[DocType.RECEIPT], found.wording, values)
    pdf = render.render_receipt(
        render.ReceiptContent(
            title=filled.title,
            advice=filled.opening,
            closing=filled.closing,
            serial=grouped(case.serial),
            query_code=protection.decrypt(bytes(case.query_code)),
            item_name=f"{case.item_name}（{variant}）" if variant else case.item_name,
            department=department.name,
            applicant=case.applicant_name,
            submitted_at=timezone.localtime(case.submitted_at),
            state=STATE_NAMES[CaseState(case.state)],
            materials=papering.material_names(case),
            hotline=settings.HOTLINE,
            verify_code=code,
            verify_address=paperwork.verify_address(code),
            progress_address=f"{settings.PUBLIC_ADDRESS}/progress",
            version=case.revision,
            made_at=made_at,
        )
    )
    document = paperwork.record(
        case,
        DocType.RECEIPT,
        number=number,
        code=code,
        title=filled.title,
        pdf=pdf,
        now=now,
        version=case.revision,
        wording=found.number,
    )
    return document.file_id
