"""Words of the catalogue and what is derived where the data says nothing (domain.md §2 §3). Pure."""

import math
from enum import StrEnum

from hall.services.catalogue.elements import FlowStep


class Word(StrEnum):
    """A word of a closed list: its value is stored, its label is what people read."""

    label: str

    def __new__(cls, value: str, label: str = "") -> "Word":
        word = str.__new__(cls, value)
        word._value_ = value
        word.label = label
        return word


class ItemType(Word):
    """事项类型; the two digits of the code stand in TYPE_CODES."""

    LICENSE = "license", "行政许可"
    PENALTY = "penalty", "行政处罚"
    COERCION = "coercion", "行政强制"
    LEVY = "levy", "行政征收"
    BENEFIT = "benefit", "行政给付"
    INSPECTION = "inspection", "行政检查"
    CONFIRMATION = "confirmation", "行政确认"
    REWARD = "reward", "行政奖励"
    ADJUDICATION = "adjudication", "行政裁决"
    OTHER = "other", "其他行政权力"
    PUBLIC_SERVICE = "public_service", "公共服务"


class ItemStatus(Word):
    """A draft is visible to nobody; a suspended or abolished item keeps its page and takes no new applications."""

    DRAFT = "draft", "编制中"
    PUBLISHED = "published", "已发布"
    SUSPENDED = "suspended", "暂停办理"
    ABOLISHED = "abolished", "已取消"


class PublicStatus(Word):
    """The states that a file may give to an item"""

    PUBLISHED = "published", "已发布"
    SUSPENDED = "suspended", "暂停办理"
    ABOLISHED = "abolished", "已取消"


class Audience(Word):
    """服务对象"""

    PERSON = "person", "个人"
    ORG = "org", "法人"


class Level(Word):
    """行使层级"""

    STATE = "state", "国家级"
    PROVINCE = "province", "省级"
    CITY = "city", "市级"
    COUNTY = "county", "县级"
    TOWN = "town", "乡级"
    VILLAGE = "village", "村级"


class DivisionLevel(Word):
    """Levels of the table of divisions."""

    PROVINCE = "province", "省"
    CITY = "city", "市"
    COUNTY = "county", "县（市、区）"
    TOWNSHIP = "township", "乡镇（街道）"


class HandlingType(Word):
    """办件类型"""

    INSTANT = "instant", "即办件"
    PROMISE = "promise", "承诺件"


class DayUnit(Word):
    """Unit of the time limits"""

    WORKING = "working", "工作日"
    NATURAL = "natural", "自然日"
    MONTH = "month", "月"


class OnlineDepth(Word):
    """网上办理深度 (domain.md §3.2)"""

    INFO = "info", "窗口办理"
    BOOKING = "booking", "网上预约"
    PRELIM = "prelim", "网上申报"
    FULL = "full", "全程网办"


class RegionScope(Word):
    """通办范围"""

    LOCAL = "local", "属地办理"
    CROSS_CITY = "cross_city", "全省通办"
    CROSS_PROVINCE = "cross_province", "跨省通办"


class ResultKind(Word):
    """结果类型"""

    LICENCE = "licence", "证照"
    APPROVAL = "approval", "批文"
    PROOF = "proof", "证明"
    RECEIPT = "receipt", "回执"
    OTHER = "other", "其他"


class MaterialSource(Word):
    """来源渠道"""

    APPLICANT = "applicant", "申请人自备"
    GOVERNMENT = "government", "政府部门核发"
    INTERMEDIARY = "intermediary", "中介或第三方出具"
    OTHER = "other", "其他"


class Necessity(Word):
    """材料必要性"""

    REQUIRED = "required", "必要"
    CONDITIONAL = "conditional", "特定情形需要"
    OPTIONAL = "optional", "选交"
    DEFERRABLE = "deferrable", "可容缺后补"


class Medium(Word):
    """材料形式"""

    ELECTRONIC = "electronic", "电子"
    PAPER = "paper", "纸质"
    EITHER = "electronic_or_paper", "电子或纸质"


class TrustGrade(Word):
    """可信等级 (domain.md §10): the least that a material out of a library must be worth"""

    ISSUED = "A", "A 部门签发"
    CHECKED = "B", "B 窗口核过"
    UPLOADED = "C", "C 自己上传"
    OWN_WORD = "D", "D 本人承诺"


class RelationKind(Word):
    """How a related item stands to this one"""

    PREREQUISITE = "prerequisite", "前置事项"
    FOLLOWUP = "followup", "后续事项"
    PARALLEL = "parallel", "并联事项"
    JOINT = "joint", "联办事项"


class AuthorityKind(Word):
    """实施主体性质"""

    STATUTORY = "statutory", "法定机关"
    AUTHORISED = "authorised", "授权组织"
    ENTRUSTED = "entrusted", "受委托组织"


class HandlingForm(Word):
    """办理形式"""

    COUNTER = "counter", "窗口办理"
    ONLINE = "online", "网上办理"
    MAIL = "mail", "快递申请"
    KIOSK = "kiosk", "自助办理"


class BasisQuality(Word):
    """How sure the legal basis is: an article, a law only, or not verified"""

    ARTICLE = "article", "已列条款"
    NAMED = "named", "仅列法规"
    UNVERIFIED = "unverified", "待核实"


class ConditionQuality(Word):
    """Whether the conditions were written for this item"""

    WRITTEN = "written", "专门编写"
    GENERIC = "generic", "通用"


class SynonymKind(Word):
    """Where a synonym comes from"""

    WORD = "word", "词语"
    ITEM = "item", "事项俗称"


class Origin(Word):
    """Who wrote a row: a file of the import, or people in the hall; the import leaves alone what people wrote."""

    FILE = "file", "导入"
    HALL = "hall", "平台编辑"


class DraftState(Word):
    """Where a department's writing of an item stands; the first three are open"""

    EDITING = "editing", "编制中"
    SUBMITTED = "submitted", "待审核"
    RETURNED = "returned", "已退回"
    PUBLISHED = "published", "已发布"
    DISCARDED = "discarded", "已放弃"


class VariantKind(Word):
    """业务办理项: what is done with the licence"""

    NEW = "new", "新办"
    CHANGE = "change", "变更"
    RENEW = "renew", "延续"
    REISSUE = "reissue", "补证"
    CANCEL = "cancel", "注销"


class Holder(Word):
    """Who holds a licence"""

    PERSON = "person", "个人"
    ORG = "org", "法人"
    BOTH = "both", "个人或法人"


class HolidayKind(Word):
    """A day off, or a weekend day worked instead"""

    OFF = "off", "休"
    WORK = "work", "班"


class TallyScope(Word):
    """What is counted"""

    ALL = "all", "全部"
    DEPARTMENT = "department", "部门"
    THEME = "theme", "主题"
    AUDIENCE = "audience", "服务对象"


LAST_ORDER = 1000

TYPE_CODES = {
    ItemType.LICENSE: "01",
    ItemType.PENALTY: "02",
    ItemType.COERCION: "03",
    ItemType.LEVY: "04",
    ItemType.BENEFIT: "05",
    ItemType.INSPECTION: "06",
    ItemType.CONFIRMATION: "07",
    ItemType.REWARD: "08",
    ItemType.ADJUDICATION: "09",
    ItemType.OTHER: "10",
    ItemType.PUBLIC_SERVICE: "20",
}
# Online application is possible at these depths; below them the hall only informs or books.
DECLARABLE_DEPTHS = frozenset({OnlineDepth.PRELIM, OnlineDepth.FULL})
# A suspended item stays in lists, so that people learn that it is suspended; an abolished one keeps only its page.
LISTED = (ItemStatus.PUBLISHED, ItemStatus.SUSPENDED)


def order_of(words: int) -> int:
    """Where an item stands in lists: those that people have more everyday words for come first."""
    return max(0, LAST_ORDER - words)


def is_declarable(*, status: str, applicable: bool, online_depth: str) -> bool:
    """Whether the hall takes an online application for the item (domain.md §2 §3.2)."""
    return status == ItemStatus.PUBLISHED and applicable and online_depth in DECLARABLE_DEPTHS


def default_leader_approval(*, item_type: str, handling_type: str, statutory_days: int) -> bool:
    """Whether the head of department signs the decision, where the data does not say.

    A licence promised within a statutory limit of 20 days or more: the limit of 行政许可法 §42, which only the head may extend.
    """
    return item_type == ItemType.LICENSE and handling_type == HandlingType.PROMISE and statutory_days >= 20


def default_bookable(*, applicable: bool, online_depth: str) -> bool:
    """Whether a visit can be booked, where the data does not say: on application, and with a visit to make."""
    return applicable and online_depth in {OnlineDepth.BOOKING, OnlineDepth.PRELIM}


_RESULTS: dict[str, tuple[str, ResultKind]] = {
    ItemType.LICENSE: ("决定书", ResultKind.APPROVAL),
    ItemType.BENEFIT: ("决定书", ResultKind.APPROVAL),
    ItemType.REWARD: ("决定书", ResultKind.APPROVAL),
    ItemType.ADJUDICATION: ("裁决书", ResultKind.APPROVAL),
    ItemType.CONFIRMATION: ("确认书", ResultKind.PROOF),
}


def default_result(*, name: str, item_type: str) -> tuple[str, ResultKind]:
    """The name and kind of the result, where the data does not say: the item's own name and a neutral word, no invented certificate."""
    if item_type in _RESULTS:
        ending, kind = _RESULTS[item_type]
        return name + ending, kind
    stem = name
    for ending in ("办理指引", "指引", "办理"):
        stem = stem.removesuffix(ending) or stem
    return f"{stem}办理结果证明", ResultKind.PROOF


def default_flow_steps(*, applicable: bool, online_depth: str, promised_days: int) -> tuple[FlowStep, ...]:
    """The steps of an item on application; their days add up to the promise, which runs from acceptance to decision (domain.md §4.3)."""
    if not applicable:
        return ()
    deciding = math.ceil(promised_days / 10) if promised_days >= 2 else 0
    is_instant, is_online = promised_days == 0, online_depth in DECLARABLE_DEPTHS
    return (
        FlowStep("申报", 0, "在网上填写申请表、上传材料，随时可以提交。" if is_online else "到受理窗口提交申请和材料。"),
        FlowStep("受理", 0, "材料齐全的当场受理。" if is_instant else "收到申请后 5 个工作日内告诉您是否受理。"),
        FlowStep("审查", promised_days - deciding, "当场审查。" if is_instant else "从受理的次日起算，核对申请内容和材料。"),
        FlowStep("决定", deciding, "当场作出决定。" if is_instant else "作出准予或不予的决定，不予的说明理由。"),
        FlowStep("送达", 0, "决定作出后 10 个工作日内送达" + ("，可在网上查看。" if is_online else "。")),
    )
