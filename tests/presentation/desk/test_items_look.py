"""The pages on which items are written and published, in a real browser: sound, accessible in each mode, no wider than a small phone."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Page

from hall.presentation.desk.items_form import SECTIONS
from tests.ground.servers import ServedHall
from tests.presentation import looking

if TYPE_CHECKING:
    from tests.presentation.reach import Reach

pytestmark = pytest.mark.browser
CLERK, ADMIN = "market.clerk", "admin"
ITEM, PUBLISHED = "370126017000", "370126016000"


@pytest.fixture(scope="module")
def reach(town: ServedHall, chromium: Browser) -> "Iterator[Reach]":
    from tests.presentation.reach import Reach

    made = Reach(town, chromium)
    yield made
    made.close()
    assert made.complaints == []


def _assert_sound(page: Page) -> None:
    found = looking.faults(page)
    assert not found, f"{page.url}: {len(found)} faults\n" + "\n".join(found)


def _draft(reach: "Reach", code: str) -> str:
    """The path of the item's open draft, begun if there is none."""
    page = reach.open(CLERK, f"/desk/items/{code}")
    page.set_viewport_size({"width": looking.DESK_WIDTH, "height": 900})
    button = page.locator("main >> text=/修改这个事项|打开草稿/")
    button.click()
    page.wait_for_url("**/desk/items/drafts/*")
    return page.url.removeprefix(reach.hall.address)


@pytest.fixture(scope="module")
def draft(reach: "Reach") -> str:
    """A draft with a mistake and with something of everything that has rows."""
    path = _draft(reach, ITEM)
    page = reach.open(CLERK, f"{path}/edit/time")
    page.fill("#f-promised_days", "很久")
    page.click(".submit-bar .btn--primary")
    for section, rows in (("fees", "fees"), ("places", "consult_contacts"), ("variants", ""), ("faqs", "")):
        page = reach.open(CLERK, f"{path}/edit/{section}")
        if rows:
            page.click(f"button[value='add:{rows}']")
        page.fill("section.rows input.input, section.rows textarea.input", "很长的内容" * 20)
        page.click(".submit-bar .btn--primary")
    return path


@pytest.fixture(scope="module")
def waiting(reach: "Reach") -> str:
    """The console's path of a draft that waits for review, of an item with two versions."""
    for words in ("有与生产相适应的场所和设备，并定期检查", "有与生产相适应的场所和设备"):
        path = _draft(reach, PUBLISHED)
        page = reach.open(CLERK, f"{path}/edit/conditions")
        page.fill("#f-conditions-0", words)
        page.click(".submit-bar .btn--primary")
        page = reach.open(CLERK, path)
        page.click("text=提交大厅审核")
        page.wait_for_url("**/desk/items/drafts?done=submitted")
        review = f"/console/items/review/{path.rpartition('/')[2]}"
        if "定期" in words:
            page = reach.open(ADMIN, review)
            page.set_viewport_size({"width": looking.DESK_WIDTH, "height": 900})
            page.click("button:has-text('发布')")
            page.wait_for_url("**/console/items/review?done=published")
    return review


LISTS = (
    "/desk/items",
    "/desk/items?q=没有这个事项",
    "/desk/items/drafts",
    "/desk/items/drafts?only=done",
    "/desk/items/new",
    f"/desk/items/{ITEM}",
)


@pytest.mark.parametrize("path", LISTS)
def test_the_departments_lists(reach: "Reach", draft: str, path: str) -> None:
    _assert_sound(reach.open(CLERK, path))


@pytest.mark.parametrize("section", [section.slug for section in SECTIONS])
def test_the_editors_sections(reach: "Reach", draft: str, section: str) -> None:
    page = reach.open(CLERK, f"{draft}/edit/{section}?check=1")
    page.evaluate("() => document.querySelectorAll('main details').forEach((e) => { e.open = true; })")
    _assert_sound(page)


@pytest.mark.parametrize("path", ["", "?check=1", "/materials/1", "/materials/1?saved=1", "/preview"])
def test_a_draft_and_its_parts(reach: "Reach", draft: str, path: str) -> None:
    _assert_sound(reach.open(CLERK, f"{draft}{path}"))


def test_a_draft_that_is_not_ready(reach: "Reach", draft: str) -> None:
    page = reach.open(CLERK, draft)
    page.set_viewport_size({"width": looking.DESK_WIDTH, "height": 900})
    page.click("text=提交大厅审核")
    page.wait_for_selector("#err-sum")
    assert page.title().startswith("错误：")
    _assert_sound(page)
    page.set_viewport_size({"width": looking.DESK_WIDTH, "height": 900})
    page.click("#err-sum a >> nth=0")
    assert page.locator(".field.is-bad").count()


def test_a_new_item_with_mistakes(reach: "Reach") -> None:
    page = reach.open(CLERK, "/desk/items/new")
    page.click("main form button >> text=建立草稿")
    page.wait_for_selector("#err-sum")
    _assert_sound(page)


def test_two_versions_side_by_side(reach: "Reach", waiting: str) -> None:
    _assert_sound(reach.open(CLERK, f"/desk/items/{PUBLISHED}"))
    _assert_sound(reach.open(CLERK, f"/desk/items/{PUBLISHED}/compare?old=1&new=2"))
    _assert_sound(reach.open(CLERK, f"/desk/items/{PUBLISHED}/compare?old=2&new=2"))


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/console/items",
            "/console/items?q=许可&status=published",
            "/console/items?q=没有这个事项",
            "/console/items/review?done=published",
        ),
        *(f"/console/items/{PUBLISHED}", f"/console/items/{PUBLISHED}/compare?old=1&new=2"),
    ],
)
def test_the_consoles_pages(reach: "Reach", waiting: str, path: str) -> None:
    _assert_sound(reach.open(ADMIN, path))


def test_the_review_and_its_mistakes(reach: "Reach", waiting: str) -> None:
    page = reach.open(ADMIN, waiting)
    _assert_sound(page)
    page.set_viewport_size({"width": looking.DESK_WIDTH, "height": 900})
    page.click("button:has-text('退回部门')")
    page.wait_for_selector(".err-sum")
    _assert_sound(page)
    _assert_sound(reach.open(ADMIN, f"{waiting}/preview"))


def test_suspending_without_a_reason(reach: "Reach", waiting: str) -> None:
    page = reach.open(ADMIN, f"/console/items/{PUBLISHED}")
    page.set_viewport_size({"width": looking.DESK_WIDTH, "height": 900})
    page.click("summary:has-text('暂停办理')")
    page.click("text=确认暂停")
    page.wait_for_selector(".err-sum")
    _assert_sound(page)
