"""The fields of a form in the making as the designer lists them, sound or not."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from hall.presentation.design.form_texts import kind_of_stored, text_of
from hall.support.formrules import editing
from hall.support.formrules.conditions import names_in
from hall.support.formrules.rules import RULES
from hall.support.formrules.vocabulary import USUAL_FILE_TYPES, Kind

_NAMES = {key: (name, icon) for key, name, icon, _ in editing.PALETTE}


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One field: its title, a line of what it is, and a mark."""

    name: str
    title: str
    words: str
    icon: str
    mark: str
    tone: str
    is_conditional: bool


@dataclass(frozen=True, slots=True)
class SectionRow:
    """One section with its place."""

    place: int
    title: str
    note: str
    is_step: bool
    fields: tuple[FieldRow, ...]


def section_rows(schema: Mapping[str, Any], faulty: Collection[str], groups: Mapping[str, str]) -> list[SectionRow]:
    """The sections with their fields, in order. `groups` are the names of field groups by their key."""
    properties = editing.properties_of(schema)
    return [
        SectionRow(
            place,
            text_of(section.get("title")),
            text_of(section.get("note")),
            bool(section.get("x-step")),
            tuple(_row(schema, name, properties, faulty, groups) for name in section["fields"] if name in properties),
        )
        for place, section in enumerate(editing.sections_of(schema))
    ]


def _row(
    schema: Mapping[str, Any], name: str, properties: Mapping[str, dict[str, Any]], faulty: Collection[str], groups: Mapping[str, str]
) -> FieldRow:
    stored = properties[name]
    kind = kind_of_stored(stored)
    key = stored.get("x-rule") if kind is Kind.TEXT and stored.get("x-rule") in _NAMES else kind.value
    words, icon = _NAMES.get(str(key), ("单行文字", "text-size"))
    parts = [words, *_more(stored, kind, properties)]
    mark_of_group = stored.get("x-group")
    if isinstance(mark_of_group, dict):
        title = groups.get(str(mark_of_group.get("group")))
        parts.append(f"来自字段组{f'“{title}”' if title else ''}第 {mark_of_group.get('version')} 版")
    mark, tone = ("要改", "bad") if name in faulty else ("条件", "apply") if "x-shown-when" in stored else ("", "")
    if not mark and editing.is_required(schema, name):
        mark = "必填"
    if not mark and stored.get("x-verified"):
        mark = "只读"
    return FieldRow(name, text_of(stored.get("title")) or "（没有名称）", " · ".join(parts), icon, mark, tone, "x-shown-when" in stored)


def _more(stored: Mapping[str, Any], kind: Kind, properties: Mapping[str, dict[str, Any]]) -> list[str]:
    found = []
    options = stored.get("oneOf") or stored.get("items", {}).get("oneOf") or ()
    if options:
        found.append(f"{len(options)} 项")
    if kind is Kind.TABLE:
        found.append(f"{len(stored.get('items', {}).get('x-columns', ()))} 列，最多 {stored.get('maxItems', 50)} 行")
    if kind is Kind.FILE:
        accept = stored.get("x-accept")
        names = "、".join(str(one).upper() for one in (accept if isinstance(accept, list) else USUAL_FILE_TYPES))
        found.append(f"{names}，最多 {stored.get('maxItems', 1)} 个")
    if stored.get("x-drawn"):
        found.append("可以手写")
    rule = RULES.get(str(stored.get("x-rule", "")))
    if rule is not None and rule.name not in {"phone", "bank_card"}:
        found.append(f"校验{rule.title}")
    if stored.get("x-prefill"):
        found.append("自动带入")
    if stored.get("x-last"):
        found.append("带入上次的")
    asked_by = [text_of(properties.get(one, {}).get("title")) or one for one in names_in(stored.get("x-shown-when"))]
    if asked_by:
        found.append(f"看“{'”“'.join(dict.fromkeys(asked_by))}”决定显示")
    return found
