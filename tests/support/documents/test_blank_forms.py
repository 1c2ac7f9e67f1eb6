"""Printed application forms: what they ask for stands on the paper, the QR code leads to the item, the same form gives the same bytes."""

import dataclasses
import io
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pikepdf
import pypdfium2
import zxingcpp

from hall.support.documents.blank_contents import BlankField, BlankFormContent, BlankOption, BlankSection
from hall.support.documents.render import render_blank_form

ADDRESS = "http://127.0.0.1:8000/items/370126014000"
FIELDS = (
    (BlankField("单位名称", "line", is_required=True),),
    (BlankField("统一社会信用代码", "boxes", count=18),),
    (BlankField("经营面积", "line", unit="平方米"), BlankField("开业日期", "date")),
    (BlankField("主体业态", "ticks", note="只选一项", options=(BlankOption("食品销售", "含网络"), BlankOption("餐饮服务"))),),
    (BlankField("经营情况", "area", height=30),),
    (BlankField("我承诺", "promise", note="内容真实", options=(BlankOption(""),)),),
)
FORM = BlankFormContent(
    title="食品经营许可申请书",
    item_name="食品经营许可",
    item_code="370126014000",
    department="山东省市场监督管理局",
    note="",
    sections=(BlankSection("经营信息", "如实填写", FIELDS),),
    is_for_org=True,
    is_sample=False,
    address=ADDRESS,
    version=3,
    issued_on=date(2026, 3, 2),
    made_at=datetime(2026, 3, 2, tzinfo=ZoneInfo("Asia/Shanghai")),
)
SAMPLE = dataclasses.replace(
    FORM,
    is_sample=True,
    sections=(
        BlankSection(
            "经营信息",
            "",
            (
                (dataclasses.replace(FIELDS[0][0], value="示例餐饮店 #set text(size: 99pt)"),),
                (dataclasses.replace(FIELDS[1][0], value="91370000MA3C00001C"),),
                (dataclasses.replace(FIELDS[4][0], value="第一行\n第二行"),),
            ),
        ),
    ),
)


def text_of(pdf: bytes) -> str:
    return "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf)).replace("\r\n", "\n")


def test_a_blank_form_asks_everything_and_has_room_for_the_signature() -> None:
    text = text_of(render_blank_form(FORM))
    joined = "".join(text.split())  # labels wrap
    for words in (
        "食品经营许可申请书",
        "单位名称",
        "统一社会信用代码",
        "平方米",
        "食品销售",
        "只选一项",
        "我承诺",
        "申请单位（盖章）",
        "日期",
    ):
        assert words in joined
    assert "第 3 版" in text and "2026年3月2日 发布" in text and "370126014000" in text
    assert "示例" not in text


def test_a_person_signs_where_an_organisation_seals() -> None:
    text = text_of(render_blank_form(dataclasses.replace(FORM, is_for_org=False)))
    assert "申请人（签名）" in text and "盖章" not in text


def test_a_sample_is_filled_in_says_that_it_is_one_and_shows_markup_as_text() -> None:
    text = text_of(render_blank_form(SAMPLE))
    assert "示例样表" in text and "内容是虚构的" in text
    assert "#set text(size: 99pt)" in text and "第一行\n第二行" in text
    assert "".join(text.split()).count("91370000MA3C00001C") == 1


def test_the_code_on_it_leads_to_the_item() -> None:
    page = pypdfium2.PdfDocument(render_blank_form(FORM))[0].render(scale=3).to_pil()
    assert [found.text for found in zxingcpp.read_barcodes(page)] == [ADDRESS]


def test_the_same_form_gives_the_same_bytes_and_another_version_others() -> None:
    first = render_blank_form(FORM)
    assert render_blank_form(FORM) == first
    assert render_blank_form(dataclasses.replace(FORM, version=4)) != first


def test_it_is_an_archival_a4_page_with_a_title() -> None:
    with pikepdf.open(io.BytesIO(render_blank_form(FORM))) as pdf:
        with pdf.open_metadata() as metadata:
            assert metadata["pdfaid:part"] == "2"
            assert metadata["dc:title"] == "食品经营许可申请书"
        box = [round(float(part)) for part in pdf.pages[0].mediabox]
    assert box == [0, 0, 595, 842]
