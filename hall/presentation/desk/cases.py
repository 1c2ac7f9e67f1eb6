"""The case page: form, materials with preview, history, clock, and the actions that are open to this person now."""

from uuid import UUID

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from hall.presentation.desk.frame import desk_actor, desk_frame
from hall.presentation.desk.licences import mark_of
from hall.presentation.desk.panels import panels_for
from hall.presentation.desk.result_panel import result_panel
from hall.services.cases import checking, commands, queries
from hall.services.cases.rows import CaseFile
from hall.services.cases.rules import ACTION_NAMES, Action
from hall.services.catalogue.queries import ItemVersionRow
from hall.support.access.actors import DEPARTMENT_ROLES, Actor, Role
from hall.support.filestore import store
from hall.support.filestore.preview import page_png
from hall.support.filestore.response import file_response, image_response
from hall.support.filestore.rows import FileRow
from hall.support.formrules.definition import FormDefinition, Section
from hall.support.refusals import NotFound

_OTHER_STEPS = {"submit": "提交申请", "revoke_result": "撤销结果", "replace_result": "换发结果"}


def schema_of(version: ItemVersionRow, *, is_enterprise: bool) -> FormDefinition:
    """The form that the case was filed with."""
    return FormDefinition.from_schema(version.form_schemas["org" if is_enterprise else "person"])


def open_case(actor: Actor, serial: str) -> CaseFile:
    """The case in the actor's scope. Raises: NotFound."""
    file = queries.case_file(actor, serial, now=timezone.now())
    if file is None:
        raise NotFound
    return file


@require_GET
def show(request: HttpRequest, serial: str) -> HttpResponse:
    """The case page. Twelve SQL statements at most, one of them the trail's note that it was read."""
    actor = desk_actor(request)
    file = open_case(actor, serial)
    commands.record_reading(actor=actor, serial=serial, what="case page", now=timezone.now())
    return render(request, "desk/cases/page.html", case_context(request, actor, file))


def case_context(request: HttpRequest, actor: Actor, file: CaseFile) -> dict[str, object]:
    """What the case page shows; also used when an action was refused."""
    definition = schema_of(file.version, is_enterprise=file.enterprise_id is not None)
    materials = file.latest_materials
    chosen = next((m for m in materials if str(m.file_id) == request.GET.get("file")), materials[0] if materials else None)
    rows = store.file_rows([material.file_id for material in materials])
    stored = rows.get(chosen.file_id) if chosen else None
    given = [(material.key, rows[material.file_id]) for material in materials if material.file_id in rows]
    page = request.GET.get("page", "1")
    number = min(max(int(page), 1), stored.pages or 1) if stored and page.isdecimal() and len(page) < 6 else 1
    return {
        **desk_frame(request, actor),
        "file": file,
        "case": file.row,
        "sections": _answers(definition, file.answers),
        "materials": materials,
        "chosen": chosen,
        "stored": stored,
        "cards": checking.cards_of_case(file, given, today=timezone.localdate(), for_staff=actor.is_staff),
        "page_number": number,
        "panels": panels_for(file, definition),
        "refusal": None,
        "refused_action": "",
        "typed": {},
        "kept": [],
        "step_name": step_name,
        "licence_state": mark_of,
        "result": result_panel(file, actor),
        "has_bill": any(step.action == Action.AWAIT_PAYMENT for step in file.steps),
        "fees": [(place, fee) for place, fee in enumerate(file.fees)] if file.fee_due and actor.has(Role.CLERK, Role.LEADER) else [],
        "typed_bill": {},
        "may_recheck": actor.has(*DEPARTMENT_ROLES),
    }


def step_name(action: str) -> str:
    """What a step is called in the record."""
    return _OTHER_STEPS.get(action) or ACTION_NAMES[Action(action)]


def _answers(definition: FormDefinition, answers: dict[str, object]) -> tuple[tuple[Section, tuple[tuple[str, str], ...]], ...]:
    return tuple(definition.answers(answers))


def _file_of(request: HttpRequest, serial: str, file_id: UUID) -> FileRow:
    actor = desk_actor(request)
    if queries.material_file(actor, serial, file_id) is None:
        raise NotFound
    row = store.file_row(file_id)
    if row is None:
        raise NotFound
    return row


@require_GET
def download(request: HttpRequest, serial: str, file_id: UUID) -> FileResponse:
    """One handed-in file. Raises: NotFound outside the scope."""
    row = _file_of(request, serial, file_id)
    commands.record_reading(actor=desk_actor(request), serial=serial, what="material", now=timezone.now())
    return file_response(row, inline=False)


@require_GET
def preview(request: HttpRequest, serial: str, file_id: UUID, number: int) -> HttpResponse:
    """One page of a handed-in file as a picture."""
    row = _file_of(request, serial, file_id)
    return image_response(page_png(row, page=number, width=1200))


@require_GET
def document(request: HttpRequest, serial: str, document_id: int) -> FileResponse:
    """One issued document, to look at or print."""
    file_id = queries.document_file(desk_actor(request), serial, document_id)
    row = store.file_row(file_id) if file_id else None
    if row is None:
        raise NotFound
    return file_response(row, inline=True)
