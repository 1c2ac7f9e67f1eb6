"""The editor's sections, declared once: which elements stand where, how each is asked for, and how an answer is read."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.http import QueryDict

from hall.presentation.desk.items_parts import Field, Rows, Section
from hall.services.catalogue.naming import FIELDS, MATERIAL_KINDS, PARTS, WORDS, Fault, word_label
from hall.support.filestore.rules import FORMAT_NAMES

__all__ = ["Field", "Rows", "Section", "word_label"]

YES_NO = (("1", "是"), ("0", "否"))
MOST_ROWS = 60
_NUMBER = re.compile(r"[0-9]{1,6}")


def _words(name: str) -> tuple[tuple[str, str], ...]:
    return tuple((word.value, word.label) for word in WORDS[name])


def _choice(name: str, hint: str = "", *, optional: bool = False) -> Field:
    return Field(name, "choice", FIELDS[name], hint, optional, _words(name))


def _pick(name: str, hint: str = "") -> Field:
    return Field(name, "pick", FIELDS[name], hint, False, _words(name))


def _flag(name: str, hint: str = "", *, optional: bool = False) -> Field:
    return Field(name, "flag", FIELDS[name], hint, optional, YES_NO)


def _text(name: str, hint: str = "", *, optional: bool = True, most: int = 200) -> Field:
    return Field(name, "text", FIELDS[name], hint, optional, most=most)


def _checks(name: str, hint: str = "", *, optional: bool = False) -> Field:
    return Field(name, "checks", FIELDS[name], hint, optional, _words(name))


def _number(name: str, hint: str = "") -> Field:
    return Field(name, "number", FIELDS[name], hint)


def _part(name: str, hint: str = "", *, kind: str = "text", optional: bool = True, most: int = 2000) -> Field:
    return Field(name, kind, PARTS[name], hint, optional, most=most)


_CONTACT = (
    _part("kind", "电话、窗口、网上", optional=False, most=60),
    _part("value", optional=False, most=300),
    _part("note", "如：工作日 9:00 至 17:00", most=300),
)
SECTIONS = (
    Section(
        "basic",
        "基本信息",
        "名称、类型和由谁办。名称要和权责清单一致。",
        (
            Field("name", "text", FIELDS["name"], "用官方全称；百姓怎么叫，写在“说法与分类”里", most=200),
            _choice("type"),
            _flag("applicable", "不是依申请的事项只公开指南，不能申办"),
            _checks("audience"),
            _checks("levels"),
            _text("impl_code", "31 或 33 位，第 20 至 31 位是事项编码；没有可以不填", most=33),
            _text("result_name", "如：食品经营许可证；不填则按事项类型生成", most=260),
            _choice("result_kind", "不选则按事项类型推定", optional=True),
            _text("quota_limit", "有总量或名额限制时写明", most=300),
            _choice("authority_kind", optional=True),
            _text("accept_org", "和实施主体不同时填写"),
            _text("decide_org", "和实施主体不同时填写"),
            Field("authority_scope", "long", FIELDS["authority_scope"], "哪些由省里办，哪些由市县办", True),
            Field("delegated_to", "lines", FIELDS["delegated_to"], "每行一个", True),
            Field("co_departments", "many", FIELDS["co_departments"], "需要几个部门一起办时选择", True),
        ),
    ),
    Section(
        "time",
        "时限与方式",
        "承诺时限不能超过法定时限；即办件的承诺时限填 0。",
        (
            _pick("handling_type"),
            _pick("day_unit"),
            _number("statutory_days", "法律、法规没有规定的填 0"),
            _number("promised_days", "从受理的次日起算"),
            _flag("leader_approval", "不选则按法定时限推定", optional=True),
            _choice("online_depth", "全程网办的事项到现场次数必须是 0"),
            _number("onsite_visits"),
            _choice("region_scope"),
            _checks("handling_forms", optional=True),
            _flag("bookable", "不选则按办理深度推定", optional=True),
            _flag("mailable", optional=True),
            _flag("payable", optional=True),
        ),
    ),
    Section(
        "conditions",
        "受理条件",
        "一条写一个条件，让申请人能自己对照；不写“符合法律法规规定的其他条件”。",
        (
            Rows("conditions", "受理条件", "如：年满十八周岁", most=5000),
            _choice("conditions_quality", optional=True),
        ),
    ),
    Section(
        "variants",
        "业务办理项",
        "同一事项有新办、变更、延续、补证、注销等几种办法时逐个列出；只有一种的不用填。",
        (
            Rows(
                "variants",
                "业务办理项",
                fields=(
                    Field("kind", "choice", PARTS["kind"], options=_words("variants.kind")),
                    _part("name", "如：食品经营许可（变更）", optional=False, most=200),
                    _part("note", "什么情况下选它", most=500),
                ),
            ),
        ),
    ),
    Section("materials", "申请材料", "每份材料写明来源、份数和格式，附空白表格和填写样表。"),
    Section(
        "flow",
        "办理流程",
        "各环节天数相加不能超过承诺时限；选了环节类型和岗位，办件就按这里的流程走，最后要有决定和送达。",
        (
            Rows(
                "flow_steps",
                "办理环节",
                fields=(
                    _part("name", "如：受理、审查、决定、送达", optional=False, most=60),
                    _part("days", "不占时限的填 0", kind="number", optional=False),
                    Field("kind", "choice", "环节类型", "每个环节都选，或者都不选（按常用流程办）", True, _words("flow_steps.kind")),
                    Field("role", "choice", "由谁办理", "领导审批的，决定环节选部门领导", True, _words("flow_steps.role")),
                    _part("produces", "不填则按环节类型", most=60),
                    _part("note", "告诉申请人这一步做什么", kind="long", most=500),
                ),
            ),
            Rows(
                "special_procedures",
                "特别程序",
                "听证、检验、检测、鉴定、专家评审等，不计入办理时限",
                (
                    _part("name", optional=False, most=200),
                    _part("days", "没有规定的填 0", kind="number"),
                    _part("basis", kind="long", most=500),
                ),
            ),
        ),
    ),
    Section(
        "instant",
        "秒批规则",
        "即办件可以按公开的条件自动办理：全部满足，提交后马上准予；有一条不满足，转给人办，不会自动不予。",
        (
            Rows(
                "instant_rules",
                "条件",
                "发布后申请人在事项页看得到",
                (
                    Field("fact", "choice", PARTS["fact"], "申请表里的一栏，或者系统已知的情况"),
                    Field("operator", "choice", PARTS["operator"], "系统已知的情况不用选", True, _words("instant_rules.operator")),
                    Field("value", "text", "比较的值", "数字、日期，或用“、”隔开的几项", True, most=500),
                ),
            ),
            Field("instant_share", "number", FIELDS["instant_share"], "每 100 件抽几件给人再看，0 至 100", True),
        ),
    ),
    Section(
        "fees",
        "收费",
        "收费的事项要写明标准和依据，减免规定写清谁可以少交或不交。",
        (
            _flag("charged"),
            _text("fee", "一句话说清，如：每证 10 元；不收费的写“不收费”", most=300),
            Rows(
                "fees",
                "收费项目",
                fields=(
                    _part("name", optional=False, most=200),
                    _part("standard", "如：10 元", optional=False, most=500),
                    *(_part("unit", "如：每证", most=60), _part("basis", "文号和名称", most=500)),
                    _part("amount", "每个计费单位多少元，如 20；不固定的留空，由窗口开单时填写", most=12),
                    *(_part(name, "财政部门给的编码", most=20) for name in ("collector", "fee_item")),
                    *(_part("variant", "只有一种办理类型收的，填它的编号，如 v2", most=8), _part("reduction", "如：低保户免收", most=500)),
                ),
            ),
            Rows(
                "intermediary_services",
                "中介服务",
                "需要第三方机构出具报告、其结果作为申请材料的",
                (
                    _part("name", optional=False, most=200),
                    _part("providers", "名单或查询地址", most=500),
                    _part("fee", most=200),
                    _part("basis", most=500),
                ),
            ),
        ),
    ),
    Section(
        "places",
        "地点与联系",
        "写清到哪里、几点、打哪个电话。经纬度用十进制小数，地图上能点到门口。",
        (
            Rows(
                "places",
                "办理地点",
                fields=(
                    _part("name", "大厅和窗口号", optional=False, most=200),
                    _part("address", most=300),
                    _part("hours", "如：工作日 9:00 至 17:00", most=200),
                    _part("phone", most=60),
                    _part("longitude", "如：117.0205", most=12),
                    _part("latitude", "如：36.6683", most=12),
                    _part("transport", "公交、地铁、停车", most=300),
                ),
            ),
            Rows("consult_contacts", "咨询方式", "不填则显示本部门电话", _CONTACT),
            Rows("complaint_contacts", "监督投诉方式", "不填则显示政务服务热线", _CONTACT),
        ),
    ),
    Section(
        "basis",
        "设定依据",
        "写到条款：《法规名称》第几条；能抄原文的抄原文。",
        (
            Rows("legal_basis", "设定依据", "如：《中华人民共和国食品安全法》第三十五条", most=5000),
            _choice("legal_basis_quality", optional=True),
        ),
    ),
    Section(
        "faqs",
        "常见问题",
        "照着群众问的话写，先答能不能，再说怎么办。",
        (
            Rows(
                "faqs",
                "问题",
                fields=(_part("question", optional=False, most=500), _part("answer", kind="long", optional=False, most=5000)),
            ),
        ),
    ),
    Section(
        "words",
        "说法与分类",
        "群众不知道官方名称。把他们会说的话写在这里，才搜得到。",
        (
            Field("situations", "lines", FIELDS["situations"], "每行一句，至少写 8 句：发生了什么、想办什么，用他们自己的话", True, rows=9),
            Field("keywords", "lines", FIELDS["keywords"], "每行一个：俗名、旧称、简称", True, rows=5),
            Field("themes", "many", FIELDS["themes"], "群众按主题找得到它", True),
            *(
                Field(f"related-{kind}", "lines", PARTS[kind], hint, True)
                for kind, hint in (
                    ("prerequisite", "办这件之前要先办的，每行一个事项编码"),
                    ("followup", "办完这件接着要办的，每行一个事项编码"),
                    ("parallel", "可以同时去办的，每行一个事项编码"),
                    ("joint", "几个部门合起来办的，每行一个事项编码"),
                )
            ),
        ),
    ),
)
BY_SLUG = {section.slug: section for section in SECTIONS}
_SECTION_OF = {name: section.slug for section in SECTIONS for name in section.names}

MATERIAL = (
    Field("name", "text", "材料名称", most=200),
    Field("kind", "choice", "材料种类", options=tuple(MATERIAL_KINDS.items())),
    Field("source", "choice", PARTS["source"], "政府部门核发的，尽量不让群众再交", options=_words("materials.source")),
    Field("necessity", "choice", PARTS["necessity"], options=_words("materials.necessity")),
    Field("when", "text", PARTS["when"], "特定情形才要的写明情形，如：委托他人办理时", True, most=200),
    Field("medium", "choice", PARTS["medium"], options=_words("materials.medium")),
    Field("originals", "number", PARTS["originals"]),
    Field("copies", "number", PARTS["copies"]),
    Field("accept", "checks", PARTS["accept"], options=tuple(FORMAT_NAMES.items())),
    Field("max_mb", "number", PARTS["max_mb"], "一般 20，照片 2"),
    Field("cert_type", "choice", PARTS["cert_type"], "有电子证照的选上，以后可以免交", True),
    Field("issuer", "text", PARTS["issuer"], "由哪个部门发的", True, most=120),
    Field("reusable", "flag", PARTS["reusable"], "一次提交，以后别的事项还能用", True, YES_NO),
    Field("trust_grade", "choice", PARTS["trust_grade"], "从材料库选用时至少要这一级", True, _words("materials.trust_grade")),
    Field("guideline", "long", PARTS["guideline"], "怎么填、盖什么章、拍成什么样", True, most=5000),
    Field("variants", "checks", PARTS["variants"], "不选表示每种办法都要交", True),
)
_AS_USUAL = (("", "按惯例"), *YES_NO)
STANDARD = (
    Field("most_pages", "number", PARTS["most_pages"], "超过就不收，可以拆开再交；不填不限", True),
    Field("least_dpi", "number", PARTS["least_dpi"], "不填按 150；图纸可写 200 或 300", True),
    Field("least_pixels", "number", PARTS["least_pixels"], "不填按 600，照片按 295（一寸）", True),
    Field("in_colour", "flag", PARTS["in_colour"], "黑白的会请申请人看一眼；惯例：只有照片要彩色", True, _AS_USUAL),
    Field("legible", "flag", PARTS["legible"], "模糊、偏暗、歪斜、横躺；惯例：除照片、图纸外都看", True, _AS_USUAL),
    Field("no_blank", "flag", PARTS["no_blank"], "惯例：除图纸外都看", True, _AS_USUAL),
    Field("has_seal", "flag", PARTS["has_seal"], "只看颜色和形状，不辨真伪；没看到只提醒，不会不收", True, _AS_USUAL),
    Field("in_force", "flag", PARTS["in_force"], "读得出文字的文件才能看；惯例：身份证件、证照、资质看", True, _AS_USUAL),
    Field("of_applicant", "flag", PARTS["of_applicant"], "文件里有没有申请人的名称或号码；惯例：身份证件、证照看", True, _AS_USUAL),
)


# --- reading ------------------------------------------------------------------------------------------------------------------------


def read_field(part: Field, sent: QueryDict, name: str) -> Any:
    """One answer as a draft holds it: numbers and yes-or-no where they are that, else what was typed; None for nothing chosen."""
    if part.kind in {"checks", "many"}:
        return list(dict.fromkeys(sent.getlist(name)))[:200]
    text = sent.get(name, "").replace("\r\n", "\n").strip()
    if part.kind == "lines":
        return list(dict.fromkeys(line.strip() for line in text.split("\n") if line.strip()))
    if part.kind == "flag":
        return {"1": True, "0": False}.get(text)
    if part.kind in {"choice", "pick"}:
        return text or None
    if part.kind == "number" and _NUMBER.fullmatch(text):
        return int(text)
    return text


def read_rows(part: Rows, sent: QueryDict) -> list[Any]:
    """The rows in which anything stands, in order."""
    pattern = re.compile(rf"{part.name}-([0-9]{{1,3}})(?:-[a-z_]+)?")
    places = sorted({int(found[1]) for name in sent if (found := pattern.fullmatch(name))})
    if not part.fields:
        return [text for place in places if (text := sent.get(f"{part.name}-{place}", "").replace("\r\n", "\n").strip())]
    members = []
    for place in places:
        answers = {one.name: read_field(one, sent, f"{part.name}-{place}-{one.name}") for one in part.fields}
        if any(answer not in (None, "", []) for answer in answers.values()):
            key = sent.get(f"{part.name}-{place}-key", "")
            given = {name: answer for name, answer in answers.items() if answer not in (None, "")}
            members.append(({"key": key} if key else {}) | given)
    return members


def read_section(section: Section, sent: QueryDict, line: Mapping[str, Any]) -> dict[str, Any]:
    """Everything that a section's form says, ready for the draft. `line` is the draft as it was."""
    changes: dict[str, Any] = {}
    for part in section.parts:
        if isinstance(part, Rows):
            changes[part.name] = read_rows(part, sent)
        elif part.name.startswith("related-"):
            related = changes.setdefault("related", dict(line.get("related") or {}))
            related[part.name.removeprefix("related-")] = read_field(part, sent, part.name)
        else:
            changes[part.name] = read_field(part, sent, part.name)
    if "variants" in changes:
        changes["variants"] = _with_keys(changes["variants"])
    return changes


def _with_keys(variants: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each variant under a key of its own; those that have one keep it, for materials name it."""
    taken = {variant.get("key") for variant in variants}
    free = (f"v{number}" for number in range(1, 400) if f"v{number}" not in taken)
    return [variant if variant.get("key") else {"key": next(free), **variant} for variant in variants]


# --- showing ------------------------------------------------------------------------------------------------------------------------


def shown(value: Any) -> str:
    """A value of the draft as an input shows it."""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, list | tuple):
        return "\n".join(str(one) for one in value)
    return "" if value is None else str(value)


def value_of(line: Mapping[str, Any], name: str) -> Any:
    """What the draft says in a field; `related-joint` looks into the relations."""
    first, _, second = name.partition("-")
    value = line.get(first)
    return value.get(second) if second and isinstance(value, dict) else value


def members_of(line: Mapping[str, Any], part: Rows, *, more: bool = False, is_first: bool = False) -> list[Any]:
    """The rows to draw: what is there, and an empty one if asked for; a section's first list has one to begin with."""
    value = line.get(part.name)
    found = [one for one in value if isinstance(one, dict if part.fields else str)] if isinstance(value, list) else []
    empty: list[Any] = [{}] if part.fields else [""]
    return [*found, *(empty if more or (is_first and not found) else [])]


def section_of(fault: Fault) -> str:
    """Where a fault is mended; the first section for those of no field."""
    return _SECTION_OF.get(fault.field, SECTIONS[0].slug)


def anchors(faults: Iterable[Fault], section: Section) -> list[tuple[str, str]]:
    """The faults of a section by the names of its fields. A line of many in one box belongs to the box."""
    boxes = [part.name for part in section.parts if isinstance(part, Field)]
    found = []
    for fault in faults:
        if fault.field in section.names:
            box = next((name for name in boxes if fault.anchor.startswith(f"{name}-")), fault.anchor)
            found.append((box, fault.sentence))
    return found
