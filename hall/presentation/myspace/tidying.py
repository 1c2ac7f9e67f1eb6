"""Tidying the files of a draft (§5.3.2): a click makes a proposal, a page shows before and after, a second click chooses."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hall.presentation.myspace.applications import STEPS, draft_of
from hall.presentation.myspace.inspections import PICTURE_WIDTH
from hall.services.applications import checking, tidying
from hall.services.applications.queries import DraftPage
from hall.services.applications.tidying import ACT_NAMES, Act, Proposal
from hall.support.access.actors import Actor
from hall.support.filestore import store
from hall.support.filestore.preview import page_png
from hall.support.filestore.response import image_response
from hall.support.refusals import NotFound, Refusal

MOST = 5
NOT_CHOSEN = "没有选中要整理的文件。请回到材料页，从“整理这个文件”里选一种。"


def _ids(text: str) -> tuple[UUID, ...]:
    try:
        return tuple(UUID(part) for part in text.split(",")[:MOST])
    except ValueError as fault:
        raise Refusal(NOT_CHOSEN) from fault


def _proposal(given: dict[str, str]) -> Proposal:
    return Proposal(_ids(given.get("old", "")), _ids(given.get("new", "")))


def _act(text: str) -> Act:
    if text not in {act.value for act in Act}:
        raise Refusal(NOT_CHOSEN)
    return Act(text)


@require_http_methods(["GET", "HEAD", "POST"])
def tidy(request: HttpRequest, draft_id: int, key: str) -> HttpResponse:
    """POST makes a proposal; GET shows it beside the original. Ten SQL statements at most."""
    actor, page = draft_of(request, draft_id)
    if page.serial is not None:
        return redirect("myspace:case", page.serial)
    if request.method == "POST":
        return _make(request, actor, page, key)
    if not request.GET:
        return redirect("myspace:materials", draft_id)
    act, proposal = _act(request.GET.get("act", "")), _proposal(request.GET.dict())
    old, new = tidying.proposed(actor, page, key, proposal)
    material = next(material for material in page.materials if material.key == key)
    context = {
        "steps": STEPS,
        "draft": page,
        "item": page.version,
        "material": material,
        "act_name": ACT_NAMES[act],
        "act": act,
        "old": old,
        "new": new,
        "saved_bytes": sum(file.size_bytes for file in old) - sum(file.size_bytes for file in new),
        "proposal": proposal,
    }
    return render(request, "myspace/inspections/tidy.html", context)


def _make(request: HttpRequest, actor: Actor, page: DraftPage, key: str) -> HttpResponse:
    act = _act(request.POST.get("act", ""))
    file_id = None if act is Act.MERGE else _ids(request.POST.get("file", ""))[0]
    card = checking.cards_of_draft(page, today=timezone.localdate()).get(file_id) if file_id else None
    try:
        made = tidying.propose(actor=actor, page=page, key=key, act=act, file_id=file_id, card=card, now=timezone.now())
    except NotFound:
        raise
    except Refusal as refusal:
        context = {"steps": STEPS, "draft": page, "item": page.version, "act_name": ACT_NAMES[act], "sentence": refusal.shown}
        return render(request, "myspace/inspections/not_tidied.html", context, status=refusal.status)
    query = urlencode({"act": act.value, "old": ",".join(map(str, made.old)), "new": ",".join(map(str, made.new))})
    return HttpResponseRedirect(f"{reverse('myspace:tidy', args=[page.draft_id, key])}?{query}")


@require_POST
def choose(request: HttpRequest, draft_id: int, key: str) -> HttpResponse:
    """Use the tidied files, or keep the original."""
    actor, page = draft_of(request, draft_id)
    proposal = _proposal(request.POST.dict())
    if request.POST.get("choice") == "use":
        tidying.use_tidied(actor=actor, draft_id=draft_id, key=key, proposal=proposal, now=timezone.now())
    else:
        tidying.keep_original(actor=actor, page=page, proposal=proposal)
    return HttpResponseRedirect(f"/my/applications/{draft_id}/materials#row-material-{key}")


@require_safe
def picture(request: HttpRequest, draft_id: int, file_id: UUID) -> HttpResponse:
    """The first page of a tidied file, for the one who had it made."""
    actor, _ = draft_of(request, draft_id)
    row = store.file_rows([file_id]).get(file_id)
    if row is None or row.uploaded_by != actor.account_id:
        raise NotFound
    return image_response(page_png(row, width=PICTURE_WIDTH * 2))
