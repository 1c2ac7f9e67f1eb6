"""The legal documents of a case (domain.md §4.4): numbered, sealed, stored and verified before the step commits."""

import secrets
from collections.abc import Mapping
from datetime import date, datetime

from django.conf import settings
from django.db import connection
from django.utils import timezone

from hall.services import events
from hall.services.cases.models import Case, CaseDocument
from hall.services.papers import queries as papers
from hall.services.papers import rules as wordings
from hall.services.papers.kinds import KINDS, DocType
from hall.services.serials.rules import grouped
from hall.support.documents import render
from hall.support.documents.contents import Block
from hall.support.documents.wording import date_words
from hall.support.filestore import store
from hall.support.identity import queries as identity
from hall.support.jobs.queue import publish
from hall.support.signing.codes import Claims, signed_code
from hall.support.signing.keys import signing_key

# 31 letters and digits that nobody mistakes for one another; 16 of them are some 79 bits, which no one guesses.
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def verify_address(code: str) -> str:
    """The public page that a document's QR code leads to."""
    return f"{settings.PUBLIC_ADDRESS}/verify/{code}"


def new_verify_code() -> str:
    """Sixteen letters and digits in groups of four."""
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(16))
    return "-".join(letters[i : i + 4] for i in range(0, 16, 4))


def _number(department_short: str, department_code: str, kind: DocType, now: datetime) -> str:
    year = timezone.localdate(now).year
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO cases_document_counter (department_code, year, kind, last) VALUES (%s, %s, %s, 1)"
            " ON CONFLICT (department_code, year, kind) DO UPDATE SET last = cases_document_counter.last + 1 RETURNING last",
            [department_code, year, kind],
        )
        (last,) = cursor.fetchone()
    return f"鲁{department_short.removeprefix('省')}{KINDS[kind].number_word}字〔{year}〕{last}号"


def issue_document(case: Case, kind: DocType, values: Mapping[str, Block], *, now: datetime, version: int = 1) -> CaseDocument:
    """Make, store, read back and record one legal document in the wording now in force, in the step's transaction.

    `values` are the kind's own placeholders by key, every one of them; what all notices know is added here.
    Raises: DiskFull from the file store; then the step does not happen either.
    """
    department = identity.department(case.department_code)
    assert department is not None and case.serial is not None
    issued_on, serial = timezone.localdate(now), grouped(case.serial)
    common = {
        "applicant": case.applicant_name,
        "item": case.item_name,
        "serial": serial,
        "department": department.name,
        "issued_on": date_words(issued_on),
        "hotline": settings.HOTLINE,
    }
    found = papers.in_force(kind)
    filled = wordings.fill(KINDS[kind], found.wording, common | dict(values))
    number, code = _number(department.short_name, department.code, kind, now), new_verify_code()
    pdf = render.render_notice(
        render.NoticeContent(
            title=filled.title,
            number=number,
            addressee=case.applicant_name,
            paragraphs=filled.opening,
            facts=(("事项名称", case.item_name), ("流水号", serial), *filled.details),
            blocks=filled.blocks,
            department=department.name,
            issued_on=issued_on,
            verify_code=code,
            verify_address=verify_address(code),
            serial=serial,
            version=version,
            made_at=timezone.localtime(now),
            hotline=settings.HOTLINE,
        )
    )
    return record(case, kind, number=number, code=code, title=filled.title, pdf=pdf, now=now, version=version, wording=found.number)


def titles_of(case: Case) -> list[str]:
    """Title and number of the decision and the result, as a delivery receipt lists them. One SQL query."""
    kinds = (DocType.GRANT, DocType.DENIAL, DocType.RESULT)
    rows = CaseDocument.objects.filter(case=case, kind__in=kinds, is_revoked=False).order_by("pk").values_list("title", "number")
    return [f"{title}（{number}）" for title, number in rows]


def issue_result(
    case: Case, *, result_name: str, facts: tuple[tuple[str, str], ...], valid_until: date | None, now: datetime, version: int = 1
) -> CaseDocument:
    """Make the result itself (证照、批文、证明), in the step's transaction; its signature inside the file follows as a job.

    With a signing key there is a second QR code on it, which can be checked without the network.
    """
    department = identity.department(case.department_code)
    assert department is not None
    number, code = _number(department.short_name, department.code, DocType.RESULT, now), new_verify_code()
    claims = Claims(code, number, version, result_name, case.applicant_name, department.name, timezone.localdate(now), valid_until)
    key = signing_key()
    signed = signed_code(claims, key) if key is not None else ""
    found = papers.in_force(DocType.RESULT)
    pdf = render.render_result(
        render.ResultContent(
            title=result_name,
            number=number,
            holder=case.applicant_name,
            facts=(("事项名称", case.item_name), *facts),
            department=department.name,
            issued_on=timezone.localdate(now),
            valid_until=valid_until,
            verify_code=code,
            verify_address=verify_address(code),
            serial=grouped(case.serial or ""),
            version=version,
            made_at=timezone.localtime(now),
            closing=wordings.fill(KINDS[DocType.RESULT], found.wording, {}).closing,
            signed_code=signed,
        )
    )
    document = record(
        case,
        DocType.RESULT,
        number=number,
        code=code,
        title=result_name,
        pdf=pdf,
        now=now,
        version=version,
        wording=found.number,
        valid_until=valid_until,
        signed=signed,
    )
    publish(events.ResultIssued(document_id=document.pk))
    return document


def record(
    case: Case,
    kind: DocType,
    *,
    number: str,
    code: str,
    title: str,
    pdf: bytes,
    now: datetime,
    wording: int,
    version: int = 1,
    valid_until: date | None = None,
    signed: str = "",
) -> CaseDocument:
    """Store the paper, then its row. `wording` is the version of the wording it was made with. Raises: DiskFull."""
    # The file store writes, syncs and reads back before it answers: no row without its paper.
    row = store.store_bytes(content=pdf, name=f"{title}.pdf", media_type="application/pdf", now=now)
    return CaseDocument.objects.create(
        case=case,
        kind=kind,
        number=number,
        verify_code=code,
        title=title,
        version=version,
        wording=wording,
        file_id=row.file_id,
        sha256=row.sha256,
        issued_at=now,
        valid_until=valid_until,
        signed_code=signed,
    )
