"""Recent searches stay on the device; an opened result is told by a beacon; suggestions mark what was typed."""

from collections.abc import Iterator
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Page, Request, expect

from tests.presentation.design.axe import assert_accessible

pytestmark = pytest.mark.browser
FORM = '<form class="search" role="search" action="/kit/found" data-suggest="/kit/suggest"><div class="search__box"><label for="q">词</label><input id="q" name="q" value="{q}"></div></form>'
RESULTS = """<ul data-opened="/kit/opened" data-words="{q}" data-first="21">
<li><h2><a href="/items/370107006000">甲</a></h2></li>
<li><h2><a href="/items/370107007000">乙</a></h2><a href="/my/applications/new?item=370107007000">立即申办</a><a href="/departments">部门</a></li></ul>"""


@pytest.fixture
def site(tab: Page, kit_site: str) -> Iterator[str]:
    """Two pages of our own on the kit's site: /kit/empty with a search box, /kit/found?q= with results besides."""
    tab.goto(f"{kit_site}/kit")
    script = tab.locator("script[type=module]").get_attribute("src")

    def answer(route: object, request: Request) -> None:
        q = parse_qs(request.url.partition("?")[2]).get("q", [""])[0]
        body = FORM.format(q=q) + (RESULTS.format(q=q) if "/kit/found" in request.url else "")
        page = f'<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>x</title></head><body><main><h1>x</h1>{body}</main><script type="module" src="{script}"></script></body></html>'
        route.fulfill(body=page, content_type="text/html; charset=utf-8")  # type: ignore[attr-defined]

    tab.route("**/kit/empty", answer)
    tab.route("**/kit/found*", answer)
    yield kit_site


def test_what_was_searched_is_offered_again_on_this_device_and_can_be_cleared(tab: Page, site: str) -> None:
    for q in ("开饭店", "身份证", "开饭店"):
        tab.goto(f"{site}/kit/found?q={q}")
    tab.goto(f"{site}/kit/empty")
    box, recent = tab.locator("#q"), tab.locator(".recent")
    expect(recent).to_be_hidden()
    box.focus()
    expect(recent.locator("li")).to_have_text(["开饭店", "身份证"])
    assert_accessible(tab)
    box.press_sequentially("身")
    expect(recent).to_be_hidden()
    box.fill("")
    expect(recent).to_be_visible()
    tab.keyboard.press("Tab")
    tab.keyboard.press("Tab")
    expect(recent.locator("a").first).to_be_focused()
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/kit/found?q=*")
    tab.goto(f"{site}/kit/empty")
    box.focus()
    recent.get_by_role("button", name="清空最近搜过的词").click()
    expect(recent).to_be_hidden()
    assert tab.evaluate("localStorage.getItem('hall.recent')") is None


def test_numbers_are_not_kept_on_the_device(tab: Page, site: str) -> None:
    for q in ("13953112345", "370102199001011234", "身份证370102199001011234"):
        tab.goto(f"{site}/kit/found?q={q}")
    assert tab.evaluate("localStorage.getItem('hall.recent')") is None


def test_a_device_that_keeps_nothing_and_one_with_rubbish_are_served(tab: Page, site: str) -> None:
    tab.add_init_script("try { localStorage.setItem('hall.recent', '{broken'); } catch {}")
    tab.goto(f"{site}/kit/empty")
    tab.locator("#q").focus()
    expect(tab.locator(".recent")).to_be_hidden()
    tab.add_init_script("Object.defineProperty(window, 'localStorage', { get() { throw new Error('no'); } })")
    tab.goto(f"{site}/kit/found?q=开饭店")
    tab.locator("#q").focus()
    expect(tab.locator(".recent")).to_be_hidden()


def test_an_opened_result_is_told_with_its_place(tab: Page, site: str) -> None:
    told: list[dict[str, list[str]]] = []

    def hear(route: object, request: Request) -> None:
        told.append(parse_qs(request.post_data or ""))
        route.fulfill(status=204)  # type: ignore[attr-defined]

    tab.route("**/kit/opened", hear)
    for name in ("乙", "立即申办", "部门"):
        tab.goto(f"{site}/kit/found?q=食品")
        with tab.expect_navigation():
            tab.get_by_role("link", name=name).click()
    assert told == [{"q": ["食品"], "code": ["370107007000"], "place": ["22"]}] * 2
