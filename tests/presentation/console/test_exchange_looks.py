"""Import and export as the administrator sees them: followed with and without a script, each state sound in every mode."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Page

from hall.presentation.commandline.demo import people
from tests.ground.servers import ServedHall
from tests.make.catalogue import item_row
from tests.make.workbooks import make_workbook, put
from tests.presentation import looking

if TYPE_CHECKING:
    from tests.presentation.reach import Reach

pytestmark = pytest.mark.browser
CODE = "370100009901"


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


def _upload(reach: "Reach", path: Path) -> Page:
    page = reach.open("admin", "/console/exchange")
    page.set_input_files("#f-file", str(path))
    page.click("text=上传并核对")
    page.wait_for_selector("main .alert")  # the progress was there in between; htmx brings the result
    return page


def test_an_export_is_made_while_one_looks_on(reach: "Reach", tmp_path: Path) -> None:
    page = reach.open("admin", "/console/exchange")
    _assert_sound(page)
    page.click("text=生成文件")
    page.wait_for_selector("text=文件做好了")
    _assert_sound(page)
    with page.expect_download() as coming:
        page.click("main a[download]")
    coming.value.save_as(tmp_path / "out.xlsx")
    page = _upload(reach, tmp_path / "out.xlsx")
    assert "文件和目录完全一致" in page.inner_text("main")
    _assert_sound(page)


def test_differences_and_faults_are_readable(reach: "Reach", tmp_path: Path) -> None:
    items = [item_row(code=CODE, name="一个名字很长很长的新事项" * 8, dept_code="SD26", themes=["L08"])]
    _assert_sound(_upload(reach, make_workbook(tmp_path, items)))
    page = _upload(reach, make_workbook(tmp_path, items, spoil=put("事项", 2, "承诺天数", "=1+1")))
    assert "工作表“事项” 第 2 行 · 承诺天数" in page.inner_text("main")
    _assert_sound(page)


def test_without_a_file_the_page_says_what_is_missing(reach: "Reach") -> None:
    page = reach.open("admin", "/console/exchange")
    page.click("text=上传并核对")
    page.wait_for_selector("#err-sum")
    assert page.title().startswith("错误：")
    _assert_sound(page)


def test_without_a_script_the_page_looks_again_by_itself(town: ServedHall, chromium: Browser) -> None:
    context = chromium.new_context(java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    page.goto(town.url("/sign-in"))
    page.fill("#f-login", "admin")
    page.fill("#f-password", people.PASSWORD)
    page.click("main form button")
    page.goto(town.url("/console/exchange"))
    page.check("input[name=form][value=jsonl]")
    page.click("text=生成文件")
    page.wait_for_selector("text=文件做好了")
    context.close()
