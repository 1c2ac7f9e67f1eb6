"""Step 3 of applying: each file is uploaded at once, on its own; a bad one touches nothing else."""

from uuid import UUID

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from hall.presentation.myspace import licences as licence_pages
from hall.presentation.myspace.applications import STEPS, draft_of
from hall.presentation.myspace.frame import applicant, is_fragment, number, uploaded
from hall.services.applications import checking, commands, queries, reusing, tidying
from hall.services.applications.queries import DraftFile, DraftPage
from hall.services.catalogue.queries import MaterialRow
from hall.services.materials.rules import Grade
from hall.support.access.actors import Actor
from hall.support.filestore import store
from hall.support.filestore.response import file_response
from hall.support.refusals import NotFound, Refusal

NO_FILE = "请先选择一个文件，再点“上传”。"
NOTES = {"required": "", "conditional": "符合条件时提供", "optional": "选填", "deferrable": "可以受理后补交"}


def taken_from(files: list[DraftFile]) -> str:
    """The grade, in letter and word, of what a material was taken out of the library for; "" for uploads alone."""
    grades = sorted({file.grade for file in files if file.grade})
    return "、".join(f"{grade} 级，{Grade(grade).label}" for grade in grades)


def rows_of(actor: Actor, page: DraftPage, *, wrong: str = "", sentence: str = "") -> list[dict[str, object]]:
    """One row for each material: its files with their cards, what the library offers, the sentence of a refused upload."""
    faults = {fault.anchor: fault.sentence for fault in page.faults}
    cards = checking.cards_of_draft(page, today=timezone.localdate())
    licences = licence_pages.states_of(page)
    offers = reusing.offers_for(actor, page, today=timezone.localdate())
    return [
        {
            "material": material,
            "files": [(file, cards[file.file.file_id]) for file in page.files_of(material.key)],
            "taken": taken_from(page.files_of(material.key)),
            "offers": offers.get(material.key, []),
            "use_action": reverse("myspace:use_material", args=[page.draft_id, material.key]),
            "acts": {file.file.file_id: tidying.acts_for(file.file, cards[file.file.file_id]) for file in page.files_of(material.key)},
            "act_names": tidying.ACT_NAMES,
            "error": sentence if material.key == wrong else "",
            "fault": faults.get(f"material-{material.key}", ""),
            "note": NOTES.get(material.necessity, ""),
            "licence": licences.get(material.key),
        }
        for material in page.materials
    ]


@require_safe
def show(request: HttpRequest, draft_id: int) -> HttpResponse:
    """The materials. Twelve SQL statements at most."""
    actor, page = draft_of(request, draft_id)
    if page.serial is not None:
        return redirect("myspace:case", page.serial)
    return _page(request, page, rows_of(actor, page))


def _page(request: HttpRequest, page: DraftPage, rows: list[dict[str, object]], status: int = 200) -> HttpResponse:
    missing = [row for row in rows if row["fault"] and not row["files"]]
    refused = sum(row["fault"] != "" and bool(row["files"]) for row in rows)
    errors = [(f"material-{row['material'].key}", str(row["error"])) for row in rows if row["error"]]  # type: ignore[attr-defined]
    context = {"steps": STEPS, "draft": page, "item": page.version, "rows": rows, "missing": missing, "refused": refused, "errors": errors}
    context |= licence_pages.offer_in(applicant(request), rows)
    context |= {"today": timezone.localdate(), "licence_urls": licence_pages.urls_of(page)}
    return render(request, "myspace/applications/materials.html", context, status=status)


def _material(page: DraftPage, key: str) -> MaterialRow:
    found = next((material for material in page.materials if material.key == key), None)
    if found is None:
        raise NotFound
    return found


@require_POST
def upload(request: HttpRequest, draft_id: int, key: str) -> HttpResponse:
    """Take one file for one material. A refusal says what is wrong beside that material; the others stay as they are."""
    actor, page = draft_of(request, draft_id)
    material = _material(page, key)
    given = uploaded(request)
    try:
        if given is None:
            raise Refusal(NO_FILE)
        stream, name = given
        file = store.store_upload(
            actor=actor, stream=stream, declared_name=name, accept=material.accept, max_bytes=material.max_bytes, now=timezone.now()
        )
        commands.add_material(actor=actor, draft_id=draft_id, material_key=key, file=file, now=timezone.now())
    except NotFound:
        raise
    except Refusal as refusal:
        return _answer(request, page, key, refusal.shown, refusal.status)
    return _answer(request, draft_of(request, draft_id)[1], key, "", 200)


def _answer(request: HttpRequest, page: DraftPage, key: str, sentence: str, status: int) -> HttpResponse:
    rows = rows_of(applicant(request), page, wrong=key, sentence=sentence)
    if is_fragment(request):
        row = next(row for row in rows if row["material"].key == key)  # type: ignore[attr-defined]
        context = {"draft": page, "row": row, "today": timezone.localdate(), "licence_urls": licence_pages.urls_of(page)}
        return render(request, "myspace/applications/_material.html", context, status=status)
    if sentence:
        return _page(request, page, rows, status)
    return HttpResponseRedirect(f"/my/applications/{page.draft_id}/materials#row-material-{key}")


@require_POST
def use(request: HttpRequest, draft_id: int, key: str) -> HttpResponse:
    """Take a material out of the library. A refusal is answered like that of an upload."""
    actor, page = draft_of(request, draft_id)
    _material(page, key)
    version_id = number(request.POST.get("version_id", "")) or 0
    try:
        reusing.use_material(actor=actor, draft_id=draft_id, material_key=key, version_id=version_id, now=timezone.now())
    except Refusal as refusal:
        return _answer(request, page, key, refusal.shown, refusal.status)
    return _answer(request, draft_of(request, draft_id)[1], key, "", 200)


@require_POST
def remove(request: HttpRequest, draft_id: int, file_id: UUID) -> HttpResponse:
    """Take a file off the draft."""
    actor, page = draft_of(request, draft_id)
    key = next((file.material_key for file in page.files if file.file.file_id == file_id), None)
    commands.remove_material(actor=actor, draft_id=draft_id, file_id=file_id, now=timezone.now())
    if key is None:
        return redirect("myspace:materials", draft_id)
    return _answer(request, draft_of(request, draft_id)[1], key, "", 200)


@require_safe
def download(request: HttpRequest, draft_id: int, file_id: UUID) -> FileResponse:
    """One's own uploaded file. Raises: NotFound."""
    if queries.draft_file(applicant(request), draft_id, file_id) is None:
        raise NotFound
    return file_response(file_id, inline=True)
