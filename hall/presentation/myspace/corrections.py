"""Correcting: every fault of the notice, one by one, then handed in together."""

from dataclasses import replace
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from hall.presentation.myspace.applications import typed_of, with_rows_changed
from hall.presentation.myspace.cases import own_case
from hall.presentation.myspace.frame import is_fragment, uploaded
from hall.presentation.myspace.materials import NO_FILE
from hall.services.applications import form_files
from hall.services.cases import checking, commands
from hall.services.cases.rows import CaseFile, PointRow
from hall.services.cases.rules import CaseState
from hall.services.catalogue.queries import MaterialRow
from hall.support.filestore import store
from hall.support.formrules.answering import PART_KINDS, packed, unpacked
from hall.support.formrules.definition import FieldError, FormDefinition
from hall.support.formrules.values import input_texts
from hall.support.formrules.view import FieldView, form_view
from hall.support.formrules.vocabulary import Kind
from hall.support.refusals import NotFound, Refusal

ACCEPT, MAX_BYTES = ("pdf", "jpg", "png"), 20 * 1024 * 1024


def _definition(file: CaseFile) -> FormDefinition:
    return FormDefinition.from_schema(file.version.form_schemas["org" if file.enterprise_id else "person"])


def _view(definition: FormDefinition, file: CaseFile, point: PointRow, sentence: str) -> FieldView | None:
    """A field of several parts, or of several choices, as the form draws it; None for one with a single input."""
    field = definition.field(point.target) if point.kind == "field" else None
    if field is None or (field.kind not in PART_KINDS and field.kind is not Kind.MULTI):
        return None
    held = unpacked(field, point.new_value) if point.new_value is not None else file.answers.get(point.target)
    values = {**file.answers, field.name: held}
    errors = [error for error in definition.check(values, timezone.localdate()).errors if error.name.partition(".")[0] == field.name]
    if sentence and not errors:
        errors = [FieldError(field.name, sentence)]
    values |= definition.computed(values, timezone.localdate())
    drawn = form_view(definition, values, errors if sentence else ())
    found = next(one for section in drawn.sections for one in section.fields if one.name == field.name)
    # Asked again, it stands there whatever it depended on; a signature is typed.
    return replace(found, depends="", field=replace(found.field, is_drawn=False))


def _typed(definition: FormDefinition, file: CaseFile, point: PointRow) -> str:
    """The answer as it stood in its input."""
    field = definition.field(point.target)
    return "".join(input_texts(field, file.answers.get(point.target))[:1]) if field is not None else ""


def _materials(file: CaseFile) -> dict[str, MaterialRow]:
    """Everything that is handed in as a file, what the form itself asks for included."""
    return {one.key: one for one in (*file.version.materials, *form_files.materials_of(_definition(file)))}


def _rows(file: CaseFile, *, wrong: int = 0, sentence: str = "") -> list[dict[str, object]]:
    definition = _definition(file)
    materials = _materials(file)
    stored = store.file_rows([file_id for point in file.points for file_id, _, _ in point.files])
    given = [(point.target, stored[file_id]) for point in file.points for file_id, _, _ in point.files if file_id in stored]
    cards = checking.cards_of_case(file, given, today=timezone.localdate(), for_staff=False)
    return [
        {
            "point": point,
            "field": definition.field(point.target) if point.kind == "field" else None,
            "view": _view(definition, file, point, sentence if point.point_id == wrong else ""),
            "material": materials.get(point.target),
            "stored": stored,
            "cards": cards,
            "value": point.new_value if point.new_value is not None else _typed(definition, file, point),
            "error": sentence if point.point_id == wrong else "",
        }
        for point in file.points
    ]


def _page(request: HttpRequest, file: CaseFile, *, wrong: int = 0, sentence: str = "", status: int = 200) -> HttpResponse:
    open_points = [point for point in file.points if point.corrected_at is None]
    context = {
        "file": file,
        "case": file.row,
        "rows": _rows(file, wrong=wrong, sentence=sentence),
        "open_points": open_points,
        "sentence": sentence,
        "wrong": wrong,
    }
    return render(request, "myspace/cases/correction.html", context, status=status)


def _correcting(request: HttpRequest, serial: str) -> CaseFile:
    return own_case(request, serial)[1]


def _point(file: CaseFile, point_id: int) -> PointRow:
    found = next((point for point in file.points if point.point_id == point_id), None)
    if found is None:
        raise NotFound
    return found


@require_safe
def show(request: HttpRequest, serial: str) -> HttpResponse:
    """All points of the notice with what is done about each. Eleven SQL statements."""
    file = _correcting(request, serial)
    if file.row.state is not CaseState.CORRECTION:
        return redirect("myspace:case", serial)
    return _page(request, file)


@require_POST
def save_value(request: HttpRequest, serial: str, point_id: int) -> HttpResponse:
    """Keep a corrected field; whether it is right is said at once."""
    actor, file = own_case(request, serial)
    point = _point(file, point_id)
    definition = _definition(file)
    field = definition.field(point.target)
    if field is None:
        raise NotFound
    typed = typed_of(request)
    table = with_rows_changed(typed, request.POST.get("go", ""))
    raw = typed.get(field.name if field.name in typed else "value")
    try:
        commands.correct_field(actor=actor, serial=serial, point_id=point_id, value=packed(field, raw), now=timezone.now())
    except NotFound:
        raise
    except Refusal as refusal:
        return _page(request, file, wrong=point_id, sentence=refusal.shown, status=refusal.status)
    checked = definition.check({**file.answers, point.target: raw}, today=timezone.localdate())
    wrong = next((error.sentence for error in checked.errors if error.name.partition(".")[0] == point.target), "")
    if wrong and not table:
        return _page(request, _correcting(request, serial), wrong=point_id, sentence=wrong, status=422)
    return HttpResponseRedirect(f"/my/cases/{serial}/correction#point-{point_id}")


@require_POST
def upload(request: HttpRequest, serial: str, point_id: int) -> HttpResponse:
    """Take one file for one material of the notice."""
    actor, file = own_case(request, serial)
    point = _point(file, point_id)
    material = _materials(file).get(point.target)
    given = uploaded(request)
    try:
        if given is None:
            raise Refusal(NO_FILE)
        stream, name = given
        accept, limit = (material.accept, material.max_bytes) if material else (ACCEPT, MAX_BYTES)
        row = store.store_upload(actor=actor, stream=stream, declared_name=name, accept=accept, max_bytes=limit, now=timezone.now())
        commands.correct_material(actor=actor, serial=serial, point_id=point_id, file=row, now=timezone.now())
    except NotFound:
        raise
    except Refusal as refusal:
        return _answer(request, file, point_id, refusal.shown, refusal.status)
    return _answer(request, _correcting(request, serial), point_id, "", 200)


def _answer(request: HttpRequest, file: CaseFile, point_id: int, sentence: str, status: int) -> HttpResponse:
    if is_fragment(request):
        row = next(row for row in _rows(file, wrong=point_id, sentence=sentence) if row["point"].point_id == point_id)  # type: ignore[attr-defined]
        return render(request, "myspace/cases/_correction_material.html", {"case": file.row, "row": row}, status=status)
    if sentence:
        return _page(request, file, wrong=point_id, sentence=sentence, status=status)
    return HttpResponseRedirect(f"/my/cases/{file.row.serial}/correction#row-point-{point_id}")


@require_POST
def remove(request: HttpRequest, serial: str, point_id: int, file_id: UUID) -> HttpResponse:
    """Take back a file that is not handed in yet."""
    actor, _ = own_case(request, serial)
    commands.remove_correction_file(actor=actor, serial=serial, point_id=point_id, file_id=str(file_id), now=timezone.now())
    return _answer(request, _correcting(request, serial), point_id, "", 200)


@require_POST
def submit(request: HttpRequest, serial: str) -> HttpResponse:
    """Hand the whole correction in."""
    actor, file = own_case(request, serial)
    try:
        commands.resubmit_case(actor=actor, serial=serial, now=timezone.now())
    except NotFound:
        raise
    except Refusal as refusal:
        wrong = next((point.point_id for point in file.points if point.target == refusal.at_field), 0)
        return _page(request, file, wrong=wrong, sentence=refusal.shown, status=refusal.status)
    return redirect("myspace:case", serial)
