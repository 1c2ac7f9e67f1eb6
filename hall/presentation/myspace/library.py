"""材料库: the applicant's own library, or that of the enterprise acted for (§5.5.3 §5.8.5)."""

from typing import BinaryIO, cast
from uuid import UUID

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hall.presentation.design.returning import safe_path
from hall.presentation.myspace.frame import applicant, number, side_nav
from hall.services.applications import reusing
from hall.services.catalogue import queries as catalogue
from hall.services.materials import commands, queries, rules
from hall.services.materials.commands import Description
from hall.services.materials.rows import MaterialPage
from hall.support.access.actors import Actor
from hall.support.filestore.response import file_response
from hall.support.refusals import NotFound, Refusal

Errors = list[tuple[str, str]]


def _index(request: HttpRequest, *, errors: Errors | None = None, typed: str = "", status: int = 200) -> HttpResponse:
    actor = applicant(request)
    place, due, q = (request.GET.get(name, "")[:limit] for name, limit in (("place", 16), ("due", 8), ("q", rules.NAME_LENGTH)))
    today = timezone.localdate()
    page = queries.library(actor, today=today, place=place, due=due, q=q, before=number(request.GET.get("before", "")))
    chosen = next((folder for folder in page.shelf.folders if folder.place == place), None)
    context = {
        "side": side_nav(request.path),
        "shelf": page.shelf,
        "rows": page.rows,
        "before": page.before,
        "ending": page.ending,
        "place": place if chosen else "",
        "place_name": chosen.name if chosen else "",
        "custom": chosen if chosen and chosen.is_custom else None,
        "due": due if due in queries.DUE else "",
        "q": q,
        "today": today,
        "grades": rules.GRADE_MEANINGS,
        "here": "/my/materials",
        "errors": errors or [],
        "typed": typed,
    }
    return render(request, "myspace/materials/index.html", context, status=status)


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The library: folders, list, consent. Twelve SQL statements at most."""
    return _index(request)


def _files(request: HttpRequest) -> list[tuple[BinaryIO, str]]:
    return [(cast(BinaryIO, file.file), file.name or "") for file in request.FILES.getlist("file")]


def _said(request: HttpRequest) -> Description:
    post = request.POST
    return Description(
        name=post.get("name", "")[:2000],
        place=post.get("place", "")[:16],
        cert_type=post.get("cert_type", "")[:40],
        valid_until=post.get("valid_until", "")[:40],
        tags=post.get("tags", "")[:2000],
        is_own_word=post.get("kind") == "own",
    )


def _choices(actor: Actor) -> dict[str, object]:
    held_by = "person" if actor.enterprise_id is None else "org"
    certs = [(row.code, row.name) for row in catalogue.cert_types() if row.holder in {held_by, "both"}]
    return {"places": queries.places(actor), "cert_types": certs}


def _upload_page(request: HttpRequest, *, errors: Errors | None = None, status: int = 200) -> HttpResponse:
    typed = {name: request.POST.get(name, "")[:2000] for name in ("name", "place", "cert_type", "valid_until", "tags", "kind")}
    context = {
        "side": side_nav(request.path),
        **_choices(applicant(request)),
        "errors": errors or [],
        "typed": {name: value for name, value in typed.items() if value},
    }
    return render(request, "myspace/materials/upload.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """Put a material into the library. The name of the first file serves where none is written."""
    actor = applicant(request)
    if request.method != "POST":
        return _upload_page(request)
    files, said = _files(request), _said(request)
    if not said.name.strip() and files:
        said = Description(files[0][1].rpartition(".")[0] or files[0][1], said.place, said.cert_type, said.valid_until, said.tags)
    try:
        material_id = commands.upload_material(actor=actor, files=files, said=said, now=timezone.now())
    except Refusal as refusal:
        return _upload_page(request, errors=[(refusal.at_field or "file", refusal.shown)], status=refusal.status)
    return redirect("myspace:library_material", material_id)


def _own(request: HttpRequest, material_id: int) -> tuple[Actor, MaterialPage]:
    actor = applicant(request)
    page = queries.material_page(actor, material_id)
    if page is None:
        raise rules.NotThere
    return actor, page


def _show(request: HttpRequest, material_id: int, *, errors: Errors | None = None, status: int = 200) -> HttpResponse:
    actor, page = _own(request, material_id)
    row = page.row
    typed: dict[str, object] = {
        "name": row.name,
        "place": row.folder_id or row.source,
        "cert_type": row.cert_type,
        "valid_until": row.valid_until or "",
        "tags": "，".join(row.tags),
    }
    if errors and "number" not in request.POST:
        typed |= {name: request.POST[name][:2000] for name in typed if name in request.POST}
    choices = _choices(actor)
    certs = cast("list[tuple[str, str]]", choices["cert_types"])
    context = {
        "side": side_nav(request.path),
        "material": page,
        "today": timezone.localdate(),
        "openings": reusing.openings_for(actor, page.offer, today=timezone.localdate()),
        "cert_name": dict(certs).get(row.cert_type, ""),
        **choices,
        "typed": typed,
        "errors": errors or [],
    }
    return render(request, "myspace/materials/item.html", context, status=status)


@require_safe
def show(request: HttpRequest, material_id: int) -> HttpResponse:
    """One material: what it is worth, where it was used, its versions. Twelve SQL statements at most."""
    return _show(request, material_id)


@require_safe
def download(request: HttpRequest, material_id: int, file_id: UUID) -> FileResponse:
    """A file of one's own library. Raises: NotFound."""
    if queries.library_file(applicant(request), material_id, file_id) is None:
        raise NotFound
    return file_response(file_id, inline=True)


@require_POST
def describe(request: HttpRequest, material_id: int) -> HttpResponse:
    """Rename, move, tag, say how long it is good."""
    try:
        commands.describe_material(actor=applicant(request), material_id=material_id, said=_said(request), now=timezone.now())
    except NotFound:
        raise
    except Refusal as refusal:
        return _show(request, material_id, errors=[(refusal.at_field or "name", refusal.shown)], status=refusal.status)
    return redirect("myspace:library_material", material_id)


@require_POST
def replace(request: HttpRequest, material_id: int) -> HttpResponse:
    """Put a new version in place of the one that was seen."""
    seen = number(request.POST.get("number", "")) or 0
    try:
        commands.replace_material(
            actor=applicant(request),
            material_id=material_id,
            number=seen,
            files=_files(request),
            valid_until=request.POST.get("valid_until", "")[:40],
            now=timezone.now(),
        )
    except NotFound:
        raise
    except Refusal as refusal:
        field = "new_until" if refusal.at_field == "valid_until" else "file"
        return _show(request, material_id, errors=[(field, refusal.shown)], status=refusal.status)
    return redirect("myspace:library_material", material_id)


@require_POST
def use(request: HttpRequest, material_id: int) -> HttpResponse:
    """Hand the material in with an open draft: `opening` names it as draft or joint, its number and the material, "draft:12:m3"."""
    actor, page = _own(request, material_id)
    kind, _, rest = request.POST.get("opening", "")[:60].partition(":")
    draft, _, key = rest.partition(":")
    asked = {"actor": actor, "draft_id": number(draft) or 0, "material_key": key, "version_id": page.row.version_id}
    try:
        if kind == "joint":
            reusing.use_material_jointly(**asked, now=timezone.now())  # type: ignore[arg-type]
        else:
            reusing.use_material(**asked, now=timezone.now())  # type: ignore[arg-type]
    except NotFound:
        raise
    except Refusal as refusal:
        return _show(request, material_id, errors=[("opening", refusal.shown)], status=refusal.status)
    base = "/my/joint/drafts" if kind == "joint" else "/my/applications"
    return HttpResponseRedirect(f"{base}/{asked['draft_id']}/materials#row-material-{key}")


@require_POST
def delete(request: HttpRequest, material_id: int) -> HttpResponse:
    """Take a material out of the library."""
    commands.delete_material(actor=applicant(request), material_id=material_id, now=timezone.now())
    return redirect("myspace:library")


@require_POST
def make_folder(request: HttpRequest) -> HttpResponse:
    """A folder of one's own."""
    typed = request.POST.get("folder", "")[:200]
    try:
        folder_id = commands.make_folder(actor=applicant(request), name=typed, now=timezone.now())
    except Refusal as refusal:
        return _index(request, errors=[("folder", refusal.shown)], typed=typed, status=refusal.status)
    return HttpResponseRedirect(f"/my/materials?place={folder_id}")


@require_POST
def change_folder(request: HttpRequest, folder_id: int) -> HttpResponse:
    """Rename a folder, or take it away."""
    actor = applicant(request)
    if request.POST.get("do") == "delete":
        commands.delete_folder(actor=actor, folder_id=folder_id, now=timezone.now())
        return redirect("myspace:library")
    typed = request.POST.get("folder", "")[:200]
    try:
        commands.rename_folder(actor=actor, folder_id=folder_id, name=typed, now=timezone.now())
    except NotFound:
        raise
    except Refusal as refusal:
        return _index(request, errors=[("folder", refusal.shown)], typed=typed, status=refusal.status)
    return HttpResponseRedirect(f"/my/materials?place={folder_id}")


@require_POST
def consent(request: HttpRequest) -> HttpResponse:
    """Whether what is handed in with applications is kept for the next time."""
    actor, now = applicant(request), timezone.now()
    if request.POST.get("agree") == "yes":
        commands.agree_to_keep(actor=actor, now=now)
    elif request.POST.get("agree") == "no":
        commands.stop_keeping(actor=actor, now=now)
    return HttpResponseRedirect(safe_path(request.POST.get("next", ""), "/my/materials"))
