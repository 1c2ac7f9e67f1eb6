"""Applying for several items at once (一件事、办事清单): choose, one form, materials (joint_materials.py), review, submission (§5.4)."""

from collections.abc import Mapping
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hall.presentation.design.basket import item_codes
from hall.presentation.design.plans import Named, in_words, lane_heads, lanes
from hall.presentation.myspace.applications import revision_of, typed_of, with_rows_changed
from hall.presentation.myspace.frame import applicant, number
from hall.services.applications import baskets, joining, joint, joint_queries, licence_commands, recalling
from hall.services.applications import commands as single
from hall.services.applications.joint_queries import JointDraftPage
from hall.services.applications.rules import MOST_TOGETHER, Fault, NotComplete, StaleDraft, TooManyTogether, variant_for
from hall.services.catalogue import queries as catalogue
from hall.services.catalogue.queries import ItemCard
from hall.services.catalogue.rows import BundleRow
from hall.support.access.actors import Actor
from hall.support.formrules.definition import FieldError
from hall.support.formrules.view import Earlier, form_view
from hall.support.identity import queries as identity
from hall.support.identity import sessions
from hall.support.refusals import NotFound, Refusal

STEPS = ("选要办的事", "填一张表", "上传材料", "核对提交", "领取编号")


def draft_of(request: HttpRequest, draft_id: int) -> tuple[Actor, JointDraftPage]:
    """The actor's own joint draft. Raises: SignInNeeded, NotFound."""
    actor = applicant(request)
    page = joint_queries.joint_draft_page(actor, draft_id, now=timezone.now())
    if page is None:
        raise NotFound
    return actor, page


# --- choosing ---------------------------------------------------------------------------------------------------------------------


def _wanted(actor: Actor, given: Mapping[str, object], listed: list[str]) -> tuple[BundleRow | None, list[ItemCard]]:
    """The bundle, if it is one, and the items to choose from. Raises: NotFound, TooManyTogether."""
    code = str(given.get("bundle", ""))
    if code:
        found = next((page for one in item_codes([code]) if (page := catalogue.bundle(one))), None)
        if found is None:
            raise NotFound
        return found.bundle, list(found.cards)
    codes = listed or list(baskets.basket_of(actor))
    if len(codes) > MOST_TOGETHER:
        raise TooManyTogether
    return None, catalogue.item_cards(codes)


@require_safe
def choose(request: HttpRequest) -> HttpResponse:
    """Step 1: which items, which variant of each, and for whom. Seven SQL statements."""
    actor = applicant(request)
    listed = item_codes(request.GET.getlist("item"))
    bundle, cards = _wanted(actor, request.GET, listed)
    if not cards:
        return redirect("/basket")
    assert actor.account_id is not None
    enterprises = identity.enterprises_of(actor.account_id)
    outline = joining.outline(cards, is_enterprise=actor.enterprise_id is not None)
    draft = joint_queries.open_joint_draft(actor, bundle.code if bundle else "")
    context = {
        "steps": STEPS,
        "bundle": bundle,
        "name": _name(bundle, cards),
        "outline": outline,
        "chosen": set(listed) or {card.code for card in cards},
        "enterprises": enterprises,
        "suggested": _suggested(actor, cards, [row.enterprise_id for row in enterprises]),
        "is_for_persons": any("person" in card.audience for card in cards),
        "is_for_enterprises": any("org" in card.audience for card in cards),
        "variants": {item.card.code: variant_for(item.version.variants, "") for item in outline.items},
        "draft": draft,
    }
    return render(request, "myspace/joint/choose.html", context)


def _suggested(actor: Actor, cards: list[ItemCard], enterprises: list[int]) -> int | None:
    """For whom most of the items are: the enterprise acted for, else the first one where enterprises apply for more of them."""
    for_persons, for_enterprises = (sum(kind in card.audience for card in cards) for kind in ("person", "org"))
    if actor.enterprise_id in enterprises and for_enterprises:
        return actor.enterprise_id
    return enterprises[0] if enterprises and for_enterprises > for_persons else None


def _name(bundle: BundleRow | None, cards: list[ItemCard]) -> str:
    if bundle is not None:
        return bundle.name
    return f"{cards[0].name}等 {len(cards)} 件" if len(cards) > 1 else cards[0].name


@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """Open the joint draft, or go on with the one there is; a single item goes the way of a single application."""
    actor = applicant(request)
    wanted = number(request.POST.get("applicant", ""))
    if wanted != actor.enterprise_id:
        actor = sessions.choose_enterprise(request, wanted)
    listed = item_codes(request.POST.getlist("item"))
    bundle, cards = _wanted(actor, request.POST, listed)
    codes = [card.code for card in cards if card.code in listed]
    variants = {code: request.POST.get(f"variant_{code}", "")[:8] for code in codes}
    if not codes:
        return HttpResponseRedirect(f"/my/joint/new?{urlencode({'bundle': bundle.code})}" if bundle else "/basket")
    if bundle is None and len(codes) == 1:
        draft_id = single.start_draft(actor=actor, item_code=codes[0], variant=variants[codes[0]], now=timezone.now())
        return redirect("myspace:form", draft_id)
    kept = [card for card in cards if card.code in codes]
    draft_id = joint.start_joint(
        actor=actor,
        codes=codes,
        name=_name(bundle, kept),
        bundle_code=bundle.code if bundle else "",
        variants=variants,
        now=timezone.now(),
    )
    return redirect("myspace:joint_form", draft_id)


# --- the one form -----------------------------------------------------------------------------------------------------------------


def frame_of(page: JointDraftPage) -> dict[str, object]:
    """What every step shows: the items, their lanes and the way to the end."""
    names = {
        part.code: Named(part.letter, part.name, part.department_short, page.whole.plan.ends[part.code] - page.whole.plan.starts[part.code])
        for part in page.whole.parts
    }
    plan = page.whole.plan
    return {
        "steps": STEPS,
        "draft": page,
        "plan": plan,
        "names": names,
        "lanes": lanes(plan, names),
        "heads": lane_heads(plan),
        "sentence": in_words(plan, names),
        "departments": len({part.version.department_code for part in page.whole.parts}),
    }


def _used_by(page: JointDraftPage) -> dict[str, tuple[str, ...]]:
    """By field of the one form, the names of the items that use it; "全部事项" when all do."""
    short = {part.code: part.name if len(part.name) <= 12 else part.name[:11] + "…" for part in page.whole.parts}
    found = {}
    for field in page.whole.form.definition.fields:
        codes = page.whole.form.items_of(field.name)
        found[field.name] = ("全部事项",) if len(codes) == len(short) else tuple(short[code] for code in codes)
    return found if len(short) > 1 else {}


def _form_page(
    request: HttpRequest,
    page: JointDraftPage,
    *,
    answers: dict[str, object] | None = None,
    errors: tuple[FieldError, ...] = (),
    note: str = "",
    status: int = 200,
) -> HttpResponse:
    known = {name: page.answers[name] for name in page.locked if name in page.answers}
    held = page.answers if answers is None else {**answers, **known}
    view = form_view(page.whole.form.definition, held, errors, known, earlier=_earlier(request, page))
    context = {**frame_of(page), "form": view, "used_by": _used_by(page), "note": note}
    return render(request, "myspace/joint/form.html", context, status=status)


def _earlier(request: HttpRequest, page: JointDraftPage) -> dict[str, Earlier]:
    """By field of the one form, what the applicant wrote before for the first of its items that has it."""
    versions = [part.version for part in page.whole.parts]
    found = recalling.earlier_of(applicant(request), page.applicant, versions, today=timezone.localdate())
    return page.whole.form.gathered(found)


@require_http_methods(["GET", "HEAD", "POST"])
def form(request: HttpRequest, draft_id: int) -> HttpResponse:
    """Step 2: one form for all items. Posting saves it whatever it holds, and goes on when it is right. Ten SQL statements."""
    actor, page = draft_of(request, draft_id)
    if page.serial is not None:
        return redirect("myspace:joint_case", page.serial)
    if request.method != "POST":
        return _form_page(request, page, errors=_form_errors(page) if request.GET.get("check") == "1" else ())
    typed = typed_of(request)
    go = request.POST.get("go", "")
    table = with_rows_changed(typed, go) or (recalling.put_in(typed, go, _earlier(request, page)) if go.startswith("last:") else "")
    try:
        joint.save_joint(actor=actor, draft_id=draft_id, revision=revision_of(request), answers=typed, now=timezone.now())
    except StaleDraft as refusal:
        # Nothing is lost: what was typed here stays on the page, on top of the newer draft's revision.
        return _form_page(request, page, answers=typed, note=refusal.shown, status=refusal.status)
    if table:
        return HttpResponseRedirect(f"/my/joint/drafts/{draft_id}/form#f-{table}")
    if request.POST.get("go") == "leave":
        return redirect("myspace:home")
    if request.POST.get("go") == "choose":
        return HttpResponseRedirect(choose_again(page))
    page = draft_of(request, draft_id)[1]
    errors = _form_errors(page)
    if errors:
        return _form_page(request, page, errors=errors, status=422)
    licence_commands.fetch_agreed_licences_jointly(actor=actor, draft_id=draft_id, now=timezone.now())
    return redirect("myspace:joint_materials", draft_id)


def choose_again(page: JointDraftPage) -> str:
    """Where the items of this draft are chosen."""
    query = [("bundle", page.bundle_code)] if page.bundle_code else []
    return "/my/joint/new?" + urlencode([*query, *(("item", part.code) for part in page.whole.parts)])


def _form_errors(page: JointDraftPage) -> tuple[FieldError, ...]:
    return tuple(FieldError(fault.anchor, fault.sentence) for fault in page.faults if not fault.anchor.startswith("material-"))


@require_POST
def autosave(request: HttpRequest, draft_id: int) -> HttpResponse:
    """Save while typing: {"saved": "14:32", "version": 3}. Refusals come as JSON with their sentence."""
    actor = applicant(request)
    try:
        saved = joint.save_joint(
            actor=actor, draft_id=draft_id, revision=revision_of(request), answers=typed_of(request), now=timezone.now()
        )
    except Refusal as refusal:
        return JsonResponse({"error": {"sentence": refusal.shown}}, status=refusal.status, json_dumps_params={"ensure_ascii": False})
    return JsonResponse({"saved": f"{timezone.localtime(saved.saved_at):%H:%M}", "version": saved.revision})


# --- review and submission --------------------------------------------------------------------------------------------------------


def _fault_links(page: JointDraftPage) -> list[tuple[str, str, Fault]]:
    base = f"/my/joint/drafts/{page.draft_id}"
    places = {True: f"{base}/materials#f-", False: f"{base}/form?check=1#f-"}
    return [(f"{places[fault.anchor.startswith('material-')]}{fault.anchor}", fault.sentence, fault) for fault in page.faults]


def _review_page(request: HttpRequest, page: JointDraftPage, *, refusal: Refusal | None = None, status: int = 200) -> HttpResponse:
    context = {
        **frame_of(page),
        "answers": page.whole.form.definition.answers(page.answers),
        "materials": [(material, page.files_of(material.key)) for material in page.whole.materials],
        "faults": _fault_links(page),
        "refusal": refusal,
    }
    return render(request, "myspace/joint/review.html", context, status=status)


@require_safe
def review(request: HttpRequest, draft_id: int) -> HttpResponse:
    """Step 4: everything once more. Ten SQL statements."""
    _, page = draft_of(request, draft_id)
    if page.serial is not None:
        return redirect("myspace:joint_case", page.serial)
    return _review_page(request, page)


@require_POST
def submit(request: HttpRequest, draft_id: int) -> HttpResponse:
    """Hand everything in. Asked twice, by a double click or a reload, the same whole comes back."""
    actor = applicant(request)
    try:
        done = joint.submit_joint(actor=actor, draft_id=draft_id, revision=revision_of(request), now=timezone.now())
    except NotFound:
        raise
    except NotComplete as refusal:
        return _review_page(request, draft_of(request, draft_id)[1], status=refusal.status)
    except Refusal as refusal:
        return _review_page(request, draft_of(request, draft_id)[1], refusal=refusal, status=refusal.status)
    return redirect("myspace:joint_submitted", done.serial)


@require_POST
def renew(request: HttpRequest, draft_id: int) -> HttpResponse:
    """Carry the draft over to the items' present versions, then look at the form again."""
    joint.renew_joint(actor=applicant(request), draft_id=draft_id, now=timezone.now())
    return HttpResponseRedirect(f"/my/joint/drafts/{draft_id}/form?check=1")


@require_POST
def discard(request: HttpRequest, draft_id: int) -> HttpResponse:
    """Throw the draft away."""
    joint.discard_joint(actor=applicant(request), draft_id=draft_id, now=timezone.now())
    return redirect("myspace:home")
