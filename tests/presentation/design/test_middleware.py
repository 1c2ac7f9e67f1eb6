"""Around every view: protection on every answer, refusals and outages as people can use them."""

from typing import Any

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.exceptions import SessionInterrupted
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest
from django.test import Client, RequestFactory

from hall.presentation.design import errors
from hall.support.identity import sessions

HTMX = {"HTTP_HX_REQUEST": "true"}
OWN = {"HTTP_ORIGIN": "http://testserver"}
ALL = (
    "/kit/echo",
    "/kit/page",
    "/kit/nowhere",
    "/kit/fault",
    "/kit/away",
    "/kit/busy",
    "/kit/not-found",
    "/kit/conflict",
    "/kit/not-allowed",
)


@pytest.fixture(autouse=True)
def known_host(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["testserver"]


@pytest.mark.parametrize("path", [*ALL, "/kit/sign-in-needed", "/api/kit/away", "/display?mode=elder"])
def test_every_answer_is_protected(visitor: Client, path: str) -> None:
    response = visitor.get(path)
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "same-origin"
    assert response.headers["Cache-Control"].startswith("private")


def test_an_unknown_host_is_refused_and_protected(visitor: Client) -> None:
    response = visitor.get("/kit/page", HTTP_HOST="evil.example")
    assert response.status_code == 400
    assert "evil.example" not in response.content.decode()
    assert "Content-Security-Policy" in response.headers


def test_a_view_may_bring_a_stricter_policy() -> None:
    from django.http import HttpResponse

    from hall.presentation.design.middleware import with_headers

    response = with_headers(HttpRequest(), HttpResponse(headers={"Content-Security-Policy": "sandbox"}))
    assert response.headers["Content-Security-Policy"] == "sandbox"


@pytest.mark.parametrize(
    ("path", "status", "sentence"),
    [
        ("/kit/not-found", 404, "没有找到您要的内容"),
        ("/kit/conflict", 409, "请刷新页面后再操作"),
        ("/kit/not-allowed", 403, "您没有办理这一步的权限"),
        ("/kit/nowhere", 404, "搜索要办的事"),
        ("/kit/fault", 500, "您已保存的内容都在"),
        ("/kit/away", 503, "大厅正在恢复"),
        ("/kit/busy", 503, "没有做任何改动"),
    ],
)
def test_saying_no_is_a_page_with_a_sentence_and_a_way_on(visitor: Client, path: str, status: int, sentence: str) -> None:
    response = visitor.get(path)
    page = response.content.decode()
    assert response.status_code == status
    assert sentence in page
    assert 'action="/search"' in page
    assert "12345" in page
    assert "Traceback" not in page


def test_an_outage_says_when_to_come_back(visitor: Client) -> None:
    assert visitor.get("/kit/away").headers["Retry-After"] == "10"


def test_a_session_that_could_not_be_kept_for_want_of_a_database_is_an_outage_not_a_bad_request(rf: RequestFactory) -> None:
    def save(why: Exception) -> SessionInterrupted:
        try:
            try:
                raise why
            except Exception as fault:
                raise UpdateError from fault
        except UpdateError as fault:
            interrupted = SessionInterrupted("gone")
            interrupted.__context__ = fault
            return interrupted

    assert errors.bad_request(rf.get("/api/kit"), save(OperationalError("gone"))).status_code == 503
    assert errors.bad_request(rf.get("/api/kit"), save(ValueError("row deleted"))).status_code == 400


def test_a_script_gets_a_fragment(visitor: Client) -> None:
    response = visitor.get("/kit/conflict", **HTMX)
    assert response.status_code == 409
    assert response.content.decode().lstrip().startswith('<div class="alert')


@pytest.mark.parametrize(("path", "status"), [("/api/kit/conflict", 409), ("/api/kit/away", 503), ("/api/kit/nowhere", 404)])
def test_a_machine_gets_json(visitor: Client, path: str, status: int) -> None:
    response = visitor.get(path)
    assert response.status_code == status
    assert list(response.json()["error"]) == ["sentence", "code"]


def test_reading_without_signing_in_leads_to_the_sign_in_page_and_back(visitor: Client) -> None:
    response = visitor.get("/kit/sign-in-needed?a=1&b=2")
    assert response.status_code == 302
    assert response.headers["Location"] == "/sign-in?next=%2Fkit%2Fsign-in-needed%3Fa%3D1%26b%3D2"


def _token(client: Client) -> str:
    return str(client.get("/session/token").json()["token"])


def test_a_form_sent_after_the_session_ended_is_kept_and_offered_again(visitor: Client) -> None:
    sent = {"csrfmiddlewaretoken": _token(visitor), "note": '三棵树 <b>"', "password": "secret-word"}
    response = visitor.post("/kit/sign-in-needed", sent, **OWN)
    page = response.content.decode()
    assert response.status_code == 401
    assert 'href="/sign-in" target="_blank"' in page
    assert "三棵树 &lt;b&gt;&#34;" in page
    assert "secret-word" not in page


def test_a_form_with_an_old_token_is_kept_and_goes_through_the_second_time(visitor: Client) -> None:
    visitor.get("/session/token")
    page = visitor.post("/kit/echo", {"csrfmiddlewaretoken": "x" * 64, "note": "内容"}, **OWN).content.decode()
    assert "请再提交一次" in page
    assert 'name="note" value="内容"' in page
    fresh = page.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    again = visitor.post("/kit/echo", {"csrfmiddlewaretoken": fresh, "note": "内容"}, **OWN)
    assert again.json()["note"] == "内容"


@pytest.mark.parametrize("origin", ["https://evil.example", "http://testserver.evil.example", "null", ""])
def test_a_foreign_form_is_refused_and_its_content_never_shown(visitor: Client, origin: str) -> None:
    visitor.get("/session/token")
    response = visitor.post("/kit/echo", {"note": "planted"}, **({"HTTP_ORIGIN": origin} if origin else {}))
    assert response.status_code == 403
    assert "planted" not in response.content.decode()
    assert "csrfmiddlewaretoken" not in response.content.decode()


def test_files_of_a_kept_form_have_to_be_chosen_again(visitor: Client) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    response = visitor.post("/kit/echo", {"note": "a", "file": SimpleUploadedFile("a.pdf", b"%PDF")}, **OWN)
    assert "请返回上一页重新选择" in response.content.decode()
    assert "再提交一次</button>" not in response.content.decode()


def test_more_than_a_form_may_hold_is_said_so(visitor: Client, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    response = visitor.post(
        "/kit/echo", {"note": "a" * 200, "csrfmiddlewaretoken": "x" * 64}, content_type="application/x-www-form-urlencoded", **OWN
    )
    assert response.status_code == 413
    assert "超过了上限" in response.content.decode()


@pytest.mark.parametrize("fault", [OperationalError, InterfaceError])
def test_a_database_away_while_the_session_is_read_is_an_outage_too(
    visitor: Client, monkeypatch: pytest.MonkeyPatch, fault: type[Exception]
) -> None:
    def gone(request: HttpRequest) -> None:
        raise fault("server closed the connection")

    monkeypatch.setattr(sessions, "request_actor", gone)
    response = visitor.get("/kit/echo")
    assert response.status_code == 503
    assert "大厅正在恢复" in response.content.decode()
    assert "Content-Security-Policy" in response.headers


def test_an_outage_is_found_behind_other_exceptions() -> None:
    try:
        try:
            raise OperationalError("gone")
        except OperationalError as cause:
            raise RuntimeError("while saving") from cause
    except RuntimeError as fault:
        assert errors.is_outage(fault)
    assert not errors.is_outage(RuntimeError("ours"))


def test_a_post_met_by_an_outage_can_be_sent_again_with_everything_in_it(visitor: Client) -> None:
    page = visitor.post("/kit/away", {"csrfmiddlewaretoken": _token(visitor), "note": "写了很久"}, **OWN).content.decode()
    assert "也没有做任何改动" in page
    assert 'value="写了很久"' in page


def test_dynamic_pages_are_compressed_to_changing_sizes(visitor: Client) -> None:
    sizes = {len(visitor.get("/kit", HTTP_ACCEPT_ENCODING="gzip").content) for _ in range(12)}
    assert len(sizes) > 1  # Django adds bytes of random length, so a secret cannot be guessed from the size
    assert max(sizes) < 25_000
