"""The pages of code tables, the same for departments at their desk and for the hall in its console."""

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_http_methods

from hall.presentation.design.form_texts import storable
from hall.services.forms import tables
from hall.services.forms.tables import TableRow
from hall.support.access.actors import Actor
from hall.support.refusals import NotFound, Refusal

MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class TablePages:
    """The pages below one prefix. `actor_of` lets in and raises otherwise; `frame_of` gives the navigation around."""

    prefix: str
    actor_of: Callable[[HttpRequest], Actor]
    frame_of: Callable[[HttpRequest, Actor], dict[str, object]]

    def urls(self) -> list[URLPattern]:
        """The routes, to be listed in the module's own urls."""
        return [
            path("/forms/tables", self.index, name="code_tables"),
            path("/forms/tables/<slug:table_code>", self.show, name="code_table"),
        ]

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def index(self, request: HttpRequest) -> HttpResponse:
        """The tables, and a new one. Five SQL statements."""
        actor = self.actor_of(request)
        if request.method == "POST":
            return self._save(request, actor, None)
        return self._page(request, actor, None)

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def show(self, request: HttpRequest, table_code: str) -> HttpResponse:
        """One table. Five SQL statements."""
        actor = self.actor_of(request)
        table = next((row for row in tables.code_tables(actor) if row.code == table_code), None)
        if table is None:
            raise NotFound
        return self._save(request, actor, table) if request.method == "POST" else self._page(request, actor, table)

    def _save(self, request: HttpRequest, actor: Actor, table: TableRow | None) -> HttpResponse:
        sent = {name: storable(request.POST.get(name, "")) for name in ("code", "title", "text", "revision")}
        number = int(sent["revision"]) if sent["revision"].isascii() and sent["revision"].isdecimal() and len(sent["revision"]) < 9 else -1
        code = table.code if table else sent["code"]
        revision = number if table else None
        try:
            tables.save_table(actor=actor, code=code, title=sent["title"], text=sent["text"], revision=revision, now=timezone.now())
        except NotFound:
            raise
        except Refusal as refusal:
            return self._page(request, actor, table, typed=sent, refusal=refusal)
        return HttpResponseRedirect(f"{self.prefix}/forms/tables/{code.strip()}?done=saved")

    def _page(
        self,
        request: HttpRequest,
        actor: Actor,
        table: TableRow | None,
        *,
        typed: dict[str, str] | None = None,
        refusal: Refusal | None = None,
    ) -> HttpResponse:
        if typed is None:
            typed = {"code": "", "title": table.title if table else "", "text": table.text if table else "代码,名称,最小面积\n"}
        context = {
            **self.frame_of(request, actor),
            "prefix": self.prefix,
            "table": table,
            "tables": tables.code_tables(actor) if table is None else [],
            "shown_rows": list(table.rows.items())[:MOST_SHOWN] if table else [],
            "typed": typed,
            "refusal": refusal,
            "done": "已保存。" if request.GET.get("done") == "saved" and not refusal else "",
        }
        return render(request, "forms/tables.html", context, status=refusal.status if refusal else 200)
