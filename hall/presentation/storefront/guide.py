"""智能导办 (§5.4): one question a screen, the personal sheet, and the self-test. Answers live in the address, as choices only."""

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe
from markupsafe import Markup

from hall.presentation.design.cache import cacheable
from hall.presentation.design.context import region_of, supplied, supply
from hall.services.guidance import queries
from hall.services.guidance.facts import Kinds
from hall.services.guidance.queries import GuideRow
from hall.services.guidance.sheet import Around, Sheet, make_sheet
from hall.services.guidance.tree import Answer, Question, Walk, lengths, walk
from hall.support.access.actors import Actor, Role
from hall.support.documents.qr import qr_svg
from hall.support.documents.render import SheetContent, render_sheet
from hall.support.refusals import NotFound

HOW_SURE = (("yes", "符合"), ("no", "不符合"), ("unsure", "拿不准"))


def guided() -> frozenset[str]:
    """Codes of items and bundles that have a guide, asked once a minute and process."""
    return supplied("guided") or frozenset()  # type: ignore[return-value]


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the pages of one guide are; the choices so far are part of each."""

    base: str
    query: str

    @classmethod
    def of(cls, kind: Kinds, code: str, choices: dict[str, str]) -> "Addresses":
        return cls(f"/{'items' if kind == Kinds.ITEM else 'bundles'}/{code}", urlencode(choices))

    def _with(self, path: str, **more: str) -> str:
        query = "&".join(part for part in (self.query, urlencode(more)) if part)
        return f"{self.base}{path}?{query}" if query else f"{self.base}{path}"

    @property
    def subject(self) -> str:
        return self.base

    @property
    def form(self) -> str:
        return f"{self.base}/guide"

    @property
    def sheet(self) -> str:
        return self._with("/guide/sheet")

    @property
    def pdf(self) -> str:
        return self._with("/guide/sheet.pdf")

    @property
    def check(self) -> str:
        return f"{self.base}/check"

    def at(self, key: str) -> str:
        """The page that asks a known question again, with everything else kept."""
        return self._with("/guide", at=key)


def _choices(request: HttpRequest) -> dict[str, str]:
    return {name: str(value) for name, value in request.GET.items() if len(name) < 5 and len(value) < 5}


def _guide(kind: Kinds, code: str) -> GuideRow:
    guide = queries.guide_of(kind, code)
    if guide is None:
        raise NotFound("这件事还没有智能导办。请按办事指南准备，或拨打热线咨询。")
    return guide


def _around(request: HttpRequest, guide: GuideRow) -> Around:
    region = region_of(request)
    found = queries.around(guide.kind, guide.code, division_code=region.code if region else "")
    if found is None:
        raise NotFound
    return found


@require_safe
@cacheable(seconds=30)
def index(request: HttpRequest) -> HttpResponse:
    """All guides, for people and for organisations. Three SQL statements."""
    links = queries.guides()
    bundles = [link for link in links if link.kind == Kinds.BUNDLE]
    items = [link for link in links if link.kind == Kinds.ITEM]
    shelves = [
        ("一件事", bundles),
        ("个人办事", [link for link in items if "person" in link.audience]),
        ("企业办事", [link for link in items if "person" not in link.audience]),
    ]
    return render(request, "storefront/guide/index.html", {"shelves": [shelf for shelf in shelves if shelf[1]]})


# --- one question a screen --------------------------------------------------------------------------------------------------------


@require_safe
@cacheable(seconds=60)
def ask(request: HttpRequest, code: str, kind: str = Kinds.ITEM) -> HttpResponse:
    """The next question with the slip beside it; `?at=q1` asks one again. At the end the sheet. Ten SQL statements at most."""
    guide, choices = _guide(Kinds(kind), code), _choices(request)
    walked = walk(guide.tree, choices)
    again = next((known for known in walked.known if known.question.key == request.GET.get("at")), None)
    to = Addresses.of(guide.kind, code, walked.choices)
    question = again.question if again else walked.question
    if question is None:
        return redirect(to.sheet)
    around = _around(request, guide)
    place = walked.known.index(again) if again else len(walked.known)
    sheet = make_sheet(guide.tree, walked, around)
    before = (
        make_sheet(guide.tree, replace(walked, known=walked.known[:-1], question=walked.known[-1].question), around)
        if walked.known
        else None
    )
    context = {
        "guide": guide,
        "to": to,
        "question": question,
        "chosen": again.answer.key if again else "",
        "place": place,
        "left": lengths(guide.tree)[question.key],
        "back": to.at(walked.known[place - 1].question.key) if place else to.subject,
        "walked": walked,
        "carried": [(key, value) for key, value in walked.choices.items() if key != question.key],
        "sheet": sheet,
        "new": _new(sheet, before),
        "is_unanswered": request.GET.get("go") == question.key and not again,
    }
    return render(request, "storefront/guide/ask.html", context)


def _new(sheet: Sheet, before: Sheet | None) -> frozenset[str]:
    """Names on the slip that the last answer brought there."""
    if before is None:
        return frozenset()
    return frozenset(one.name for one in sheet.bring) - frozenset(one.name for one in before.bring)


# --- the sheet --------------------------------------------------------------------------------------------------------------------


def _sheet(request: HttpRequest, kind: str, code: str) -> tuple[GuideRow, Walk, Sheet, Addresses]:
    guide = _guide(Kinds(kind), code)
    walked = walk(guide.tree, _choices(request))
    return guide, walked, make_sheet(guide.tree, walked, _around(request, guide)), Addresses.of(guide.kind, code, walked.choices)


@require_safe
@cacheable(seconds=60)
def sheet(request: HttpRequest, code: str, kind: str = Kinds.ITEM) -> HttpResponse:
    """The personal sheet, to print, keep or carry on; open questions are said. Ten SQL statements at most."""
    guide, walked, made, to = _sheet(request, kind, code)
    actor: Actor = request.actor  # type: ignore[attr-defined]
    context: dict[str, Any] = {
        "guide": guide,
        "sheet": made,
        "to": to,
        "walked": walked,
        "qr": Markup(qr_svg(f"{settings.PUBLIC_ADDRESS}{to.sheet}", title="用手机打开这张办事单")),  # noqa: S704  (our own drawing)
        "is_applicant": actor.has(Role.CITIZEN),
        "carried": list(walked.choices.items()),
        "apply": f"/my/guide?{urlencode({guide.kind.value: code, **walked.choices})}",
        "is_declarable": bool(made.declarable),
        "today": timezone.now(),
    }
    return render(request, "storefront/guide/sheet.html", context)


@require_safe
def sheet_pdf(request: HttpRequest, code: str, kind: str = Kinds.ITEM) -> HttpResponse:
    """The same sheet as a PDF of one page. Ten SQL statements at most."""
    _, walked, made, to = _sheet(request, kind, code)
    if not walked.is_done:
        return redirect(to.at(walked.question.key) if walked.question else to.form)
    response = HttpResponse(render_sheet(_content(made, to)), content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="sheet-{code}.pdf"'
    return response


def _content(made: Sheet, to: Addresses) -> SheetContent:
    facts = [("网上", made.ways)]
    facts += [("窗口", "，".join(part for part in (row.name, row.address, row.hours, row.phone) if part)) for row in made.places[:3]]
    facts += [("地点", note) for note in made.place_notes]
    facts += [("咨询", f"{contact.value}（{contact.note or contact.kind}）") for contact in made.contacts]
    return SheetContent(
        title=made.title,
        name=f"{made.name}{'（' + '、'.join(made.variant_names) + '）' if made.variant_names else ''}",
        answers=tuple(f"{asked}{answer}" for asked, answer in made.answers),
        figures=(
            ("办结", made.takes),
            ("到现场", f"{made.visits} 次"),
            ("要准备", f"{len(made.bring)} 份材料"),
            ("费用", made.fee),
        ),
        bring=tuple((one.name, one.note) for one in made.bring),
        spare=(*((one.name, one.reason) for one in made.spare), *((f"不用办：{one.name}", one.reason) for one in made.skipped)),
        legs=tuple((leg.name, leg.note, leg.takes) for leg in made.legs),
        facts=tuple(facts),
        notes=made.notes,
        refusal=(made.refused.reason, made.refused.instead) if made.refused else (),
        basis="；".join(made.basis[:6]),
        address=f"{settings.PUBLIC_ADDRESS}{to.sheet}",
        made_at=timezone.localtime(),
    )


# --- the self-test ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Condition:
    """One acceptance condition with what was ticked; `is_open` when it was not."""

    name: str
    text: str
    ticked: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of the guide that can end in a refusal, with the answer ticked."""

    question: Question
    answer: Answer | None
    is_open: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the self-test says: `word` is yes, no, unsure or open."""

    word: str
    conditions: tuple[str, ...]
    refused: tuple[Answer, ...]


@require_safe
@cacheable(seconds=60)
def check(request: HttpRequest, code: str) -> HttpResponse:
    """我能不能办: the item's acceptance conditions, and the guide's, as a checklist with a clear result. Ten SQL statements at most."""
    around = queries.around(Kinds.ITEM, code)
    if around is None:
        raise NotFound
    guide, is_sent = queries.guide_of(Kinds.ITEM, code), request.GET.get("go") == "1"
    conditions = []
    for number, text in enumerate(around.facts.versions[0].conditions, start=1):
        ticked = request.GET.get(f"c{number}", "")
        ticked = ticked if ticked in dict(HOW_SURE) else ""
        conditions.append(Condition(f"c{number}", text, ticked, is_sent and not ticked))
    asked = []
    for question in guide.tree.questions if guide else ():
        if any(answer.effects.refuse for answer in question.answers):
            given = question.answer(request.GET.get(question.key, ""))
            asked.append(Asked(question, given, is_sent and given is None))
    context = {
        "item": around.facts.versions[0],
        "around": around,
        "guide": guide,
        "how_sure": HOW_SURE,
        "conditions": conditions,
        "asked": asked,
        "verdict": _verdict(conditions, asked) if is_sent else None,
        "to": Addresses.of(Kinds.ITEM, code, {one.question.key: one.answer.key for one in asked if one.answer}),
        "is_declarable": around.cards[0].is_declarable,
    }
    return render(request, "storefront/guide/check.html", context)


def _verdict(conditions: list[Condition], asked: list[Asked]) -> Verdict:
    failed = tuple(one.text for one in conditions if one.ticked == "no")
    refused = tuple(one.answer for one in asked if one.answer and one.answer.effects.refuse)
    unsure = tuple(one.text for one in conditions if one.ticked == "unsure")
    if failed or refused:
        return Verdict("no", failed, refused)
    if any(one.is_open for one in conditions) or any(one.is_open for one in asked):
        return Verdict("open", (), ())
    return Verdict("unsure", unsure, ()) if unsure else Verdict("yes", (), ())


supply("guided", queries.guided_codes)
