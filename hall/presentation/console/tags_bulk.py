"""Bulk tagging with its preview, items that nobody sorted, and the sets that the standard fixes (§5.1 主题分类)."""

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from hall.presentation.console.frame import console_actor, console_frame
from hall.presentation.console.tags import did, told
from hall.services.catalogue import queries as catalogue
from hall.services.catalogue import tagging, tagging_bulk, tagging_report
from hall.services.catalogue.rules import Audience, ItemType
from hall.services.catalogue.tagging_bulk import Choice, Target
from hall.support.access.actors import Actor, Role
from hall.support.identity import queries as identity
from hall.support.refusals import NotFound, Refusal

PAGE_SIZE = 50
TYPES = tuple((kind.value, kind.label) for kind in ItemType)
AUDIENCES = tuple((word.value, word.label) for word in Audience)
FIELDS = ("target", "deed", "department", "theme", "item_type", "audience", "text", "codes")
_MOST_TYPED = 6000


@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest) -> HttpResponse:
    """Choose and see what would change (GET), then do exactly that (POST). Ten SQL statements at most to look."""
    actor = console_actor(request, Role.SYS_ADMIN)
    typed = _typed(request.POST if request.method == "POST" else request.GET)
    if request.method != "POST" and "target" not in request.GET:
        return _page(request, actor, typed)
    kind, _, code = typed["target"].partition(":")
    target, is_adding = Target(kind, code), typed["deed"] != "remove"
    try:
        names = ("department", "theme", "item_type", "audience", "text")
        choice = Choice(**{name: typed[name] for name in names}, codes=tagging_bulk.codes_in(typed["codes"]))
        if request.method == "POST":
            token = request.POST.get("token", "")
            tagging_bulk.apply(actor=actor, choice=choice, target=target, is_adding=is_adding, token=token, now=timezone.now())
            return did(_address_of(target), "applied")
        preview = tagging_bulk.preview(actor=actor, choice=choice, target=target, is_adding=is_adding)
    except Refusal as refusal:
        return _page(request, actor, typed, refusal=refusal)
    return _page(request, actor, typed, preview=preview)


def _typed(given: QueryDict) -> dict[str, str]:
    """The form as it was filled in; codes that were ticked in a list come several times."""
    return {name: " ".join(given.getlist(name)).replace("\0", "").strip()[:_MOST_TYPED] for name in FIELDS}


def _address_of(target: Target) -> str:
    if target.kind == "tag":
        return reverse("console:tag", args=[target.code])
    theme = catalogue.theme(target.code)
    return reverse("console:theme_tree", args=[theme.audience if theme else "person"])


def _page(
    request: HttpRequest,
    actor: Actor,
    typed: dict[str, str],
    *,
    preview: tagging_bulk.Preview | None = None,
    refusal: Refusal | None = None,
) -> HttpResponse:
    themes = catalogue.themes()
    groups = [(row.name, [(f"tag:{tag.code}", tag.name) for tag in tags]) for row, tags in tagging.tags_in_use()]
    groups += [
        (f"{word.label}主题", [(f"theme:{theme.code}", theme.name) for theme in themes if theme.audience == word]) for word in Audience
    ]
    context = {
        **console_frame(request, actor),
        **told(request, refusal),
        "typed": typed,
        "groups": groups,
        "themes": [(theme.code, f"{theme.name}（{Audience(theme.audience).label}）") for theme in themes],
        "departments": [(row.code, row.short_name) for row in identity.departments()],
        "types": TYPES,
        "audience_words": AUDIENCES,
        "preview": preview,
    }
    return render(request, "console/tags/bulk.html", context, status=refusal.status if refusal else 200)


@require_safe
def lacking(request: HttpRequest) -> HttpResponse:
    """Items without themes, without tags, or without a tag of one set, keyset. Eight SQL statements."""
    actor = console_actor(request, Role.SYS_ADMIN)
    sets = {row.code: row.name for row in tagging.tag_sets() if not row.is_off}
    what = request.GET.get("what", "themes")
    titles = {"themes": "没有主题", "tags": "没有任何标签"} | {code: f"没有“{name}”" for code, name in sets.items()}
    if what not in titles:
        raise NotFound
    counts = tagging_report.lacking_counts(list(sets)[:4])
    page = tagging_report.lacking(what, after=request.GET.get("after", "")[:12], limit=PAGE_SIZE)
    context = {
        **console_frame(request, actor),
        "what": what,
        "titles": titles,
        "counts": counts,
        "most_counted": tagging_report.MOST_COUNTED,
        "page": page,
    }
    return render(request, "console/tags/lacking.html", context)


@require_safe
def fixed(request: HttpRequest) -> HttpResponse:
    """The sets that the standard fixes. Two SQL statements."""
    actor = console_actor(request, Role.SYS_ADMIN)
    return render(request, "console/tags/fixed.html", {**console_frame(request, actor), "sets": tagging_report.fixed_words()})
