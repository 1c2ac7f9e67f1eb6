"""A session that ends while a form is being filled in does not eat the form (§5.3.2, issue part J)."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import expect

from hall.presentation.commandline.demo import people
from tests.ground.browsers import OpenPage
from tests.ground.plain import PlainBrowser
from tests.ground.servers import ServedHall

WORDS = "泉水叮咚小吃店（写了很久）"
ITEM = "370126015000"
FIELD = "applicant_address"


def _field_is_there() -> bool:
    schema = json.loads((Path(__file__).resolve().parents[2] / "data" / "forms" / "person.json").read_text(encoding="utf-8"))
    return FIELD in schema["properties"]


def test_without_scripts_it_is_offered_again_after_signing_in(town: ServedHall) -> None:
    assert _field_is_there()
    browser = PlainBrowser(town.address)
    browser.open(f"/my/applications/new?item={ITEM}")
    browser.press("登录", {"login": people.NEIGHBOURS[0].phone, "password": people.PASSWORD})
    browser.press("下一步：填表")
    browser.cookies.clear(domain="127.0.0.1", path="/", name="hall_session")
    browser.press("下一步：上传材料", {FIELD: WORDS})
    assert browser.status == 401
    assert "填写的内容没有丢失" in browser.text
    other = PlainBrowser(town.address)
    other.take_cookies_of(browser)
    other.open("/sign-in")
    other.press("登录", {"login": people.NEIGHBOURS[0].phone, "password": people.PASSWORD})
    browser.press("再提交一次")
    if browser.status == 403:  # signing in made this page's form token void; the work is offered once more with a fresh one
        assert "填写的内容没有丢失" in browser.text
        browser.press("再提交一次")
    assert browser.status == 422, "saved; the rest of the form is still empty"
    browser.open(browser.path)
    assert browser.form("下一步：上传材料").fields[FIELD] == WORDS


@pytest.mark.browser
def test_in_a_browser_the_page_says_so_and_goes_on_by_itself(town: ServedHall, chromium_page: OpenPage) -> None:
    page = chromium_page(viewport={"width": 1280, "height": 900})
    login = people.NEIGHBOURS[1].phone

    def sign_in(window: object) -> None:
        window.fill("#f-login", login)  # type: ignore[attr-defined]
        window.fill("#f-password", people.PASSWORD)  # type: ignore[attr-defined]
        window.click("main button")  # type: ignore[attr-defined]

    page.goto(town.url(f"/my/applications/new?item={ITEM}"))
    sign_in(page)
    page.click("text=下一步：填表")
    page.context.clear_cookies(name="hall_session")
    page.fill(f"#f-{FIELD}", WORDS)
    status = page.locator("[data-autosave-status]")
    expect(status).to_contain_text("登录已过期", timeout=15_000)
    with page.expect_popup() as opened:
        status.get_by_role("link").click()
    sign_in(opened.value)
    opened.value.wait_for_url(lambda url: "/sign-in" not in url)
    opened.value.close()
    page.evaluate("() => dispatchEvent(new Event('focus'))")  # coming back to the window
    expect(status).to_contain_text("草稿已于", timeout=15_000)
    expect(status).not_to_contain_text("过期")
    page.reload()
    assert page.input_value(f"#f-{FIELD}") == WORDS
