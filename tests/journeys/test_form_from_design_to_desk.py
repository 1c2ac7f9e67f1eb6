"""A department designs a form with a condition, a table and a check; the hall publishes it; people fill it in, with and without scripts; the desk
reads it (§5.3.2 专业信息校验)."""

import json
from datetime import date
from typing import Any
from urllib.parse import quote

import pytest

from hall.presentation.commandline.demo import people
from hall.presentation.commandline.demo.filling import answers_for, paper
from hall.support.formrules.definition import FormDefinition
from tests.ground.browsers import OpenPage
from tests.ground.plain import PlainBrowser
from tests.ground.servers import ServedHall
from tests.journeys.story import DATA

ITEM, NAME = "370126020000", "特种设备作业人员资格认定"
SENTENCE = "考核项目的费用合计不能超过 1,000 元，请核对每一行的数量和单价"


def _signed_in(hall: ServedHall, login: str) -> PlainBrowser:
    browser = PlainBrowser(hall.address)
    browser.open("/sign-in")
    browser.press("登录", {"login": login, "password": people.PASSWORD})
    assert browser.path != "/sign-in", browser.text[:300]
    return browser


def _look(browser: PlainBrowser, words: str) -> str:
    return str(browser.page.xpath(f'//select[@name="e.shown.0.look"]//option[contains(., "{words}")]/@value')[0])


def _design(hall: ServedHall) -> dict[str, Any]:
    """The form as the clerk leaves it: a table with a sum, a date that is asked for one kind of application, a limit on the sum."""
    clerk = _signed_in(hall, "market.clerk")
    clerk.open(f"/desk/forms?q={quote(NAME)}")
    clerk.press(f"个人表单：{NAME}")
    page = clerk.path
    clerk.press("明细表", {"section": "1"})
    clerk.press("保存", {"e.title": "考核项目", "e.required": "yes", "e.col.2.title": "单价", "e.col.2.kind": "amount"})
    clerk.press("保存", {"e.col.3.title": "费用", "e.col.3.kind": "computed"})
    clerk.press("保存", {"e.col.3.op": "multiply", "e.col.3.of.0": "c2", "e.col.3.of.1": "c3", "e.col.3.money": "1"})
    table = clerk.address.partition("field=")[2].partition("&")[0]
    clerk.open(page)
    clerk.press("日期", {"section": "1"})
    clerk.press("保存", {"e.title": "原证到期日期", "e.required": "yes", "e.shown.0.look": _look(clerk, "延续")})
    assert "条件" in clerk.text
    clerk.open(page)
    clerk.press("保存校验", {"e.add": "sum_within"})
    told = {
        "e.check.0.field.0": f"{table}.c4",
        "e.check.0.with.relation": "le",
        "e.check.0.with.most": "1000",
        "e.check.0.message": SENTENCE,
    }
    assert "处要改" in clerk.text
    clerk.press("保存校验", told)
    assert "可以提交" in clerk.text, clerk.text
    schema: dict[str, Any] = json.loads(clerk.fetch(f"{page}/schema.json"))
    clerk.press("提交审核")
    admin = _signed_in(hall, "admin")
    admin.open(page.replace("/desk", "/console"))
    admin.press("发布")
    assert "已发布" in admin.text
    return schema


def _flat(answers: dict[str, Any]) -> dict[str, str]:
    """The answers under the names of the page's inputs."""
    found: dict[str, str] = {}
    for name, value in answers.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            found |= {f"{name}.{at}.{column}": text for at, row in enumerate(value) for column, text in row.items()}
        elif isinstance(value, str):
            found[name] = value
    return found


def _materials() -> list[tuple[str, str]]:
    """The required materials, and a kind of file that each takes."""
    rows = (json.loads(line) for line in (DATA / "items.jsonl").read_text(encoding="utf-8").splitlines())
    item = next(row for row in rows if row["code"] == ITEM)
    wanted = [one for one in item["materials"] if one["necessity"] == "required"]
    return [(str(one["name"]), "pdf" if "pdf" in one["accept"] else str(one["accept"][0])) for one in wanted]


def _table_of(schema: dict[str, Any]) -> str:
    return next(name for name, stored in schema["properties"].items() if stored.get("x-widget") == "table")


def _typed(schema: dict[str, Any], page: PlainBrowser) -> dict[str, str]:
    """Right answers for every question that the page lets one answer."""
    open_fields = {
        field.get("name") for field in page.form("下一步：上传材料").iter("input", "select", "textarea") if not field.get("readonly")
    }
    hidden = {field.get("name") for field in page.form("下一步：上传材料").iter("input") if field.get("type") == "hidden"}
    answers = answers_for(FormDefinition.from_schema(schema), date.today())
    return {name: text for name, text in _flat(answers).items() if name in open_fields - hidden}


@pytest.fixture(scope="module")
def schema(town: ServedHall) -> dict[str, Any]:
    return _design(town)


def test_without_a_script(town: ServedHall, schema: dict[str, Any]) -> None:
    table = _table_of(schema)
    citizen = _signed_in(town, people.NEIGHBOURS[2].phone)
    citizen.open(f"/my/applications/new?item={ITEM}")
    citizen.press("下一步：填表")
    citizen.press("加一行")
    row = {
        f"{table}.0.c1": "理论考试",
        f"{table}.0.c2": "2",
        f"{table}.0.c3": "300",
        f"{table}.1.c1": "实操考试",
        f"{table}.1.c2": "1",
        f"{table}.1.c3": "500",
    }
    citizen.press("下一步：上传材料", {**_typed(schema, citizen), **row})
    assert citizen.status == 422 and SENTENCE in citizen.text and "1,100.00 元" not in citizen.text.replace(SENTENCE, "")
    citizen.press("下一步：上传材料", {f"{table}.1.c3": "400"})
    assert citizen.path.endswith("/materials"), citizen.text[:800]
    for title, extension in _materials():
        citizen.hand_in(title, {"file": (f"{title[:20]}.{extension}", paper(title, extension))})
    citizen.open(citizen.path.replace("/materials", "/review"))
    assert "理论考试" in citizen.text and "600.00 元" in citizen.text
    citizen.press("确认提交")
    assert citizen.status == 200, citizen.text[:800]
    serial = citizen.path.split("/")[3]
    clerk = _signed_in(town, "market.clerk")
    clerk.open(f"/desk/cases/{serial}")
    assert "考核项目" in clerk.text and "实操考试" in clerk.text and "400.00 元" in clerk.text


@pytest.mark.browser
def test_with_a_script(town: ServedHall, schema: dict[str, Any], chromium_page: OpenPage) -> None:
    table = _table_of(schema)
    (when,) = [name for name, stored in schema["properties"].items() if stored["title"] == "原证到期日期"]
    page = chromium_page(viewport={"width": 1280, "height": 900})
    page.goto(town.url(f"/my/applications/new?item={ITEM}"))
    page.fill("#f-login", people.NEIGHBOURS[3].phone)
    page.fill("#f-password", people.PASSWORD)
    page.click("main button")
    page.click("text=下一步：填表")
    asked = page.locator(f'[data-field="{when}"]')
    assert not asked.is_visible()
    page.check('[name="situation"][value="renew"]')
    assert asked.is_visible()
    page.check('[name="situation"][value="new"]')
    assert not asked.is_visible()
    page.fill(f'[name="{table}.0.c2"]', "2")
    page.fill(f'[name="{table}.0.c3"]', "300")
    page.locator(f'[data-computed="{table}.0.c4"]', has_text="600.00 元").wait_for()
    page.click("text=加一行")
    page.locator(f'[name="{table}.1.c2"]').wait_for()
    assert page.input_value(f'[name="{table}.0.c3"]') == "300"
    page.fill(f'[name="{table}.1.c1"]', "实操考试")
    page.fill(f'[name="{table}.1.c2"]', "3")
    page.fill(f'[name="{table}.1.c3"]', "300")
    page.fill(f'[name="{table}.0.c1"]', "理论考试")
    page.keyboard.press("Enter")
    page.wait_for_selector("#err-sum")
    assert SENTENCE in (page.text_content("#err-sum") or "")
