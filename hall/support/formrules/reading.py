"""From a stored schema to fields. Whatever is wrong with it is refused here, with the path and the reason."""

from collections.abc import Mapping
from typing import Any

from jsonschema import Draft202012Validator

from hall.support.formrules.fields import Condition, Field, Option, Section, kind_of
from hall.support.formrules.vocabulary import (
    DATE_RULES,
    DEFAULT_MAX_LENGTH,
    FORM_SCHEMA,
    KIND_RULES,
    MOST_RADIOS,
    OPTION_KINDS,
    PLAIN_MAX_LENGTH,
    PROSE_KINDS,
    TYPES,
    Kind,
)
from hall.support.refusals import Refusal

_SHAPE = Draft202012Validator(FORM_SCHEMA)
_CONDITION_KINDS = OPTION_KINDS | {Kind.YES_NO}


class BadForm(Refusal):
    """A stored form is not sound. `path` is a JSON pointer into it, `reason` says why."""

    def __init__(self, path: str, reason: str) -> None:
        self.path, self.reason = path or "/", reason
        super().__init__(f"表单定义 {self.path}：{reason}")


def check_shape(schema: Any) -> None:
    """Raise BadForm unless the schema is JSON Schema in our vocabulary."""
    found = sorted(_SHAPE.iter_errors(schema), key=lambda error: (len(error.absolute_path), [str(part) for part in error.absolute_path]))
    if found:
        raise BadForm("".join(f"/{part}" for part in found[0].absolute_path), found[0].message[:300])


def read_sections(schema: Mapping[str, Any]) -> tuple[Section, ...]:
    """The sections of a schema of right shape. Raises: BadForm."""
    properties: Mapping[str, Any] = schema["properties"]
    required = frozenset(schema.get("required", ()))
    earlier: dict[str, Field] = {}
    sections = []
    for at, stored in enumerate(schema["x-sections"]):
        fields = []
        for name in stored["fields"]:
            if name not in properties:
                raise BadForm(f"/x-sections/{at}/fields", f"没有名为 {name} 的字段")
            if name in earlier:
                raise BadForm(f"/x-sections/{at}/fields", f"字段 {name} 出现了两次")
            field = _read_field(name, properties[name], required, earlier)
            earlier[name] = field
            fields.append(field)
        sections.append(Section(stored["title"], stored.get("note", ""), tuple(fields)))
    homeless = sorted(properties.keys() - earlier.keys())
    if homeless:
        raise BadForm(f"/properties/{homeless[0]}", "没有放入任何一节（x-sections）")
    if not required <= earlier.keys():
        raise BadForm("/required", f"没有名为 {sorted(required - earlier.keys())[0]} 的字段")
    return tuple(sections)


def _read_field(name: str, stored: Mapping[str, Any], required: frozenset[str], earlier: Mapping[str, Field]) -> Field:
    path = f"/properties/{name}"
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
    condition = _condition(path, stored["x-shown-when"], earlier) if "x-shown-when" in stored else None
    if condition and name in required:
        raise BadForm(path, "有显示条件的字段不能写在 required 中，请用 x-required-when-shown")
    if not condition and "x-required-when-shown" in stored:
        raise BadForm(path, "x-required-when-shown 只用于有 x-shown-when 的字段")
    if "x-verified" in stored and "x-prefill" not in stored:
        raise BadForm(path, "x-verified 需要同时写明 x-prefill")
    return Field(
        name=name,
        title=stored["title"],
        kind=kind,
        hint=stored.get("x-hint", ""),
        options=options,
        is_required=name in required or "x-required-when-shown" in stored,
        rule=stored.get("x-rule", "") or KIND_RULES.get(kind, ""),
        prefill=stored.get("x-prefill", ""),
        is_locked="x-verified" in stored,
        mask=stored.get("x-mask", ""),
        unit="元" if kind is Kind.AMOUNT else stored.get("x-unit", ""),
        is_whole=stored["type"] == "integer",
        min_length=stored.get("minLength", 0),
        max_length=stored.get("maxLength", DEFAULT_MAX_LENGTH.get(kind, PLAIN_MAX_LENGTH)),
        minimum=stored.get("minimum"),
        maximum=stored.get("maximum"),
        min_items=stored.get("minItems", 0),
        max_items=stored.get("maxItems"),
        autocomplete=stored.get("x-autocomplete", ""),
        shown_when=condition,
        example=stored.get("examples", ("",))[0],
    )


def _stored_options(stored: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    options: list[Mapping[str, Any]] = stored.get("oneOf") or stored.get("items", {}).get("oneOf", [])
    return options


# Which keywords say something about which kinds; elsewhere they would silently check nothing.
_KEYWORD_KINDS: dict[str, frozenset[Kind]] = {
    "minLength": PROSE_KINDS,
    "maxLength": PROSE_KINDS,
    "minimum": frozenset({Kind.NUMBER, Kind.AMOUNT}),
    "maximum": frozenset({Kind.NUMBER, Kind.AMOUNT}),
    "x-unit": frozenset({Kind.NUMBER}),
    "examples": PROSE_KINDS | {Kind.NUMBER, Kind.AMOUNT, Kind.DATE},
    "minItems": frozenset({Kind.MULTI}),
    "maxItems": frozenset({Kind.MULTI}),
    "uniqueItems": frozenset({Kind.MULTI}),
    "items": frozenset({Kind.MULTI}),
    "oneOf": frozenset({Kind.CHOICE, Kind.SELECT}),
    "const": frozenset({Kind.PROMISE}),
    "format": frozenset({Kind.DATE}),
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
    if kind is Kind.AMOUNT and any(isinstance(stored.get(word), float) for word in ("minimum", "maximum")):
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
    if max(stored.get("minItems", 0), 1) > max(len(options), 1):
        raise BadForm(f"{path}/minItems", "minItems 大于选项数")


def _condition(path: str, stored: Mapping[str, Any], earlier: Mapping[str, Field]) -> Condition:
    path = f"{path}/x-shown-when"
    other = earlier.get(stored["field"])
    if other is None:
        raise BadForm(path, f"{stored['field']} 不在它前面")
    if other.kind not in _CONDITION_KINDS:
        raise BadForm(path, f"{stored['field']} 不是选择题")
    wanted = stored["in"] if "in" in stored else [stored["equals"]]
    values = []
    for value in wanted:
        if (other.kind is Kind.YES_NO) != isinstance(value, bool):
            raise BadForm(path, f"{value!r} 不是 {other.name} 的值")
        text = ("yes" if value else "no") if isinstance(value, bool) else value
        if other.kind is not Kind.YES_NO and all(option.value != text for option in other.options):
            raise BadForm(path, f"{other.name} 没有选项 {text}")
        values.append(text)
    words = {"yes": "是", "no": "否"}
    titles = [words[v] if other.kind is Kind.YES_NO else other.option_title(v) for v in values]
    return Condition(other.name, frozenset(values), f"“{other.title}”选{'或'.join(f'“{title}”' for title in titles)}时填写")
