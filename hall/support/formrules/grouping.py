"""字段组 (§5.3.2): fields kept together under a name, copied into forms, and put in anew where a form has an older version of them. Pure.

A group is a form of one section. A copied field says where it came from (x-group: the group, its version, the field's name in it), so that a
newer version is found by those marks, wherever the fields were moved and whatever they are called here.
"""

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from hall.support.formrules import editing
from hall.support.formrules.conditions import names_in
from hall.support.formrules.editing import Schema, properties_of, required_of, sections_of
from hall.support.formrules.vocabulary import DIALECT, MOST_FIELDS
from hall.support.refusals import Refusal

_CONDITIONS = ("x-shown-when", "x-required-when")


class BadGroup(Refusal):
    """These fields are no group by themselves; the sentence names what they look at outside."""


class GroupThere(Refusal):
    sentence = "这个字段组已经在表单里了。一份表单放一次；要两份的，复制字段后改名。"


def group_of(schema: Mapping[str, Any], place: int, title: str, key: str = "") -> Schema:
    """The fields of a section (from 0) as a group, or as the next version of the group `key`: its fields keep their names there.

    Raises: BadGroup.
    """
    sections, properties = sections_of(schema), properties_of(schema)
    names = [name for name in sections[place]["fields"] if name in properties] if 0 <= place < len(sections) else []
    if not names:
        raise BadGroup("这一节还没有字段，先添加字段再存成字段组。")
    for name in names:
        outside = [one for one in _needs(properties[name]) if one not in names]
        if outside:
            other = properties.get(outside[0], {}).get("title", outside[0])
            raise BadGroup(f"“{properties[name].get('title', name)}”要看这一节以外的“{other}”，不能存成字段组。请先改它的条件或算法。")
    inside = _names_inside(schema, names, key)
    return {
        "$schema": DIALECT,
        "title": title,
        "type": "object",
        "additionalProperties": False,
        "required": [inside[name] for name in names if name in required_of(schema)],
        "properties": {inside[name]: _translated(_without_mark(properties[name]), inside) for name in names},
        "x-sections": [{"title": title, "fields": list(inside.values())}],
    }


def _names_inside(schema: Mapping[str, Any], names: Sequence[str], key: str) -> dict[str, str]:
    """What these fields of a form are called in the group: what their mark says, else as here where that is free."""
    marks = _marks(schema)
    held = {name: marks[name]["field"] for name in names if name in marks and marks[name]["group"] == key}
    taken: dict[str, Any] = dict.fromkeys(held.values())
    found: dict[str, str] = {}
    for name in names:
        found[name] = held.get(name) or (name if name not in taken else editing.free_name(taken))
        taken[found[name]] = None
    return found


def _needs(stored: Mapping[str, Any]) -> list[str]:
    compute = stored.get("x-compute")
    of = compute.get("of") if isinstance(compute, dict) else None
    operands = [str(one).partition(".")[0] for one in of] if isinstance(of, list) else []
    return [name for word in _CONDITIONS for name in names_in(stored.get(word))] + operands


def _without_mark(stored: Mapping[str, Any]) -> dict[str, Any]:
    return {key: copy.deepcopy(value) for key, value in stored.items() if key != "x-group"}


def versions_in(schema: Mapping[str, Any]) -> dict[str, int]:
    """The groups that the form has fields of, with the oldest version among them."""
    found: dict[str, int] = {}
    for mark in _marks(schema).values():
        found[mark["group"]] = min(found.get(mark["group"], mark["version"]), mark["version"])
    return found


def _marks(schema: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The marks by field, of those that can be read."""
    wanted = {"group": str, "version": int, "field": str}
    return {
        name: mark
        for name, stored in properties_of(schema).items()
        if isinstance(mark := stored.get("x-group"), dict) and all(isinstance(mark.get(key), kind) for key, kind in wanted.items())
    }


def marked(schema: Mapping[str, Any], place: int, key: str, version: int) -> Schema:
    """The form whose section became this version of the group."""
    form = copy.deepcopy(dict(schema))
    names = [name for name in sections_of(form)[place]["fields"] if name in form["properties"]]
    for name, field in _names_inside(form, names, key).items():
        form["properties"][name]["x-group"] = {"group": key, "version": version, "field": field}
    return form


def unmarked(schema: Mapping[str, Any]) -> Schema:
    """The form without any marks, to compare what people are asked."""
    return {**schema, "properties": {name: _without_mark(stored) for name, stored in properties_of(schema).items()}}


def inserted(schema: Mapping[str, Any], group: Mapping[str, Any], key: str, version: int) -> tuple[Schema, str]:
    """The form with a copy of the group as its last section, and the name of the first field. Raises: GroupThere, FormFull."""
    if key in versions_in(schema):
        raise GroupThere
    form = copy.deepcopy(dict(schema))
    form["properties"] = properties_of(form)
    names = _names(form, group, {})
    _put(form, group, names, key, version)
    form["x-sections"] = [*sections_of(form), {"title": group["title"], "fields": list(names.values())}]
    return _with_required(form, group, names), next(iter(names.values()))


def renewed(schema: Mapping[str, Any], group: Mapping[str, Any], key: str, version: int) -> Schema:
    """The form with this version of the group in place of the one it has: names stay, new fields follow the one before, others go.

    Raises: FormFull.
    """
    form = copy.deepcopy(dict(schema))
    form["properties"] = properties_of(form)
    held = {mark["field"]: name for name, mark in _marks(form).items() if mark["group"] == key}
    for gone in [name for field, name in held.items() if field not in group["properties"]]:
        form = editing.drop_field(form, gone)
    names = _names(form, group, held)
    _put(form, group, names, key, version)
    placed = set(editing.names_of(form)) & set(held.values())
    for before, name in zip(["", *names.values()], names.values(), strict=False):
        if name not in placed:
            _place(form, name, before, first=next((one for one in names.values() if one in placed), ""))
            placed.add(name)
    return _with_required(form, group, names)


def _names(form: Schema, group: Mapping[str, Any], held: Mapping[str, str]) -> dict[str, str]:
    """What the group's fields are called in the form, in their order. Raises: FormFull."""
    taken: dict[str, Any] = dict(form["properties"])
    names: dict[str, str] = {}
    for field in group["x-sections"][0]["fields"]:
        names[field] = held.get(field) or (field if field not in taken else editing.free_name(taken))
        taken[names[field]] = True
    if len(taken) > MOST_FIELDS:
        raise editing.FormFull
    return names


def _put(form: Schema, group: Mapping[str, Any], names: Mapping[str, str], key: str, version: int) -> None:
    for field, name in names.items():
        stored = _translated(group["properties"][field], names)
        form["properties"][name] = {**stored, "x-group": {"group": key, "version": version, "field": field}}


def _translated(stored: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """The field looking at other names; what is no condition or algorithm stays as it is, for the checks to tell."""

    def moved(condition: Any) -> Any:
        if not isinstance(condition, Mapping):
            return condition
        if isinstance(condition.get("field"), str):
            return {**condition, "field": names.get(condition["field"], condition["field"])}
        return {word: [moved(part) for part in parts] if isinstance(parts, list) else parts for word, parts in condition.items()}

    found = copy.deepcopy(dict(stored))
    for word in _CONDITIONS:
        if word in found:
            found[word] = moved(found[word])
    compute = found.get("x-compute")
    if isinstance(compute, dict) and isinstance(compute.get("of"), list):
        parts = [str(one).partition(".") for one in compute["of"]]
        compute["of"] = [names.get(top, top) + dot + column for top, dot, column in parts]
    return found


def _place(form: Schema, name: str, before: str, *, first: str) -> None:
    """Behind the group's field before it; in front of the group's first one; in a section of its own where none is left."""
    sections = sections_of(form)
    near = before or first
    home = next((section for section in sections if near and near in section["fields"]), None)
    if home is None:
        form["x-sections"] = [*sections, {"title": form["properties"][name]["title"], "fields": [name]}]
        return
    at = home["fields"].index(near)
    home["fields"].insert(at + 1 if before else at, name)


def _with_required(form: Schema, group: Mapping[str, Any], names: Mapping[str, str]) -> Schema:
    must = {names[field] for field in required_of(group)}
    kept = [name for name in required_of(form) if name not in names.values()]
    form["required"] = [name for name in editing.names_of(form) if name in must or name in kept]
    return form
