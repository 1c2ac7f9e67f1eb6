"""Changing a form in the making, one step at a time; every function gives a new form and takes any, sound or not. Pure."""

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from hall.support.formrules.vocabulary import MOST_FIELDS
from hall.support.refusals import Refusal

Schema = dict[str, Any]
_OPTIONS = [{"const": "o1", "title": "选项一"}, {"const": "o2", "title": "选项二"}]
_ROWS = {
    "type": "object",
    "additionalProperties": False,
    "required": ["c1"],
    "properties": {"c1": {"type": "string", "title": "名称"}, "c2": {"type": "integer", "title": "数量", "minimum": 0}},
    "x-columns": ["c1", "c2"],
}
# What the palette offers: key, name, icon, and the field that it begins with.
PALETTE: tuple[tuple[str, str, str, Mapping[str, Any]], ...] = (
    ("text", "单行文字", "text-size", {"type": "string"}),
    ("long_text", "多行文字", "file-text", {"type": "string", "x-widget": "long_text", "maxLength": 500}),
    ("number", "数字", "ruler-2", {"type": "number"}),
    ("amount", "金额", "coin", {"type": "integer", "x-widget": "amount", "minimum": 0}),
    ("date", "日期", "calendar-event", {"type": "string", "format": "date"}),
    ("date_range", "起止日期", "calendar-event", {"type": "object", "x-widget": "date_range"}),
    ("choice", "单选", "circle-check", {"type": "string", "x-widget": "choice", "oneOf": _OPTIONS}),
    ("select", "下拉选择", "list-details", {"type": "string", "x-widget": "select", "oneOf": _OPTIONS}),
    ("multi", "多选", "list-check", {"type": "array", "uniqueItems": True, "items": {"type": "string", "oneOf": _OPTIONS}}),
    ("yes_no", "是或否", "check", {"type": "boolean", "x-widget": "yes_no"}),
    ("region", "行政区划", "map-2", {"type": "string", "x-widget": "region"}),
    ("address", "地址", "map-pin", {"type": "string", "x-widget": "address", "x-mask": "address"}),
    ("id_number", "身份证号码", "id", {"type": "string", "x-widget": "id_number", "x-mask": "id_number"}),
    ("uscc", "统一社会信用代码", "building", {"type": "string", "x-widget": "uscc"}),
    ("mobile", "手机号码", "device-mobile", {"type": "string", "x-widget": "mobile", "x-mask": "phone", "x-autocomplete": "tel"}),
    ("phone", "联系电话", "phone", {"type": "string", "x-rule": "phone", "x-mask": "phone"}),
    ("bank_card", "银行卡号", "credit-card", {"type": "string", "x-rule": "bank_card", "x-mask": "bank_card"}),
    ("table", "明细表", "table", {"type": "array", "x-widget": "table", "maxItems": 20, "items": _ROWS}),
    ("computed", "自动计算", "calculator", {"type": "number", "x-widget": "computed", "x-compute": {"op": "sum", "of": []}}),
    ("file", "上传文件", "upload", {"type": "array", "x-widget": "file", "maxItems": 1}),
    ("signature", "签名", "signature", {"type": "object", "x-widget": "signature"}),
    ("promise", "承诺", "shield-check", {"type": "boolean", "x-widget": "promise", "const": True}),
    ("note", "说明文字", "info-circle", {"type": "null", "x-widget": "note"}),
)


class FormFull(Refusal):
    sentence = f"一份表单最多 {MOST_FIELDS} 个字段，请先删除不需要的。"


def _with(schema: Mapping[str, Any]) -> Schema:
    return copy.deepcopy(dict(schema))


def sections_of(schema: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The sections that can be worked with, whatever state the form is in."""
    given = schema.get("x-sections")
    return [one for one in given if _is_section(one)] if isinstance(given, list) else []


def _is_section(one: Any) -> bool:
    return isinstance(one, dict) and isinstance(one.get("fields"), list) and all(isinstance(name, str) for name in one["fields"])


def properties_of(schema: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The fields that can be worked with, by name."""
    given = schema.get("properties")
    return {str(name): one for name, one in given.items() if isinstance(one, dict)} if isinstance(given, dict) else {}


def required_of(schema: Mapping[str, Any]) -> list[str]:
    """The names that must always be answered."""
    given = schema.get("required")
    return [one for one in given if isinstance(one, str)] if isinstance(given, list) else []


def names_of(schema: Mapping[str, Any]) -> Iterator[str]:
    """The names of the fields in their order."""
    properties = properties_of(schema)
    return (name for section in sections_of(schema) for name in section["fields"] if name in properties)


def free_name(taken: Mapping[str, Any], stem: str = "f") -> str:
    """A name that nothing has: f1, f2 …"""
    return next(name for number in range(1, 10_000) if (name := f"{stem}{number}") not in taken)


def add_field(schema: Mapping[str, Any], key: str, section: int) -> tuple[Schema, str]:
    """A field of the palette at the end of a section (from 0), and its name. Raises: FormFull, KeyError for no such entry."""
    _, title, _, stored = next((one for one in PALETTE if one[0] == key), (None, "", "", None))
    if stored is None:
        raise KeyError(key)
    return put_new(schema, {"title": title, **copy.deepcopy(dict(stored))}, section)


def put_new(schema: Mapping[str, Any], stored: Mapping[str, Any], section: int, after: str = "") -> tuple[Schema, str]:
    """A new field at the end of a section, or behind another field. Raises: FormFull."""
    form = _with(schema)
    properties = form["properties"] = properties_of(form)
    if len(properties) >= MOST_FIELDS:
        raise FormFull
    name = free_name(properties)
    properties[name] = dict(stored)
    parts = sections_of(form)
    if not parts:
        form["x-sections"] = parts = [{"title": "填写内容", "fields": []}]
    home = next((part for part in parts if after in part["fields"]), None)
    if home is not None:
        home["fields"].insert(home["fields"].index(after) + 1, name)
    else:
        parts[min(max(section, 0), len(parts) - 1)]["fields"].append(name)
    return form, name


def copy_field(schema: Mapping[str, Any], name: str) -> tuple[Schema, str]:
    """The same field once more behind it, optional. Raises: FormFull, KeyError."""
    stored = copy.deepcopy(properties_of(schema)[name])
    stored.pop("x-group", None)
    stored["title"] = f"{stored.get('title', '')[:54]}（副本）"
    return put_new(schema, stored, 0, after=name)


def put_field(schema: Mapping[str, Any], name: str, stored: Mapping[str, Any], *, is_required: bool) -> Schema:
    """The field as it is now; whether it must be answered stands in one of two places, by its condition."""
    form = _with(schema)
    stored = dict(stored)
    is_shown_always = "x-shown-when" not in stored
    stored.pop("x-required-when-shown", None)
    if is_required and not is_shown_always:
        stored["x-required-when-shown"] = True
    if is_required:
        stored.pop("x-required-when", None)
    must = is_required and is_shown_always
    required = required_of(form)
    if must is not (name in required):
        form["required"] = [one for one in names_of(form) if (one in required and one != name) or (must and one == name)]
    form["properties"][name] = stored
    return form


def is_required(schema: Mapping[str, Any], name: str) -> bool:
    """Whether the field must be answered when it is asked."""
    return name in required_of(schema) or "x-required-when-shown" in properties_of(schema).get(name, {})


def drop_field(schema: Mapping[str, Any], name: str) -> Schema:
    """The form without the field; what looked at it is found by the checks."""
    form = _with(schema)
    form["properties"] = {one: stored for one, stored in properties_of(form).items() if one != name}
    form["required"] = [one for one in required_of(form) if one != name]
    for section in sections_of(form):
        section["fields"] = [one for one in section["fields"] if one != name]
    return form


def move_field(schema: Mapping[str, Any], name: str, by: int) -> Schema:
    """The field one place up (-1) or down (1); over the edge of its section into the next one."""
    form = _with(schema)
    parts = sections_of(form)
    at = next((place for place, section in enumerate(parts) if name in section["fields"]), None)
    if at is None:
        return form
    fields = parts[at]["fields"]
    place = fields.index(name)
    if 0 <= place + by < len(fields):
        fields.insert(place + by, fields.pop(place))
    elif 0 <= at + by < len(parts):
        fields.remove(name)
        parts[at + by]["fields"].insert(0 if by > 0 else len(parts[at + by]["fields"]), name)
    return form


def set_head(schema: Mapping[str, Any], *, title: str, note: str) -> Schema:
    """Another name and introduction."""
    form = _with(schema)
    form["title"] = title
    form.pop("description", None)
    return {**form, "description": note} if note else form


def add_section(schema: Mapping[str, Any]) -> Schema:
    """One section more, at the end, empty: fields are moved or added into it."""
    form = _with(schema)
    form["x-sections"] = [*sections_of(form), {"title": "新的一节", "fields": []}]
    return form


def set_section(schema: Mapping[str, Any], place: int, *, title: str, note: str, is_step: bool) -> Schema:
    """Another heading of a section, and whether it begins a page."""
    form = _with(schema)
    parts = sections_of(form)
    if 0 <= place < len(parts):
        section = parts[place]
        section["title"] = title
        for key, value in (("note", note), ("x-step", is_step)):
            section.pop(key, None)
            if value:
                section[key] = value
    return form


def move_section(schema: Mapping[str, Any], place: int, by: int) -> Schema:
    """The section one place up or down."""
    form = _with(schema)
    parts = sections_of(form)
    if 0 <= place < len(parts) and 0 <= place + by < len(parts):
        parts.insert(place + by, parts.pop(place))
    form["x-sections"] = parts
    return form


def drop_section(schema: Mapping[str, Any], place: int) -> Schema:
    """The form without a section; its fields go to the section before it, or after it for the first."""
    form = _with(schema)
    parts = sections_of(form)
    if 0 <= place < len(parts) and len(parts) > 1:
        gone = parts.pop(place)
        home = parts[max(place - 1, 0)]
        home["fields"] = [*home["fields"], *gone["fields"]] if place else [*gone["fields"], *home["fields"]]
    form["x-sections"] = parts
    return form


def put_checks(schema: Mapping[str, Any], checks: list[dict[str, Any]]) -> Schema:
    """The form with these checks over several fields."""
    form = _with(schema)
    form.pop("x-checks", None)
    return {**form, "x-checks": checks} if checks else form
