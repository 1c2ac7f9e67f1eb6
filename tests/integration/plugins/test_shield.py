"""A broken plugin breaks nothing but itself: whatever it does, the page has an answer, and the record says what happened."""

import sys
import threading
import time
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from hall.integration.plugins import breaker, exchanges, finder
from hall.integration.plugins.exchanges import Outcome
from hall.integration.plugins.finder import PluginState
from hall.integration.ports.check import AnswerKind, CheckQuestion, Finding, Takes
from hall.integration.ports.licence import LicenceCode, LicenceQuestion, LicenceReply
from hall.services.forms import checking
from hall.services.licences import source
from hall.support.formrules.definition import FormDefinition
from tests.make.forms import make_schema
from tests.make.plugins import KEY, URL, Strange, answers, hang, plugged, strange

pytestmark = pytest.mark.django_db
QUESTION = LicenceQuestion("a" * 32, "ID_CARD", "试", "duty", holder_name="王建国", holder_key="370102195603120816")


def raises(_: LicenceQuestion) -> Any:
    raise ZeroDivisionError("王建国 370102195603120816")


def exits(_: LicenceQuestion) -> Any:
    sys.exit(3)


def half(question: LicenceQuestion) -> Any:
    return LicenceReply("0000", question.request_id)  # type: ignore[arg-type]  (a code that is none)


def too_deep(question: LicenceQuestion) -> Any:
    return too_deep(question)


def no_memory(_: LicenceQuestion) -> Any:
    # What Python raises when the system gives no more. A limit for one plugin cannot be set within the hall's own process.
    raise MemoryError


@pytest.fixture(autouse=True)
def _set_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(URL, "https://strange.example.cn/")
    monkeypatch.setenv(KEY, "k" * 20)


@pytest.mark.parametrize(
    ("does", "outcome"),
    [
        (raises, Outcome.BROKEN),
        (exits, Outcome.BROKEN),
        (half, Outcome.BROKEN),
        (too_deep, Outcome.BROKEN),
        (no_memory, Outcome.BROKEN),
        (lambda _: None, Outcome.BROKEN),
        (lambda _: "0000", Outcome.BROKEN),
        (lambda _: {"code": "0000"}, Outcome.BROKEN),
    ],
)
def test_whatever_a_plugin_does_it_is_no_answer(does: Callable[[LicenceQuestion], Any], outcome: Outcome) -> None:
    with strange(does):
        assert source.ask(QUESTION, today=date(2026, 11, 23)).code is LicenceCode.UNAVAILABLE
        (called,) = exchanges._waiting
        assert (called.group, called.name, called.method, called.outcome) == ("hall.licence", "strange", "find", outcome)
        assert "王建国" not in repr(called) and "3701" not in repr(called)


def test_one_that_hangs_is_left_in_time_and_noted_once() -> None:
    release, began = threading.Event(), time.monotonic()
    with strange(hang(release)):
        assert source.ask(QUESTION, today=date(2026, 11, 23), seconds=0.1).code is LicenceCode.TIMEOUT
        assert time.monotonic() - began < 1
        release.set()
        assert [one.outcome for one in exchanges._waiting] == [Outcome.TIMEOUT]


@pytest.mark.parametrize("does", [raises, exits, half])
def test_the_page_has_an_answer_all_the_same(does: Callable[[LicenceQuestion], Any]) -> None:
    with strange(does):
        form = {"cert_type": "ID_CARD", "number": "370102195603120816", "holder": "王建国"}
        answer = Client().post("/verify/licence", form, HTTP_ORIGIN="http://testserver")
        assert answer.status_code < 500


class DiesAtTheStart(Strange):
    @classmethod
    def configured(cls, read: Any) -> Any:
        sys.exit("no licence for this driver")


def test_one_that_ends_the_process_when_it_is_made_is_broken_and_the_page_is_there() -> None:
    with plugged("hall.licence", DiesAtTheStart):
        (row,) = finder.found("hall.licence")
        assert row.state is PluginState.BROKEN
        assert Client().get("/verify").status_code == 200


class Stuck:
    """A check that never comes to an end, but asks the hall something first."""

    name, title, help, parameters = "stuck", "卡住的校验", "卡住", ()
    takes = (Takes("一项", frozenset({AnswerKind.TEXT})),)
    release = threading.Event()
    asked: list[Any] = []

    @classmethod
    def configured(cls, read: Any) -> "Stuck":
        return cls()

    def examine(self, question: CheckQuestion) -> Finding | None:
        self.asked.append(question.around.attributes("no_such_table", "x"))
        self.release.wait(20)
        return None


def test_a_check_that_hangs_is_told_as_not_known_and_what_it_asked_was_read_in_the_callers_transaction(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(checking, "SECONDS", 0.2)
    schema = {**make_schema(name={"type": "string", "title": "姓名"}), "x-checks": [{"check": "stuck", "fields": ["name"]}]}
    definition = FormDefinition.from_schema(schema)
    with plugged("hall.check", Stuck), CaptureQueriesContext(connection) as seen:
        (outcome,) = checking.run(definition, {"name": "王建国"}, checking.Nowhere(), date(2026, 11, 23))
        Stuck.release.set()
    assert outcome.is_unknown and Stuck.asked == [None]
    assert any("forms_code" in one["sql"] for one in seen.captured_queries)


def test_a_call_costs_whoever_waits_no_statement_and_a_thousand_calls_few_rows() -> None:
    with strange(answers):
        source.is_ready()  # the first look of a process reads the console's settings
        with CaptureQueriesContext(connection) as seen:
            for _ in range(1000):
                source.ask(QUESTION, today=date(2026, 11, 23))
        assert len(seen) == 0
        with CaptureQueriesContext(connection) as seen:
            assert breaker.write_down() == 1000
        assert len(seen) <= 4  # the minutes, twice when one began meanwhile, and the sample
        assert breaker.write_down() == 0
    from hall.integration.plugins.models import Exchange, Minute

    assert sum(Minute.objects.values_list("calls", flat=True)) == 1000
    assert Exchange.objects.count() == exchanges.MOST_SUCCESSES
