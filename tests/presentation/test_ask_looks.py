"""问一问 in a real browser: sound, accessible in each mode, no wider than a small phone; from the first sentence to the department's
answer by telephone, with scripts and without."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.ground.browsers import OpenPage
from tests.ground.plain import PlainBrowser
from tests.ground.servers import ServedHall
from tests.presentation import looking

if TYPE_CHECKING:
    from tests.presentation.reach import Reach

pytestmark = pytest.mark.browser
FOOD, CLERK = "370126014000", "market.clerk"
PAGES = (
    ("", "/ask"),
    ("", f"/ask?item={FOOD}"),
    ("", "/ask?bundle=YJS001"),
    ("", f"/ask/person?item={FOOD}"),
    ("", "/ask/person/{reference}"),
    (CLERK, "/desk/asks"),
    (CLERK, "/desk/asks?only=closed"),
    (CLERK, "/desk/asks/{open}"),
    (CLERK, "/desk/asks/{closed}"),
    ("health.leader", "/desk/asks"),
)


@pytest.fixture(scope="module")
def reach(town: ServedHall, chromium: Browser) -> "Iterator[Reach]":
    from tests.presentation.reach import Reach

    made = Reach(town, chromium)
    yield made
    made.close()
    assert made.complaints == []


def _assert_sound(page: Page) -> None:
    page.evaluate("() => document.querySelectorAll('details').forEach((e) => { e.open = true; })")
    found = looking.faults(page)
    assert not found, f"{page.url}: {len(found)} faults\n" + "\n".join(found)


@pytest.mark.parametrize(("who", "path"), PAGES)
def test_the_pages_are_sound(reach: "Reach", who: str, path: str) -> None:
    mine = "SELECT {} FROM guidance_ask WHERE department_code = 'SD26' AND closed_at IS {} NULL ORDER BY id LIMIT 1"
    filled = path.format(
        reference=reach.one("SELECT reference FROM guidance_ask ORDER BY id LIMIT 1"),
        open=reach.one(mine.format("id", "")),
        closed=reach.one(mine.format("id", "NOT")),
    )
    _assert_sound(reach.open(who, filled))


def _say(page: Page, sentence: str) -> None:
    before = page.locator(".msg").count()
    page.fill("#sentence", sentence)
    page.press("#sentence", "Enter")
    expect(page.locator(".msg")).to_have_count(before + 2)


def test_a_talk_in_the_window_keeps_the_page_the_box_and_the_focus(town: ServedHall, chromium_page: OpenPage) -> None:
    page = chromium_page()
    page.goto(town.url("/ask"))
    page.evaluate("() => { window.stayed = true; }")
    _say(page, "食品经营许可")
    assert page.evaluate("() => window.stayed"), "the page was loaded anew"
    expect(page.locator("#sentence")).to_have_value("")
    expect(page.locator("#sentence")).to_be_focused()
    expect(page.locator("[data-talk-told]")).to_contain_text("食品经营许可，由")
    expect(page.locator("#talk-topic")).to_contain_text("食品经营许可")
    page.click("button:has-text('要带什么')")
    expect(page.locator(".msg").last).to_contain_text("食品经营许可申请书")
    expect(page.locator(".msg").last).to_be_focused()
    expect(page.locator("#now")).to_be_in_viewport()
    _assert_sound(page)
    assert page.locator(".msg").last.locator("a:has-text('出处：申请材料')").get_attribute("href") == f"/items/{FOOD}#materials"
    page.route("**/ask", lambda route: route.abort())
    page.fill("#sentence", "多少钱")
    page.press("#sentence", "Enter")
    expect(page.get_by_role("alert")).to_contain_text("没有送到")
    expect(page.locator("#sentence")).to_have_value("多少钱")


def test_questions_of_the_guide_within_the_talk(town: ServedHall, chromium_page: OpenPage) -> None:
    page = chromium_page()
    page.goto(town.url("/items/370707002000"))
    page.click("a:has-text('问一问')")
    answers, sheet = page.locator("button[value^='answer:']"), page.locator("a:has-text('看完整的办事单')")
    page.click("button:has-text('按我的情况问一问')")
    expect(answers.or_(sheet).first).to_be_visible()
    for _ in range(6):
        if sheet.count():
            break
        before = page.locator(".msg").count()
        answers.first.click()
        expect(page.locator(".msg")).to_have_count(before + 2)
        expect(answers.or_(sheet).first).to_be_visible()
    expect(page.locator(".msg").last).to_contain_text("按您的回答")
    page.click("a:has-text('看完整的办事单')")
    assert "/guide/sheet?" in page.url


def test_from_the_first_sentence_to_the_answer_without_scripts(town: ServedHall) -> None:
    visitor, clerk = PlainBrowser(town.address), PlainBrowser(town.address)
    visitor.open("/")
    visitor.follow("问一问")
    visitor.press("发送", {"sentence": "食品经营许可"})
    visitor.press("要带什么")
    visitor.press("发送", {"sentence": "健康证明要不要"})
    assert "材料清单里写着" in visitor.text and "从业人员健康证明" in visitor.text
    visitor.follow("请给我回电话")
    visitor.press("请给我回电话", {"phone": "123"})
    assert "还有 2 处需要修改" in visitor.text and visitor.status == 422
    visitor.press("请给我回电话", {"phone": "13800007777", "name": "马师傅", "consent": "1"}, twice=True)
    assert "已记下，等部门回电话" in visitor.text and "省市场监管局会在" in visitor.text
    reference = visitor.path.rpartition("/")[2]

    clerk.open("/sign-in")
    clerk.press("登录", {"login": CLERK, "password": "Taishan-2026"})
    clerk.follow("请求回电")
    assert clerk.text.count(reference) == 1
    clerk.follow(f"去回电：{reference}")
    assert "13800007777" in clerk.text and "马师傅" in clerk.text and "办事人：健康证明要不要" in clerk.text
    clerk.press("记一次没接通")
    assert "已记一次没接通" in clerk.text
    clerk.press("记录并办完", {"outcome": "answered", "note": "要，从业人员每人一张。"})
    assert "这条请求办完了" in clerk.text and reference not in clerk.text
    clerk.follow("已办完")
    assert reference in clerk.text

    visitor.follow("返回对话")
    visitor.press("删除并从头开始")
    assert "健康证明要不要" not in visitor.text
