"""What official papers say: all kinds, the editor of one with its preview, its versions; published by the administrator (§5.3)."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hall.presentation.console.frame import console_actor, console_frame
from hall.services.papers import commands, queries, rules, samples
from hall.services.papers.kinds import PART_NAMES, DocType, PaperKind
from hall.services.papers.queries import KindFile, VersionRow
from hall.services.papers.rules import BadWording, Finding, Wording
from hall.support.access.actors import Actor, Role
from hall.support.filestore.response import document_response, image_response
from hall.support.refusals import NotFound, Refusal

PAGE_SIZE = 20
HINTS = {
    "title": "最多 40 个字",
    "opening": "要点表上面的文字，一行是一段",
    "details": "每行写一条“名称：内容”，印成表格，接在事项名称和流水号下面",
    "body": "要点表下面的文字，一行是一段；清单在这里独占一行",
    "closing": "最后的说明，一行是一段",
    "remedies": "怎样申请行政复议、怎样提起行政诉讼",
}
# The parts of the two kinds with a layout of their own stand elsewhere.
_OTHER_HINTS = {
    (DocType.RECEIPT, "opening"): "印在查询码下面",
    (DocType.RECEIPT, "closing"): "印在页面底部",
    (DocType.RESULT, "closing"): "印在核验网址下面；结果的名称在事项里设置",
}
DONE = {
    "saved": "草稿已保存，下面是预览。发布前，文书仍用现行文字。",
    "published": "已发布，从现在起的文书用新的文字。以前发出的文书不变。",
    "discarded": "草稿已放弃，现行文字不变。",
    "restored": "旧版本已放进草稿，请看过预览再发布。",
}


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """All kinds of papers. Four SQL statements."""
    actor = console_actor(request, Role.SYS_ADMIN)
    return render(request, "console/papers/index.html", {**console_frame(request, actor), "rows": queries.kind_rows(actor)})


def _number(text: str) -> int | None:
    """A small number out of a form or an address; None for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else None


def _file(request: HttpRequest, actor: Actor, kind: str) -> KindFile:
    found = queries.kind_file(actor, kind, before=_number(request.GET.get("before", "")) or 0, limit=PAGE_SIZE)
    if found is None:
        raise NotFound
    return found


def _fields(kind: PaperKind, wording: Wording) -> list[tuple[str, str, str, str]]:
    """(name, title, hint, text) of each part."""
    hints = [_OTHER_HINTS.get((kind.doc_type, part), HINTS[part]) for part in kind.parts]
    return [(part, PART_NAMES[part], hint, getattr(wording, part)) for part, hint in zip(kind.parts, hints, strict=True)]


def _page(request: HttpRequest, actor: Actor, kind: str, *, refusal: Refusal | None = None, is_typed: bool = False) -> HttpResponse:
    file = _file(request, actor, kind)
    typed = rules.tidied(file.row.kind, request.POST.dict()) if is_typed else file.typed
    found: list[Finding] = []
    if refusal:
        found = list(rules.findings(file.row.kind, typed)) if is_typed and isinstance(refusal, BadWording) else []
        found = found or [Finding(refusal.at_field or "", refusal.shown)]
    context = {
        **console_frame(request, actor),
        "file": file,
        "kind": file.row.kind,
        "fields": _fields(file.row.kind, typed),
        "errors": [(finding.part, finding.sentence) for finding in found],
        "told": {finding.part: finding.sentence for finding in reversed(found)},
        "note": request.POST.get("note", "")[: rules.MOST_NOTE],
        "changes": queries.differences(file.row.kind, file.in_use, file.row.draft.wording) if file.row.draft else (),
        "done": "" if refusal else DONE.get(request.GET.get("done", ""), ""),
    }
    return render(request, "console/papers/page.html", context, status=refusal.status if refusal else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest, kind: str) -> HttpResponse:
    """One kind: its wording to be edited, its preview, its versions; POST keeps a draft. Five SQL statements to look."""
    actor = console_actor(request, Role.SYS_ADMIN)
    if request.method != "POST":
        return _page(request, actor, kind)
    doc_type = _file(request, actor, kind).row.kind.doc_type
    try:
        commands.save_draft(
            actor=actor,
            doc_type=doc_type,
            revision=_number(request.POST.get("revision", "")) or 0,
            seen=_number(request.POST.get("seen", "")) or 0,
            parts=request.POST.dict(),
            now=timezone.now(),
        )
    except Refusal as refusal:
        return _page(request, actor, kind, refusal=refusal, is_typed=True)
    return _done(kind, "saved")


def _done(kind: str, deed: str) -> HttpResponse:
    return HttpResponseRedirect(f"{reverse('console:paper', args=[kind])}?done={deed}")


def _act(request: HttpRequest, kind: str, deed: str, command: Callable[[Actor, DocType], object]) -> HttpResponse:
    actor = console_actor(request, Role.SYS_ADMIN)
    doc_type = _file(request, actor, kind).row.kind.doc_type
    try:
        command(actor, doc_type)
    except NotFound:
        raise
    except Refusal as refusal:
        return _page(request, actor, kind, refusal=refusal)
    return _done(kind, deed)


@require_POST
def publish(request: HttpRequest, kind: str) -> HttpResponse:
    """Put the draft in force, as the one sees it who publishes."""
    revision, note = _number(request.POST.get("revision", "")) or 0, request.POST.get("note", "")

    def command(actor: Actor, doc_type: DocType) -> object:
        return commands.publish_draft(actor=actor, doc_type=doc_type, revision=revision, note=note, now=timezone.now())

    return _act(request, kind, "published", command)


@require_POST
def discard(request: HttpRequest, kind: str) -> HttpResponse:
    """Give the draft up."""
    revision = _number(request.POST.get("revision", "")) or 0

    def command(actor: Actor, doc_type: DocType) -> object:
        return commands.discard_draft(actor=actor, doc_type=doc_type, revision=revision, now=timezone.now())

    return _act(request, kind, "discarded", command)


@require_POST
def restore(request: HttpRequest, kind: str) -> HttpResponse:
    """Put an earlier version into a draft."""
    number = _number(request.POST.get("number", ""))

    def command(actor: Actor, doc_type: DocType) -> object:
        if number is None:
            raise NotFound
        return commands.restore_version(actor=actor, doc_type=doc_type, number=number, now=timezone.now())

    return _act(request, kind, "restored", command)


def _version(file: KindFile, number: int | None) -> VersionRow:
    found = queries.version_row(file.row.kind, number) if number is not None else None
    if found is None:
        raise NotFound
    return found


@require_safe
def version(request: HttpRequest, kind: str, number: int) -> HttpResponse:
    """One version and what it changed. Seven SQL statements at most."""
    actor = console_actor(request, Role.SYS_ADMIN)
    file = _file(request, actor, kind)
    shown = _version(file, number)
    before = _version(file, number - 1) if number else None
    context = {
        **console_frame(request, actor),
        "file": file,
        "kind": file.row.kind,
        "version": shown,
        "before": before,
        "is_usable": not rules.findings(file.row.kind, shown.wording),
        "fields": _fields(file.row.kind, shown.wording),
        "changes": queries.differences(file.row.kind, before.wording, shown.wording) if before else (),
    }
    return render(request, "console/papers/version.html", context)


def _previewed(request: HttpRequest, kind: str) -> tuple[PaperKind, Wording]:
    """The draft or what is in use, or the version that the address names. Raises: NotFound."""
    file = _file(request, console_actor(request, Role.SYS_ADMIN), kind)
    number = request.GET.get("version", "")
    wording = _version(file, _number(number)).wording if number else file.previewed
    if rules.findings(file.row.kind, wording):
        raise NotFound
    return file.row.kind, wording


@require_safe
def preview_pdf(request: HttpRequest, kind: str) -> HttpResponse:
    """The paper with invented contents, as people would get it. Five SQL statements."""
    found, wording = _previewed(request, kind)
    return document_response(samples.sample_pdf(found, wording), f"{found.name}（样张）.pdf", inline=True)


@require_safe
def preview_picture(request: HttpRequest, kind: str) -> HttpResponse:
    """The same as a picture for the page. Five SQL statements."""
    return image_response(samples.sample_picture(*_previewed(request, kind)))
