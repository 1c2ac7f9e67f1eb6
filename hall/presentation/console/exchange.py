"""Items out and in as files: exports made in the background, imports checked, shown and then confirmed (§5.1)."""

from typing import BinaryIO, cast

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from hall.presentation.console.frame import LARGEST_ID, console_actor, console_frame
from hall.services.catalogue import exchange
from hall.services.catalogue import queries as catalogue
from hall.services.catalogue.exchange_rows import ExchangeRow
from hall.services.catalogue.rules import PublicStatus
from hall.support.access.actors import Actor, Role
from hall.support.filestore import rules as file_rules
from hall.support.filestore.response import file_response
from hall.support.identity import queries as identity
from hall.support.refusals import NotFound, Refusal

NO_FILE = "请先选择一个文件，再点“上传并核对”。"
Errors = list[tuple[str, str]]


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """What one asked for in the last day, and where to ask for more. Three SQL statements."""
    return _index(request, console_actor(request, Role.SYS_ADMIN))


@require_POST
def start_export(request: HttpRequest) -> HttpResponse:
    """Have a file made; its page tells how far it has got."""
    actor = console_actor(request, Role.SYS_ADMIN)
    wanted = {name: request.POST.get(name, "")[:20] for name in ("form", "department_code", "status")}
    try:
        exchange_id = exchange.start_export(actor=actor, now=timezone.now(), **wanted)
    except Refusal as refusal:
        return _index(request, actor, errors=[("form", refusal.shown)], status=refusal.status)
    return redirect("console:exchange", exchange_id)


@require_POST
def start_import(request: HttpRequest) -> HttpResponse:
    """Take a file and have it checked; nothing is written."""
    actor = console_actor(request, Role.SYS_ADMIN)
    file = request.FILES.get("file")
    try:
        if file is None:
            raise Refusal(NO_FILE)
        exchange_id = exchange.start_import(actor=actor, stream=cast(BinaryIO, file.file), name=file.name or "", now=timezone.now())
    except Refusal as refusal:
        return _index(request, actor, errors=[("file", refusal.shown)], status=refusal.status)
    return redirect("console:exchange", exchange_id)


@require_safe
def show(request: HttpRequest, exchange_id: int) -> HttpResponse:
    """One file: its progress, what its check found, the result. Four SQL statements. A page that looks again gets the progress alone."""
    actor = console_actor(request, Role.SYS_ADMIN)
    row = _row(actor, exchange_id)
    if request.headers.get("HX-Request") == "true":
        response = render(request, "console/exchange/_progress.html", {"row": row})
        if not row.is_under_way:
            response["HX-Refresh"] = "true"  # what comes now is another page
        return response
    return _page(request, actor, row)


@require_POST
def confirm(request: HttpRequest, exchange_id: int) -> HttpResponse:
    """Have the checked file written, as the report says."""
    actor = console_actor(request, Role.SYS_ADMIN)
    try:
        exchange.confirm_import(actor=actor, exchange_id=min(exchange_id, LARGEST_ID), now=timezone.now())
    except NotFound:
        raise
    except Refusal as refusal:
        return _page(request, actor, _row(actor, exchange_id), refusal)
    return redirect("console:exchange", exchange_id)


@require_safe
def download(request: HttpRequest, exchange_id: int) -> FileResponse:
    """The finished file of an export, for the one who asked. Raises: NotFound."""
    row = _row(console_actor(request, Role.SYS_ADMIN), exchange_id)
    if not row.is_export or row.file_id is None:
        raise NotFound
    return file_response(row.file_id, inline=False)


def _row(actor: Actor, exchange_id: int) -> ExchangeRow:
    row = exchange.exchange_of(actor, min(exchange_id, LARGEST_ID))
    if row is None:
        raise NotFound
    return row


def _page(request: HttpRequest, actor: Actor, row: ExchangeRow, refusal: Refusal | None = None) -> HttpResponse:
    codes = {diff.code for diff in row.report.diffs} | set(row.report.kept) if row.report else set()
    context = {
        **console_frame(request, actor),
        "row": row,
        "names": {card.code: card.name for card in catalogue.item_cards(sorted(codes))},
        "errors": [("", refusal.shown)] if refusal else [],
        "form_name": exchange.FORMS[row.form],
        "kept_until": row.created_at + exchange.KEPT,
    }
    return render(request, "console/exchange/page.html", context, status=refusal.status if refusal else 200)


def _index(request: HttpRequest, actor: Actor, *, errors: Errors | None = None, status: int = 200) -> HttpResponse:
    asked = request.POST if request.method == "POST" else request.GET
    context = {
        **console_frame(request, actor),
        "rows": exchange.exchanges_of(actor),
        "errors": errors or [],
        "asked": {name: asked.get(name, "") for name in ("form", "department_code", "status")},
        "forms": [(form, name) for form, name in exchange.FORMS.items()],
        "departments": [(row.code, row.short_name) for row in identity.departments()],
        "statuses": [(word.value, word.label) for word in PublicStatus],
        "limit": file_rules.size_words(exchange.MOST_BYTES),
    }
    return render(request, "console/exchange/index.html", context, status=status)
