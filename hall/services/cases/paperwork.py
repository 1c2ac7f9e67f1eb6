"""The legal documents of a case (domain.md §4.4): numbered, sealed, stored and verified before the step commits."""

import secrets
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from django.conf import settings
from django.db import connection
from django.utils import timezone

from hall.services import events
from hall.services.cases.models import Case, CaseDocument
from hall.services.serials.rules import grouped
from hall.support.documents import render
from hall.support.filestore import store
from hall.support.identity import queries as identity
from hall.support.jobs.queue import publish
from hall.support.signing.codes import Claims, signed_code
from hall.support.signing.keys import signing_key

# 31 letters and digits that nobody mistakes for one another; 16 of them are some 79 bits, which no one guesses.
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
REMEDIES = "如对本决定不服，可以自收到之日起 60 日内依法申请行政复议，或者自收到之日起 6 个月内依法向人民法院提起行政诉讼。"


class DocType(StrEnum):
    """文书种类."""

    RECEIPT = "receipt"
    INTAKE = "intake"
    CORRECTION = "correction_notice"
    ACCEPTANCE = "acceptance"
    REFUSAL = "refusal"
    RETURN = "return_notice"
    SPECIAL = "special_notice"
    HEARING = "hearing_notice"
    GRANT = "grant"
    DENIAL = "denial"
    RESULT = "result"
    DELIVERY = "delivery_receipt"
    EXTENSION = "extension_notice"
    REVOCATION = "revocation"
    WITHDRAWAL = "withdrawal"
    CLOSURE = "closure"
    TERMINATION = "termination"


# Title, and the word that stands before 字 in its number.
DOCUMENT_WORDS: dict[DocType, tuple[str, str]] = {
    DocType.RECEIPT: ("申办回执", "回"),
    DocType.INTAKE: ("收件凭证", "收"),
    DocType.CORRECTION: ("补正（一次性）告知书", "补"),
    DocType.ACCEPTANCE: ("受理通知书", "受"),
    DocType.REFUSAL: ("不予受理通知书", "不受"),
    DocType.RETURN: ("退件通知", "退"),
    DocType.SPECIAL: ("特别程序告知书", "特"),
    DocType.HEARING: ("听证告知书", "听"),
    DocType.GRANT: ("准予决定书", "准"),
    DocType.DENIAL: ("不予决定书", "不准"),
    DocType.RESULT: ("办理结果", "证"),
    DocType.DELIVERY: ("送达回证", "送"),
    DocType.WITHDRAWAL: ("撤回确认书", "撤回"),
    DocType.CLOSURE: ("办结通知", "结"),
    DocType.REVOCATION: ("撤销决定书", "撤"),
    DocType.EXTENSION: ("延期告知书", "延"),
    DocType.TERMINATION: ("终止审查决定书", "终"),
}


@dataclass(frozen=True, slots=True)
class Content:
    """What one document says beside what every document says. `facts` are label and value, `points` numbered lines."""

    paragraphs: tuple[str, ...]
    facts: tuple[tuple[str, str], ...] = ()
    points: tuple[str, ...] = ()
    remedies: str = ""
    title: str = ""


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
    return f"鲁{department_short.removeprefix('省')}{DOCUMENT_WORDS[kind][1]}字〔{year}〕{last}号"


def issue_document(case: Case, kind: DocType, content: Content, *, now: datetime) -> CaseDocument:
    """Make, store, read back and record one legal document, in the step's transaction.

    Raises: DiskFull from the file store; then the step does not happen either.
    """
    department = identity.department(case.department_code)
    assert department is not None
    title = content.title or DOCUMENT_WORDS[kind][0]
    number, code = _number(department.short_name, department.code, kind, now), new_verify_code()
    assert case.serial is not None
    pdf = render.render_notice(
        render.NoticeContent(
            title=title,
            number=number,
            addressee=case.applicant_name,
            paragraphs=content.paragraphs,
            facts=(("事项名称", case.item_name), ("流水号", grouped(case.serial)), *content.facts),
            points=content.points,
            remedies=content.remedies,
            department=department.name,
            issued_on=timezone.localdate(now),
            verify_code=code,
            verify_address=verify_address(code),
            serial=grouped(case.serial),
            version=1,
            made_at=timezone.localtime(now),
            hotline=settings.HOTLINE,
        )
    )
    return record(case, kind, number=number, code=code, title=title, pdf=pdf, now=now)


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
    version: int = 1,
    valid_until: date | None = None,
    signed: str = "",
) -> CaseDocument:
    """Store the paper, then its row. Raises: DiskFull."""
    # The file store writes, syncs and reads back before it answers: no row without its paper.
    row = store.store_bytes(content=pdf, name=f"{title}.pdf", media_type="application/pdf", now=now)
    return CaseDocument.objects.create(
        case=case,
        kind=kind,
        number=number,
        verify_code=code,
        title=title,
        version=version,
        file_id=row.file_id,
        sha256=row.sha256,
        issued_at=now,
        valid_until=valid_until,
        signed_code=signed,
    )
