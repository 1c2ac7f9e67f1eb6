"""The editor of an item's draft: a page for each section, one for each material. Complete without scripts; every button keeps what was typed."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from hall.presentation.desk import instant_test
from hall.presentation.desk import items_form as form
from hall.presentation.desk.frame import desk_frame
from hall.presentation.desk.items import number, writer
from hall.presentation.desk.items_drafts import counted, revision_of
from hall.services.catalogue import draft_flow, drafting, drafts, queries
from hall.services.catalogue.draft_contents import objects_in
from hall.services.catalogue.draft_refusals import DraftClosed, StaleDraft
from hall.services.catalogue.drafts import DraftCheck
from hall.support.access.actors import Actor
from hall.support.filestore import store
from hall.support.filestore.rows import FileRow
from hall.support.refusals import NotFound, Refusal

FILE_FORMATS = ("pdf", "docx", "xlsx", "jpg", "png")
FILES = (("blank_form_id", "空白表格"), ("sample_id", "填写样表"))
_SAID = {"blank_form_id": "has_blank_form", "sample_id": "has_sample"}
MOST_MATERIALS = 60


def _draft(actor: Actor, draft_id: int) -> DraftCheck:
    found = drafts.draft_check(actor, draft_id)
    if found is None:
        raise NotFound
    return found


def _context(request: HttpRequest, actor: Actor, found: DraftCheck, slug: str) -> dict[str, object]:
    place = [section.slug for section in form.SECTIONS].index(slug)
    return {
        **desk_frame(request, actor),
        "draft": found.row,
        "section": form.SECTIONS[place],
        "sections": form.SECTIONS,
        "next": form.SECTIONS[place + 1] if place + 1 < len(form.SECTIONS) else None,
        "counts": counted(found.faults),
        "is_saved": request.method != "POST" and request.GET.get("saved") == "1",
        "form": form,
    }


# --- sections -----------------------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, draft_id: int, section: str) -> HttpResponse:
    """One section. Every button saves; then it adds or removes a row, goes on, or leaves. Twelve SQL statements to show."""
    actor, chosen = writer(request), form.BY_SLUG.get(section)
    if chosen is None:
        raise NotFound
    found = _draft(actor, draft_id)
    if not found.row.is_writable:
        return redirect("desk:item_draft", draft_id)
    if chosen.slug == "materials":
        return _materials(request, actor, found)
    if request.method != "POST":
        is_checked = "check" in request.GET or "saved" in request.GET
        return _section_page(request, actor, found, chosen, more=request.GET.get("more", ""), is_checked=is_checked)
    changes = form.read_section(chosen, request.POST, found.line)
    go, _, rest = request.POST.get("go", "save").partition(":")
    if go == "remove":
        _remove(changes, rest)
    if go == "usual" and chosen.slug == "flow":
        changes["flow_steps"] = draft_flow.usual_steps({**found.line, **changes})
    try:
        drafting.save_draft(actor=actor, draft_id=draft_id, revision=revision_of(request), changes=changes, now=timezone.now())
    except NotFound:
        raise
    except Refusal as refusal:
        return _section_page(request, actor, _draft(actor, draft_id), chosen, typed=changes, refusal=refusal)
    return _onward(draft_id, chosen.slug, go, rest, changes)


def _remove(changes: dict[str, Any], which: str) -> None:
    name, _, place = which.partition(":")
    at, members = number(place), changes.get(name)
    if isinstance(members, list) and at is not None and at < len(members):
        del members[at]


def _onward(draft_id: int, slug: str, go: str, rest: str, changes: dict[str, Any]) -> HttpResponseRedirect:
    here = reverse("desk:item_section", args=[draft_id, slug])
    if go == "add" and rest in changes:
        return HttpResponseRedirect(f"{here}?more={rest}#row-{rest}-{len(changes[rest])}")
    if go == "remove":
        name = rest.partition(":")[0]
        return HttpResponseRedirect(f"{here}#f-{name}")
    if go == "next" and rest in form.BY_SLUG:
        return HttpResponseRedirect(reverse("desk:item_section", args=[draft_id, rest]))
    if go == "leave":
        return HttpResponseRedirect(reverse("desk:item_draft", args=[draft_id]))
    return HttpResponseRedirect(f"{here}?saved=1")


def _section_page(
    request: HttpRequest,
    actor: Actor,
    found: DraftCheck,
    section: form.Section,
    *,
    typed: dict[str, Any] | None = None,
    more: str = "",
    is_checked: bool = False,
    refusal: Refusal | None = None,
) -> HttpResponse:
    errors = form.anchors(found.faults, section) if is_checked and refusal is None else []
    context = {
        **_context(request, actor, found, section.slug),
        "line": {**found.line, **(typed or {})},
        "more": more,
        "errors": errors,
        "told": dict(reversed(errors)),
        "departments": tuple(found.departments.items()),
        "themes": queries.themes() if section.slug == "words" else [],
        "labels": found.labels,
        "refusal": refusal,
        # After a stale save the page stands on the newer revision: saving again means what is on it.
        "revision": found.row.revision if isinstance(refusal, StaleDraft) or refusal is None else revision_of(request),
        "is_closed": isinstance(refusal, DraftClosed),
        "instant": instant_test.of(request, actor, found) if section.slug == "instant" else None,
        "flow": draft_flow.drawn({**found.line, **(typed or {})}) if section.slug == "flow" else None,
    }
    return render(request, "desk/items/edit.html", context, status=refusal.status if refusal else 200)


# --- materials ----------------------------------------------------------------------------------------------------------------------


def _seqs(line: dict[str, Any]) -> list[int]:
    return [one["seq"] for one in sorted_materials(line)]


def _materials(request: HttpRequest, actor: Actor, found: DraftCheck) -> HttpResponse:
    """The list of materials; its buttons move, remove and add."""
    refusal: Refusal | None = None
    if request.method == "POST":
        go, _, rest = request.POST.get("go", "").partition(":")
        seqs = _seqs(found.line)
        if go == "new":
            return redirect("desk:item_material", found.row.draft_id, max(seqs, default=0) + 1)
        materials = _moved(sorted_materials(found.line), go, number(rest))
        try:
            drafting.save_draft(
                actor=actor,
                draft_id=found.row.draft_id,
                revision=revision_of(request),
                changes={"materials": materials},
                now=timezone.now(),
            )
        except NotFound:
            raise
        except Refusal as refused:
            refusal, found = refused, _draft(actor, found.row.draft_id)
        else:
            return redirect(reverse("desk:item_section", args=[found.row.draft_id, "materials"]))
    faults = [fault for fault in found.faults if fault.field == "materials"]
    places = {fault.place for fault in faults}
    bad = {one.get("seq") for place, one in objects_in(found.line, "materials") if place in places}
    context = {
        **_context(request, actor, found, "materials"),
        "materials": sorted_materials(found.line),
        "bad": bad,
        "may_add": len(_seqs(found.line)) < MOST_MATERIALS,
        "revision": found.row.revision,
        "refusal": refusal,
    }
    return render(request, "desk/items/materials.html", context, status=refusal.status if refusal else 200)


def sorted_materials(line: dict[str, Any]) -> list[dict[str, Any]]:
    """The draft's materials in their order."""
    found = [one for _, one in objects_in(line, "materials") if type(one.get("seq")) is int]
    return sorted(found, key=lambda one: int(one["seq"]))


def _moved(materials: list[dict[str, Any]], go: str, seq: int | None) -> list[dict[str, Any]]:
    """The list after one button. Moving changes numbers, for they are the order."""
    at = next((place for place, one in enumerate(materials) if one["seq"] == seq), None)
    if at is None:
        return materials
    if go == "remove":
        return [one for place, one in enumerate(materials) if place != at]
    other = at + {"up": -1, "down": 1}.get(go, 0)
    if 0 <= other < len(materials) and other != at:
        first, second = materials[at], materials[other]
        materials[at], materials[other] = {**second, "seq": first["seq"]}, {**first, "seq": second["seq"]}
    return materials


NEW_MATERIAL: dict[str, Any] = {
    "kind": "self",
    "source": "applicant",
    "necessity": "required",
    "medium": "electronic_or_paper",
    "originals": 0,
    "copies": 1,
    "accept": ["pdf", "jpg", "png"],
    "max_mb": 20,
    "reusable": False,
}


@require_http_methods(["GET", "HEAD", "POST"])
def material(request: HttpRequest, draft_id: int, seq: int) -> HttpResponse:
    """One material with its blank form and its sample. Twelve SQL statements to show."""
    actor = writer(request)
    found = _draft(actor, draft_id)
    if not found.row.is_writable:
        return redirect("desk:item_draft", draft_id)
    held = {one["seq"]: one for one in sorted_materials(found.line)}
    if seq not in held and (seq != max(held, default=0) + 1 or len(held) >= MOST_MATERIALS):
        raise NotFound
    if request.method != "POST":
        is_checked = "check" in request.GET or "saved" in request.GET
        return _material_page(request, actor, found, seq, held.get(seq, NEW_MATERIAL), is_checked=is_checked)
    typed = {"seq": seq, **{one.name: form.read_field(one, request.POST, one.name) for one in (*form.MATERIAL, *form.STANDARD)}}
    typed |= {name: held[seq][name] for name, _ in FILES if seq in held and held[seq].get(name) and not request.POST.get(f"drop-{name}")}
    files, errors = _received(request, actor)
    for name, file in files.items():
        typed[name] = str(file.file_id)
    for name, _ in FILES:
        # A file of the import may say that there is a form without bringing it along.
        is_said = bool(held.get(seq, {}).get(_SAID[name])) and not request.POST.get(f"drop-{name}")
        typed[_SAID[name]] = is_said or bool(typed.get(name))
    kept = {name: value for name, value in typed.items() if value not in (None, "")}
    materials = [kept if one["seq"] == seq else one for one in held.values()] + ([] if seq in held else [kept])
    try:
        drafting.save_draft(
            actor=actor,
            draft_id=draft_id,
            revision=revision_of(request),
            changes={"materials": materials},
            files=files.values(),
            now=timezone.now(),
        )
    except NotFound:
        raise
    except Refusal as refusal:
        for file in files.values():
            store.forget_file(file.file_id)
        return _material_page(request, actor, _draft(actor, draft_id), seq, {**kept, **_held_files(held.get(seq))}, refusal=refusal)
    if errors:
        return _material_page(request, actor, _draft(actor, draft_id), seq, kept, errors=errors)
    if request.POST.get("go") == "list":
        return redirect("desk:item_section", draft_id, "materials")
    return redirect(f"{reverse('desk:item_material', args=[draft_id, seq])}?saved=1")


def _held_files(one: dict[str, Any] | None) -> dict[str, Any]:
    return {name: (one or {}).get(name) for name, _ in FILES}


def _received(request: HttpRequest, actor: Actor) -> tuple[dict[str, FileRow], list[tuple[str, str]]]:
    """The files that came along, each stored or told why not."""
    files, errors = {}, []
    for name, title in FILES:
        sent = request.FILES.get(name)
        if sent is None:
            continue
        try:
            files[name] = store.store_upload(
                actor=actor,
                stream=sent,  # type: ignore[arg-type]
                declared_name=sent.name or "",
                accept=FILE_FORMATS,
                max_bytes=settings.UPLOAD_LIMIT_BYTES,
                now=timezone.now(),
            )
        except Refusal as refusal:
            errors.append((name, f"{title}没有保存：{refusal.shown}"))
    return files, errors


def _material_page(
    request: HttpRequest,
    actor: Actor,
    found: DraftCheck,
    seq: int,
    shown: dict[str, Any],
    *,
    is_checked: bool = False,
    errors: list[tuple[str, str]] | None = None,
    refusal: Refusal | None = None,
) -> HttpResponse:
    told = list(errors or [])
    if is_checked:
        told += [(anchor or "name", sentence) for anchor, sentence in _material_faults(found, seq)]
    ids = {name: shown[name] for name, _ in FILES if shown.get(name)}
    variants = [one for _, one in objects_in(found.line, "variants") if one.get("key")]
    context = {
        **_context(request, actor, found, "materials"),
        "seq": seq,
        "material": shown,
        "fields": form.MATERIAL,
        "standard": form.STANDARD,
        "is_standard_open": any(shown.get(one.name) is not None or any(one.name == name for name, _ in told) for one in form.STANDARD),
        "files": _rows(ids),
        "file_titles": FILES,
        "choices": {
            "cert_type": tuple(found.cert_types.items()),
            "variants": tuple((str(one["key"]), str(one.get("name") or one["key"])) for one in variants),
        },
        "errors": told,
        "told": dict(reversed(told)),
        "refusal": refusal,
        "revision": found.row.revision,
    }
    return render(request, "desk/items/material.html", context, status=refusal.status if refusal else 422 if errors else 200)


def _rows(ids: dict[str, str]) -> dict[str, FileRow]:
    """The stored files by the names of their fields; those that are gone are left out."""
    held = store.file_rows([UUID(file_id) for file_id in ids.values()]) if ids else {}
    return {name: held[UUID(file_id)] for name, file_id in ids.items() if UUID(file_id) in held}


def _material_faults(found: DraftCheck, seq: int) -> list[tuple[str, str]]:
    """The faults of one material by the names of its fields."""
    places = {place for place, one in objects_in(found.line, "materials") if one.get("seq") == seq}
    mine = [fault for fault in found.faults if fault.field == "materials" and fault.place in places]
    return [(fault.anchor.split("-")[2] if fault.anchor.count("-") > 1 else "", fault.sentence) for fault in mine]
