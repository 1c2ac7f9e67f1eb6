"""From a stored schema to fields. Whatever is wrong with it is refused here, with the path and the reason."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from jsonschema import Draft202012Validator

from hall.support.formrules.computing import BadCompute, read_compute
from hall.support.formrules.conditions import BadCondition, names_in, read_condition
from hall.support.formrules.fields import Compute, Condition, Field, FormCheck, Option, Section, kind_of
from hall.support.formrules.reaching import never_asked
from hall.support.formrules.regions import region_options
from hall.support.formrules.shape import first_fault
from hall.support.formrules.vocabulary import (
    CHANGING_KINDS,
    COLUMN_KINDS,
    DATE_RULES,
    DEFAULT_MAX_LENGTH,
    FORM_SCHEMA,
    KIND_RULES,
    MOST_FILES,
    MOST_RADIOS,
    MOST_ROWS,
    OPTION_ITEMS,
    OPTION_KINDS,
    PICTURE_MB,
    PICTURE_TYPES,
    PLAIN_MAX_LENGTH,
    PROSE_KINDS,
    READ,
    STEADY_KINDS,
    TABLE_ITEMS,
    TYPES,
    USUAL_FILE_MB,
    USUAL_FILE_TYPES,
    Kind,
)
from hall.support.refusals import Refusal

_SHAPE = Draft202012Validator(FORM_SCHEMA)
_ITEMS = {False: Draft202012Validator(OPTION_ITEMS), True: Draft202012Validator(TABLE_ITEMS)}
_CONDITIONS = (("x-shown-when", "填写"), ("x-required-when", "必填"))
# Told of a broken part; returns where reading goes on without it.
Told = Callable[["BadForm"], None]


class BadForm(Refusal):
    """A stored form is not sound. `path` is a JSON pointer into it, `reason` says why."""

    def __init__(self, path: str, reason: str) -> None:
        self.path, self.reason = path or "/", reason
        super().__init__(f"表单定义 {self.path}：{reason}")


def check_shape(schema: Any) -> None:
    """Raise BadForm unless the schema is JSON Schema in our vocabulary."""
    fault = first_fault(_SHAPE, schema)
    if fault is not None:
        raise BadForm(*fault)
    for name, stored in schema["properties"].items():
        if "items" in stored:
            fault = first_fault(_ITEMS[stored["items"]["type"] == "object"], stored["items"])
            if fault is not None:
                raise BadForm(f"/properties/{name}/items{fault[0]}", fault[1])


def _refuse(bad: BadForm) -> None:
    raise bad


def read_sections(schema: Mapping[str, Any], tell: Told = _refuse) -> tuple[Section, ...]:
    """The sections of a schema of right shape. What is wrong goes to `tell`, which raises it; where it does not, the part is left out."""
    properties: Mapping[str, Any] = schema["properties"]
    required = frozenset(schema.get("required", ()))
    earlier: dict[str, Field] = {}
    placed: set[str] = set()
    sections = []
    for at, stored in enumerate(schema["x-sections"]):
        fields = []
        for name in stored["fields"]:
            if name not in properties or name in placed:
                why = f"没有名为 {name} 的字段" if name not in properties else f"字段 {name} 出现了两次"
                tell(BadForm(f"/x-sections/{at}/fields", why))
                continue
            placed.add(name)
            try:
                field = _read_field(name, properties, required, earlier)
            except BadForm as bad:
                tell(bad)
                continue
            earlier[name] = field
            fields.append(field)
        sections.append(Section(stored["title"], stored.get("note", ""), tuple(fields), "x-step" in stored))
    for name in sorted(properties.keys() - placed):
        tell(BadForm(f"/properties/{name}", "没有放入任何一节（x-sections）"))
    for name in sorted(required - properties.keys()):
        tell(BadForm("/required", f"没有名为 {name} 的字段"))
    for name, why in never_asked(earlier):
        tell(BadForm(f"/properties/{name}/x-shown-when", why))
    return tuple(sections)


def read_checks(schema: Mapping[str, Any], sections: tuple[Section, ...], tell: Told = _refuse) -> tuple[FormCheck, ...]:
    """The checks that the form asks for; whether there is such a check is for those who run them to say."""
    fields = {field.name: field for section in sections for field in section.fields}
    checks = []
    for at, stored in enumerate(schema.get("x-checks", ())):
        unknown = [name for name in stored["fields"] if not _names_field(name, fields)]
        if unknown:
            tell(BadForm(f"/x-checks/{at}", f"没有名为 {unknown[0]} 的字段"))
            continue
        parameters = tuple(sorted(stored.get("with", {}).items()))
        checks.append(FormCheck(stored["check"], tuple(stored["fields"]), parameters, stored.get("message", "")))
    return tuple(checks)


def _names_field(name: str, fields: Mapping[str, Field]) -> bool:
    top, _, column = name.partition(".")
    return top in fields and (not column or fields[top].column(column) is not None)


def _read_field(name: str, properties: Mapping[str, Any], required: frozenset[str], earlier: Mapping[str, Field]) -> Field:
    stored = properties[name]
    path = f"/properties/{name}"
    conditions = [_condition(path, word, ending, name, properties, earlier) for word, ending in _CONDITIONS]
    compute = _compute(path, stored, name, properties, earlier)
    field = _plain_field(path, name, stored, compute, is_required=name in required or "x-required-when-shown" in stored)
    shown, needed = conditions
    if shown and name in required:
        raise BadForm(path, "有显示条件的字段不能写在 required 中，请用 x-required-when-shown")
    if not shown and "x-required-when-shown" in stored:
        raise BadForm(path, "x-required-when-shown 只用于有 x-shown-when 的字段")
    if needed and field.is_required:
        raise BadForm(path, "已经必填的字段不用再写 x-required-when")
    if "x-verified" in stored and "x-prefill" not in stored:
        raise BadForm(path, "x-verified 需要同时写明 x-prefill")
    if "x-verified" in stored and "x-last" in stored:
        raise BadForm(path, "带入后不能改的字段不从上次办理带入（x-last）")
    if "x-verified" in stored and stored["x-prefill"] in READ:
        raise BadForm(path, "从照片读出的内容没有核验过，不能写 x-verified")
    if field.kind in {Kind.COMPUTED, Kind.NOTE} and (field.is_required or needed):
        raise BadForm(path, f"{field.kind} 不由申请人填写，不能必填")
    return replace(field, shown_when=shown, required_when=needed, columns=_columns(path, stored) if field.kind is Kind.TABLE else ())


def _plain_field(path: str, name: str, stored: Mapping[str, Any], compute: Compute | None, *, is_required: bool) -> Field:
    """A field without conditions and columns."""
    options = tuple(Option(o["const"], o["title"], o.get("description", "")) for o in _stored_options(stored))
    kind = kind_of(
        stored.get("x-widget"),
        stored["type"],
        option_count=len(options),
        format_=stored.get("format", ""),
        rule=stored.get("x-rule", ""),
        max_length=stored.get("maxLength", 0),
    )
    _check_kind(path, kind, stored, options)
    if (kind is Kind.COMPUTED) != (compute is not None):
        raise BadForm(path, "computed 需要写明 x-compute" if compute is None else f"x-compute 不能用于 {kind}")
    return Field(
        name=name,
        title=stored["title"],
        kind=kind,
        hint=stored.get("x-hint", ""),
        options=region_options() if kind is Kind.REGION else options,
        is_required=is_required,
        rule=stored.get("x-rule", "") or KIND_RULES.get(kind, ""),
        prefill=stored.get("x-prefill", ""),
        is_locked="x-verified" in stored,
        mask=stored.get("x-mask", ""),
        unit="元" if kind is Kind.AMOUNT or (compute and compute.is_money) else stored.get("x-unit", ""),
        is_whole=stored["type"] == "integer",
        min_length=stored.get("minLength", 0),
        max_length=stored.get("maxLength", DEFAULT_MAX_LENGTH.get(kind, PLAIN_MAX_LENGTH)),
        minimum=stored.get("minimum"),
        maximum=stored.get("maximum"),
        min_items=stored.get("minItems", 0),
        max_items=stored.get("maxItems"),
        autocomplete=stored.get("x-autocomplete", ""),
        example=stored.get("examples", ("",))[0],
        compute=compute,
        is_from_last="x-last" in stored,
        **_files(kind, stored),
    )


def _files(kind: Kind, stored: Mapping[str, Any]) -> dict[str, Any]:
    if kind is Kind.SIGNATURE and "x-drawn" in stored:
        return {"accept": PICTURE_TYPES, "max_mb": PICTURE_MB, "is_drawn": True}
    if kind is not Kind.FILE:
        return {}
    return {"accept": tuple(stored.get("x-accept", USUAL_FILE_TYPES)), "max_mb": stored.get("x-max-mb", USUAL_FILE_MB)}


def _columns(path: str, stored: Mapping[str, Any]) -> tuple[Field, ...]:
    items: Mapping[str, Any] = stored["items"]
    path = f"{path}/items"
    columns: dict[str, Field] = {}
    required = frozenset(items.get("required", ()))
    for name in items["x-columns"]:
        if name not in items["properties"]:
            raise BadForm(f"{path}/x-columns", f"没有名为 {name} 的列")
        inner = items["properties"][name]
        unfit = {
            "x-shown-when",
            "x-required-when",
            "x-required-when-shown",
            "x-prefill",
            "x-verified",
            "x-last",
            "x-group",
            "items",
        } & inner.keys()
        if unfit:
            raise BadForm(f"{path}/properties/{name}", f"{min(unfit)} 不能用于表格的列")
        compute = _compute(f"{path}/properties/{name}", inner, name, items["properties"], columns)
        column = _plain_field(f"{path}/properties/{name}", name, inner, compute, is_required=name in required)
        if column.kind is Kind.CHOICE:
            column = replace(column, kind=Kind.SELECT)
        if column.kind not in COLUMN_KINDS:
            raise BadForm(f"{path}/properties/{name}", f"{column.kind} 不能用于表格的列")
        columns[name] = column
    if items["properties"].keys() != columns.keys() or not required <= columns.keys():
        odd = sorted((items["properties"].keys() ^ columns.keys()) | (required - columns.keys()))
        raise BadForm(f"{path}/x-columns", f"列 {odd[0]} 没有列入 x-columns，或并不存在")
    if all(column.compute for column in columns.values()):
        raise BadForm(path, "表格至少要有一列由申请人填写")
    return tuple(columns.values())


def _condition(
    path: str, word: str, ending: str, name: str, properties: Mapping[str, Any], earlier: Mapping[str, Field]
) -> Condition | None:
    stored = properties[name].get(word)
    if stored is None:
        return None
    _check_order(f"{path}/{word}", name, names_in(stored), properties, earlier)
    try:
        return read_condition(stored, earlier, ending)
    except BadCondition as bad:
        raise BadForm(f"{path}/{word}", str(bad)) from None


def _compute(
    path: str, stored: Mapping[str, Any], name: str, properties: Mapping[str, Any], earlier: Mapping[str, Field]
) -> Compute | None:
    given = stored.get("x-compute")
    if given is None:
        return None
    _check_order(f"{path}/x-compute", name, [one.partition(".")[0] for one in given["of"]], properties, earlier)
    try:
        return read_compute(given, earlier)
    except BadCompute as bad:
        raise BadForm(f"{path}/x-compute", str(bad)) from None


def _check_order(path: str, name: str, needs: list[str], properties: Mapping[str, Any], earlier: Mapping[str, Field]) -> None:
    """What a field looks at is there and stands before it; of two that look at each other, that is said."""
    for other in needs:
        if other not in properties:
            raise BadForm(path, f"没有名为 {other} 的字段")
        if other in earlier:
            continue
        titles = [f"“{properties[one].get('title', one)}”" for one in (name, other)]
        if other == name or name in _reach(other, properties):
            raise BadForm(path, f"{titles[0]}和{titles[1]}互相依赖，成了一个圈" if other != name else f"{titles[0]}依赖它自己")
        raise BadForm(path, f"{titles[1]}（{other}）不在它前面")


def _reach(name: str, properties: Mapping[str, Any]) -> set[str]:
    """Every field that this one looks at, directly or through others."""
    found: set[str] = set()
    left = [name]
    while left:
        stored = properties.get(left.pop(), {})
        of = stored.get("x-compute", {}).get("of", [])
        needs = [one for word, _ in _CONDITIONS for one in names_in(stored.get(word))] + [str(one).partition(".")[0] for one in of]
        left += [one for one in needs if one not in found]
        found.update(needs)
    return found


def _stored_options(stored: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    options: list[Mapping[str, Any]] = stored.get("oneOf") or stored.get("items", {}).get("oneOf", [])
    return options


# Which keywords say something about which kinds; elsewhere they would silently check nothing.
_KEYWORD_KINDS: dict[str, frozenset[Kind]] = {
    "minLength": PROSE_KINDS,
    "maxLength": PROSE_KINDS,
    "minimum": frozenset({Kind.NUMBER, Kind.AMOUNT, Kind.COMPUTED}),
    "maximum": frozenset({Kind.NUMBER, Kind.AMOUNT, Kind.COMPUTED}),
    "x-unit": frozenset({Kind.NUMBER, Kind.COMPUTED}),
    "x-compute": frozenset({Kind.COMPUTED}),
    "examples": PROSE_KINDS | {Kind.NUMBER, Kind.AMOUNT, Kind.DATE},
    "minItems": frozenset({Kind.MULTI, Kind.TABLE, Kind.FILE}),
    "maxItems": frozenset({Kind.MULTI, Kind.TABLE, Kind.FILE}),
    "x-accept": frozenset({Kind.FILE}),
    "x-max-mb": frozenset({Kind.FILE}),
    "x-drawn": frozenset({Kind.SIGNATURE}),
    "uniqueItems": frozenset({Kind.MULTI}),
    "items": frozenset({Kind.MULTI, Kind.TABLE}),
    "oneOf": frozenset({Kind.CHOICE, Kind.SELECT}),
    "const": frozenset({Kind.PROMISE}),
    "format": frozenset({Kind.DATE}),
    "x-last": STEADY_KINDS | CHANGING_KINDS,
    "x-rule": frozenset({Kind.TEXT, Kind.ADDRESS, Kind.DATE, Kind.ID_NUMBER, Kind.MOBILE, Kind.USCC}),
}
_RANGES = (("minLength", "maxLength"), ("minimum", "maximum"), ("minItems", "maxItems"))


def _check_kind(path: str, kind: Kind, stored: Mapping[str, Any], options: tuple[Option, ...]) -> None:
    if stored["type"] not in TYPES[kind]:
        raise BadForm(f"{path}/type", f"{kind} 的类型应为 {' 或 '.join(sorted(TYPES[kind]))}")
    for keyword, kinds in _KEYWORD_KINDS.items():
        if keyword in stored and kind not in kinds:
            raise BadForm(f"{path}/{keyword}", f"{keyword} 不能用于 {kind}")
    rule = stored.get("x-rule", "")
    if rule and (
        (kind is Kind.DATE) != (rule in DATE_RULES) or (kind in KIND_RULES and kind is not Kind.DATE and rule != KIND_RULES[kind])
    ):
        raise BadForm(f"{path}/x-rule", f"规则 {rule} 不能用于 {kind}")
    for low, high in _RANGES:
        if low in stored and high in stored and stored[low] > stored[high]:
            raise BadForm(f"{path}/{low}", f"{low} 大于 {high}")
    if kind is Kind.PROMISE and stored.get("const") is not True:
        raise BadForm(path, "promise 需要 const: true")
    if kind is Kind.TABLE and (stored.get("items", {}).get("type") != "object" or stored.get("maxItems", MOST_ROWS) > MOST_ROWS):
        raise BadForm(path, f"table 需要写明列（items），最多 {MOST_ROWS} 行")
    if kind is Kind.FILE and max(stored.get("maxItems", 1), stored.get("minItems", 0)) > MOST_FILES:
        raise BadForm(path, f"一个字段最多上传 {MOST_FILES} 个文件")
    if kind is Kind.FILE and stored.get("minItems", 0) > stored.get("maxItems", 1):
        raise BadForm(f"{path}/minItems", "minItems 大于 maxItems（不写是 1）")
    if (kind is Kind.AMOUNT or stored.get("x-compute", {}).get("as") == "amount") and any(
        isinstance(stored.get(word), float) for word in ("minimum", "maximum")
    ):
        raise BadForm(path, "金额的上下限以分为单位，应为整数")
    _check_options(path, kind, stored, options)


def _check_options(path: str, kind: Kind, stored: Mapping[str, Any], options: tuple[Option, ...]) -> None:
    if (kind in OPTION_KINDS) != bool(options):
        raise BadForm(path, f"{kind} {'缺少' if kind in OPTION_KINDS else '不能有'}选项")
    if kind is Kind.MULTI and "uniqueItems" not in stored:
        raise BadForm(path, "multi 需要 uniqueItems: true")
    if kind is Kind.CHOICE and len(options) > MOST_RADIOS:
        raise BadForm(path, f"choice 最多 {MOST_RADIOS} 个选项，更多请用 select")
    for what in ({option.value for option in options}, {option.title for option in options}):
        if len(what) != len(options):
            raise BadForm(path, "选项的 const 或 title 有重复")
    if kind is Kind.MULTI and max(stored.get("minItems", 0), 1) > max(len(options), 1):
        raise BadForm(f"{path}/minItems", "minItems 大于选项数")
