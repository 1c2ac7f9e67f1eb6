"""The buttons about deadlines: ask for an extension, grant or refuse it, arrange a hearing (许可法 42, 48)."""

from collections.abc import Callable
from datetime import datetime

from django import forms
from django.http import HttpRequest
from django.utils import timezone

from hall.services.cases import extending, hearings
from hall.services.cases.clock_rules import BadExtensionDays, BadHearingTime
from hall.services.cases.moves import Moved
from hall.services.cases.rules import Action
from hall.support.access.actors import Actor
from hall.support.refusals import Refusal

# What the case page says over each form: title, what follows, button, tone, parts (see panels).
WORDS: dict[Action, tuple[str, str, str, str, tuple[str, ...]]] = {
    Action.ASK_EXTENSION: ("提请延期", "只能延一次，由部门负责人批准；申请人会看到理由。", "提请延期", "", ("extension_days", "reason")),
    Action.EXTEND: ("审批延期", "批准后期限往后移，申请人会收到延期告知书。", "提交", "primary", ("extension",)),
    Action.ARRANGE_HEARING: ("安排听证", "申请人会收到时间和地点，期间不计时。", "告知申请人", "primary", ("arranged",)),
}
PARTS = ("extension_days", "extension", "arranged")
WRITTEN = {"answer": "说明", "place": "听证地点"}


class VerdictMissing(Refusal):
    sentence = "请先选择是否批准。"
    field = "verdict"


class TooLong(Refusal):
    """Something was written at more length than is kept; the sentence says how much."""


class _Form(forms.Form):
    revision = forms.IntegerField(min_value=1)
    extension_days = forms.IntegerField(required=False)
    reason = forms.CharField(max_length=300, required=False)
    answer = forms.CharField(max_length=300, required=False)
    verdict = forms.ChoiceField(choices=[("grant", ""), ("deny", "")], required=False)
    arranged_for = forms.DateTimeField(required=False, input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"])
    place = forms.CharField(max_length=100, required=False)


_BAD: dict[str, Callable[[], Refusal]] = {
    "extension_days": BadExtensionDays,
    "arranged_for": lambda: BadHearingTime("请按 2026-12-21 09:30 的样子填写听证时间。"),
    "reason": lambda: TooLong("理由最多 300 字，请写得短一些。", field="reason"),
    "answer": lambda: TooLong("说明最多 300 字，请写得短一些。", field="answer"),
    "place": lambda: TooLong("听证地点最多 100 字。", field="place"),
    "verdict": VerdictMissing,
}


def _cleaned(request: HttpRequest) -> dict[str, object]:
    form = _Form(request.POST)
    if not form.is_valid():
        name = next(iter(form.errors))
        raise _BAD.get(name, lambda: TooLong("有内容填写不对，请改正后再提交。"))()
    return form.cleaned_data


def _number(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _ask(request: HttpRequest, actor: Actor, serial: str, now: datetime) -> Moved:
    given = _cleaned(request)
    return extending.ask_extension(
        actor=actor,
        serial=serial,
        revision=_number(given["revision"]) or 0,
        days=_number(given["extension_days"]),
        reason=str(given["reason"] or ""),
        now=now,
    )


def _decide(request: HttpRequest, actor: Actor, serial: str, now: datetime) -> Moved:
    given = _cleaned(request)
    if not given["verdict"]:
        raise VerdictMissing
    return extending.decide_extension(
        actor=actor,
        serial=serial,
        revision=_number(given["revision"]) or 0,
        is_approved=given["verdict"] == "grant",
        answer=str(given["answer"] or ""),
        now=now,
    )


def _arrange(request: HttpRequest, actor: Actor, serial: str, now: datetime) -> Moved:
    given = _cleaned(request)
    arranged_for = given["arranged_for"]
    if isinstance(arranged_for, datetime) and timezone.is_naive(arranged_for):
        arranged_for = timezone.make_aware(arranged_for)
    return hearings.arrange_hearing(
        actor=actor,
        serial=serial,
        revision=_number(given["revision"]) or 0,
        arranged_for=arranged_for if isinstance(arranged_for, datetime) else None,
        place=str(given["place"] or ""),
        now=now,
    )


CALLS: dict[Action, Callable[[HttpRequest, Actor, str, datetime], Moved]] = {
    Action.ASK_EXTENSION: _ask,
    Action.EXTEND: _decide,
    Action.ARRANGE_HEARING: _arrange,
}
