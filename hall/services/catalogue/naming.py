"""What the elements of an item are called in Chinese, and a check's findings as sentences for the one who writes the item. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from hall.services.catalogue import rules
from hall.services.catalogue.flow_rules import FlowKind, FlowRole
from hall.services.catalogue.instant_rules import Operator
from hall.services.catalogue.report import Problem

# By the names of items.jsonl.
FIELDS: dict[str, str] = {
    "code": "事项编码",
    "name": "事项名称",
    "type": "事项类型",
    "dept_code": "实施主体",
    "impl_code": "实施编码",
    "levels": "行使层级",
    "audience": "服务对象",
    "applicable": "依申请办理",
    "result_name": "结果名称",
    "result_kind": "结果类型",
    "quota_limit": "数量限制",
    "authority_kind": "实施主体性质",
    "authority_scope": "权限划分",
    "accept_org": "受理机构",
    "decide_org": "决定机构",
    "delegated_to": "委托部门",
    "co_departments": "联办机构",
    "handling_type": "办件类型",
    "statutory_days": "法定办结时限",
    "promised_days": "承诺办结时限",
    "day_unit": "时限单位",
    "leader_approval": "领导签批",
    "online_depth": "网上办理深度",
    "onsite_visits": "到现场次数",
    "region_scope": "通办范围",
    "handling_forms": "办理形式",
    "bookable": "支持预约",
    "mailable": "支持邮寄",
    "payable": "支持网上缴费",
    "conditions": "受理条件",
    "conditions_quality": "条件编写情况",
    "variants": "业务办理项",
    "materials": "申请材料",
    "instant_rules": "秒批条件",
    "instant_share": "秒批抽查比例",
    "flow_steps": "办理流程",
    "special_procedures": "特别程序",
    "charged": "是否收费",
    "fee": "收费说明",
    "fees": "收费项目",
    "intermediary_services": "中介服务",
    "places": "办理地点",
    "consult_contacts": "咨询方式",
    "complaint_contacts": "监督投诉方式",
    "legal_basis": "设定依据",
    "legal_basis_quality": "依据核实程度",
    "faqs": "常见问题",
    "themes": "主题分类",
    "keywords": "百姓叫法",
    "situations": "情形说法",
    "related": "关联事项",
    "form_schemas": "申请表",
    "status": "状态",
}
# What the columns of a version are called in items.jsonl.
FILE_NAMES = {"department_id": "dept_code", "item_type": "type", "cert_type_id": "cert_type"}

PARTS: dict[str, str] = {
    "seq": "序号",
    "key": "编号",
    "kind": "种类",
    "role": "岗位",
    "fact": "看哪一项",
    "operator": "怎样比较",
    "produces": "产生的文书",
    "name": "名称",
    "note": "说明",
    "source": "来源渠道",
    "necessity": "必要性",
    "when": "何时需要",
    "medium": "材料形式",
    "originals": "原件份数",
    "copies": "复印件份数",
    "has_blank_form": "有空白表格",
    "has_sample": "有样表",
    "reusable": "可以重复使用",
    "accept": "可传格式",
    "max_mb": "文件上限（MB）",
    "cert_type": "对应电子证照",
    "issuer": "核发机关",
    "guideline": "填报须知",
    "variants": "用于业务办理项",
    "blank_form_id": "空白表格",
    "sample_id": "填写样表",
    "trust_grade": "可信等级",
    "most_pages": "最多几页",
    "least_dpi": "扫描至少（dpi）",
    "least_pixels": "图片短边至少（像素）",
    "in_colour": "要彩色的",
    "legible": "检查是否清楚、端正",
    "no_blank": "检查空白页",
    "has_seal": "要有红色圆章",
    "in_force": "检查有效期",
    "of_applicant": "检查是不是申请人的",
    "days": "天数",
    "standard": "收费标准",
    "basis": "依据",
    "unit": "计费单位",
    "reduction": "减免规定",
    "amount": "单价（元）",
    "collector": "执收单位编码",
    "fee_item": "执收项目编码",
    "variant": "只用于业务办理项",
    "providers": "机构名单",
    "fee": "收费",
    "address": "地址",
    "hours": "办公时间",
    "phone": "电话",
    "longitude": "经度",
    "latitude": "纬度",
    "transport": "交通指引",
    "value": "号码或地址",
    "question": "问题",
    "answer": "回答",
    "prerequisite": "先办事项",
    "followup": "后续事项",
    "parallel": "可同时办的事项",
    "joint": "联合办理的事项",
}
# What one member of a list is called, with its measure word.
MEMBERS: dict[str, str] = {
    "conditions": "条受理条件",
    "legal_basis": "条设定依据",
    "materials": "份申请材料",
    "variants": "个业务办理项",
    "flow_steps": "个办理环节",
    "instant_rules": "个秒批条件",
    "special_procedures": "个特别程序",
    "fees": "个收费项目",
    "intermediary_services": "项中介服务",
    "places": "个办理地点",
    "consult_contacts": "个咨询方式",
    "complaint_contacts": "个监督投诉方式",
    "faqs": "个常见问题",
    "keywords": "个叫法",
    "situations": "句情形说法",
    "delegated_to": "个委托部门",
    "co_departments": "个联办机构",
    "themes": "个主题",
}
# Closed lists, by field; those of members by "list.field".
WORDS: dict[str, type[rules.Word]] = {
    "type": rules.ItemType,
    "levels": rules.Level,
    "audience": rules.Audience,
    "handling_type": rules.HandlingType,
    "day_unit": rules.DayUnit,
    "online_depth": rules.OnlineDepth,
    "region_scope": rules.RegionScope,
    "result_kind": rules.ResultKind,
    "authority_kind": rules.AuthorityKind,
    "handling_forms": rules.HandlingForm,
    "legal_basis_quality": rules.BasisQuality,
    "conditions_quality": rules.ConditionQuality,
    "materials.source": rules.MaterialSource,
    "materials.necessity": rules.Necessity,
    "materials.medium": rules.Medium,
    "materials.trust_grade": rules.TrustGrade,
    "variants.kind": rules.VariantKind,
    "flow_steps.kind": FlowKind,
    "flow_steps.role": FlowRole,
    "instant_rules.operator": Operator,
}
MATERIAL_KINDS = {
    "form": "申请表",
    "self": "自备材料",
    "id": "身份证件",
    "hukou": "户口簿",
    "license": "证照",
    "cert": "证明",
    "qualification": "资格资质证明",
    "gov_result": "政府批文",
    "prev_result": "原来领到的结果",
    "venue": "场地证明",
    "drawing": "图纸",
    "photo": "照片",
    "intermediary": "第三方报告",
    "promise": "承诺书",
    "proxy": "授权委托书",
    "other": "其他",
}
_PLACE = re.compile(r"(?P<list>[a-z_]+)(?:\[(?P<at>[0-9]+)\])?(?:\.(?P<field>[a-z_]+))?(?:\[[0-9]+\])?")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to mend in a draft. `path` is the place as the check names it, such as "materials[0].name"."""

    path: str
    sentence: str

    @property
    def anchor(self) -> str:
        """The name of the field in the editor: "materials-0-name"."""
        return self.path.replace("[", "-").replace("].", "-").replace("]", "").replace(".", "-")

    @property
    def field(self) -> str:
        """The element that it belongs to: "materials"."""
        return re.split(r"[\[.]", self.path, maxsplit=1)[0]

    @property
    def place(self) -> int | None:
        """Which member of a list, counted from 0."""
        found = re.search(r"\[([0-9]+)\]", self.path)
        return int(found.group(1)) if found else None


def title_of(path: str) -> str:
    """The place of a finding as people say it: "materials[0].name" → 第 1 份申请材料的名称."""
    found = _PLACE.fullmatch(path)
    if found is None:
        return FIELDS.get(path, path)
    name, at, part = found["list"], found["at"], found["field"]
    whole = f"第 {int(at) + 1} {MEMBERS[name]}" if at is not None and name in MEMBERS else FIELDS.get(name, name)
    if part is None:
        return whole
    return PARTS.get(part, part) if name == "related" else f"{whole}的{PARTS.get(part, part)}"


def faults_of(problems: Iterable[Problem]) -> list[Fault]:
    """What a check found, each as a sentence that names the place and says how to mend it."""
    return [Fault(problem.field, f"{title_of(problem.field)}：{_plain(problem.reason)}") for problem in problems]


def _plain(reason: str) -> str:
    """Reasons are written for those who made a file; here somebody filled in a form."""
    if reason in {"缺少这一项", "不能为空"}:
        return "请填写。"
    if reason.endswith(" 之一"):
        given = reason.partition("应是")[0]
        return f"没有{given if given.strip('“”') else '这个'}选项，请从列表中选择。"
    if reason.startswith("“”应是"):
        return f"请填写{reason.removeprefix('“”应是')}。"
    if "超过法定" in reason:
        return f"{reason}，请改为不超过法定时限。"
    return reason if reason.endswith("。") else f"{reason}。"


def word_label(name: str, value: object) -> str:
    """A closed list's value as people read it; anything else as it stands."""
    words = WORDS.get(name)
    if name == "materials.kind":
        return MATERIAL_KINDS.get(str(value), str(value))
    if words is not None and isinstance(value, str) and value in [word.value for word in words]:
        return words(value).label
    return str(value)
