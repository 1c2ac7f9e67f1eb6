"""Our small scripts in a real browser, each beside what happens without it."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.presentation.design import kit
from tests.presentation.design.axe import assert_accessible

pytestmark = pytest.mark.browser


def test_suggestions_are_chosen_by_keyboard(tab: Page, kit_site: str) -> None:
    tab.goto(f"{kit_site}/kit")
    box = tab.get_by_role("combobox", name="搜索关键词")
    box.press_sequentially("食品")
    options = tab.get_by_role("option")
    expect(options).to_have_count(3)
    expect(options.first).to_contain_text("食品生产许可<b>0</b>")  # shown as text, never as markup
    assert_accessible(tab)
    box.press("ArrowDown")
    box.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    assert box.get_attribute("aria-activedescendant") == options.nth(1).get_attribute("id")
    box.press("Escape")
    expect(box).to_have_attribute("aria-expanded", "false")
    box.press("ArrowUp")
    expect(options).to_have_count(3)
    box.press("ArrowUp")
    box.press("Enter")
    tab.wait_for_url("**/kit/got?n=2")


def test_a_file_is_sent_at_once_and_its_row_replaced(tab: Page, kit_site: str, tmp_path: Path) -> None:
    tab.goto(f"{kit_site}/kit/form")
    chosen = tmp_path / "平面图.pdf"
    chosen.write_bytes(b"%PDF-1.7" + b"0" * 300_000)
    assert tab.locator("#row-m3 [data-upload-button]").is_hidden()
    tab.locator("#f-m3").set_input_files(chosen)
    expect(tab.locator("#row-m3 .file__n")).to_have_text("平面图.pdf")
    expect(tab.locator("#row-m3 [data-upload-status]")).to_have_text("已上传")
    expect(tab.locator("#row-m4 .file__n")).to_have_text("布局图_扫描.pdf")


def test_an_upload_after_the_session_ended_says_so_and_keeps_the_page(tab: Page, kit_site: str, tmp_path: Path) -> None:
    tab.goto(f"{kit_site}/kit/form")
    kit.ANSWER["status"] = 401
    chosen = tmp_path / "a.pdf"
    chosen.write_bytes(b"%PDF")
    tab.locator("#f-m3").set_input_files(chosen)
    expect(tab.locator("#row-m3 [data-upload-status] a")).to_have_attribute("href", "/sign-in")
    expect(tab.locator("#row-m3 .file__n")).to_have_text("章丘厂区平面图.pdf")


def test_a_draft_saves_itself_and_says_when(tab: Page, kit_site: str) -> None:
    tab.goto(f"{kit_site}/kit/form")
    status = tab.locator("[data-autosave-status]")
    tab.get_by_label("生产地址").fill("济南市历下区")
    expect(status).to_have_text("草稿已于 14:33 保存")
    assert kit.SAVED[-1]["address"] == "济南市历下区"
    assert kit.SAVED[-1]["version"] == "1"
    tab.get_by_label("补充说明").fill("第二次")
    expect(tab.locator("[name=version]")).to_have_value("3")
    assert kit.SAVED[-1]["version"] == "2"


@pytest.mark.parametrize(("status", "words"), [(500, "正在重试"), (401, "在新窗口登录"), (409, "不能保存"), (422, "不能保存")])
def test_a_draft_that_cannot_be_saved_never_stays_silent(tab: Page, kit_site: str, status: int, words: str) -> None:
    tab.goto(f"{kit_site}/kit/form")
    kit.ANSWER["status"] = status
    tab.get_by_label("生产地址").fill("济南市")
    expect(tab.locator("[data-autosave-status]")).to_contain_text(words)
    assert tab.get_by_label("生产地址").input_value() == "济南市"
    tab.evaluate("() => { window.onbeforeunload = null; }")


def test_a_failed_save_is_tried_again_until_it_works(tab: Page, kit_site: str) -> None:
    tab.clock.install()
    tab.goto(f"{kit_site}/kit/form")
    kit.ANSWER["status"] = 500
    tab.get_by_label("生产地址").fill("济南市")
    tab.clock.run_for(2_000)
    expect(tab.locator("[data-autosave-status]")).to_contain_text("正在重试")
    kit.ANSWER["status"] = 200
    tab.clock.run_for(4_000)
    expect(tab.locator("[data-autosave-status]")).to_have_text("草稿已于 14:33 保存")


def test_sending_the_form_waits_for_a_save_under_way(tab: Page, kit_site: str) -> None:
    tab.goto(f"{kit_site}/kit/form")
    tab.get_by_label("生产地址").fill("最后一改")
    tab.wait_for_timeout(1_600)
    tab.get_by_role("button", name="下一步：核对").click()
    tab.wait_for_url("**/kit/echo")
    assert json.loads(tab.locator("pre").inner_text())["address"] == "最后一改"


def test_a_dependent_field_follows_its_answer(tab: Page, kit_site: str) -> None:
    tab.goto(f"{kit_site}/kit/form")
    expect(tab.get_by_label("邮寄地址")).to_be_hidden()
    tab.get_by_label("邮寄", exact=True).check()
    expect(tab.get_by_label("邮寄地址")).to_be_visible()


def test_the_error_summary_has_the_focus_and_leads_to_the_field(tab: Page, kit_site: str) -> None:
    tab.goto(f"{kit_site}/kit/form")
    assert tab.title().startswith("错误：")
    assert tab.evaluate("document.activeElement.id") == "err-sum"
    tab.get_by_role("link", name="手机号码应为 11 位数字，现在是 10 位").click()
    assert tab.evaluate("document.activeElement.id") == "f-phone"


def test_the_queue_is_worked_by_keys(tab: Page, kit_site: str) -> None:
    tab.goto(f"{kit_site}/kit/console")
    tab.keyboard.press("j")
    tab.keyboard.press("j")
    tab.keyboard.press("x")
    assert tab.locator("tbody tr").nth(1).locator("input").is_checked()
    tab.keyboard.press("k")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/kit#1")
    tab.goto(f"{kit_site}/kit/console")
    tab.keyboard.press("/")
    assert tab.evaluate("document.activeElement.id") == "lookup"


def test_two_minutes_before_the_end_one_may_stay(tab: Page, kit_site: str) -> None:
    tab.clock.install()
    tab.goto(f"{kit_site}/kit/console")
    seconds = int(tab.locator("body").get_attribute("data-session") or "0")
    dialog = tab.locator("#session-warning")
    tab.clock.run_for((seconds - 130) * 1000)
    expect(dialog).to_be_hidden()
    tab.clock.run_for(20_000)
    expect(dialog).to_be_visible()
    tab.get_by_role("button", name="继续办理").click()
    expect(dialog).to_contain_text("已无法延长")  # the kit's session is only painted on


def test_pages_are_whole_without_scripts(chromium: object, kit_site: str) -> None:
    page = chromium.new_page(java_script_enabled=False)  # type: ignore[attr-defined]
    page.goto(f"{kit_site}/kit/form")
    assert page.locator("#row-m3 [data-upload-button]").is_visible()
    assert page.get_by_label("邮寄地址").is_visible()
    assert page.get_by_text("“取件方式”选“邮寄”时填写").is_visible()
    page.close()
