"""Reading as one likes, without scripts; going back only to where we are."""

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from hall.presentation.design.returning import safe_path


def test_the_elder_mode_is_a_link_that_stays(visitor: Client) -> None:
    response = visitor.get("/display?mode=elder&next=/kit?a=1")
    assert response.headers["Location"] == "/kit?a=1"
    page = visitor.get("/kit").content.decode()
    assert '<html lang="zh-CN" data-mode="elder">' in page
    assert "标准版" in page
    visitor.get("/display?mode=standard&next=/kit")
    assert "data-mode" not in visitor.get("/kit").content.decode()


def test_both_wishes_go_together(visitor: Client) -> None:
    visitor.get("/display?mode=elder")
    visitor.get("/display?contrast=high")
    assert 'data-mode="elder" data-contrast="high"' in visitor.get("/kit").content.decode()


@pytest.mark.parametrize(
    "wanted",
    [
        "//evil.example", "https://evil.example/", "/\\evil.example", "\\\\evil.example", "/\t/evil.example", "javascript:alert(1)", "evil.example",
        "http:evil", "/\n//evil.example", "///evil.example", "@evil.example", " /kit", "/kit\r\nSet-Cookie: a=b", "", None,
    ],
)  # fmt: skip
def test_foreign_addresses_lead_home(wanted: str | None) -> None:
    assert safe_path(wanted) == "/"


@pytest.mark.parametrize("wanted", ["/", "/items/370?q=%2F%2Fevil", "/my/cases?tab=mine&after=3", "/search?q=a@b"])
def test_own_addresses_stay(wanted: str) -> None:
    assert safe_path(wanted) == wanted


@given(st.text())
def test_whatever_is_wanted_stays_here(wanted: str) -> None:
    path = safe_path(wanted)
    assert path.startswith("/")
    assert not path.startswith(("//", "/\\"))


def test_staying_signed_in_needs_a_session(visitor: Client) -> None:
    token = visitor.get("/session/token").json()["token"]
    response = visitor.post("/session/stay", {"csrfmiddlewaretoken": token}, HTTP_ACCEPT="application/json")
    assert response.status_code == 401
    assert visitor.get("/session/stay").status_code == 405
