"""Everything that is wrong with a form in the making, field by field, for those who write it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hall.support.formrules import reading
from hall.support.formrules.conditions import names_in
from hall.support.formrules.definition import FormDefinition
from hall.support.formrules.reading import BadForm


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend. `field` is the name of the field it is about, "" for the form itself."""

    field: str
    sentence: str


def findings(schema: Any) -> tuple[Finding, ...]:
    """Every fault of a form, in words; nothing for a form that may be published. Faults that only follow from others are left out."""
    try:
        reading.check_shape(schema)
    except BadForm as bad:
        return (_said(bad, schema),)
    found: list[BadForm] = []
    sections = reading.read_sections(schema, found.append)
    reading.read_checks(schema, sections, found.append)
    faulty = {_field_of(bad.path) for bad in found} - {""}
    return tuple(_said(bad, schema) for bad in found if not _follows(bad, schema, faulty))


def _follows(bad: BadForm, schema: Mapping[str, Any], faulty: set[str]) -> bool:
    """Whether a fault is only that the field looks at a faulty one."""
    stored = schema["properties"].get(_field_of(bad.path), {})
    needs = [name for word in ("x-shown-when", "x-required-when") for name in names_in(stored.get(word))]
    needs += [str(name).partition(".")[0] for name in stored.get("x-compute", {}).get("of", ())]
    return "不在它前面" in bad.reason and any(name in faulty for name in needs)


def _field_of(path: str) -> str:
    parts = path.split("/")
    return parts[2] if len(parts) > 2 and parts[1] == "properties" else ""


def _said(bad: BadForm, schema: Any) -> Finding:
    name = _field_of(bad.path)
    properties = schema.get("properties") if isinstance(schema, dict) else None
    stored = properties.get(name) if isinstance(properties, dict) else None
    title = stored.get("title", name) if isinstance(stored, dict) else name
    within = bad.path.partition(f"/properties/{name}")[2].strip("/") if name else bad.path.strip("/")
    head = f"“{title}”" if name else "表单"
    return Finding(name if stored is not None else "", f"{head}{f'（{within}）' if within else ''}：{bad.reason}")


def is_sound(schema: Any) -> bool:
    """Whether the form may be published."""
    try:
        FormDefinition.from_schema(schema)
    except BadForm:
        return False
    return True
