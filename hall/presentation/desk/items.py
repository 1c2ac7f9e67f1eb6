"""The department's items: list, drafts, one item with its versions, two of them side by side (§5.1)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hall.presentation.desk.frame import desk_actor, desk_frame
from hall.services.catalogue import drafting, drafts
from hall.services.catalogue.draft_refusals import NotReady
from hall.services.catalogue.rules import ItemStatus
from hall.support.access.actors import DEPARTMENT_ROLES, Actor, require
from hall.support.refusals import NotFound, Refusal

PAGE_SIZE = 30
STATUSES = tuple((status.value, status.label) for status in ItemStatus if status is not ItemStatus.DRAFT)
DONE = {
    "submitted": "已提交大厅审核。审核通过后自动发布，结果会显示在草稿列表里。",
    "discarded": "草稿已放弃，内容仍可以在“已办结的草稿”里查看。",
}


def writer(request: HttpRequest) -> Actor:
    """A member of a department. Raises: SignInNeeded, NotAllowed."""
    actor = desk_actor(request)
    require(actor, *DEPARTMENT_ROLES)
    return actor


def number(text: str) -> int | None:
    """A small number out of an address; None for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else None


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The department's items, keyset. Four SQL statements."""
    actor = writer(request)
    wanted = {name: request.GET.get(name, "").strip()[:60] for name in ("q", "status")}
    page = drafts.managed_items(actor, **wanted, after=request.GET.get("after"), limit=PAGE_SIZE)
    context = {**desk_frame(request, actor), "page": page, "filters": wanted, "statuses": STATUSES}
    return render(request, "desk/items/index.html", context)


@require_safe
def drafts_index(request: HttpRequest) -> HttpResponse:
    """The department's drafts, keyset. Four SQL statements."""
    actor = writer(request)
    is_open = request.GET.get("only") != "done"
    page = drafts.department_drafts(actor, is_open=is_open, after=request.GET.get("after"), limit=PAGE_SIZE)
    done = DONE.get(request.GET.get("done", ""), "")
    return render(request, "desk/items/drafts.html", {**desk_frame(request, actor), "page": page, "is_open": is_open, "done": done})


@require_http_methods(["GET", "HEAD", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """Begin an item that is not there yet. Three SQL statements to show."""
    actor = writer(request)
    typed = {name: request.POST.get(name, "").strip() for name in ("code", "name")}
    errors: list[tuple[str, str]] = []
    if request.method == "POST":
        try:
            draft_id = drafting.start_new_item(actor=actor, item_code=typed["code"], name=typed["name"], now=timezone.now())
        except NotReady as refusal:
            errors = [(fault.anchor, fault.sentence) for fault in refusal.faults]
        except Refusal as refusal:
            errors = [(refusal.at_field or "code", refusal.shown)]
        else:
            return redirect("desk:item_section", draft_id, "basic")
    context = {**desk_frame(request, actor), "typed": typed, "errors": errors}
    return render(request, "desk/items/new.html", context, status=422 if errors else 200)


def _page(request: HttpRequest, actor: Actor, code: str, *, refusal: Refusal | None = None) -> HttpResponse:
    item = drafts.managed_item(actor, code)
    if item is None:
        raise NotFound
    versions = drafts.item_versions(actor, code, before=number(request.GET.get("before", "")), limit=PAGE_SIZE)
    context = {**desk_frame(request, actor), "item": item, "versions": versions, "refusal": refusal, "page_size": PAGE_SIZE}
    return render(request, "desk/items/item.html", context, status=refusal.status if refusal else 200)


@require_safe
def show(request: HttpRequest, code: str) -> HttpResponse:
    """One item and its versions. Five SQL statements."""
    return _page(request, writer(request), code)


@require_POST
def start(request: HttpRequest, code: str) -> HttpResponse:
    """Begin a draft from the present version or from the one named, or go on with the open one."""
    actor = writer(request)
    given = request.POST.get("version", "")
    wanted = number(given)
    if given and wanted is None:
        raise NotFound
    try:
        draft_id = drafting.start_draft(actor=actor, item_code=code, number=wanted, now=timezone.now())
    except NotFound:
        raise
    except Refusal as refusal:
        return _page(request, actor, code, refusal=refusal)
    return redirect("desk:item_draft", draft_id)


@require_safe
def compare(request: HttpRequest, code: str) -> HttpResponse:
    """Two versions side by side. Twelve SQL statements at most."""
    actor = writer(request)
    old, new = (number(request.GET.get(name, "")) for name in ("old", "new"))
    item = drafts.managed_item(actor, code)
    found = drafts.compared_versions(actor, code, old=old, new=new) if item and old is not None and new is not None else None
    if item is None or found is None:
        raise NotFound
    before, after, changes = found
    context = {**desk_frame(request, actor), "item": item, "old": before, "new": after, "changes": changes}
    return render(request, "desk/items/compare.html", context)
