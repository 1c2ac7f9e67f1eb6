"""The kinds of official papers (文书): what each can be filled with and what it must contain (domain.md §4.4). Pure."""

from dataclasses import dataclass
from enum import StrEnum

from hall.support.documents.contents import Block, Grid


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
    EXTENSION = "extension_notice"
    PAYMENT = "payment_notice"
    GRANT = "grant"
    DENIAL = "denial"
    RESULT = "result"
    DELIVERY = "delivery_receipt"
    CLOSURE = "closure"
    WITHDRAWAL = "withdrawal"
    TERMINATION = "termination"
    REVOCATION = "revocation"


# The parts of a wording, in the order in which they stand on the paper.
PART_NAMES = {
    "title": "标题",
    "opening": "开头",
    "details": "要点表",
    "body": "正文",
    "closing": "结尾",
    "remedies": "救济途径",
}
_NOTICE = ("title", "opening", "details", "body", "closing")
_DECISION = (*_NOTICE, "remedies")


@dataclass(frozen=True, slots=True)
class Placeholder:
    """What the hall fills in where a wording says `{name}`. A sample that is no plain text is a list or a table: it takes its own line.

    `is_needed`: the paper must contain it; `part` is where most people would write it. `may_be_empty`: then its paragraph is left out.
    """

    key: str
    name: str
    sample: Block
    is_needed: bool = False
    may_be_empty: bool = False
    is_for_title: bool = False
    part: str = "details"

    @property
    def is_block(self) -> bool:
        return not isinstance(self.sample, str)

    @property
    def marked(self) -> str:
        """As it is typed."""
        return "{" + self.name + "}"


@dataclass(frozen=True, slots=True)
class PaperKind:
    """One kind. `number_word` stands before 字 in its number, empty where the serial number serves.

    `words` must be said somewhere: (word, what it stands for). `printed` names what the layout prints, whatever the wording says.
    """

    doc_type: DocType
    name: str
    number_word: str
    own: tuple[Placeholder, ...]
    parts: tuple[str, ...] = _NOTICE
    words: tuple[tuple[str, str], ...] = ()
    printed: str = "部门名头、文号、申请人、事项名称、流水号、印章、日期、核验码和二维码、服务热线"

    @property
    def placeholders(self) -> tuple[Placeholder, ...]:
        """What its wording may be filled with."""
        return self.own + (COMMON if "opening" in self.parts and "body" in self.parts else ())


def _must(key: str, name: str, sample: Block) -> Placeholder:
    return Placeholder(key, name, sample, is_needed=True, part="details" if isinstance(sample, str) else "body")


def _may(key: str, name: str, sample: Block) -> Placeholder:
    return Placeholder(key, name, sample)


# What every notice knows.
COMMON = (
    _may("applicant", "申请人", "山东示例新能源科技有限公司"),
    _may("item", "事项", "企业投资项目核准"),
    _may("serial", "流水号", "370000 02 20260302 1 00017 X"),
    _may("department", "部门", "山东省示例部门"),
    _may("issued_on", "日期", "2026年3月2日"),
    _may("hotline", "服务热线", "12345"),
)
_REASON = _must("reason", "理由", "项目选址不在规划的允许建设区内，与申请书所附用地图不一致")
_BASIS = _must("basis", "依据", "《企业投资项目核准和备案管理条例》第九条")
_REMEDIES = (
    Placeholder("review_days", "复议期限", "60 日", is_needed=True, part="remedies"),
    Placeholder("suit_months", "起诉期限", "6 个月", is_needed=True, part="remedies"),
)
_REMEDY_WORDS = (("行政复议", "可以申请行政复议"), ("行政诉讼", "可以提起行政诉讼"))
_FACTS = (_must("applied_on", "申请日期", "2026年2月11日"), _must("accepted_on", "受理日期", "2026年2月13日"))
_VERDICT = Placeholder("license_word", "许可或办理", "行政许可", is_for_title=True)

_ALL = (
    PaperKind(
        DocType.RECEIPT,
        "申办回执",
        "",
        (_must("made_at", "制作时间", "2026年3月2日 09:30"), _must("version", "版次", "3")),
        parts=("title", "opening", "closing"),
        printed="流水号、查询码、申请人、事项、部门、提交时间、办理状态、已提交的材料、服务热线、查询网址、核验码和二维码",
    ),
    PaperKind(
        DocType.INTAKE,
        "收件凭证",
        "收",
        (
            _must("received", "收到的材料", ("项目申请书（电子件）", "营业执照（免提交，来自证照库）")),
            _must("originals", "核对的原件", ("项目申请书（原件 1 份）", "规划选址意见（原件 1 份）")),
        ),
    ),
    PaperKind(
        DocType.CORRECTION,
        "补正告知书",
        "补",
        (
            _must("points", "补正内容", ("项目申请书：第 3 页缺少单位公章。", "总投资：与申请书第 12 页的金额不一致，请核对。")),
            _must("due", "补正期限", "2026年3月16日 17:00"),
            _must("consequence", "逾期后果", "本次申请终止，您可以重新申办"),
        ),
        words=(("逾期", "逾期不补正会怎样"),),
    ),
    PaperKind(
        DocType.ACCEPTANCE,
        "受理通知书",
        "受",
        (
            _must("accepted_on", "受理日期", "2026年3月2日"),
            _must("basis", "受理理由", "经审核，申请事项属于本部门职权范围，材料齐全、符合法定形式，决定予以受理。"),
            _must("promised", "承诺时限", "10 个工作日"),
            _must("due_on", "预计办结日期", "2026年3月16日"),
            _must("fee", "收费", "不收费"),
        ),
    ),
    PaperKind(DocType.REFUSAL, "不予受理通知书", "不受", (_REASON, _BASIS, *_REMEDIES), parts=_DECISION, words=_REMEDY_WORDS),
    PaperKind(DocType.RETURN, "退件通知", "退", (_must("reason", "原因", "上传的文件无法打开，看不到内容"),)),
    PaperKind(
        DocType.SPECIAL,
        "特别程序告知书",
        "特",
        (
            _must("procedure", "特别程序", "专家评审"),
            _must("institution", "承办机构", "山东省示例工程咨询院"),
            _must("days", "预计天数", "15 个工作日"),
        ),
    ),
    PaperKind(
        DocType.HEARING,
        "听证告知书",
        "听",
        (
            _must("reason", "事由", "直接关系他人重大利益，作出决定前依法告知听证权利。"),
            _must("ask_days", "提出天数", "5 个工作日"),
            _must("until", "提出期限", "2026年3月9日"),
            _must("hold_days", "组织天数", "20 个工作日"),
        ),
        words=(("有权", "申请人的权利"), ("听证", "听证")),
    ),
    PaperKind(
        DocType.EXTENSION,
        "延期告知书",
        "延",
        (
            _must("reason", "延期理由", "需要等待第三方检测结果"),
            _must("days", "延长天数", "5 个工作日"),
            _must("before", "原定期限", "2026年3月16日"),
            _must("until", "延长至", "2026年3月23日"),
        ),
    ),
    PaperKind(
        DocType.PAYMENT,
        "缴费通知单",
        "缴",
        (
            _must(
                "fees",
                "收费项目",
                Grid(
                    ("收费项目", "收费标准", "数量", "金额（元）"),
                    (("特种设备检验费", "每台 300 元", "2 台", "600.00"), ("证书工本费", "每本 10 元", "1 本", "10.00")),
                ),
            ),
            _must("total", "应缴合计", "610.00 元"),
            _must("payment_code", "缴款码", "3700 0026 0302 0000 0178"),
            Placeholder("pay_by", "缴款期限", "2026年3月16日", may_be_empty=True),
        ),
    ),
    PaperKind(
        DocType.GRANT,
        "准予决定书",
        "准",
        (
            *_FACTS,
            _must("decision", "决定", "符合法定条件、标准，决定准予。"),
            Placeholder("reason", "理由", "项目符合产业政策和规划要求", may_be_empty=True),
            _BASIS,
            *_REMEDIES,
            _VERDICT,
        ),
        parts=_DECISION,
        words=_REMEDY_WORDS,
    ),
    PaperKind(
        DocType.DENIAL,
        "不予决定书",
        "不准",
        (*_FACTS, _must("decision", "决定", "决定不予许可。"), _REASON, _BASIS, *_REMEDIES, _VERDICT),
        parts=_DECISION,
        words=_REMEDY_WORDS,
    ),
    PaperKind(
        DocType.RESULT,
        "办理结果（证照、批文、证明）",
        "证",
        (),
        parts=("closing",),
        printed="结果名称、编号、持证主体、登记内容、发证日期、有效期、印章、核验码和二维码",
    ),
    PaperKind(
        DocType.DELIVERY,
        "送达回证",
        "送",
        (
            _must("papers", "送达文书", ("准予行政许可决定书（鲁示例准字〔2026〕8号）", "项目核准批复（鲁示例证字〔2026〕8号）")),
            _must("receiver", "签收人", "张示例"),
            _must("delivered_at", "送达时间", "2026年3月2日 09:30"),
            _must("method", "送达方式", "窗口领取"),
            _must("signature", "签名", "＿＿＿＿＿＿＿＿＿＿＿＿"),
        ),
    ),
    PaperKind(
        DocType.CLOSURE,
        "办结通知",
        "结",
        (
            _must("outcome", "办理结果", "准予"),
            _must("method", "送达方式", "电子送达"),
            _must("rate_days", "评价期限", "15 日"),
        ),
        words=(("评价", "怎样评价"), ("投诉", "怎样投诉")),
    ),
    PaperKind(DocType.WITHDRAWAL, "撤回确认书", "撤回", (_must("withdrawn_at", "撤回时间", "2026年3月2日 09:30"),)),
    PaperKind(
        DocType.TERMINATION,
        "终止审查决定书",
        "终",
        (_must("reason", "理由", "申请人逾期没有补正"), *_REMEDIES),
        parts=_DECISION,
        words=_REMEDY_WORDS,
    ),
    PaperKind(
        DocType.REVOCATION,
        "撤销决定书",
        "撤",
        (
            _must("granted_how", "原决定方式", "按公开的规则自动办理"),
            _must("reason", "理由", "经核查，提交的合同已经失效"),
            *_REMEDIES,
        ),
        parts=_DECISION,
        words=_REMEDY_WORDS,
    ),
)
KINDS: dict[DocType, PaperKind] = {kind.doc_type: kind for kind in _ALL}
