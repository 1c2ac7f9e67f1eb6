"""Tag sets and tags: made, worded, ordered, removed after a word of warning and brought back (§5.1 主题分类)."""

from collections.abc import Callable, Mapping

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from hall.presentation.console.frame import console_actor, console_frame
from hall.services.catalogue import tagging, tagging_items, tagging_report
from hall.services.catalogue.rules import Audience
from hall.support.access.actors import Actor, Role
from hall.support.refusals import NotFound, Refusal

AUDIENCES = (("", "不限"), *((word.value, word.label) for word in Audience))
DONE = {
    "created": "已经新建。",
    "edit": "修改已保存，公开页面立即更新。",
    "up": "已上移。",
    "down": "已下移。",
    "remove": "已移除，需要时可以恢复。",
    "restore": "已恢复。",
    "add": "标签已新建，接着可以给事项打上它。",
    "item-up": "已上移。",
    "item-down": "已下移。",
    "drop": "事项已从这个标签移出。",
    "applied": "已经改好。",
}
Deeds = Mapping[str, Callable[[], object]]


def posted(request: HttpRequest, name: str, most: int = 300) -> str:
    """One value of a form, without what no table can hold."""
    return request.POST.get(name, "").replace("\0", "").strip()[:most]


def number(text: str) -> int:
    """A count that a form carries along; -1, which is no count, for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else -1


def did(address: str, deed: str) -> HttpResponseRedirect:
    """Back to the page that tells what was done."""
    return HttpResponseRedirect(f"{address}?done={deed}")


def told(request: HttpRequest, refusal: Refusal | None) -> dict[str, object]:
    """What every page here says about the last deed."""
    return {
        "errors": [(refusal.at_field or "", refusal.shown)] if refusal else [],
        "done": "" if refusal else DONE.get(request.GET.get("done", ""), ""),
        "typed": request.POST if refusal else {},
        "audiences": AUDIENCES,
    }


def carry_out(deeds: Deeds, action: str) -> Refusal | None:
    """Do one of the deeds; a refusal that the page can show comes back. Raises: NotFound."""
    if action not in deeds:
        raise NotFound
    try:
        deeds[action]()
    except NotFound:
        raise
    except Refusal as refusal:
        return refusal
    return None


# --- all sets ---------------------------------------------------------------------------------------------------------------------


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """All sets, the trees of themes, and what nobody sorted. Seven SQL statements."""
    return _index(request, console_actor(request, Role.SYS_ADMIN))


def _index(request: HttpRequest, actor: Actor, refusal: Refusal | None = None) -> HttpResponse:
    sets = tagging.tag_sets()
    trees = [(word.value, f"{word.label}主题", tagging.theme_lines(word.value)) for word in Audience]
    context = {
        **console_frame(request, actor),
        **told(request, refusal),
        "sets": sets,
        "trees": [(audience, title, len(lines)) for audience, title, lines in trees],
        "lacking": tagging_report.lacking_counts(()),
        "most_counted": tagging_report.MOST_COUNTED,
    }
    return render(request, "console/tags/index.html", context, status=refusal.status if refusal else 200)


@require_POST
def create_set(request: HttpRequest) -> HttpResponse:
    """Make a set."""
    actor = console_actor(request, Role.SYS_ADMIN)
    code, name, audience = (posted(request, field) for field in ("code", "name", "audience"))
    try:
        made = tagging.create_tag_set(actor=actor, code=code, name=name, audience=audience, now=timezone.now())
    except Refusal as refusal:
        return _index(request, actor, refusal)
    return did(reverse("console:tag_set", args=[made]), "created")


# --- one set ----------------------------------------------------------------------------------------------------------------------


@require_safe
def show_set(request: HttpRequest, code: str) -> HttpResponse:
    """One set with its tags. Four SQL statements."""
    return _set_page(request, console_actor(request, Role.SYS_ADMIN), code)


def _set_page(request: HttpRequest, actor: Actor, code: str, refusal: Refusal | None = None, action: str = "") -> HttpResponse:
    row = next((row for row in tagging.tag_sets() if row.code == code), None)
    if row is None:
        raise NotFound
    tags = tagging.tags_of(code)
    context = {
        **console_frame(request, actor),
        **told(request, refusal),
        "row": row,
        "tags": [tag for tag in tags if not tag.is_off],
        "removed": [tag for tag in tags if tag.is_off],
        "stages": list(dict.fromkeys(tag.stage for tag in tags if tag.stage)),
        "action": action,
    }
    return render(request, "console/tags/set.html", context, status=refusal.status if refusal else 200)


@require_POST
def do_with_set(request: HttpRequest, code: str, action: str) -> HttpResponse:
    """Word, move, remove or bring back a set, or make a tag in it."""
    actor, now = console_actor(request, Role.SYS_ADMIN), timezone.now()
    words = {name: posted(request, name) for name in ("name", "stage", "note")}
    deeds: Deeds = {
        "edit": lambda: tagging.edit_tag_set(actor=actor, code=code, name=words["name"], audience=posted(request, "audience"), now=now),
        "up": lambda: tagging.move_tag_set(actor=actor, code=code, step=-1, now=now),
        "down": lambda: tagging.move_tag_set(actor=actor, code=code, step=1, now=now),
        "remove": lambda: tagging.remove_tag_set(actor=actor, code=code, told_tags=number(posted(request, "told")), now=now),
        "restore": lambda: tagging.restore_tag_set(actor=actor, code=code, now=now),
        "add": lambda: tagging.create_tag(actor=actor, tag_set=code, code=posted(request, "code"), now=now, **words),
    }
    refusal = carry_out(deeds, action)
    if refusal:
        return _set_page(request, actor, code, refusal, action)
    if action == "add":
        return did(reverse("console:tag", args=[posted(request, "code")]), action)
    return did(reverse("console:tag_set", args=[code]) if action in {"edit", "restore"} else reverse("console:tags"), action)


# --- one tag ----------------------------------------------------------------------------------------------------------------------


@require_safe
def show_tag(request: HttpRequest, code: str) -> HttpResponse:
    """One tag with its items. Five SQL statements."""
    return _tag_page(request, console_actor(request, Role.SYS_ADMIN), code)


def _tag_page(request: HttpRequest, actor: Actor, code: str, refusal: Refusal | None = None, action: str = "") -> HttpResponse:
    row = tagging.tag(code)
    if row is None:
        raise NotFound
    context = {
        **console_frame(request, actor),
        **told(request, refusal),
        "row": row,
        "set": next(one for one in tagging.tag_sets() if one.code == row.tag_set),
        "tagged": tagging.tagged_items(code),
        "action": action,
    }
    return render(request, "console/tags/tag.html", context, status=refusal.status if refusal else 200)


@require_POST
def do_with_tag(request: HttpRequest, code: str, action: str) -> HttpResponse:
    """Word, move, remove or bring back a tag, or order and drop its items."""
    actor, now, item = console_actor(request, Role.SYS_ADMIN), timezone.now(), posted(request, "item", 12)
    words = {name: posted(request, name) for name in ("name", "stage", "note")}
    deeds: Deeds = {
        "edit": lambda: tagging.edit_tag(actor=actor, code=code, now=now, **words),
        "up": lambda: tagging.move_tag(actor=actor, code=code, step=-1, now=now),
        "down": lambda: tagging.move_tag(actor=actor, code=code, step=1, now=now),
        "remove": lambda: tagging.remove_tag(actor=actor, code=code, told_items=number(posted(request, "told")), now=now),
        "restore": lambda: tagging.restore_tag(actor=actor, code=code, now=now),
        "item-up": lambda: tagging_items.move_item(actor=actor, tag=code, item=item, step=-1, now=now),
        "item-down": lambda: tagging_items.move_item(actor=actor, tag=code, item=item, step=1, now=now),
        "drop": lambda: tagging_items.drop_item(actor=actor, tag=code, item=item, now=now),
    }
    refusal = carry_out(deeds, action)
    if refusal:
        return _tag_page(request, actor, code, refusal, action)
    row = tagging.tag(code)
    if action in {"up", "down", "remove"} and row is not None:
        return did(reverse("console:tag_set", args=[row.tag_set]), action)
    return did(reverse("console:tag", args=[code]), action)
