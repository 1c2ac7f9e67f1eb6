"""Guides, sheets, the self-test and the editor in a real browser: sound, accessible in each mode, no wider than a small phone; and walked
through from the first question to the application without a script."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser

from tests.ground.browsers import OpenPage
from tests.ground.servers import ServedHall
from tests.presentation import looking

if TYPE_CHECKING:
    from tests.presentation.reach import Reach

pytestmark = pytest.mark.browser
ID_CARD, FOOD, RESTAURANT = "/items/370707002000", "/items/370126014000", "/bundles/YJS001"
CITIZEN, CLERK, ADMIN = "13800001234", "market.clerk", "admin"
PAGES = (
    ("", "/guide"),
    ("", f"{ID_CARD}/guide"),
    ("", f"{ID_CARD}/guide?q1=a4&go=q2"),
    ("", f"{ID_CARD}/guide?q1=a1&q4=a1&at=q1"),
    ("", f"{ID_CARD}/guide/sheet?q1=a1&q4=a1&q5=a2"),
    ("", f"{ID_CARD}/guide/sheet?q1=a4"),
    ("", f"{ID_CARD}/guide/sheet?q1=a4&q2=a1&q3=a2"),
    ("", f"{RESTAURANT}/guide?q1=a1"),
    ("", f"{RESTAURANT}/guide/sheet?q1=a1&q2=a1&q3=a1&q4=a1&q5=a1"),
    ("", f"{ID_CARD}/check"),
    ("", "/items/370707008000/check?go=1&c1=no&c2=yes&q1=a2&q2=a2"),
    ("", "/items/370707008000/check?go=1&c1=yes"),
    ("", "/items/370707008000/check?go=1&c1=yes&c2=unsure&q1=a1&q2=a1"),
    (CITIZEN, f"{ID_CARD}/guide/sheet?q1=a1&q4=a1&q5=a2"),
    (CITIZEN, "/my/guide?item=370707002000&q1=a1&q4=a1&q5=a2"),
    (CITIZEN, "/my/sheets"),
    (CLERK, "/desk/guides"),
    (CLERK, "/desk/guides?only=review"),
    (CLERK, "/desk/guides/{food}"),
    (CLERK, "/desk/guides/{food}/try?q1=a1"),
    (CLERK, "/desk/guides/{food}/versions/1"),
    (CLERK, "/desk/guides/{food}/questions/q1"),
    (ADMIN, "/console/guides"),
    (ADMIN, "/console/guides/{bundle}"),
    (ADMIN, "/console/guides/{bundle}/questions/q1"),
)


@pytest.fixture(scope="module")
def reach(town: ServedHall, chromium: Browser) -> "Iterator[Reach]":
    from tests.presentation.reach import Reach

    made = Reach(town, chromium)
    yield made
    made.close()
    assert made.complaints == []


@pytest.mark.parametrize(("who", "path"), PAGES)
def test_the_pages_are_sound(reach: "Reach", who: str, path: str) -> None:
    ids = {
        name: reach.one(f"SELECT id FROM guidance_guide WHERE code = '{code}'") for name, code in (("food", FOOD[7:]), ("bundle", "YJS001"))
    }
    page = reach.open(who, path.format(**ids))
    page.evaluate("() => document.querySelectorAll('details').forEach((e) => { e.open = true; })")
    found = looking.faults(page)
    assert not found, f"{page.url}: {len(found)} faults\n" + "\n".join(found)


def test_from_the_first_question_to_the_form_without_a_script(town: ServedHall, chromium_page: OpenPage) -> None:
    page = chromium_page(java_script_enabled=False)
    page.goto(town.url(f"{ID_CARD}/guide"))
    for answer in ("丢了或被偷了", "按过", "不急"):
        page.check(f"label:has-text('{answer}')")
        page.click("button:has-text('下一题')")
    assert "/guide/sheet?" in page.url
    assert "丢失补领 40 元" in page.inner_text("main")
    page.click("a:has-text('立即申办')")
    assert "/sign-in" in page.url
    page.fill("#f-login", CITIZEN)
    page.fill("input[type=password]", "Taishan-2026")
    page.click("main form button")
    assert "证件丢失" in page.inner_text("main"), "what the answers bring is shown before anything is written"
    page.click("button:has-text('下一步')")
    assert page.url.endswith("/form")
    assert page.is_checked("input[name=situation][value=lost]")
    page.goto(town.url(f"{ID_CARD}/guide/sheet?q1=a1&q4=a1&q5=a2"))
    page.click("button:has-text('存起来')")
    assert "身份证丢了、坏了、到期了" in page.inner_text("main")


def test_a_sheet_prints_on_one_page(town: ServedHall, chromium_page: OpenPage) -> None:
    import io

    import pypdfium2

    page = chromium_page()
    for path in (f"{ID_CARD}/guide/sheet?q1=a1&q4=a1&q5=a2", f"{RESTAURANT}/guide/sheet?q1=a1&q2=a1&q3=a1&q4=a1&q5=a1"):
        page.goto(town.url(path))
        with pypdfium2.PdfDocument(io.BytesIO(page.pdf(format="A4", prefer_css_page_size=True))) as paper:
            assert len(paper) == 1, path
