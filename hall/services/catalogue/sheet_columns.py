"""The columns of the workbook of items: which sheets there are, and what each cell holds. docs/how-to/exchange-items.zh.md tells people. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from hall.services.catalogue import rules
from hall.services.catalogue.flow_rules import FlowKind, FlowRole
from hall.services.catalogue.instant_rules import Operator
from hall.services.catalogue.rules import Word


class Kind(StrEnum):
    """What a cell holds."""

    TEXT = "text"
    WHOLE = "whole"
    FLAG = "flag"  # 是, 否
    WORD = "word"  # the label of one word of a closed list
    WORDS = "words"  # several labels
    CODES = "codes"  # several codes


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its heading, the field of items.jsonl that it stands for, and the words that it may hold."""

    title: str
    field: str
    kind: Kind = Kind.TEXT
    words: type[Word] | None = None
    width: int = 14


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet. `field` is the list of an item that its rows make up; empty for the items themselves.

    `is_plain`: the members of the list are texts, not objects.
    """

    title: str
    field: str
    columns: tuple[Column, ...]
    is_plain: bool = False

    @property
    def titles(self) -> tuple[str, ...]:
        return tuple(column.title for column in self.columns)


CODE = Column("事项编码", "code", width=16)
_NAME_WIDTH, _TEXT_WIDTH = 34, 60


def _text(title: str, field: str, width: int = 24) -> Column:
    return Column(title, field, width=width)


def _word(title: str, field: str, words: type[Word]) -> Column:
    return Column(title, field, Kind.WORD, words)


def _whole(title: str, field: str) -> Column:
    return Column(title, field, Kind.WHOLE, width=10)


def _flag(title: str, field: str) -> Column:
    return Column(title, field, Kind.FLAG, width=10)


ITEMS = Sheet(
    "事项",
    "",
    (
        CODE,
        _text("事项名称", "name", _NAME_WIDTH),
        _word("事项类型", "type", rules.ItemType),
        Column("部门编码", "dept_code", width=10),
        _text("实施编码", "impl_code", 36),
        _word("状态", "status", rules.PublicStatus),
        Column("行使层级", "levels", Kind.WORDS, rules.Level),
        Column("服务对象", "audience", Kind.WORDS, rules.Audience),
        Column("主题编码", "themes", Kind.CODES),
        _word("办件类型", "handling_type", rules.HandlingType),
        _whole("法定天数", "statutory_days"),
        _whole("承诺天数", "promised_days"),
        _word("天数单位", "day_unit", rules.DayUnit),
        _word("办理深度", "online_depth", rules.OnlineDepth),
        _whole("到场次数", "onsite_visits"),
        _flag("依申请", "applicable"),
        _flag("收费", "charged"),
        _text("收费说明", "fee"),
        _word("通办范围", "region_scope", rules.RegionScope),
        _flag("领导审批", "leader_approval"),
        _text("结果名称", "result_name", _NAME_WIDTH),
        _word("结果类型", "result_kind", rules.ResultKind),
        _flag("可预约", "bookable"),
        _flag("可邮寄", "mailable"),
        _flag("可网上缴费", "payable"),
        _word("依据核实", "legal_basis_quality", rules.BasisQuality),
        _word("条件编写", "conditions_quality", rules.ConditionQuality),
        _word("主体性质", "authority_kind", rules.AuthorityKind),
        _text("权限划分", "authority_scope"),
        _text("受理机构", "accept_org"),
        _text("决定机构", "decide_org"),
        Column("联办部门编码", "co_departments", Kind.CODES),
        _text("数量限制", "quota_limit"),
        Column("办理形式", "handling_forms", Kind.WORDS, rules.HandlingForm, 20),
        _whole("秒批抽查比例", "instant_share"),
    ),
)
MATERIALS = Sheet(
    "申请材料",
    "materials",
    (
        CODE,
        _whole("序号", "seq"),
        _text("材料名称", "name", _NAME_WIDTH),
        _text("材料种类", "kind", 12),
        _word("来源渠道", "source", rules.MaterialSource),
        _word("必要性", "necessity", rules.Necessity),
        _text("何种情形提供", "when"),
        _word("材料形式", "medium", rules.Medium),
        _whole("原件份数", "originals"),
        _whole("复印件份数", "copies"),
        _flag("有空白表格", "has_blank_form"),
        _flag("有示例样表", "has_sample"),
        _flag("可复用", "reusable"),
        Column("接受格式", "accept", Kind.CODES),
        _whole("大小上限MB", "max_mb"),
        _text("证照类型编码", "cert_type", 18),
        _text("核发机关", "issuer"),
        _text("填报须知", "guideline"),
        Column("适用办理项", "variants", Kind.CODES),
        _text("空白表格文件", "blank_form_id", 12),
        _text("示例样表文件", "sample_id", 12),
        _word("可信等级", "trust_grade", rules.TrustGrade),
        _whole("最多页数", "most_pages"),
        _whole("扫描最低dpi", "least_dpi"),
        _whole("图片短边最低像素", "least_pixels"),
        _flag("要彩色", "in_colour"),
        _flag("查清楚端正", "legible"),
        _flag("查空白页", "no_blank"),
        _flag("要红色圆章", "has_seal"),
        _flag("查有效期", "in_force"),
        _flag("查是否本人", "of_applicant"),
    ),
)


def _list(title: str, field: str, *columns: Column) -> Sheet:
    return Sheet(title, field, (CODE, *columns))


def _plain(title: str, field: str) -> Sheet:
    return Sheet(title, field, (CODE, _text("内容", "text", _TEXT_WIDTH)), is_plain=True)


_CONTACT = (_text("方式", "kind", 12), _text("号码或地址", "value"), _text("说明", "note"))
RELATIONS = Sheet("关联事项", "related", (CODE, _word("关系", "kind", rules.RelationKind), Column("关联事项编码", "to", width=16)))
SHEETS = (
    ITEMS,
    MATERIALS,
    _plain("设定依据", "legal_basis"),
    _plain("受理条件", "conditions"),
    _plain("俗称", "keywords"),
    _plain("委托单位", "delegated_to"),
    _list(
        "办理流程",
        "flow_steps",
        *(_text("环节", "name"), _whole("天数", "days"), _text("说明", "note", _TEXT_WIDTH)),
        *(_word("环节类型", "kind", FlowKind), _word("岗位", "role", FlowRole), _text("产生的文书", "produces")),
    ),
    _list("秒批条件", "instant_rules", _text("看哪一项", "fact"), _word("怎样比较", "operator", Operator), _text("比较的值", "value")),
    _list(
        "收费项目",
        "fees",
        *(_text("项目名称", "name"), _text("收费标准", "standard"), _text("收费依据", "basis"), _text("计量单位", "unit", 12)),
        *(_text("减免规定", "reduction"), _text("单价（元）", "amount", 12)),
        *(_text("执收单位编码", "collector", 16), _text("执收项目编码", "fee_item", 16), _text("只用于业务办理项", "variant", 12)),
    ),
    _list("特别程序", "special_procedures", _text("程序名称", "name"), _text("依据", "basis"), _whole("天数", "days")),
    _list(
        "中介服务",
        "intermediary_services",
        _text("服务名称", "name"),
        _text("依据", "basis"),
        _text("服务机构", "providers"),
        _text("收费", "fee"),
    ),
    _list(
        "办理地点",
        "places",
        *(_text("地点名称", "name"), _text("地址", "address"), _text("办公时间", "hours"), _text("电话", "phone", 16)),
        *(_text("经度", "longitude", 12), _text("纬度", "latitude", 12), _text("交通", "transport")),
    ),
    _list("咨询方式", "consult_contacts", *_CONTACT),
    _list("监督投诉方式", "complaint_contacts", *_CONTACT),
    _list("常见问题", "faqs", _text("问题", "question"), _text("回答", "answer", _TEXT_WIDTH)),
    _list(
        "业务办理项",
        "variants",
        *(Column("编号", "key", width=8), _word("类别", "kind", rules.VariantKind), _text("名称", "name"), _text("说明", "note")),
    ),
    RELATIONS,
)
BY_FIELD = {sheet.field: sheet for sheet in SHEETS}
_TITLES = {column.field: column.title for column in ITEMS.columns}
_WORDS = {column.field: column.words for column in ITEMS.columns if column.words}


def field_title(field: str) -> str:
    """How people call a field of items.jsonl; the name itself where the workbook has none."""
    if field == "form_schemas":
        return "申请表"
    # The database's names of a few fields differ from the file's.
    field = {"item_type": "type", "department_id": "dept_code"}.get(field, field)
    return _TITLES.get(field) or (BY_FIELD[field].title if field in BY_FIELD else field)


def shown_value(field: str, value: str) -> str:
    """A value of a report as people read it: words by their labels."""
    words = _WORDS.get({"item_type": "type"}.get(field, field))
    if words is None:
        return value
    labels = {word.value: word.label for word in words}
    return "、".join(labels.get(part, part) for part in value.split("、"))
