"""Step 3 of a joint application: each document is uploaded once, whichever items need it."""

from uuid import UUID

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from hall.presentation.myspace import licences as licence_pages
from hall.presentation.myspace.frame import applicant, is_fragment, number, uploaded
from hall.presentation.myspace.joint import draft_of, frame_of
from hall.presentation.myspace.materials import NO_FILE, taken_from
from hall.services.applications import checking, joint, joint_queries, reusing
from hall.services.applications.joint_queries import JointDraftPage
from hall.services.applications.merging import MergedMaterial
from hall.support.access.actors import Actor
from hall.support.filestore import store
from hall.support.filestore.response import file_response
from hall.support.refusals import NotFound, Refusal


def _rows(actor: Actor, page: JointDraftPage, *, wrong: str = "", sentence: str = "") -> list[dict[str, object]]:
    cards = checking.cards_of_joint(page, today=timezone.localdate())
    offers = reusing.offers_for_joint(actor, page, today=timezone.localdate())
    faults = {fault.anchor for fault in page.faults}
    licences = licence_pages.states_of_joint(page)
    names = {part.code: part.name for part in page.whole.parts}
    return [
        {
            "material": material,
            "files": [(file, cards[file.file.file_id]) for file in page.files_of(material.key)],
            "taken": taken_from(page.files_of(material.key)),
            "offers": offers.get(material.key, []),
            "use_action": reverse("myspace:joint_use_material", args=[page.draft_id, material.key]),
            "error": sentence if material.key == wrong else "",
            "fault": f"material-{material.key}" in faults,
            "note": _note(material, names),
            "licence": licences.get(material.key),
        }
        for material in page.whole.materials
    ]


def _note(material: MergedMaterial, names: dict[str, str]) -> str:
    used = "全部事项" if len(material.items) == len(names) and len(names) > 1 else "、".join(names[code] for code in material.items)
    words = [f"用于：{used}"]
    if material.is_from_forerunner:
        words.append("现在没有也能提交：前一件办好后，它的结果会自动放进来")
    elif material.necessity == "conditional":
        words.append(f"{material.first.when}提供" if material.first.when else "符合条件时提供")
    elif material.necessity == "deferrable":
        words.append("可以受理后补交")
    if material.first.guideline:
        words.append(material.first.guideline)
    return "；".join(words)


@require_safe
def show(request: HttpRequest, draft_id: int) -> HttpResponse:
    """The documents. Eleven SQL statements."""
    actor, page = draft_of(request, draft_id)
    if page.serial is not None:
        return redirect("myspace:joint_case", page.serial)
    return _page(request, page, _rows(actor, page))


def _page(request: HttpRequest, page: JointDraftPage, rows: list[dict[str, object]], status: int = 200) -> HttpResponse:
    missing = [row for row in rows if row["fault"] and not row["files"]]
    refused = sum(bool(row["fault"] and row["files"]) for row in rows)
    errors = [(f"material-{row['material'].key}", str(row["error"])) for row in rows if row["error"]]  # type: ignore[attr-defined]
    total = sum(len(material.uses) for material in page.whole.materials)
    context = {**frame_of(page), "rows": rows, "missing": missing, "refused": refused, "errors": errors, "total": total}
    context |= licence_pages.offer_in(applicant(request), rows, is_asked_before=bool(page.licences))
    context |= {"today": timezone.localdate(), "licence_urls": licence_pages.urls_of_joint(page)}
    return render(request, "myspace/joint/materials.html", context, status=status)


@require_POST
def upload(request: HttpRequest, draft_id: int, key: str) -> HttpResponse:
    """Take one file for one document. A refusal says what is wrong beside that document; the others stay as they are."""
    actor, page = draft_of(request, draft_id)
    material = next((material for material in page.whole.materials if material.key == key), None)
    if material is None:
        raise NotFound
    given = uploaded(request)
    try:
        if given is None:
            raise Refusal(NO_FILE)
        stream, name = given
        file = store.store_upload(
            actor=actor, stream=stream, declared_name=name, accept=material.accept, max_bytes=material.max_bytes, now=timezone.now()
        )
        joint.add_material(actor=actor, draft_id=draft_id, material_key=key, file=file, now=timezone.now())
    except NotFound:
        raise
    except Refusal as refusal:
        return _answer(request, page, key, refusal.shown, refusal.status)
    return _answer(request, draft_of(request, draft_id)[1], key, "", 200)


def _answer(request: HttpRequest, page: JointDraftPage, key: str, sentence: str, status: int) -> HttpResponse:
    rows = _rows(applicant(request), page, wrong=key, sentence=sentence)
    if is_fragment(request):
        row = next(row for row in rows if row["material"].key == key)  # type: ignore[attr-defined]
        return render(request, "myspace/joint/_material.html", _fragment_of(page, row), status=status)
    if sentence:
        return _page(request, page, rows, status)
    return HttpResponseRedirect(f"/my/joint/drafts/{page.draft_id}/materials#row-material-{key}")


def _fragment_of(page: JointDraftPage, row: dict[str, object]) -> dict[str, object]:
    return {"draft": page, "row": row, "today": timezone.localdate(), "licence_urls": licence_pages.urls_of_joint(page)}


@require_POST
def use(request: HttpRequest, draft_id: int, key: str) -> HttpResponse:
    """Take a material out of the library. A refusal is answered like that of an upload."""
    actor, page = draft_of(request, draft_id)
    if all(material.key != key for material in page.whole.materials):
        raise NotFound
    version_id = number(request.POST.get("version_id", "")) or 0
    try:
        reusing.use_material_jointly(actor=actor, draft_id=draft_id, material_key=key, version_id=version_id, now=timezone.now())
    except Refusal as refusal:
        return _answer(request, page, key, refusal.shown, refusal.status)
    return _answer(request, draft_of(request, draft_id)[1], key, "", 200)


@require_POST
def remove(request: HttpRequest, draft_id: int, file_id: UUID) -> HttpResponse:
    """Take a file off the draft."""
    actor, page = draft_of(request, draft_id)
    key = next((file.material_key for file in page.files if file.file.file_id == file_id), None)
    joint.remove_material(actor=actor, draft_id=draft_id, file_id=file_id, now=timezone.now())
    if key is None:
        return redirect("myspace:joint_materials", draft_id)
    return _answer(request, draft_of(request, draft_id)[1], key, "", 200)


@require_safe
def download(request: HttpRequest, draft_id: int, file_id: UUID) -> FileResponse:
    """One's own uploaded file. Raises: NotFound."""
    if joint_queries.joint_draft_file(applicant(request), draft_id, file_id) is None:
        raise NotFound
    return file_response(file_id, inline=True)
