"""Files that a form asks for itself (§5.3.2): kept like those of materials, under keys of their own, and put into the answers by the hall. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from hall.services.catalogue.rows import MaterialRow
from hall.services.catalogue.rules import MaterialSource, Medium, Necessity
from hall.support.filestore.rows import FileRow
from hall.support.formrules.definition import FormDefinition
from hall.support.formrules.fields import Field
from hall.support.formrules.vocabulary import FILE_KEY, Kind


def key_of(field: Field) -> str:
    """What the files of a field are kept under."""
    return f"{FILE_KEY}{field.name}"


def materials_of(definition: FormDefinition) -> tuple[MaterialRow, ...]:
    """Every field that asks for files as a material: what is taken, how much, whether it must be there."""
    return tuple(_material(field) for field in definition.fields if field.takes_files)


def _material(field: Field) -> MaterialRow:
    is_must = field.kind is Kind.FILE and field.is_required and field.shown_when is None
    return MaterialRow(
        key=key_of(field),
        seq=0,
        name=field.title,
        kind="self",
        source=MaterialSource.APPLICANT.value,
        necessity=(Necessity.REQUIRED if is_must else Necessity.OPTIONAL).value,
        when="",
        medium=Medium.ELECTRONIC.value,
        originals=0,
        copies=0,
        has_blank_form=False,
        has_sample=False,
        reusable=False,
        accept=field.accept,
        max_mb=field.max_mb,
        cert_type="",
        cert_type_name="",
        issuer="",
        guideline=field.hint,
    )


def with_files(definition: FormDefinition, answers: Mapping[str, Any], files: Iterable[tuple[str, FileRow]]) -> dict[str, Any]:
    """The answers with the files (key, file) that are kept for their fields: facts of the hall, whatever was sent."""
    kept: dict[str, list[dict[str, Any]]] = {}
    for key, file in files:
        kept.setdefault(key, []).append({"id": str(file.file_id), "name": file.name, "size": file.size_bytes})
    found = dict(answers)
    for field in definition.fields:
        given = kept.get(key_of(field), []) if field.takes_files else []
        held = found.get(field.name)
        if field.kind is Kind.FILE:
            found.pop(field.name, None)
        if field.kind is Kind.FILE and given:
            found[field.name] = given
        elif field.is_drawn and given:
            found[field.name] = {**(held if isinstance(held, Mapping) else {}), "picture": given[-1]}
    return found
