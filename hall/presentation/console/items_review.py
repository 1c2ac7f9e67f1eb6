"""What departments handed in: the queue, one draft with what it changes, publishing it or giving it back (§5.1)."""

from uuid import UUID

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from hall.presentation.console.frame import console_actor, console_frame
from hall.presentation.console.items import small_number
from hall.presentation.design.previewing import EMPTY, render_preview
from hall.services.catalogue import draft_preview, drafting, drafts
from hall.services.catalogue.draft_contents import objects_in
from hall.services.catalogue.draft_refusals import NotReady
from hall.support.access.actors import Actor, Role
from hall.support.filestore import store
from hall.support.filestore.response import file_response
from hall.support.refusals import NotFound, Refusal

PAGE_SIZE = 30
DONE = {
    "published": "已发布，公开页面立即更新，几秒后可以搜到。",
    "returned": "已退回部门，您写的意见会显示在草稿里。",
}


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The queue, longest waiting first, keyset. Three SQL statements."""
    actor = console_actor(request, Role.SYS_ADMIN)
    page = drafts.drafts_to_review(actor, after=request.GET.get("after"), limit=PAGE_SIZE)
    done = DONE.get(request.GET.get("done", ""), "")
    return render(request, "console/items/review.html", {**console_frame(request, actor), "page": page, "done": done})


def _page(request: HttpRequest, actor: Actor, draft_id: int, *, refusal: Refusal | None = None) -> HttpResponse:
    page = drafts.draft_page(actor, draft_id)
    if page is None:
        raise NotFound
    context = {
        **console_frame(request, actor),
        "page": page,
        "draft": page.row,
        "materials": [one for _, one in objects_in(page.line, "materials")],
        "is_waiting": page.row.state == "submitted",
        "refusal": refusal,
        "faults": [fault.sentence for fault in refusal.faults] if isinstance(refusal, NotReady) else [],
        "comment": request.POST.get("comment", ""),
    }
    return render(request, "console/items/draft.html", context, status=refusal.status if refusal else 200)


@require_safe
def show(request: HttpRequest, draft_id: int) -> HttpResponse:
    """One draft and what it changes. Eleven SQL statements."""
    return _page(request, console_actor(request, Role.SYS_ADMIN), draft_id)


def _revision(request: HttpRequest) -> int:
    given = small_number(request.POST.get("revision", ""))
    return -1 if given is None else given


@require_POST
def publish(request: HttpRequest, draft_id: int) -> HttpResponse:
    """Publish the draft as it was looked at."""
    actor = console_actor(request, Role.SYS_ADMIN)
    try:
        drafting.publish_draft(actor=actor, draft_id=draft_id, revision=_revision(request), now=timezone.now())
    except NotFound:
        raise
    except Refusal as refusal:
        return _page(request, actor, draft_id, refusal=refusal)
    return redirect(f"{reverse('console:review_items')}?done=published")


@require_POST
def give_back(request: HttpRequest, draft_id: int) -> HttpResponse:
    """Return the draft to its department with a comment."""
    actor = console_actor(request, Role.SYS_ADMIN)
    comment = request.POST.get("comment", "")
    try:
        drafting.return_draft(actor=actor, draft_id=draft_id, revision=_revision(request), comment=comment, now=timezone.now())
    except NotFound:
        raise
    except Refusal as refusal:
        return _page(request, actor, draft_id, refusal=refusal)
    return redirect(f"{reverse('console:review_items')}?done=returned")


@require_safe
def preview(request: HttpRequest, draft_id: int) -> HttpResponse:
    """The item's page as the draft would make it. Twelve SQL statements at most."""
    actor = console_actor(request, Role.SYS_ADMIN)
    page = draft_preview.draft_preview(actor, draft_id)
    if page is None:
        raise NotFound
    context = {**EMPTY, "page": page, "item": page.version, "back": reverse("console:review_item", args=[draft_id])}
    return render_preview(request, "console/items/preview.html", context)


@require_safe
def download(request: HttpRequest, draft_id: int, file_id: UUID) -> FileResponse:
    """A blank form or a sample that the draft names. Raises: NotFound."""
    if not drafts.has_file(console_actor(request, Role.SYS_ADMIN), draft_id, file_id):
        raise NotFound
    return file_response(store.file_row(file_id), inline=False)
