"""用照片填写 (§5.3.2): a picture of an identity card or a licence is read; what it says is ticked, field by field, before it is written."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hall.presentation.myspace.applications import STEPS, draft_of
from hall.presentation.myspace.frame import applicant, number, uploaded
from hall.services.applications import recognition
from hall.services.applications.queries import DraftPage
from hall.services.recognition.rules import PAPER_NAMES
from hall.support.filestore.preview import page_png
from hall.support.filestore.response import image_response
from hall.support.formrules.vocabulary import READ
from hall.support.refusals import NotFound, Refusal

NO_PICTURE = "请先拍一张照片或选择一张图片，再点“读取”。"
PICTURE_WIDTH = 800
MOST_TRIES = 99


@require_http_methods(["GET", "HEAD", "POST"])
def photo(request: HttpRequest, draft_id: int) -> HttpResponse:
    """The picture and what was read; posting gives another one to be read. Twelve SQL statements at most."""
    actor, page = draft_of(request, draft_id)
    if page.serial is not None:
        return redirect("myspace:case", page.serial)
    if request.method != "POST":
        return _page(request, page)
    given = uploaded(request)
    try:
        if given is None:
            raise Refusal(NO_PICTURE)
        if not recognition.is_offered(page):
            raise NotFound
        stream, name = given
        recognition.ask_reading(actor=actor, draft_id=draft_id, stream=stream, declared_name=name, now=timezone.now())
    except NotFound:
        raise
    except Refusal as refusal:
        return _page(request, page, sentence=refusal.shown, status=refusal.status)
    return redirect("myspace:photo", draft_id)


def _page(request: HttpRequest, page: DraftPage, *, sentence: str = "", status: int = 200) -> HttpResponse:
    found = recognition.reading_of(page, today=timezone.localdate())
    stated = found.row.stated if found else None
    context = {
        "steps": STEPS,
        "draft": page,
        "item": page.version,
        "found": found,
        "paper": PAPER_NAMES[stated.paper] if stated and stated.paper else "",
        "unsure": [READ[name].partition("：")[2] for name in found.unsure] if found else [],
        "materials": recognition.materials_for(page, found.file) if found else [],
        "is_offered": recognition.is_offered(page),
        "sentence": sentence,
        "errors": [("file", sentence)] if sentence else [],
        "tries": min(number(request.GET.get("tries", "0")) or 0, MOST_TRIES),
    }
    return render(request, "myspace/recognition/photo.html", context, status=status)


@require_POST
def take(request: HttpRequest, draft_id: int) -> HttpResponse:
    """Write what is ticked, and nothing else; then back to the form."""
    actor, page = draft_of(request, draft_id)
    names = [text[:60] for text in request.POST.getlist("field")[:200]]
    try:
        reading_id = UUID(request.POST.get("reading", ""))
    except ValueError:
        raise NotFound from None
    try:
        written = recognition.take_read(
            actor=actor,
            page=page,
            reading_id=reading_id,
            names=names,
            material_key=request.POST.get("material", "")[:12],
            now=timezone.now(),
        )
    except NotFound:
        raise
    except Refusal as refusal:
        return _page(request, draft_of(request, draft_id)[1], sentence=refusal.shown, status=refusal.status)
    step = min((page.definition.step_of(name) for name in names), default=1)
    return HttpResponseRedirect(f"{reverse('myspace:form', args=[draft_id])}?step={step}&filled={written}")


@require_POST
def drop(request: HttpRequest, draft_id: int) -> HttpResponse:
    """Take nothing, and delete the picture."""
    recognition.drop_reading(actor=applicant(request), draft_id=draft_id, now=timezone.now())
    return redirect("myspace:form", draft_id)


@require_safe
def picture(request: HttpRequest, draft_id: int) -> HttpResponse:
    """The picture that is read, for its own person."""
    found = recognition.reading_of(draft_of(request, draft_id)[1], today=timezone.localdate())
    if found is None:
        raise NotFound
    return image_response(page_png(found.file, width=PICTURE_WIDTH))
