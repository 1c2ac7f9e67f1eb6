"""One draft: where it stands, what it changes, how it would look, and its way to the hall."""

from typing import Any
from uuid import UUID

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from hall.presentation.design.previewing import EMPTY, render_preview
from hall.presentation.desk.frame import desk_frame
from hall.presentation.desk.items import number, writer
from hall.presentation.desk.items_form import BY_SLUG, SECTIONS, anchors, section_of
from hall.services.catalogue import draft_preview, drafting, drafts
from hall.services.catalogue.draft_contents import objects_in
from hall.services.catalogue.draft_refusals import NotReady
from hall.services.catalogue.drafts import DraftPage
from hall.services.catalogue.naming import Fault
from hall.support.access.actors import Actor
from hall.support.filestore import store
from hall.support.filestore.response import file_response
from hall.support.refusals import NotFound, Refusal


def revision_of(request: HttpRequest) -> int:
    """The revision that the page was made of."""
    given = number(request.POST.get("revision", ""))
    return -1 if given is None else given


def fault_place(draft_id: int, fault: Fault, line: dict[str, Any]) -> str:
    """The address where a fault is mended."""
    if fault.field == "materials" and fault.place is not None:
        one = dict(objects_in(line, "materials")).get(fault.place)
        if one is not None and type(one.get("seq")) is int:
            anchor = fault.anchor.partition("-")[2].partition("-")[2].partition("-")[0] or "name"
            return f"{reverse('desk:item_material', args=[draft_id, one['seq']])}?check=1#f-{anchor}"
    if not fault.path:
        return ""
    slug = section_of(fault)
    anchor = next((name for name, _ in anchors([fault], BY_SLUG[slug])), fault.field)
    return f"{reverse('desk:item_section', args=[draft_id, slug])}?check=1#f-{anchor}"


def counted(faults: tuple[Fault, ...]) -> dict[str, int]:
    """How many faults each section has."""
    found: dict[str, int] = {}
    for fault in faults:
        if fault.path:
            found[section_of(fault)] = found.get(section_of(fault), 0) + 1
    return found


def _draft(actor: Actor, draft_id: int) -> DraftPage:
    page = drafts.draft_page(actor, draft_id)
    if page is None:
        raise NotFound
    return page


def _page(request: HttpRequest, actor: Actor, draft_id: int, *, refusal: Refusal | None = None) -> HttpResponse:
    page = _draft(actor, draft_id)
    told = refusal.faults if isinstance(refusal, NotReady) else page.faults if request.GET.get("check") == "1" else ()
    context = {
        **desk_frame(request, actor),
        "page": page,
        "draft": page.row,
        "sections": SECTIONS,
        "counts": counted(page.faults),
        "faults": [(fault_place(draft_id, fault, page.line), fault.sentence) for fault in told],
        "refusal": None if isinstance(refusal, NotReady) else refusal,
    }
    return render(request, "desk/items/draft.html", context, status=refusal.status if refusal else 200)


@require_safe
def show(request: HttpRequest, draft_id: int) -> HttpResponse:
    """The draft and what it changes. Twelve SQL statements."""
    return _page(request, writer(request), draft_id)


@require_POST
def submit(request: HttpRequest, draft_id: int) -> HttpResponse:
    """Hand the draft to the hall; a refusal shows every fault with its place."""
    actor = writer(request)
    try:
        drafting.submit_draft(actor=actor, draft_id=draft_id, revision=revision_of(request), now=timezone.now())
    except NotFound:
        raise
    except Refusal as refusal:
        return _page(request, actor, draft_id, refusal=refusal)
    return redirect(f"{reverse('desk:item_drafts')}?done=submitted")


@require_POST
def discard(request: HttpRequest, draft_id: int) -> HttpResponse:
    """Give the draft up."""
    actor = writer(request)
    try:
        drafting.discard_draft(actor=actor, draft_id=draft_id, revision=revision_of(request), now=timezone.now())
    except NotFound:
        raise
    except Refusal as refusal:
        return _page(request, actor, draft_id, refusal=refusal)
    return redirect(f"{reverse('desk:item_drafts')}?done=discarded")


@require_POST
def catch_up(request: HttpRequest, draft_id: int) -> HttpResponse:
    """Go on with the draft although another version came since."""
    actor = writer(request)
    try:
        drafting.catch_up(actor=actor, draft_id=draft_id, revision=revision_of(request), now=timezone.now())
    except NotFound:
        raise
    except Refusal as refusal:
        return _page(request, actor, draft_id, refusal=refusal)
    return redirect("desk:item_draft", draft_id)


@require_safe
def preview(request: HttpRequest, draft_id: int) -> HttpResponse:
    """The item's page as the draft would make it, by the template of that page. Twelve SQL statements at most."""
    actor = writer(request)
    page = draft_preview.draft_preview(actor, draft_id)
    if page is None:
        raise NotFound
    context = {**EMPTY, "page": page, "item": page.version, "back": reverse("desk:item_draft", args=[draft_id])}
    return render_preview(request, "desk/items/preview.html", context)


@require_safe
def download(request: HttpRequest, draft_id: int, file_id: UUID) -> FileResponse:
    """A blank form or a sample that the draft names. Raises: NotFound."""
    if not drafts.has_file(writer(request), draft_id, file_id):
        raise NotFound
    return file_response(store.file_row(file_id), inline=False)
