"""Applying, step by step: who, form, materials (see materials.py), review, submission (§5.3.2)."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hall.presentation.myspace.frame import applicant, number
from hall.services.applications import commands, licence_commands, queries
from hall.services.applications.queries import DraftPage
from hall.services.applications.rules import Fault, NotComplete, StaleDraft, variant_for
from hall.services.catalogue import queries as catalogue
from hall.support.access.actors import Actor
from hall.support.formrules.definition import FieldError
from hall.support.formrules.view import form_view
from hall.support.identity import queries as identity
from hall.support.identity import sessions
from hall.support.refusals import NotFound, Refusal

STEPS = ("选择申办人", "填写表格", "上传材料", "核对提交", "领取回执")


def draft_of(request: HttpRequest, draft_id: int) -> tuple[Actor, DraftPage]:
    """The actor's own open draft. Raises: SignInNeeded, NotFound."""
    actor = applicant(request)
    page = queries.draft_page(actor, draft_id, now=timezone.now())
    if page is None:
        raise NotFound
    return actor, page


@require_safe
def choose(request: HttpRequest) -> HttpResponse:
    """Step 1: for oneself or for an enterprise. Seven SQL statements."""
    actor = applicant(request)
    version = catalogue.current_version(request.GET.get("item", "")[:12])
    if version is None:
        raise NotFound
    assert actor.account_id is not None
    context = {
        "steps": STEPS,
        "item": version,
        "enterprises": identity.enterprises_of(actor.account_id) if "org" in version.audience else [],
        "is_for_persons": "person" in version.audience,
        "is_for_enterprises": "org" in version.audience,
        "draft": queries.open_draft(actor, version.code),
        "variant": variant_for(version.variants, request.GET.get("variant", "")[:8]),
    }
    return render(request, "myspace/applications/choose.html", context)


@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """Open the draft, or go on with the one there is."""
    actor = applicant(request)
    item, given = request.POST.get("item", "")[:12], request.POST.get("applicant", "")
    wanted = number(given)
    if wanted != actor.enterprise_id:
        actor = sessions.choose_enterprise(request, wanted)
    draft_id = commands.start_draft(actor=actor, item_code=item, variant=request.POST.get("variant", "")[:8], now=timezone.now())
    return redirect("myspace:form", draft_id)


def typed_of(request: HttpRequest) -> dict[str, object]:
    """What was sent, one text or a list for each name."""
    found: dict[str, object] = {}
    for name, values in request.POST.lists():
        if name not in {"csrfmiddlewaretoken", "version", "go"}:
            found[name] = values if len(values) > 1 else values[0]
    return found


def revision_of(request: HttpRequest) -> int:
    """The draft's revision that the form was made from; one that no draft has for anything else."""
    given = request.POST.get("version", "")
    return int(given) if given.isdecimal() and len(given) < 9 else -1


def _form_page(
    request: HttpRequest,
    page: DraftPage,
    *,
    answers: dict[str, object] | None = None,
    errors: tuple[FieldError, ...] = (),
    note: str = "",
    status: int = 200,
) -> HttpResponse:
    held = page.answers if answers is None else {**answers, **{name: page.answers[name] for name in page.locked}}
    view = form_view(page.definition, held, errors, {name: page.answers[name] for name in page.locked})
    context = {"steps": STEPS, "draft": page, "item": page.version, "form": view, "note": note}
    return render(request, "myspace/applications/form.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def form(request: HttpRequest, draft_id: int) -> HttpResponse:
    """Step 2: the form. Posting saves it whatever it holds, and goes on when it is right. Ten SQL statements."""
    actor, page = draft_of(request, draft_id)
    if page.serial is not None:
        return redirect("myspace:case", page.serial)
    if request.method != "POST":
        is_checked = request.GET.get("check") == "1"
        return _form_page(request, page, errors=_form_errors(page) if is_checked else ())
    typed = typed_of(request)
    try:
        commands.save_draft(actor=actor, draft_id=draft_id, revision=revision_of(request), answers=typed, now=timezone.now())
    except StaleDraft as refusal:
        # Nothing is lost: what was typed here stays on the page, on top of the newer draft's revision.
        return _form_page(request, page, answers=typed, note=refusal.shown, status=refusal.status)
    if request.POST.get("go") == "leave":
        return redirect("myspace:home")
    page = draft_of(request, draft_id)[1]
    errors = _form_errors(page)
    if errors:
        return _form_page(request, page, errors=errors, status=422)
    licence_commands.fetch_agreed_licences(actor=actor, draft_id=draft_id, now=timezone.now())
    return redirect("myspace:materials", draft_id)


def _form_errors(page: DraftPage) -> tuple[FieldError, ...]:
    return tuple(FieldError(fault.anchor, fault.sentence) for fault in page.faults if not fault.anchor.startswith("material-"))


@require_POST
def autosave(request: HttpRequest, draft_id: int) -> HttpResponse:
    """Save while typing: {"saved": "14:32", "version": 3}. Refusals come as JSON with their sentence."""
    actor = applicant(request)
    try:
        saved = commands.save_draft(
            actor=actor, draft_id=draft_id, revision=revision_of(request), answers=typed_of(request), now=timezone.now()
        )
    except Refusal as refusal:
        return JsonResponse({"error": {"sentence": refusal.shown}}, status=refusal.status, json_dumps_params={"ensure_ascii": False})
    return JsonResponse({"saved": f"{timezone.localtime(saved.saved_at):%H:%M}", "version": saved.revision})


def fault_links(page: DraftPage) -> list[tuple[str, str, Fault]]:
    """Every fault with the page and the place where it is mended."""
    base = f"/my/applications/{page.draft_id}"
    return [
        (
            f"{base}/materials#f-{fault.anchor}" if fault.anchor.startswith("material-") else f"{base}/form?check=1#f-{fault.anchor}",
            fault.sentence,
            fault,
        )
        for fault in page.faults
    ]


def _review_page(request: HttpRequest, page: DraftPage, *, refusal: Refusal | None = None, status: int = 200) -> HttpResponse:
    context = {
        "steps": STEPS,
        "draft": page,
        "item": page.version,
        "answers": page.definition.answers(page.answers),
        "materials": [(material, page.files_of(material.key)) for material in page.materials],
        "faults": fault_links(page),
        "refusal": refusal,
    }
    return render(request, "myspace/applications/review.html", context, status=status)


@require_safe
def review(request: HttpRequest, draft_id: int) -> HttpResponse:
    """Step 4: everything once more, as the department will see it. Ten SQL statements."""
    _, page = draft_of(request, draft_id)
    if page.serial is not None:
        return redirect("myspace:case", page.serial)
    return _review_page(request, page)


@require_POST
def submit(request: HttpRequest, draft_id: int) -> HttpResponse:
    """Hand it in. Asked twice, by a double click or a reload, the same case comes back."""
    actor = applicant(request)
    try:
        done = commands.submit_application(actor=actor, draft_id=draft_id, revision=revision_of(request), now=timezone.now())
    except NotFound:
        raise
    except NotComplete as refusal:
        return _review_page(request, draft_of(request, draft_id)[1], status=refusal.status)
    except Refusal as refusal:
        return _review_page(request, draft_of(request, draft_id)[1], refusal=refusal, status=refusal.status)
    return redirect("myspace:submitted", done.serial)


@require_POST
def renew(request: HttpRequest, draft_id: int) -> HttpResponse:
    """Carry the draft over to the item's new version, then look at the form again."""
    commands.renew_draft(actor=applicant(request), draft_id=draft_id, now=timezone.now())
    return HttpResponseRedirect(f"/my/applications/{draft_id}/form?check=1")


@require_POST
def discard(request: HttpRequest, draft_id: int) -> HttpResponse:
    """Throw the draft away."""
    commands.discard_draft(actor=applicant(request), draft_id=draft_id, now=timezone.now())
    return redirect("myspace:home")
