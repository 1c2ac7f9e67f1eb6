"""Applying, step by step: who, form, materials (see materials.py), review, submission (§5.3.2)."""

from typing import Any, BinaryIO, cast

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hall.presentation.myspace.frame import applicant, number
from hall.services.applications import asking, commands, form_uploads, licence_commands, queries, recalling, recognition
from hall.services.applications.queries import DraftPage
from hall.services.applications.rules import Fault, NotComplete, StaleDraft, variant_for
from hall.services.catalogue import queries as catalogue
from hall.support.access.actors import Actor
from hall.support.filestore import store
from hall.support.formrules.answering import gathered
from hall.support.formrules.definition import FieldError
from hall.support.formrules.view import Earlier, form_view
from hall.support.formrules.vocabulary import FILE_KEY
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


# Names of a form's page that are no fields.
_FRAME = frozenset({"csrfmiddlewaretoken", "version", "go", "step"})


def typed_of(request: HttpRequest) -> dict[str, Any]:
    """What was sent, one text or a list for each name, tables as lists of rows."""
    return gathered((name, values if len(values) > 1 else values[0]) for name, values in request.POST.lists() if name not in _FRAME)


def with_rows_changed(typed: dict[str, Any], go: str) -> str:
    """Add a row to a table or take one out, as the buttons of its rows say; returns the table's name, "" for any other button."""
    what, _, target = go.partition(":")
    if what not in {"row", "drop"}:
        return ""
    table, _, place = target.partition(".")
    rows = typed.get(table)
    rows = list(rows) if isinstance(rows, list) else []
    if what == "row":
        rows = [*rows, {}]
    elif place.isascii() and place.isdecimal() and len(place) < 4 and int(place) < len(rows):
        del rows[int(place)]
    typed[table] = rows
    return table


def revision_of(request: HttpRequest) -> int:
    """The draft's revision that the form was made from; one that no draft has for anything else."""
    given = request.POST.get("version", "")
    return int(given) if given.isdecimal() and len(given) < 9 else -1


def _form_page(
    request: HttpRequest,
    page: DraftPage,
    step: int,
    *,
    answers: dict[str, Any] | None = None,
    errors: tuple[FieldError, ...] = (),
    note: str = "",
    status: int = 200,
) -> HttpResponse:
    known = {name: page.answers[name] for name in page.locked}
    held = page.answers if answers is None else {**page.answers, **answers, **known}
    view = form_view(page.definition, held, errors, known, step, _earlier(request, page))
    context = {"steps": STEPS, "draft": page, "item": page.version, "form": view, "note": note}
    context |= {"takes_photo": recognition.is_offered(page), "filled": min(number(request.GET.get("filled", "")) or 0, 99)}
    return render(request, "myspace/applications/form.html", context, status=status)


def _earlier(request: HttpRequest, page: DraftPage) -> dict[str, Earlier]:
    actor = applicant(request)
    return recalling.earlier_answers(actor, page.applicant, page.version, today=timezone.localdate())


def _step_of(given: str, page: DraftPage) -> int:
    """The page of the form that is meant; the first for anything that is none."""
    number = int(given) if given.isascii() and given.isdecimal() and len(given) < 4 else 1
    return number if 1 <= number <= len(page.definition.steps) else 1


def _take_files(request: HttpRequest, actor: Actor, page: DraftPage, step: int, go: str) -> list[FieldError]:
    """Keep the files that were chosen on this page of the form, take one off; what is wrong with which field."""
    now, wrong = timezone.now(), []
    for field in page.definition.fields:
        sent = request.FILES.get(f"{field.name}.file") if field.takes_files and page.definition.step_of(field.name) == step else None
        if sent is None:
            continue
        limit = field.max_mb * 1024 * 1024
        stream, name = cast(BinaryIO, sent.file), sent.name or ""
        try:
            file = store.store_upload(actor=actor, stream=stream, declared_name=name, accept=field.accept, max_bytes=limit, now=now)
            form_uploads.add_form_file(actor=actor, draft_id=page.draft_id, name=field.name, file=file, now=now)
        except NotFound:
            raise
        except Refusal as refusal:
            wrong.append(FieldError(field.name, f"{field.title}：{refusal.shown}"))
    what, _, which = go.partition(":")
    taken = next((one for one in page.files if str(one.file.file_id) == which), None)
    if what == "unfile" and taken is not None and taken.material_key.startswith(FILE_KEY):
        commands.remove_material(actor=actor, draft_id=page.draft_id, file_id=taken.file.file_id, now=now)
    return wrong


def _place_after(page: DraftPage, go: str, table: str) -> str:
    """The field to stay at after a button of a row or of a file; "" for any other button."""
    what, _, which = go.partition(":")
    if what == "unfile":
        which = next((one.material_key.removeprefix(FILE_KEY) for one in page.files if str(one.file.file_id) == which), "")
    return table or (which if what in {"upload", "unfile"} and page.definition.field(which) is not None else "")


@require_http_methods(["GET", "HEAD", "POST"])
def form(request: HttpRequest, draft_id: int) -> HttpResponse:
    """Step 2: the form, page by page. Posting saves it whatever it holds, and goes on when it is right. Eleven SQL statements."""
    actor, page = draft_of(request, draft_id)
    if page.serial is not None:
        return redirect("myspace:case", page.serial)
    if request.method != "POST":
        step = _step_of(request.GET.get("step", ""), page)
        return _form_page(request, page, step, errors=_form_errors(page, step) if request.GET.get("check") == "1" else ())
    step, go, typed = _step_of(request.POST.get("step", ""), page), request.POST.get("go", ""), typed_of(request)
    table = with_rows_changed(typed, go) or (recalling.put_in(typed, go, _earlier(request, page)) if go.startswith("last:") else "")
    try:
        commands.save_draft(actor=actor, draft_id=draft_id, revision=revision_of(request), answers=typed, step=step, now=timezone.now())
    except StaleDraft as refusal:
        # Nothing is lost: what was typed here stays on the page, on top of the newer draft's revision.
        return _form_page(request, page, step, answers=typed, note=refusal.shown, status=refusal.status)
    wrong = _take_files(request, actor, page, step, go)
    if wrong:
        return _form_page(request, draft_of(request, draft_id)[1], step, errors=tuple(wrong), status=422)
    here, at = f"/my/applications/{draft_id}/form", _place_after(page, go, table)
    if at or go == "back":
        return HttpResponseRedirect(f"{here}?step={step if at else max(step - 1, 1)}{f'#f-{at}' if at else ''}")
    if go == "photo":
        return redirect("myspace:photo", draft_id)
    if go == "leave":
        return redirect("myspace:home")
    if page.definition.checks:
        asking.look_up(actor=actor, draft_id=draft_id, now=timezone.now())
    page = draft_of(request, draft_id)[1]
    errors = _form_errors(page, step)
    if errors:
        return _form_page(request, page, step, errors=errors, status=422)
    if step < len(page.definition.steps):
        return HttpResponseRedirect(f"{here}?step={step + 1}")
    behind = next((page.definition.step_of(error.name) for error in _form_errors(page)), None)
    if behind:
        return HttpResponseRedirect(f"{here}?check=1&step={behind}")
    licence_commands.fetch_agreed_licences(actor=actor, draft_id=draft_id, now=timezone.now())
    return redirect("myspace:materials", draft_id)


def _form_errors(page: DraftPage, step: int | None = None) -> tuple[FieldError, ...]:
    found = (FieldError(fault.anchor, fault.sentence) for fault in page.faults if not fault.anchor.startswith("material-"))
    return tuple(error for error in found if step is None or page.definition.step_of(error.name) == step)


@require_POST
def autosave(request: HttpRequest, draft_id: int) -> HttpResponse:
    """Save while typing: {"saved": "14:32", "version": 3, "computed": {"total": "12.00 元"}}. Refusals come as JSON with their sentence."""
    actor, page = draft_of(request, draft_id)
    step, now = _step_of(request.POST.get("step", ""), page), timezone.now()
    try:
        saved = commands.save_draft(
            actor=actor, draft_id=draft_id, revision=revision_of(request), answers=typed_of(request), step=step, now=now
        )
    except Refusal as refusal:
        return JsonResponse({"error": {"sentence": refusal.shown}}, status=refusal.status, json_dumps_params={"ensure_ascii": False})
    said: dict[str, Any] = {"saved": f"{timezone.localtime(saved.saved_at):%H:%M}", "version": saved.revision}
    if page.definition.is_computing:
        said["computed"] = computed_texts(draft_of(request, draft_id)[1])
    return JsonResponse(said, json_dumps_params={"ensure_ascii": False})


def computed_texts(page: DraftPage) -> dict[str, str]:
    """What stands in the computed fields, as people read it."""
    known = {name: page.answers[name] for name in page.locked}
    views = [field for section in form_view(page.definition, page.answers, (), known).sections for field in section.fields]
    cells = [cell for field in views for row in field.rows for cell in row.cells]
    return {view.name: view.value for view in (*views, *cells) if view.field.compute}


def fault_links(page: DraftPage) -> list[tuple[str, str, Fault]]:
    """Every fault with the page and the place where it is mended."""
    base = f"/my/applications/{page.draft_id}"

    def place(anchor: str) -> str:
        if anchor.startswith("material-"):
            return f"{base}/materials#f-{anchor}"
        step = page.definition.step_of(anchor)
        return f"{base}/form?check=1{f'&step={step}' if step > 1 else ''}#f-{anchor}"

    return [(place(fault.anchor), fault.sentence, fault) for fault in page.faults]


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
    asking.look_up(actor=actor, draft_id=draft_id, now=timezone.now())
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
