"""The console's pages in a real browser: sound, accessible in each mode, no wider than a small phone."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Page

from tests.ground.servers import ServedHall
from tests.presentation import looking

if TYPE_CHECKING:
    from tests.presentation.reach import Reach

pytestmark = pytest.mark.browser
PAGES = (
    ("supervisor", "/console"),
    ("supervisor", "/console?lamp=paused"),
    ("supervisor", "/console?q=没有这个人"),
    ("supervisor", "/console/ratings"),
    ("mediator", "/console"),
    ("admin", "/console/accounts"),
    ("admin", "/console/accounts/new"),
    ("admin", "/console/accounts/{clerk}?done=password"),
    ("admin", "/console/accounts/{admin}"),
    ("admin", "/console/search"),
    ("admin", "/console/search?q=驾照&term=毛孩子&code=370107006000"),
    ("admin", "/console/search/misses"),
    ("admin", "/console/search/clicks"),
    ("admin", "/console/search/hot?done=pin"),
    ("admin", "/console/search/items/370126014000"),
    ("admin", "/search?q=护士&explain=1"),
    ("admin", "/console/tags"),
    ("admin", "/console/tags/sets/life-person?done=edit"),
    ("admin", "/console/tags/one/birth"),
    ("admin", "/console/tags/themes/org"),
    ("admin", "/console/tags/bulk?target=tag:birth&deed=add&text=登记"),
    ("admin", "/console/tags/lacking?what=tags"),
    ("admin", "/console/tags/fixed"),
    ("admin", "/console/relations?q=公司"),
    ("admin", "/console/relations/370126001000?q=食品"),
    ("admin", "/console/exchange"),
    ("finance", "/console/payments"),
    ("finance", "/console/payments?number=nothing"),
    ("finance", "/console/payments/days"),
    ("admin", "/console/plugins"),
    ("admin", "/console/plugins?kind=lookup&state=broken"),
    ("admin", "/console/plugins/licence/http_licences"),
    ("admin", "/console/plugins/check/compare"),
    ("admin", "/console/papers"),
    ("admin", "/console/papers/closure?done=published"),
    ("admin", "/console/papers/correction_notice"),
    ("admin", "/console/papers/closure/versions/1"),
    ("auditor", "/console/trail"),
    ("auditor", "/console/trail?subject=nothing"),
)


@pytest.fixture(scope="module")
def reach(town: ServedHall, chromium: Browser) -> "Iterator[Reach]":
    from tests.presentation.reach import Reach

    made = Reach(town, chromium)
    yield made
    made.close()
    assert made.complaints == []


@pytest.fixture(scope="module")
def accounts(reach: "Reach") -> dict[str, str]:
    """Ids of two members of staff."""
    named = {"clerk": "market.clerk", "admin": "admin"}
    return {name: reach.one(f"SELECT id FROM identity_account WHERE username = '{login}'") for name, login in named.items()}


def _assert_sound(page: Page) -> None:
    found = looking.faults(page)
    assert not found, f"{page.url}: {len(found)} faults\n" + "\n".join(found)


@pytest.mark.parametrize(("login", "path"), PAGES)
def test_the_consoles_pages(reach: "Reach", accounts: dict[str, str], login: str, path: str) -> None:
    _assert_sound(reach.open(login, path.format(**accounts)))


def test_a_wording_with_mistakes_and_a_placeholder_put_in_by_a_button(reach: "Reach") -> None:
    page = reach.open("admin", "/console/papers/acceptance")
    page.fill("#f-opening", "现予受理{受理人}")
    page.fill("#f-closing", "收到")
    page.click("[data-insert='{部门}']")
    page.click("text=保存草稿并预览")
    page.wait_for_selector("#err-sum")
    assert page.input_value("#f-closing") == "收到{部门}"
    assert page.title().startswith("错误：")
    _assert_sound(page)


def test_a_new_account_with_mistakes(reach: "Reach") -> None:
    page = reach.open("admin", "/console/accounts/new")
    page.click("main form button")
    page.wait_for_selector("#err-sum")
    assert page.title().startswith("错误：")
    _assert_sound(page)


def test_the_verified_trail(reach: "Reach") -> None:
    page = reach.open("auditor", "/console/trail")
    page.click("text=校验全部记录")
    page.wait_for_selector("text=校验通过")
    _assert_sound(page)
