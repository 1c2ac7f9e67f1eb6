"""The guide asks one question a screen, shows the sheet, and says plainly whether one can apply."""

import re
from io import BytesIO

import pypdfium2
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from hall.presentation.design import cache
from hall.services.catalogue.queries import ItemVersionRow
from tests.make.guidance import guided_item, make_guide, make_tree, tree_row

pytestmark = pytest.mark.django_db
DONE = "q1=a1&q2=a1&q3=a1"


@pytest.fixture
def item() -> ItemVersionRow:
    cache.PAGES.clear()
    made = guided_item(name="办一件大事")
    make_guide(made)
    return made


def text(path: str, *, status: int = 200) -> str:
    answer = Client().get(path)
    assert answer.status_code == status, answer.status_code
    return answer.content.decode()


def test_questions_come_one_by_one_and_lead_to_the_sheet(item: ItemVersionRow) -> None:
    base = f"/items/{item.code}/guide"
    assert "给谁办？" in text(base)
    second = text(f"{base}?q1=a2&go=q1")
    assert "为什么办？" in second and "刚加上" in second and "监护人身份证明" in second
    assert '<input type="hidden" name="q1" value="a2">' in second
    answer = Client().get(f"{base}?{DONE}")
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"{base}/sheet?{DONE}"


def test_going_back_keeps_what_was_answered_later(item: ItemVersionRow) -> None:
    page = text(f"/items/{item.code}/guide?q1=a1&q2=a1&at=q1")
    assert "给谁办？" in page and re.search(r'name="q1" value="a1" checked', page)
    assert '<input type="hidden" name="q2" value="a1">' in page
    assert '<input type="hidden" name="q1"' not in page


def test_going_on_without_an_answer_is_said_with_its_reason(item: ItemVersionRow) -> None:
    page = text(f"/items/{item.code}/guide?go=q1")
    assert "请先选一个最接近的答案" in page and "<title>错误：" in page
    assert "请先选一个最接近的答案" not in text(f"/items/{item.code}/guide?q1=a1&go=q1")


def test_the_sheet_says_what_to_bring_and_what_not(item: ItemVersionRow) -> None:
    page = text(f"/items/{item.code}/guide/sheet?{DONE}")
    for words in ("要准备 1 份", "申请书", "不用带 1 份", "监护人身份证明", "已满 16 周岁", "10", "不收费", "立即申办", "依据"):
        assert words in page
    assert "csrf" not in page, "a visitor's page holds no form and may be kept"


def test_an_unfinished_sheet_says_so_and_leads_on(item: ItemVersionRow) -> None:
    page = text(f"/items/{item.code}/guide/sheet?q1=a1")
    assert "还有问题没答" in page and "接着答" in page
    assert "立即申办" not in page


def test_a_refusal_is_no_sheet(item: ItemVersionRow) -> None:
    page = text(f"/items/{item.code}/guide/sheet?q1=a1&q2=a3")
    assert "现在还不能办" in page and "要有理由。" in page and "想清楚再来。" in page
    assert "立即申办" not in page and "要准备" not in page


def test_the_sheet_prints_on_one_page_with_the_way_back(item: ItemVersionRow) -> None:
    answer = Client().get(f"/items/{item.code}/guide/sheet.pdf?{DONE}")
    assert answer.headers["Content-Type"] == "application/pdf"
    with pypdfium2.PdfDocument(BytesIO(answer.content)) as paper:
        assert len(paper) == 1
        words = paper[0].get_textpage().get_text_range()
    for part in ("我要办这件事", "申请书", "监护人身份证明", "10 个工作日"):
        assert part in words
    assert Client().get(f"/items/{item.code}/guide/sheet.pdf?q1=a1").status_code == 302


def test_thirty_materials_still_fit_on_one_page() -> None:
    from tests.make.catalogue import material_row

    materials = [material_row(n, name=f"第 {n} 份名称不短的申请材料（复印件）", guideline="写清楚日期和用途，盖公章") for n in range(1, 31)]
    item = guided_item(materials=[*materials, material_row(31, name="监护人身份证明", necessity="conditional")])
    row = tree_row()
    row["questions"][0]["answers"][0]["remove"][0]["material"] = "m31"
    row["questions"][0]["answers"][1]["add"] = ["m31"]
    make_guide(item, make_tree(**row))
    answer = Client().get(f"/items/{item.code}/guide/sheet.pdf?{DONE}")
    with pypdfium2.PdfDocument(BytesIO(answer.content)) as paper:
        assert len(paper) == 1


def test_the_item_page_leads_to_its_guide(item: ItemVersionRow) -> None:
    from hall.presentation.design import context

    context._supplied.pop("guided", None)
    assert f"/items/{item.code}/guide" in text(f"/items/{item.code}")
    plain = guided_item()
    page = text(f"/items/{plain.code}")
    assert f"/items/{plain.code}/guide" not in page and f"/items/{plain.code}/check" in page


def test_choosing_a_guide(item: ItemVersionRow) -> None:
    page = text("/guide")
    assert "我要办这件事" in page and f"/items/{item.code}/guide" in page


@pytest.mark.parametrize(
    ("ticked", "told"),
    [
        ("c1=yes&q2=a1", "您可以办"),
        ("c1=unsure&q2=a1", "拿不准，先问清楚"),
        ("c1=no&q2=a1", "现在还不能办"),
        ("c1=yes&q2=a3", "要有理由。"),
        ("c1=yes", "还有没选的"),
        ("c1=perhaps&q2=a9", "还有没选的"),
    ],
)
def test_the_self_test_gives_a_clear_result(item: ItemVersionRow, ticked: str, told: str) -> None:
    assert told in text(f"/items/{item.code}/check?go=1&{ticked}")


def test_the_self_test_works_without_a_guide() -> None:
    plain = guided_item()
    assert "看结果" in text(f"/items/{plain.code}/check")
    assert "您可以办" in text(f"/items/{plain.code}/check?go=1&c1=yes")


@pytest.mark.parametrize(
    "query",
    ["q1=" + "x" * 5000, "q1=%00&at=%00", "at=q99&go=q99", "&".join(f"q{n}=a1" for n in range(100)), "q1=a1&q1=a2", "%F0%9F%92%A9=1"],
)
def test_junk_in_the_address_is_no_fault(item: ItemVersionRow, query: str) -> None:
    for page in ("guide", "guide/sheet", "check"):
        assert Client().get(f"/items/{item.code}/{page}?{query}").status_code in {200, 302}


@pytest.mark.parametrize("path", ["/items/370199999999/guide", "/items/x/guide/sheet", "/bundles/NONE/guide", "/items/370199999999/check"])
def test_what_is_not_there_is_not_there(path: str) -> None:
    text(path, status=404)


def test_a_guide_that_no_longer_fits_says_so(item: ItemVersionRow) -> None:
    from hall.services.guidance import jobs
    from tests.make.catalogue import material_row
    from tests.make.people import NOW

    guided_item(code=item.code, materials=[material_row(1)])
    jobs.recheck([item.code], now=NOW)
    assert "正在核对" in text(f"/items/{item.code}/guide/sheet?q1=a2&q2=a1&q3=a1")


@pytest.mark.parametrize(
    "page", ["/guide", "/items/{code}/guide?q1=a1", "/items/{code}/guide/sheet?" + DONE, "/items/{code}/check?go=1&c1=yes"]
)
def test_no_page_costs_more_than_twelve_statements(item: ItemVersionRow, page: str) -> None:
    for _ in range(2):
        cache.PAGES.clear()
        with CaptureQueriesContext(connection) as seen:
            text(page.format(code=item.code))
    assert len([one for one in seen.captured_queries if "SAVEPOINT" not in one["sql"]]) <= 12
