"""Each paper of a case with what its wording is filled with (domain.md §4.4); one function for each kind, called inside the step."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from hall.services.cases import clock_rules
from hall.services.cases.models import Case, CaseDocument, CaseLicence, CaseMaterial
from hall.services.cases.moves import locked_case
from hall.services.cases.paperwork import issue_document, titles_of
from hall.services.catalogue.queries import ItemVersionRow
from hall.services.papers.kinds import DocType
from hall.support.access.actors import Actor
from hall.support.audit import trail
from hall.support.documents.contents import Block, Grid
from hall.support.documents.wording import date_words, time_words

# 行政复议法 20, 行政诉讼法 46.
_REMEDIES: dict[str, Block] = {"review_days": "60 日", "suit_months": "6 个月"}
# domain.md §6: a finished case may be rated this long.
_RATE_DAYS = "15 日"


def _day(moment: datetime | None, or_else: datetime) -> str:
    return date_words(timezone.localdate(moment or or_else))


def _sentence(text: str) -> str:
    text = text.strip()
    return text if text.endswith(("。", "！", "？", "；")) else f"{text}。"


def _basis(version: ItemVersionRow, article: str) -> str:
    """The item's legal basis; a few items have none of their own."""
    general = f"《中华人民共和国行政许可法》{article}" if version.item_type == "license" else "办事指南公布的办理条件"
    return "、".join(version.legal_basis[:3]) or general


def material_names(case: Case, *, suffix: str = "") -> tuple[str, ...]:
    """What was handed in, each once, and what came from the licence service instead. Two SQL queries."""
    names = dict(CaseMaterial.objects.filter(case=case).order_by("material_key").values_list("material_key", "material_name"))
    licences = dict(CaseLicence.objects.filter(case=case).order_by("pk").values_list("material_key", "material_name"))
    return (
        *(f"{name}{suffix}" for name in names.values()),
        *(f"{name}（免提交，来自证照库）" for key, name in licences.items() if key not in names),
    )


def intake(case: Case, version: ItemVersionRow, *, now: datetime) -> None:
    """收件凭证: what was received, and which originals were looked at."""
    originals = tuple(f"{one.name}（原件 {one.originals} 份）" for one in version.materials if one.originals)
    received = material_names(case, suffix="（电子件）") or ("本次申报没有提交电子材料",)
    issue_document(case, DocType.INTAKE, {"received": received, "originals": originals or ("申请材料原件",)}, now=now)


def correction(case: Case, *, points: Sequence[str], due_on: date, now: datetime) -> None:
    """补正告知书: everything that is missing, at once (许可法 32)."""
    values: dict[str, Block] = {
        "points": tuple(points),
        "due": f"{date_words(due_on)} 17:00",
        "consequence": "本次申请终止，您可以重新申办",
    }
    issue_document(case, DocType.CORRECTION, values, now=now)


def acceptance(case: Case, version: ItemVersionRow, *, basis: str, promised: str, due_on: date, now: datetime) -> None:
    """受理通知书, after `accepted_at` is set."""
    values: dict[str, Block] = {
        "accepted_on": _day(case.accepted_at, now),
        "basis": basis,
        "promised": promised,
        "due_on": date_words(due_on),
        "fee": version.fee or "不收费",
    }
    issue_document(case, DocType.ACCEPTANCE, values, now=now)


def refusal(case: Case, version: ItemVersionRow, *, reason: str, now: datetime) -> None:
    """不予受理通知书."""
    issue_document(case, DocType.REFUSAL, {"reason": reason, "basis": _basis(version, "第三十二条"), **_REMEDIES}, now=now)


def return_notice(case: Case, *, reason: str, now: datetime) -> None:
    """退件通知."""
    issue_document(case, DocType.RETURN, {"reason": reason}, now=now)


def special(case: Case, *, procedure: str, institution: str, days: int, now: datetime) -> None:
    """特别程序告知书 (许可法 45)."""
    values: dict[str, Block] = {"procedure": procedure, "institution": institution, "days": f"{days} 个工作日"}
    issue_document(case, DocType.SPECIAL, values, now=now)


def hearing(case: Case, *, reason: str, until: date, now: datetime) -> None:
    """听证告知书 (许可法 47)."""
    values: dict[str, Block] = {
        "reason": _sentence(reason),
        "ask_days": f"{clock_rules.HEARING_ASK_DAYS} 个工作日",
        "until": date_words(until),
        "hold_days": f"{clock_rules.HEARING_HOLD_DAYS} 个工作日",
    }
    issue_document(case, DocType.HEARING, values, now=now)


def extension(case: Case, *, reason: str, days: str, before: date, until: date, now: datetime) -> None:
    """延期告知书 (许可法 42)."""
    values: dict[str, Block] = {
        "reason": reason.rstrip("。；"),
        "days": days,
        "before": date_words(before),
        "until": date_words(until),
    }
    issue_document(case, DocType.EXTENSION, values, now=now)


def decision(case: Case, version: ItemVersionRow, *, reason: str, now: datetime) -> None:
    """准予或不予决定书, after `is_granted` is set; a denial gives its reason (许可法 38)."""
    word = "许可" if version.item_type == "license" else "办理"
    values: dict[str, Block] = {
        "applied_on": _day(case.submitted_at, now),
        "accepted_on": _day(case.accepted_at, case.submitted_at),
        "decision": "符合法定条件、标准，决定准予。" if case.is_granted else f"决定不予{word}。",
        "reason": reason,
        "basis": _basis(version, "第三十八条"),
        "license_word": "行政许可" if version.item_type == "license" else "办理",
        **_REMEDIES,
    }
    issue_document(case, DocType.GRANT if case.is_granted else DocType.DENIAL, values, now=now)


def delivery(case: Case, *, method: str, receiver: str, signature: str, now: datetime) -> None:
    """送达回证: what was delivered, how, when, to whom."""
    values: dict[str, Block] = {
        "papers": tuple(titles_of(case)),
        "receiver": receiver,
        "delivered_at": time_words(timezone.localtime(now)),
        "method": method,
        "signature": signature,
    }
    issue_document(case, DocType.DELIVERY, values, now=now)


def closure(case: Case, *, method: str, now: datetime) -> None:
    """办结通知: how it ended, how to rate and to complain."""
    values: dict[str, Block] = {"outcome": "准予" if case.is_granted else "不予", "method": method, "rate_days": _RATE_DAYS}
    issue_document(case, DocType.CLOSURE, values, now=now)


def withdrawal(case: Case, *, now: datetime) -> None:
    """撤回确认书."""
    issue_document(case, DocType.WITHDRAWAL, {"withdrawn_at": time_words(timezone.localtime(now))}, now=now)


def termination(case: Case, *, reason: str, now: datetime) -> None:
    """终止审查决定书."""
    issue_document(case, DocType.TERMINATION, {"reason": reason, **_REMEDIES}, now=now)


def revocation(case: Case, *, granted_how: str, reason: str, now: datetime) -> None:
    """撤销决定书."""
    issue_document(case, DocType.REVOCATION, {"granted_how": granted_how, "reason": reason, **_REMEDIES}, now=now)


@dataclass(frozen=True, slots=True)
class FeeLine:
    """One line of what is to be paid; `amount_fen` is the whole line's. `standard` and `quantity` as they are read: 每台 300 元, 2 台."""

    name: str
    standard: str
    quantity: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class IssuedPaper:
    """A stored, numbered paper."""

    document_id: int
    number: str
    file_id: UUID


def money_words(amount_fen: int) -> str:
    """`1,234.50`: yuan."""
    return f"{amount_fen // 100:,}.{amount_fen % 100:02d}"


@transaction.atomic
def issue_payment_notice(
    *,
    actor: Actor,
    serial: str,
    lines: Sequence[FeeLine],
    total_fen: int,
    payment_code: str,
    pay_by: date | None = None,
    version: int = 1,
    now: datetime,
) -> IssuedPaper:
    """Issue the 缴费通知单 of a case, in the caller's transaction. `version` counts the notices of the case: asked again, the same paper.

    Raises: NotFound outside the actor's scope, DiskFull; ValueError for a total that is not the sum of its lines, none below zero.
    """
    if not lines or total_fen != sum(one.amount_fen for one in lines) or min(one.amount_fen for one in lines) < 0:
        raise ValueError("the lines of a payment notice do not make its total")
    case = locked_case(actor, serial, revision=None)
    document = CaseDocument.objects.filter(case=case, kind=DocType.PAYMENT, version=version).first()
    if document is None:
        rows = tuple((one.name, one.standard or "—", one.quantity or "—", money_words(one.amount_fen)) for one in lines)
        values: dict[str, Block] = {
            "fees": Grid(("收费项目", "收费标准", "数量", "金额（元）"), rows),
            "total": f"{money_words(total_fen)} 元",
            "payment_code": payment_code,
            "pay_by": date_words(pay_by) if pay_by else "",
        }
        document = issue_document(case, DocType.PAYMENT, values, now=now, version=version)
        trail.record(actor, "case.payment_notice", serial, detail=document.number, at=now)
    return IssuedPaper(document.pk, document.number, document.file_id)
