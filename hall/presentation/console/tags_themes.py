"""The two trees of themes: names, stages and order (§5.1 主题分类). Items are assigned in bulk (tags_bulk)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from hall.presentation.console.frame import console_actor, console_frame
from hall.presentation.console.tags import Deeds, carry_out, did, posted, told
from hall.services.catalogue import queries as catalogue
from hall.services.catalogue import tagging, tagging_items
from hall.services.catalogue.rules import Audience
from hall.support.access.actors import Actor, Role
from hall.support.refusals import NotFound, Refusal

TREES = {word.value: f"{word.label}主题" for word in Audience}


@require_safe
def show(request: HttpRequest, audience: str) -> HttpResponse:
    """One tree, each theme with its words. Two SQL statements."""
    return _page(request, console_actor(request, Role.SYS_ADMIN), audience)


def _page(request: HttpRequest, actor: Actor, audience: str, refusal: Refusal | None = None, code: str = "") -> HttpResponse:
    if audience not in TREES:
        raise NotFound
    lines = tagging.theme_lines(audience)
    context = {
        **console_frame(request, actor),
        **told(request, refusal),
        "title": TREES[audience],
        "audience": audience,
        "lines": lines,
        "stages": list(dict.fromkeys(line.stage for line in lines if line.stage)),
        "refused": code,
    }
    return render(request, "console/tags/themes.html", context, status=refusal.status if refusal else 200)


@require_POST
def act(request: HttpRequest, code: str, action: str) -> HttpResponse:
    """Word a theme, or move it in its tree."""
    actor, now = console_actor(request, Role.SYS_ADMIN), timezone.now()
    theme = catalogue.theme(code)
    if theme is None:
        raise NotFound
    deeds: Deeds = {
        "edit": lambda: tagging_items.edit_theme(
            actor=actor, code=code, name=posted(request, "name"), stage=posted(request, "stage"), now=now
        ),
        "up": lambda: tagging_items.move_theme(actor=actor, code=code, step=-1, now=now),
        "down": lambda: tagging_items.move_theme(actor=actor, code=code, step=1, now=now),
    }
    refusal = carry_out(deeds, action)
    if refusal:
        return _page(request, actor, theme.audience, refusal, code)
    return did(reverse("console:theme_tree", args=[theme.audience]), action)
