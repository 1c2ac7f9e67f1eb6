"""问一问 and 请给我回电话 as pages: what people say stands in no address, nothing is lost by mistakes, nobody else's page speaks for them (§5.4)."""

import html
import re

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from hall.presentation.storefront.ask import COOKIE
from hall.services.guidance import asks, talks
from hall.services.guidance.models import AskRequest, AskTalk
from hall.services.search import commands as search
from hall.support.access.actors import Role
from tests.make.asks import make_ask
from tests.make.catalogue import make_item
from tests.make.people import NOW, make_department, make_staff, signed_in

pytestmark = pytest.mark.django_db
SITE = {"HTTP_ORIGIN": "http://testserver"}
AGES = 10**9  # a window that does not end while a test runs
PAYLOAD = """"><script>alert(1)</script>{{7*7}}'"""


def text_of(answer: HttpResponse) -> str:
    return html.unescape(answer.content.decode())


def say(browser: Client, sentence: str, **more: str) -> str:
    answer = browser.post("/ask", {"sentence": sentence, **more}, **SITE)
    assert answer.status_code == 302 and answer.headers["Location"] == "/ask#now", answer.content
    return text_of(browser.get("/ask"))


def form_of(text: str) -> dict[str, str]:
    """What the form for a call holds when it is shown."""
    found = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', text))
    return {"request_key": found["request_key"], "csrfmiddlewaretoken": found["csrfmiddlewaretoken"], "item": found["item"]}


def test_a_talk_goes_on_in_one_browser_and_can_be_forgotten() -> None:
    browser, other = Client(), Client()
    assert "身份证丢了怎么补" in text_of(browser.get("/ask")) and not AskTalk.objects.exists()
    assert "我是大厅的智能导办" in say(browser, "你是谁")
    assert "不客气" in say(browser, "谢谢")
    cookie = browser.cookies[COOKIE]
    assert cookie["httponly"] and cookie["samesite"] == "Lax" and cookie["path"] == "/ask" and cookie["max-age"] == 24 * 3600
    assert "你是谁" not in text_of(other.get("/ask"))
    browser.post("/ask", {"forget": "1"}, **SITE)
    assert not AskTalk.objects.exists() and "你是谁" not in text_of(browser.get("/ask"))


def test_a_page_of_somebody_else_cannot_speak_for_the_visitor() -> None:
    for sent in ({}, {"HTTP_ORIGIN": "https://elsewhere.example"}):
        answer = Client().post("/ask", {"sentence": "你好"}, **sent)
        assert answer.status_code == 403 and "没有收到您的话" in text_of(answer)
    assert not AskTalk.objects.exists()


def test_what_is_typed_is_shown_as_it_is_and_runs_nothing() -> None:
    text = Client()
    say(text, PAYLOAD)
    page = text.get("/ask").content.decode()
    assert "<script>alert" not in page and "&lt;script&gt;alert(1)" in page and ">49" not in page


@pytest.mark.parametrize(
    "sent",
    [
        {"sentence": "\0" * 900},
        {"sentence": "长" * 5000},
        {"choice": "x" * 5000, "seen": "-1"},
        {"choice": "wish:\0", "topic": "item:\0"},
        {"choice": "answer:q1=a1", "topic": "bundle:' OR 1=1"},
        {"sentence": "你好", "seen": "９９９", "topic": "item:"},
        {"sentence": "你好", "seen": "99999999999"},
        {},
    ],
)
def test_odd_words_and_choices_are_answered(sent: dict[str, str]) -> None:
    browser = Client()
    assert browser.post("/ask", sent, **SITE).status_code == 302
    answer = browser.get("/ask")
    assert answer.status_code == 200 and len(answer.content) < 60_000


@pytest.mark.parametrize("token", ["x", "é" * 30, "a" * 9000, '"><script>'])
def test_a_token_that_is_not_ours_begins_anew(token: str) -> None:
    browser = Client()
    browser.cookies[COOKIE] = token
    assert "请用一句话说说要办的事" in text_of(browser.get("/ask"))
    say(browser, "谢谢")
    assert browser.cookies[COOKIE].value != token


def test_from_an_items_page_the_talk_is_about_the_item_and_kept_only_when_something_is_said() -> None:
    code, browser = make_item(name="护照签发").code, Client()
    text = text_of(browser.get(f"/ask?item={code}"))
    assert "护照签发，由山东省发展和改革委员会办理。" in text and "正在说" in text and not AskTalk.objects.exists()
    assert "不收费。" in say(browser, "多少钱", topic=f"item:{code}")
    assert browser.get("/ask?item=%00&bundle=' OR 1=1").status_code == 200


def test_from_a_search_the_sentence_is_taken_along_and_the_source_stands_below() -> None:
    make_item(name="护照签发", keywords=["护照"])
    search.reindex(now=NOW)
    text = say(Client(), "护照签发")
    assert "护照签发，由" in text and re.search(r'href="/items/\w+">出处：事项页', text)


def test_the_form_is_filled_in_from_the_talk_and_reaches_the_department() -> None:
    code, browser = make_item(name="护照签发").code, Client()
    say(browser, "我的电话是 13900004321，多少钱", topic=f"item:{code}")
    text = text_of(browser.get("/ask/person"))
    assert "护照签发" in text and '<option value="SD02" selected>' in text and "13900004321" not in text and "139****" in text
    sent = {**form_of(text), "department": "SD02", "phone": "13900004321", "question": "多少钱一本？", "history": "1", "consent": "1"}
    answer = browser.post("/ask/person", sent)
    made = AskRequest.objects.get()
    assert answer.status_code == 302 and answer.headers["Location"] == f"/ask/person/{made.reference}"
    assert browser.post("/ask/person", sent).headers["Location"] == answer.headers["Location"] and AskRequest.objects.count() == 1
    told = text_of(Client().get(f"/ask/person/{made.reference}"))
    assert made.reference in told and "省发展改革委会在" in told and "13900004321" not in told and "多少钱" not in told
    clerk = signed_in(make_staff(Role.CLERK))
    page = text_of(clerk.get(f"/desk/asks/{made.pk}"))
    assert "13900004321" in page and "多少钱一本？" in page and "办事人：我的电话是 139****" in page


def test_mistakes_in_the_form_are_said_together_and_keep_what_was_typed() -> None:
    make_department()
    browser = Client()
    sent = {**form_of(text_of(browser.get("/ask/person"))), "department": "SD99", "phone": "12", "question": PAYLOAD, "name": "王女士"}
    answer = browser.post("/ask/person", sent)
    text = answer.content.decode()
    assert answer.status_code == 422 and "还有 3 处需要修改" in text and "<title>错误：" in text
    assert 'value="12"' in text and 'value="王女士"' in text and sent["request_key"] in text and "<script>alert" not in text
    assert browser.post("/ask/person", {**sent, "request_key": "x"}).status_code == 422
    assert not AskRequest.objects.exists()


def test_too_many_calls_to_one_number_are_refused_kindly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asks, "CALLS_WINDOW_SECONDS", AGES)
    make_department()
    for _ in range(3):
        make_ask(phone="13900004321", now=timezone.now())
    browser = Client()
    sent = {
        **form_of(text_of(browser.get("/ask/person"))),
        "department": "SD02",
        "phone": "13900004321",
        "question": "还是这件事",
        "consent": "1",
    }
    answer = browser.post("/ask/person", sent)
    assert answer.status_code == 429 and "操作太频繁" in text_of(answer) and "还是这件事" in text_of(answer)


@pytest.mark.parametrize("reference", ["ABCDEFGH", "x" * 40, "%00", "' OR 1=1"])
def test_an_unknown_reference_is_not_there(reference: str) -> None:
    assert Client().get(f"/ask/person/{reference}").status_code == 404


def test_the_ways_in_stand_where_people_get_stuck() -> None:
    code, browser = make_item().code, Client()
    for path, words in (
        ("/", 'href="/ask"'),
        (f"/items/{code}", f'href="/ask?item={code}#now"'),
        ("/guide", 'href="/ask"'),
        ("/search?q=没有这样的事", 'name="sentence" value="没有这样的事"'),
        ("/help", 'href="/ask"'),
    ):
        assert words in text_of(browser.get(path)), path


def test_staff_close_and_pass_on_with_clear_words() -> None:
    clerk, other = signed_in(make_staff(Role.CLERK)), signed_in(make_staff(Role.CLERK, department_code="SD33"))
    made = make_ask()
    one = f"/desk/asks/{made.ask_id}"
    assert (
        "请选择结果" in text_of(clerk.post(f"{one}/close", {"note": "说清楚了"}))
        and clerk.post(f"{one}/close", {"note": "x"}).status_code == 422
    )
    assert "说清楚了" in text_of(clerk.post(f"{one}/close", {"note": "说清楚了"}))
    assert "请选择要转给哪个部门" in text_of(clerk.post(f"{one}/pass-on", {"department": "\0"}))
    assert clerk.post(f"{one}/tried").headers["Location"] == f"{one}?done=tried"
    assert "打过 1 次没接通" in text_of(clerk.get("/desk/asks?done=passed&after=x"))
    assert clerk.post(f"{one}/pass-on", {"department": "SD33"}).headers["Location"] == "/desk/asks?done=passed"
    assert clerk.get(one).status_code == 404 and other.get(one).status_code == 200
    assert other.post(f"{one}/close", {"outcome": "answered", "note": "说清楚了"}).status_code == 302
    assert other.post(f"{one}/close", {"outcome": "answered", "note": "又一次"}).status_code == 409
    assert "已答复" in text_of(other.get("/desk/asks?only=closed")) and "记录" in text_of(other.get(one))
    assert clerk.get("/desk/asks/99999999999999999999").status_code == 404


def test_a_machine_hears_to_come_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(talks, "TURNS", 3)
    monkeypatch.setattr(talks, "TURNS_WINDOW_SECONDS", AGES)
    browser = Client()
    for _ in range(3):
        assert browser.post("/ask", {"sentence": "你好"}, **SITE).status_code == 302
    answer = browser.post("/ask", {"sentence": "你好"}, **SITE)
    assert answer.status_code == 429 and "稍后再试" in text_of(answer)
