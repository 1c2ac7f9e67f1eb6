"""How a wording looks on paper, with invented contents, before it is published."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings

from hall.services.papers import rules
from hall.services.papers.kinds import COMMON, DocType, PaperKind
from hall.services.papers.rules import Filled, Wording
from hall.support.documents import render
from hall.support.documents.contents import NoticeContent, ReceiptContent, ResultContent

_SAMPLE_AT = datetime(2026, 3, 2, 9, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
_SAMPLE_CODE = "2345-6789-ABCD-EFGH"
_SAMPLES = {one.key: str(one.sample) for one in COMMON}


def sample_pdf(kind: PaperKind, wording: Wording) -> bytes:
    """How a paper of the kind would look, with invented contents and 样张 across it; the wording is sound. Some 15 ms."""
    content = _sample(kind, wording)
    if isinstance(content, NoticeContent):
        return render.render_notice(content)
    return render.render_receipt(content) if isinstance(content, ReceiptContent) else render.render_result(content)


def sample_picture(kind: PaperKind, wording: Wording) -> bytes:
    """The same as a picture (PNG). Some 100 ms."""
    return render.picture_of(_sample(kind, wording))


def _sample(kind: PaperKind, wording: Wording) -> NoticeContent | ReceiptContent | ResultContent:
    filled = rules.fill(kind, wording, rules.sample_values(kind) | {"hotline": settings.HOTLINE})
    address = f"{settings.PUBLIC_ADDRESS}/verify/{_SAMPLE_CODE}"
    if kind.doc_type is DocType.RECEIPT:
        return _sample_receipt(filled, address)
    if kind.doc_type is DocType.RESULT:
        return _sample_result(filled, address)
    return NoticeContent(
        title=filled.title,
        number=f"鲁示例{kind.number_word}字〔2026〕8号",
        addressee=_SAMPLES["applicant"],
        paragraphs=filled.opening,
        facts=(("事项名称", _SAMPLES["item"]), ("流水号", _SAMPLES["serial"]), *filled.details),
        blocks=filled.blocks,
        department=_SAMPLES["department"],
        issued_on=_SAMPLE_AT.date(),
        verify_code=_SAMPLE_CODE,
        verify_address=address,
        serial=_SAMPLES["serial"],
        version=1,
        made_at=_SAMPLE_AT,
        hotline=settings.HOTLINE,
        is_sample=True,
    )


def _sample_receipt(filled: Filled, address: str) -> ReceiptContent:
    return ReceiptContent(
        title=filled.title,
        advice=filled.opening,
        closing=filled.closing,
        serial=_SAMPLES["serial"],
        query_code="482913",
        item_name=_SAMPLES["item"],
        department=_SAMPLES["department"],
        applicant=_SAMPLES["applicant"],
        submitted_at=_SAMPLE_AT,
        state="已提交",
        materials=("项目申请书", "规划选址意见", "营业执照（免提交，来自证照库）"),
        hotline=settings.HOTLINE,
        verify_code=_SAMPLE_CODE,
        verify_address=address,
        progress_address=f"{settings.PUBLIC_ADDRESS}/progress",
        version=3,
        made_at=_SAMPLE_AT,
        is_sample=True,
    )


def _sample_result(filled: Filled, address: str) -> ResultContent:
    return ResultContent(
        title="企业投资项目核准批复",
        number="鲁示例证字〔2026〕8号",
        holder=_SAMPLES["applicant"],
        facts=(("事项名称", _SAMPLES["item"]), ("建设地点", "山东省济南市历下区")),
        department=_SAMPLES["department"],
        issued_on=_SAMPLE_AT.date(),
        valid_until=None,
        verify_code=_SAMPLE_CODE,
        verify_address=address,
        serial=_SAMPLES["serial"],
        version=1,
        made_at=_SAMPLE_AT,
        closing=filled.closing,
        is_sample=True,
    )
