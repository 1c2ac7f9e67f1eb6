"""The tests' own served hall and browser, and through them the product's web server."""

import urllib.request

import pytest

from tests.ground.browsers import OpenPage
from tests.ground.servers import ServedHall


def test_the_served_hall_answers(served_hall: ServedHall) -> None:
    with urllib.request.urlopen(served_hall.url("/healthz")) as answer:
        assert answer.status == 200


@pytest.mark.browser
def test_a_browser_sees_the_demo_world(town: ServedHall, chromium_page: OpenPage) -> None:
    page = chromium_page()
    answer = page.goto(town.url("/"))
    assert answer is not None
    assert answer.status == 200
    assert "政务大厅" in page.title()
