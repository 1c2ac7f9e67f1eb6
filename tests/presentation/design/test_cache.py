"""The page cache: quick, never wrong, never personal."""

import gzip
from typing import Any

import pytest
from django.conf import settings as hall
from django.db import OperationalError
from django.test import Client

from hall.presentation.design import cache
from tests.presentation.design import kit


def test_the_second_visitor_gets_the_kept_page() -> None:
    first, second = Client().get("/kit/page?a=1"), Client().get("/kit/page?a=1")
    assert first.content == second.content
    assert kit.READ == ["/kit/page?a=1"]


@pytest.mark.parametrize(
    "changed",
    [
        {"path": "/kit/page?a=2"},
        {"HTTP_COOKIE": "hall_mode=elder"},
        {"HTTP_COOKIE": "hall_contrast=high"},
        {"HTTP_COOKIE": "hall_mode=elder; hall_contrast=high"},
    ],
)
def test_another_address_or_display_mode_is_another_page(changed: dict[str, str]) -> None:
    Client().get("/kit/page?a=1")
    Client().get(changed.pop("path", "/kit/page?a=1"), **changed)
    assert len(kit.READ) == 2


def test_cookies_that_change_nothing_share_one_page() -> None:
    for cookie in ("", "hall_mode=wrong", "other=1", "csrftoken=abc"):
        Client().get("/kit/page", HTTP_COOKIE=cookie)
    assert len(kit.READ) == 1


def test_a_publication_shows_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    stamp = {"now": 1}
    monkeypatch.setattr(cache, "STAMP", cache.Stamp(lambda: stamp["now"], seconds=0))
    Client().get("/kit/page")
    stamp["now"] = 2
    Client().get("/kit/page")
    assert len(kit.READ) == 2


def test_the_stamp_is_asked_once_a_second_and_survives_an_absent_database(monkeypatch: pytest.MonkeyPatch) -> None:
    now = {"s": 100.0}
    monkeypatch.setattr("hall.presentation.design.cache.time.monotonic", lambda: now["s"])
    answers: list[Any] = [7, OperationalError("gone"), 8]

    def ask() -> int:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return int(answer)

    stamp = cache.Stamp(ask, seconds=1)
    assert [stamp.value(), stamp.value()] == [7, 7]
    now["s"] += 1.1
    assert stamp.value() == 7
    now["s"] += 1.1
    assert stamp.value() == 8


def test_a_kept_page_ends_with_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = {"s": 100.0}
    monkeypatch.setattr("hall.presentation.design.cache.time.monotonic", lambda: now["s"])
    Client().get("/kit/page")
    now["s"] += 59
    Client().get("/kit/page")
    assert len(kit.READ) == 1
    now["s"] += 2
    Client().get("/kit/page")
    assert len(kit.READ) == 2


def test_a_visitor_with_a_session_is_never_served_from_it_and_never_feeds_it(monkeypatch: pytest.MonkeyPatch) -> None:
    from hall.support.access.actors import VISITOR
    from hall.support.identity import sessions

    monkeypatch.setattr(sessions, "request_actor", lambda request: VISITOR)
    signed_in = {"HTTP_COOKIE": f"{hall.SESSION_COOKIE_NAME}=abc"}
    response = Client().get("/kit/page", HTTP_ACCEPT_ENCODING="gzip", **signed_in)
    assert response.headers["Cache-Control"] == "private, no-store"
    assert response.headers["Content-Encoding"] == "gzip"
    assert len(cache.PAGES) == 0
    Client().get("/kit/page", **signed_in)
    assert len(kit.READ) == 2


@pytest.mark.parametrize("path", ["/kit/page?cookie=1", "/kit/page?broken=1", "/kit/token-page", "/kit/echo", "/kit/conflict"])
def test_what_sets_a_cookie_holds_a_token_fails_or_is_not_marked_stays_out(path: str) -> None:
    Client(raise_request_exception=False).get(path)
    assert len(cache.PAGES) == 0


def test_a_form_token_is_different_for_each_visitor() -> None:
    assert Client().get("/kit/token-page").content != Client().get("/kit/token-page").content


@pytest.mark.parametrize("headers", [{"HTTP_HX_REQUEST": "true"}, {"HTTP_X_FRAGMENT": "1"}])
def test_fragments_pass_by(headers: dict[str, str]) -> None:
    Client().get("/kit/page", **headers)
    assert len(cache.PAGES) == 0


def test_an_unchanged_page_costs_no_body() -> None:
    tag = Client().get("/kit/page").headers["ETag"]
    response = Client().get("/kit/page", HTTP_IF_NONE_MATCH=tag)
    assert response.status_code == 304
    assert response.content == b""
    assert response.headers["ETag"] == tag
    assert Client().get("/kit/page", HTTP_IF_NONE_MATCH='W/"other"').status_code == 200


def test_it_answers_compressed_and_plain_alike() -> None:
    plain = Client().get("/kit/page", HTTP_ACCEPT_ENCODING="identity")
    packed = Client().get("/kit/page", HTTP_ACCEPT_ENCODING="br, gzip")
    assert gzip.decompress(packed.content) == plain.content
    assert packed.headers["Vary"] == "Cookie, Accept-Encoding"
    assert packed.headers["Content-Length"] == str(len(packed.content))
    assert packed.headers["Content-Type"].startswith("text/html")


def test_head_has_the_length_and_no_body() -> None:
    whole = Client().get("/kit/page")
    response = Client().head("/kit/page")
    assert response.content == b""
    assert response.headers["Content-Length"] == whole.headers["Content-Length"]
    assert len(kit.READ) == 1


def test_it_stays_within_its_memory() -> None:
    pages = cache.Pages(limit_bytes=10_000)
    for number in range(50):
        pages.put((f"/{number}", "", "", 1), cache.Kept(b"x" * 900, b"x" * 100, "", (), 1e12))
        assert pages.held_bytes <= 10_000
    assert pages.get(("/49", "", "", 1)) is not None
    assert pages.get(("/0", "", "", 1)) is None
    assert pages.held_bytes == sum(kept.size for kept in pages._pages.values())
