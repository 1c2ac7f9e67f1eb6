"""The papers of a case: each says what the norm asks for (domain.md §4.4), and none changes once it is issued."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from hall.services.cases import commands, deciding, extending, hearings, papering, receipts
from hall.services.cases.models import Case, CaseDocument
from hall.services.cases.papering import FeeLine
from hall.services.catalogue.queries import ItemVersionRow
from hall.services.papers.kinds import DocType
from hall.support.access.actors import system_actor
from hall.support.audit.models import TrailEntry
from hall.support.filestore import store
from hall.support.refusals import NotFound
from tests.make.cases import MadeCase, make_case
from tests.make.catalogue import make_item, material_row
from tests.make.papers import squeezed, text_of
from tests.make.people import NOW, citizen_actor

pytestmark = pytest.mark.django_db
REMEDIES = ["60日内", "行政复议", "6个月内", "行政诉讼"]
BASIS = "《企业投资项目核准和备案管理条例》第九条"
# What each must contain (domain.md §4.4), as a reader finds it on the paper; the organ's name stands on every one.
MUST = {
    DocType.RECEIPT: ["流水号", "查询码", "企业投资项目核准", "已提交的材料", "项目申请书", "12345"],
    DocType.INTAKE: ["收到的材料", "项目申请书（电子件）", "核对的原件", "项目申请书（原件1份）"],
    DocType.CORRECTION: ["第1页不清晰，请重新上传。", "与材料不一致，请核对。", "2026年12月7日17:00前", "逾期不补正的，本次申请终止"],
    DocType.ACCEPTANCE: ["受理日期2026年11月23日", "承诺时限5个工作日", "预计办结2026年11月30日", "收费不收费"],
    DocType.REFUSAL: ["理由：不属于本部门职权", f"依据：{BASIS}", *REMEDIES],
    DocType.RETURN: ["原因：文件打不开", "重新申办"],
    DocType.SPECIAL: ["进行专家评审", "承办机构省工程咨询院", "15个工作日", "不计入办理时限"],
    DocType.HEARING: ["涉及重大利益。", "有权要求听证", "5个工作日，到2026年11月30日", "视为放弃", "20个工作日"],
    DocType.EXTENSION: ["因等待检测结果，不能", "5个工作日", "原定期限2026年11月30日", "延长至2026年12月7日"],
    DocType.PAYMENT: ["检验费每台300元2台600.00", "工本费—1本1,010.00", "应缴合计1,610.00元", "缴款码370000260302", "2026年12月1日"],
    DocType.GRANT: ["您于2026年11月23日提出", "本部门于2026年11月23日受理", "决定准予", BASIS, *REMEDIES, "演示章"],
    DocType.DENIAL: ["您于2026年11月23日提出", "决定不予许可", "理由：选址不在规划区内", BASIS, *REMEDIES, "演示章"],
    DocType.RESULT: ["持证主体", "发证日期2026年11月23日", "长期有效", "编号", "演示章"],
    DocType.DELIVERY: ["受送达人", "签收人王示例", "送达时间2026年11月23日", "送达方式窗口领取", "签名或盖章", "准予行政许可决定书（鲁"],
    DocType.CLOSURE: ["办理结果准予", "15日内", "评价", "12345投诉"],
    DocType.WITHDRAWAL: ["已撤回", "撤回时间2026年11月23日", "重新申办"],
    DocType.TERMINATION: ["决定终止审查", "理由：逾期没有补正", *REMEDIES],
    DocType.REVOCATION: ["按公开的规则自动办理的准予决定", "现予撤销", "理由：合同已经失效", *REMEDIES],
}  # fmt: skip
LINES = (FeeLine("检验费", "每台 300 元", "2 台", 60_000), FeeLine("工本费", "", "1 本", 101_000))


def licensed() -> ItemVersionRow:
    return make_item(legal_basis=[BASIS], promised_days=5, materials=[material_row(originals=1)])


def texts(*serials: str) -> dict[str, str]:
    """The words of every paper as a reader sees them, without spaces and line ends."""
    found = {}
    for kind, file_id in CaseDocument.objects.filter(case__serial__in=serials).values_list("kind", "file_id"):
        found[kind] = text_of(store.open_file(file_id).read_bytes())
    return found


def every_paper() -> dict[str, str]:
    """Two cases walked by the real commands, and on a third one what other ways would leave."""
    item = licensed()
    done = make_case(state="closed", item=item)
    receipts.receipt_for(actor=done.applicant, serial=done.serial, now=done.now)
    people = {"item": item, "clerk": done.clerk, "reviewer": done.reviewer, "leader": done.leader, "applicant": done.applicant}
    corrected, reviewed = make_case(state="correction", **people), make_case(state="reviewing", **people)
    commands.withdraw_case(actor=corrected.applicant, serial=corrected.serial, reason="", now=corrected.now)
    extending.ask_extension(
        actor=reviewed.reviewer, serial=reviewed.serial, revision=reviewed.revision, days=5, reason="等待检测结果。", now=reviewed.now
    )
    extending.decide_extension(
        actor=reviewed.leader, serial=reviewed.serial, revision=reviewed.revision, is_approved=True, now=reviewed.now
    )
    hearings.give_hearing_notice(
        actor=reviewed.leader, serial=reviewed.serial, revision=reviewed.revision, reason="涉及重大利益", now=reviewed.now
    )
    with transaction.atomic():
        _other_ways(Case.objects.get(serial=corrected.serial), item)
    return texts(done.serial, corrected.serial, reviewed.serial) | {"delivery_receipt": _signed_by_hand(done)}


def _other_ways(case: Case, item: ItemVersionRow) -> None:
    papering.intake(case, item, now=NOW)
    papering.refusal(case, item, reason="不属于本部门职权", now=NOW)
    papering.return_notice(case, reason="文件打不开", now=NOW)
    papering.special(case, procedure="专家评审", institution="省工程咨询院", days=15, now=NOW)
    case.is_granted = False
    papering.decision(case, item, reason="选址不在规划区内", now=NOW)
    papering.termination(case, reason="逾期没有补正", now=NOW)
    papering.revocation(case, granted_how="按公开的规则自动办理", reason="合同已经失效", now=NOW)
    papering.issue_payment_notice(
        actor=system_actor(), serial=case.serial or "", lines=LINES, total_fen=161_000, payment_code="3700 0026 0302", pay_by=date(2026, 12, 1), now=NOW
    )  # fmt: skip


def _signed_by_hand(done: MadeCase) -> str:
    case = make_case(state="delivering", item=done.item, clerk=done.clerk, reviewer=done.reviewer, leader=done.leader)
    deciding.close_case(
        actor=case.clerk,
        serial=case.serial,
        revision=case.revision,
        method=deciding.DeliveryMethod.COUNTER,
        receiver="王示例",
        now=case.now,
    )
    return texts(case.serial)["delivery_receipt"]


def test_every_paper_contains_what_it_must() -> None:
    assert set(MUST) == set(DocType)
    words = every_paper()
    lacking = {kind: [part for part in parts if squeezed(part) not in words[kind]] for kind, parts in MUST.items()}
    assert {kind: parts for kind, parts in lacking.items() if parts} == {}
    assert {kind for kind, text in words.items() if "扫码核验" not in text} == set()


def test_a_notice_of_fees_is_issued_once_and_adds_up() -> None:
    case = make_case(state="accepted")

    def issue(**changes: object) -> papering.IssuedPaper:
        given = {
            "actor": case.applicant,
            "serial": case.serial,
            "lines": LINES,
            "total_fen": 161_000,
            "payment_code": "37",
            "now": case.now,
        }
        return papering.issue_payment_notice(**given | changes)  # type: ignore[arg-type]

    first = issue()
    assert issue() == first and first.number.endswith("缴字〔2026〕1号")
    second = issue(version=2, now=case.now + timedelta(days=1))
    assert second.number.endswith("2号")
    assert TrailEntry.objects.filter(deed="case.payment_notice", subject=case.serial).count() == 2
    wrong = {"lines": (), "total_fen": 0}, {"total_fen": 160_999}, {"lines": (FeeLine("退", "", "", -1),), "total_fen": -1}
    for changes in wrong:
        with pytest.raises(ValueError, match="do not make its total"):
            issue(version=3, **changes)
    with pytest.raises(NotFound):
        issue(actor=citizen_actor())
    assert CaseDocument.objects.filter(kind="payment_notice").count() == 2


def test_an_item_without_a_legal_basis_names_the_law() -> None:
    case = make_case(state="closed", item=make_item(legal_basis=[]))
    assert squeezed("依据：《中华人民共和国行政许可法》第三十八条") in texts(case.serial)["grant"]


def test_an_issued_paper_is_neither_changed_nor_deleted_but_may_be_void() -> None:
    case = make_case(state="closed")
    papers = CaseDocument.objects.filter(case=Case.objects.get(serial=case.serial))
    for change in ({"number": "鲁假字〔2026〕1号"}, {"sha256": "0" * 64}, {"title": "别的"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            papers.filter(kind="grant").update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        papers.filter(kind="grant").delete()
    papers.filter(kind="grant").update(is_revoked=True, revoked_at=case.now, revoke_reason="依法撤销")
    with pytest.raises(IntegrityError), transaction.atomic():
        papers.filter(kind="grant").update(is_revoked=False, revoked_at=None, revoke_reason="")
