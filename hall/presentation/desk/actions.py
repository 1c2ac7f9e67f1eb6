"""The buttons of the case page: each reads its form, calls one command, and shows the case again."""

from collections.abc import Callable
from datetime import date, datetime

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from hall.presentation.desk import cases as case_page
from hall.presentation.desk import clock_actions
from hall.presentation.desk.frame import desk_actor
from hall.presentation.desk.panels import correction_targets
from hall.services.cases import deciding, handling, hearings
from hall.services.cases.deciding import DeliveryMethod
from hall.services.cases.handling import Point
from hall.services.cases.moves import Moved
from hall.services.cases.rows import CaseFile
from hall.services.cases.rules import Action
from hall.support.access.actors import Actor
from hall.support.refusals import NotFound, Refusal

# What somebody writes at length, and would not want to write again.
WRITTEN = {
    "note": "内部备注",
    "reason": "理由",
    "opinion": "意见",
    "outcome": "结果",
    "procedure": "程序名称",
    "institution": "承办机构",
} | clock_actions.WRITTEN


class ActionForm(forms.Form):
    """Every input that any action reads; each action takes its own."""

    revision = forms.IntegerField(min_value=1)
    note = forms.CharField(max_length=500, required=False)
    reason = forms.CharField(max_length=500, required=False)
    opinion = forms.CharField(max_length=1000, required=False)
    outcome = forms.CharField(max_length=500, required=False)
    procedure = forms.CharField(max_length=100, required=False)
    institution = forms.CharField(max_length=100, required=False)
    expected_days = forms.IntegerField(min_value=1, max_value=180, required=False)
    days = forms.IntegerField(min_value=3, max_value=30, required=False)
    verdict = forms.ChoiceField(choices=[("grant", ""), ("deny", "")], required=False)
    method = forms.ChoiceField(choices=[(method.value, "") for method in DeliveryMethod], required=False)
    receiver = forms.CharField(max_length=60, required=False)
    valid_until = forms.DateField(required=False, error_messages={"invalid": "请按 2027-12-31 的样子填写有效期。"})


class VerdictMissing(Refusal):
    sentence = "请先选择结论。"
    field = "verdict"


class FormBroken(Refusal):
    sentence = "有内容填写不对，请改正后再提交。"


@require_POST
def act(request: HttpRequest, serial: str, action: str) -> HttpResponse:
    """Take one action. A refusal shows the page again with its sentence and everything that was typed."""
    actor = desk_actor(request)
    if action not in set(Action) or Action(action) not in CALLS:
        raise NotFound
    try:
        CALLS[Action(action)](request, actor, serial, timezone.now())
    except NotFound:
        raise
    except Refusal as refusal:
        file = case_page.open_case(actor, serial)
        context = case_page.case_context(request, actor, file)
        context |= {"refusal": refusal, "refused_action": action, "typed": request.POST, "kept": _kept(request, file, action)}
        return render(request, "desk/cases/page.html", context, status=refusal.status)
    return redirect("desk:case", serial)


def _kept(request: HttpRequest, file: CaseFile, action: str) -> list[tuple[str, str]]:
    """The texts that were typed, with their labels, when the page no longer offers the form that they belong to."""
    if action in file.actions:
        return []
    names = {f"point.{kind}.{target}": title for kind, target, title in _targets(file)} | WRITTEN
    typed = {name: str(request.POST.get(name, "")).strip() for name in names}
    return [(names[name], text) for name, text in typed.items() if text]


def _targets(file: CaseFile) -> tuple[tuple[str, str, str], ...]:
    return correction_targets(file, case_page.schema_of(file.version, is_enterprise=file.enterprise_id is not None))


def _cleaned(request: HttpRequest) -> dict[str, object]:
    form = ActionForm(request.POST)
    if not form.is_valid():
        name, errors = next(iter(form.errors.items()))
        raise FormBroken(str(errors[0]) if name == "valid_until" else None, field=name)
    return form.cleaned_data


class _Given:
    """One action's cleaned input with plain types."""

    def __init__(self, request: HttpRequest) -> None:
        self._data = _cleaned(request)

    def text(self, name: str) -> str:
        return str(self._data[name] or "")

    def number(self, name: str, default: int) -> int:
        value = self._data[name]
        return value if isinstance(value, int) else default

    @property
    def revision(self) -> int:
        return self.number("revision", 0)

    @property
    def is_grant(self) -> bool:
        if not self._data["verdict"]:
            raise VerdictMissing
        return self._data["verdict"] == "grant"

    @property
    def valid_until(self) -> date | None:
        value = self._data["valid_until"]
        return value if isinstance(value, date) else None

    @property
    def method(self) -> DeliveryMethod:
        return DeliveryMethod(self.text("method") or DeliveryMethod.ELECTRONIC)


def _correct(request: HttpRequest, actor: Actor, serial: str, now: datetime) -> Moved:
    given = _Given(request)
    targets = _targets(case_page.open_case(actor, serial))
    points = [Point(kind, target, title, request.POST.get(f"point.{kind}.{target}", "")) for kind, target, title in targets]
    return handling.request_correction(
        actor=actor,
        serial=serial,
        revision=given.revision,
        points=[point for point in points if point.sentence.strip()],
        days=given.number("days", handling.CORRECTION_DAYS),
        now=now,
    )


def _receive(request: HttpRequest, actor: Actor, serial: str, now: datetime) -> Moved:
    given = _Given(request)
    checked = request.POST.getlist("original")[:100]
    return handling.receive_originals(
        actor=actor, serial=serial, revision=given.revision, checked=checked, note=given.text("note"), now=now
    )


def _special(request: HttpRequest, actor: Actor, serial: str, now: datetime) -> Moved:
    given = _Given(request)
    return deciding.start_special_procedure(
        actor=actor,
        serial=serial,
        revision=given.revision,
        procedure=given.text("procedure"),
        institution=given.text("institution"),
        expected_days=given.number("expected_days", 10),
        now=now,
    )


def _give_opinion(request: HttpRequest, actor: Actor, serial: str, now: datetime) -> Moved:
    given = _Given(request)
    return deciding.give_opinion(
        actor=actor, serial=serial, revision=given.revision, is_grant_advised=given.is_grant, opinion=given.text("opinion"), now=now
    )


def _give_second_opinion(request: HttpRequest, actor: Actor, serial: str, now: datetime) -> Moved:
    given = _Given(request)
    return deciding.give_second_opinion(
        actor=actor, serial=serial, revision=given.revision, is_grant_advised=given.is_grant, opinion=given.text("opinion"), now=now
    )


def _decide(request: HttpRequest, actor: Actor, serial: str, now: datetime) -> Moved:
    given = _Given(request)
    return deciding.decide_case(
        actor=actor, serial=serial, revision=given.revision, is_granted=given.is_grant, reason=given.text("reason"), now=now
    )


def _make_result(request: HttpRequest, actor: Actor, serial: str, now: datetime) -> Moved:
    given = _Given(request)
    return deciding.make_result(actor=actor, serial=serial, revision=given.revision, valid_until=given.valid_until, now=now)


def _deliver(request: HttpRequest, actor: Actor, serial: str, now: datetime) -> Moved:
    given = _Given(request)
    return deciding.deliver_case(actor=actor, serial=serial, revision=given.revision, method=given.method, now=now)


def _close(request: HttpRequest, actor: Actor, serial: str, now: datetime) -> Moved:
    given = _Given(request)
    return deciding.close_case(
        actor=actor, serial=serial, revision=given.revision, method=given.method, receiver=given.text("receiver"), now=now
    )


Call = Callable[[HttpRequest, Actor, str, datetime], Moved]


def _claim(request: HttpRequest, actor: Actor, serial: str, now: datetime) -> Moved:
    return handling.claim_case(actor=actor, serial=serial, now=now)


def _plain(command: Callable[..., Moved], *names: str) -> Call:
    """An action whose command takes the revision and some texts of the same name as their inputs."""

    def call(request: HttpRequest, actor: Actor, serial: str, now: datetime) -> Moved:
        given = _Given(request)
        return command(actor=actor, serial=serial, revision=given.revision, now=now, **{name: given.text(name) for name in names})

    return call


CALLS: dict[Action, Call] = {
    Action.PRE_REVIEW: _claim,
    Action.CORRECT: _correct,
    Action.RECEIVE: _receive,
    Action.ACCEPT: _plain(handling.accept_case, "note"),
    Action.NOT_ACCEPT: _plain(handling.refuse_case, "reason"),
    Action.RETURN: _plain(handling.return_case, "reason"),
    Action.START_REVIEW: _plain(deciding.start_review),
    Action.GIVE_OPINION: _give_opinion,
    Action.SECOND_OPINION: _give_second_opinion,
    Action.SPECIAL: _special,
    Action.END_SPECIAL: _plain(deciding.end_special_procedure, "outcome"),
    Action.HEARING: _plain(hearings.give_hearing_notice, "reason"),
    Action.END_HEARING: _plain(hearings.end_hearing, "outcome"),
    Action.DECIDE: _decide,
    Action.MAKE_RESULT: _make_result,
    Action.DELIVER: _deliver,
    Action.CLOSE: _close,
    Action.ASK_VOID: _plain(deciding.ask_void, "reason"),
    Action.VOID: _plain(deciding.void_case, "reason"),
    **clock_actions.CALLS,
}


@require_POST
def put_back(request: HttpRequest, serial: str) -> HttpResponse:
    """Give the case back to the department's queue."""
    given = _Given(request)
    handling.put_back(actor=desk_actor(request), serial=serial, revision=given.revision, now=timezone.now())
    return redirect("desk:queue")
