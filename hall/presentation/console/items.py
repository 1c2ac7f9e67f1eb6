"""All items of the hall: list, one item with its versions and what was done to it, suspending, resuming and abolishing (§5.1)."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from hall.presentation.console.frame import console_actor, console_frame
from hall.services.catalogue import drafting, drafts
from hall.services.catalogue.rules import ItemStatus, ItemType
from hall.support.access.actors import Actor, Role
from hall.support.identity import queries as identity
from hall.support.refusals import NotFound, Refusal

PAGE_SIZE = 30
STATUSES = tuple((status.value, status.label) for status in ItemStatus if status is not ItemStatus.DRAFT)
TYPES = tuple((kind.value, kind.label) for kind in ItemType)
DEEDS = {
    "item.draft_started": "部门开始编制",
    "item.draft_saved": "部门保存草稿",
    "item.draft_caught_up": "部门核对了新版本",
    "item.draft_submitted": "部门提交审核",
    "item.draft_returned": "退回部门",
    "item.draft_discarded": "部门放弃草稿",
    "item.published": "发布",
    "item.suspended": "暂停办理",
    "item.resumed": "恢复办理",
    "item.abolished": "取消事项",
}
# Only these carry a reason in words; the others' detail names rows.
_WITH_REASON = frozenset({"item.suspended", "item.resumed", "item.abolished"})


def small_number(text: str) -> int | None:
    """A small number out of an address; None for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else None


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """All items, keyset. Four SQL statements."""
    actor = console_actor(request, Role.SYS_ADMIN)
    names = ("q", "department", "status", "item_type")
    wanted = {name: request.GET.get(name, "").strip()[:60] for name in names}
    page = drafts.managed_items(actor, **wanted, after=request.GET.get("after"), limit=PAGE_SIZE)
    context = {
        **console_frame(request, actor),
        "page": page,
        "filters": wanted,
        "departments": [(row.code, row.short_name) for row in identity.departments()],
        "statuses": STATUSES,
        "types": TYPES,
    }
    return render(request, "console/items/index.html", context)


def _page(request: HttpRequest, actor: Actor, code: str, *, refusal: Refusal | None = None, deed: str = "") -> HttpResponse:
    item = drafts.managed_item(actor, code)
    if item is None:
        raise NotFound
    log = [(row.at, DEEDS.get(row.deed, row.deed), row.detail if row.deed in _WITH_REASON else "") for row in drafts.item_log(actor, code)]
    context = {
        **console_frame(request, actor),
        "item": item,
        "versions": drafts.item_versions(actor, code, before=small_number(request.GET.get("before", "")), limit=PAGE_SIZE),
        "log": log,
        "refusal": refusal,
        "refused": deed,
        "reason": request.POST.get("reason", ""),
        "page_size": PAGE_SIZE,
    }
    return render(request, "console/items/item.html", context, status=refusal.status if refusal else 200)


@require_safe
def show(request: HttpRequest, code: str) -> HttpResponse:
    """One item. Five SQL statements."""
    return _page(request, console_actor(request, Role.SYS_ADMIN), code)


def _move(command: Callable[..., None], deed: str) -> Callable[[HttpRequest, str], HttpResponse]:
    @require_POST
    def view(request: HttpRequest, code: str) -> HttpResponse:
        actor = console_actor(request, Role.SYS_ADMIN)
        try:
            command(actor=actor, item_code=code, reason=request.POST.get("reason", ""), now=timezone.now())
        except NotFound:
            raise
        except Refusal as refusal:
            return _page(request, actor, code, refusal=refusal, deed=deed)
        return redirect("console:item", code)

    return view


suspend = _move(drafting.suspend_item, "suspend")
resume = _move(drafting.resume_item, "resume")
abolish = _move(drafting.abolish_item, "abolish")


@require_safe
def compare(request: HttpRequest, code: str) -> HttpResponse:
    """Two versions side by side. Eleven SQL statements at most."""
    actor = console_actor(request, Role.SYS_ADMIN)
    old, new = (small_number(request.GET.get(name, "")) for name in ("old", "new"))
    item = drafts.managed_item(actor, code)
    found = drafts.compared_versions(actor, code, old=old, new=new) if item and old is not None and new is not None else None
    if item is None or found is None:
        raise NotFound
    before, after, changes = found
    context = {**console_frame(request, actor), "item": item, "old": before, "new": after, "changes": changes}
    return render(request, "console/items/compare.html", context)
