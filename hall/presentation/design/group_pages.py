"""The page of 字段组, the same for departments at their desk and for the hall in its console; forms copy from them in the designer."""

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST, require_safe

from hall.services.forms import groups
from hall.support.access.actors import Actor, Role


@dataclass(frozen=True, slots=True)
class GroupPages:
    """The pages below one prefix. `actor_of` lets in and raises otherwise; `frame_of` gives the navigation around."""

    prefix: str
    actor_of: Callable[[HttpRequest], Actor]
    frame_of: Callable[[HttpRequest, Actor], dict[str, object]]

    def urls(self) -> list[URLPattern]:
        """The routes, to be listed in the module's own urls."""
        return [
            path("/forms/groups", self.index, name="field_groups"),
            path("/forms/groups/<slug:group_key>/retire", self.retire, name="retire_group"),
        ]

    @method_decorator(require_safe)
    def index(self, request: HttpRequest) -> HttpResponse:
        """The groups that may be copied, with their fields. Five SQL statements."""
        actor = self.actor_of(request)
        context = {
            **self.frame_of(request, actor),
            "prefix": self.prefix,
            "is_hall": actor.has(Role.SYS_ADMIN),
            "groups": groups.groups(actor),
            "done": "已停用。用过它的表单不受影响。" if request.GET.get("done") == "retired" else "",
        }
        return render(request, "forms/groups.html", context)

    @method_decorator(require_POST)
    def retire(self, request: HttpRequest, group_key: str) -> HttpResponse:
        """Offer a group no more."""
        groups.retire_group(actor=self.actor_of(request), key=group_key, now=timezone.now())
        return HttpResponseRedirect(f"{self.prefix}/forms/groups?done=retired")
