"""What guided handling gives to the signed-in: kept sheets, and answers carried into the application (§5.4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from hall.presentation.myspace.frame import applicant, number, side_nav
from hall.services.applications import commands as applications
from hall.services.applications import joint, joint_queries
from hall.services.applications import queries as drafts
from hall.services.guidance import commands, queries, rules
from hall.services.guidance.facts import Facts, Kinds
from hall.services.guidance.queries import GuideRow
from hall.services.guidance.sheet import Carried, carried
from hall.services.guidance.tree import Walk, narrow, walk
from hall.support.access.actors import Actor
from hall.support.identity import queries as identity
from hall.support.identity import sessions
from hall.support.refusals import NotFound

PAGE_SIZE = 20
STEPS = ("选择申办人", "填写表格", "上传材料", "核对提交", "领取回执")


@dataclass(frozen=True, slots=True)
class Finished:
    """A finished walk and what it brings into the forms of its items; `codes` are those that are to be done."""

    guide: GuideRow
    facts: Facts
    walked: Walk
    codes: tuple[str, ...]
    carried: Mapping[str, Carried]

    @property
    def shown(self) -> list[tuple[str, str]]:
        """Titles and values as they will stand in the form."""
        return list(dict.fromkeys(pair for one in self.carried.values() for pair in one.shown))

    @property
    def left_out(self) -> list[str]:
        """Names of items that the answers made needless."""
        return [name for code, name in self.facts.items.items() if code not in self.codes]


def _choices(values: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in values.items() if len(name) < 5 and len(value) < 5}


def _finished(values: Mapping[str, str]) -> Finished:
    """The walk that a form or address names. Raises: NotFound, NotFinished when questions are open or the answers end in a refusal."""
    kind = Kinds.BUNDLE if values.get("bundle") else Kinds.ITEM
    code = (values.get("bundle") or values.get("item", ""))[:12]
    guide, facts = queries.guide_of(kind, code), queries.facts_of(kind, code)
    if guide is None or facts is None:
        raise NotFound
    walked = walk(guide.tree, _choices(values))
    narrowed = narrow(walked)
    if not walked.is_done or narrowed.refused:
        raise rules.NotFinished
    skipped = {one.item for one in narrowed.skipped}
    codes = tuple(item for item in facts.items if item not in skipped)
    return Finished(guide, facts, walked, codes, {item: carried(narrowed, facts, item) for item in codes})


@require_safe
def apply(request: HttpRequest) -> HttpResponse:
    """What will stand in the form already, and who applies. Eight SQL statements."""
    actor = applicant(request)
    done = _finished(request.GET.dict())
    audience = {word for version in done.facts.versions if version.code in done.codes for word in version.audience}
    assert actor.account_id is not None
    context = {
        "steps": STEPS,
        "item": done.facts,
        "done": done,
        "enterprises": identity.enterprises_of(actor.account_id) if "org" in audience else [],
        "is_for_persons": "person" in audience,
        "is_for_enterprises": "org" in audience,
        "draft": drafts.open_draft(actor, done.facts.code) if done.facts.kind == Kinds.ITEM else None,
    }
    return render(request, "myspace/guide/apply.html", context)


@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """Start the draft, of one item or of all of a bundle, with the answers in it; what stands in a draft already is kept."""
    actor = applicant(request)
    done = _finished(request.POST.dict())
    wanted = number(request.POST.get("applicant", ""))
    if wanted != actor.enterprise_id:
        actor = sessions.choose_enterprise(request, wanted)
    if done.facts.kind == Kinds.BUNDLE:
        return redirect("myspace:joint_form", _start_joint(actor, done, timezone.now()))
    taken = done.carried[done.facts.code]
    draft_id = applications.start_draft(
        actor=actor, item_code=done.facts.code, now=timezone.now(), answers=taken.answers, variant=taken.variant
    )
    return redirect("myspace:form", draft_id)


def _start_joint(actor: Actor, done: Finished, now: datetime) -> int:
    draft_id = joint.start_joint(
        actor=actor,
        codes=done.codes,
        now=now,
        name=done.facts.name,
        bundle_code=done.facts.code,
        variants={item: taken.variant for item, taken in done.carried.items() if taken.variant},
    )
    page = joint_queries.joint_draft_page(actor, draft_id, now=now)
    assert page is not None
    brought = page.whole.form.gathered({item: taken.answers for item, taken in done.carried.items()})
    held = {name: value for name, value in page.answers.items() if value not in (None, "", [])}
    joint.save_joint(actor=actor, draft_id=draft_id, revision=page.revision, answers={**brought, **held}, now=now)
    return draft_id


@require_safe
def sheets(request: HttpRequest) -> HttpResponse:
    """The kept sheets, newest first, keyset. Four SQL statements."""
    actor = applicant(request)
    rows = queries.saved_sheets(actor, before=number(request.GET.get("before", "")), limit=PAGE_SIZE + 1)
    context = {
        "side": side_nav(request.path),
        "rows": rows[:PAGE_SIZE],
        "next_before": rows[PAGE_SIZE - 1].sheet_id if len(rows) > PAGE_SIZE else None,
    }
    return render(request, "myspace/guide/sheets.html", context)


@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Keep a finished sheet."""
    actor = applicant(request)
    given = request.POST.get("kind", "")
    kind, code = Kinds(given) if given in set(Kinds) else Kinds.ITEM, request.POST.get("item", "")[:12]
    commands.save_sheet(actor=actor, kind=kind, code=code, choices=_choices(request.POST.dict()), now=timezone.now())
    return redirect("myspace:sheets")


@require_POST
def drop(request: HttpRequest, sheet_id: int) -> HttpResponse:
    """Throw a kept sheet away."""
    commands.drop_sheet(actor=applicant(request), sheet_id=sheet_id)
    return redirect("myspace:sheets")
