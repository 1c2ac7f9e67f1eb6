"""Papers read back: text by PDFium, the QR code by a scanner, structure by pikepdf."""

import dataclasses
import io
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pikepdf
import pypdfium2
import pytest
import zxingcpp
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from PIL import Image

from hall.support.documents import fonts, render, wording
from hall.support.documents.qr import qr_picture, qr_svg
from hall.support.documents.render import Grid, NoticeContent, ReceiptContent, ResultContent

AT = datetime(2026, 3, 2, 9, 30, 15, tzinfo=ZoneInfo("Asia/Shanghai"))
ADDRESS = "http://127.0.0.1:8000/verify/7KQM-2XWA-9RTD-B4HN"
LONG_NAME = "山东省住房和城乡建设厅行政审批服务与工程质量监督管理中心"
NOTICE = NoticeContent(
    title="受理通知书",
    number="鲁发展改革委受字〔2026〕12号",
    addressee="山东泉城新能源科技有限公司",
    paragraphs=("您提交的“企业投资项目备案”申请收悉，现予受理。",),
    facts=(("事项名称", "企业投资项目备案（变更）"), ("承诺办结日期", "2026年3月9日 18:00")),
    blocks=(
        ("第一点", "第二点"),
        Grid(("项目", "金额（元）"), (("检验费", "600.00"),)),
        "如对本决定不服，可以自收到之日起 60 日内依法申请行政复议。",
    ),
    department="山东省发展和改革委员会",
    issued_on=date(2026, 3, 2),
    verify_code="7KQM-2XWA-9RTD-B4HN",
    verify_address=ADDRESS,
    serial="370000 01 20260302 2 00017 X",
    version=1,
    made_at=AT,
    hotline="12345",
)
RECEIPT = ReceiptContent(
    title="申办回执",
    advice=("请妥善保管。",),
    closing=("此后的变化以网上查询为准。",),
    serial="370000 01 20260302 2 00017 X",
    query_code="482913",
    item_name="企业投资项目备案（变更）",
    department="山东省发展和改革委员会",
    applicant="山东泉城新能源科技有限公司",
    submitted_at=AT,
    state="已提交",
    materials=("营业执照", "项目申请报告"),
    hotline="12345",
    verify_code="7KQM-2XWA-9RTD-B4HN",
    verify_address=ADDRESS,
    progress_address="http://127.0.0.1:8000/progress",
    version=3,
    made_at=AT,
)
RESULT = ResultContent(
    title="企业投资项目备案证明",
    number="鲁发展改革委证字〔2026〕12号",
    holder="山东泉城新能源科技有限公司",
    facts=(("事项名称", "企业投资项目备案（变更）"), ("统一社会信用代码", "91370000MA3C00001C")),
    department="山东省发展和改革委员会",
    issued_on=date(2026, 3, 9),
    valid_until=date(2029, 3, 8),
    verify_code="7KQM-2XWA-9RTD-B4HN",
    verify_address=ADDRESS,
    serial="370000 01 20260302 2 00017 X",
    version=1,
    made_at=AT,
    closing=("本证照以核验网址显示的状态为准。",),
)
PAPERS = [
    pytest.param(render.render_notice, NOTICE),
    pytest.param(render.render_receipt, RECEIPT),
    pytest.param(render.render_result, RESULT),
]


def pages_of(pdf: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [document[number].get_textpage().get_text_range() for number in range(len(document))]
    finally:
        document.close()


def squeezed(text: str) -> str:
    """Without the places where a line may or does break."""
    return re.sub(r"[\s\u200b\ufffe]+", "", text)


def text_of(pdf: bytes) -> str:
    return squeezed("".join(pages_of(pdf)))


def picture_of(pdf: bytes, page: int = 0) -> Image.Image:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return document[page].render(scale=150 / 72).to_pil()
    finally:
        document.close()


def words_in(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    parts = (value.head, value.rows) if isinstance(value, Grid) else value if isinstance(value, tuple) else ()
    return [word for part in parts for word in words_in(part)]


@pytest.mark.parametrize(("make", "content"), PAPERS)
def test_every_value_can_be_read_back(make: object, content: object) -> None:
    text = text_of(make(content))
    for field in dataclasses.fields(content):
        assert [word for word in words_in(getattr(content, field.name)) if squeezed(word) not in text] == [], field.name
    assert "2026年3月2日09:30" in text
    assert f"第{content.version}版" in text
    assert "第1页共1页" in text


@pytest.mark.parametrize(("make", "content"), PAPERS)
def test_the_qr_code_leads_to_the_verification_page(make: object, content: object) -> None:
    assert [code.text for code in zxingcpp.read_barcodes(picture_of(make(content)))] == [ADDRESS]


@pytest.mark.parametrize(("make", "content"), PAPERS)
def test_papers_are_archivable_small_and_repeatable(make: object, content: object) -> None:
    first = make(content)
    assert len(first) < 120_000
    with ThreadPoolExecutor(4) as crowd:
        assert set(crowd.map(make, [content] * 8)) == {first}
    with pikepdf.open(io.BytesIO(first)) as pdf:
        assert not pdf.is_encrypted
        with pdf.open_metadata() as metadata:
            assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("2", "B")
        assert pdf.Root.Lang == "zh-CN"
        faces = [thing for thing in pdf.objects if isinstance(thing, pikepdf.Dictionary) and thing.get("/Type") == "/FontDescriptor"]
        assert faces
        assert all("/FontFile3" in face or "/FontFile2" in face for face in faces)
        assert all(re.match(r"/[A-Z]{6}\+", str(face.FontName)) for face in faces)  # subsets


def test_a_notice_of_thirty_points_keeps_them_all_and_numbers_its_pages() -> None:
    points = tuple(
        f"第{number}项材料“营业执照副本”缺少骑缝章，且有效期已过，请重新扫描彩色原件后上传，并在首页注明与原件一致。"
        for number in range(1, 31)
    )
    pdf = render.render_notice(dataclasses.replace(NOTICE, title="补正（一次性）告知书", blocks=(points,), department=LONG_NAME))
    text, pages = text_of(pdf), len(pages_of(pdf))
    assert pages >= 2
    assert f"第{pages}页共{pages}页" in text
    assert all(squeezed(point) in text for point in points)
    assert text.count("第1页共") == 1
    assert len(pdf) < 120_000
    assert [code.text for code in zxingcpp.read_barcodes(picture_of(pdf, pages - 1))] == [ADDRESS]


@pytest.mark.parametrize(
    "department", ["公安局", "济南市公安局", "山东省发展和改革委员会", "山东省人力资源和社会保障厅", LONG_NAME, LONG_NAME * 2]
)
def test_the_seal_takes_any_name(department: str) -> None:
    for make, content in ((render.render_notice, NOTICE), (render.render_result, RESULT)):
        pdf = make(dataclasses.replace(content, department=department))
        text = text_of(pdf)
        assert department in text
        assert "演示章" in text
        red = sum(1 for pixel in picture_of(pdf).convert("RGB").resize((200, 283)).get_flattened_data() if pixel[0] > 150 > pixel[1] + 60)
        assert red > 100


def test_a_real_seal_takes_the_place_of_the_drawn_one(tmp_path: Path, settings: object) -> None:
    Image.new("RGBA", (900, 900), (200, 0, 0, 128)).save(tmp_path / f"{NOTICE.department}.png")
    settings.SEALS_DIR = str(tmp_path)
    assert "演示章" not in text_of(render.render_notice(NOTICE))
    assert "演示章" in text_of(render.render_notice(dataclasses.replace(NOTICE, department="济南市公安局")))
    for trick in ("../" + NOTICE.department, "/etc/passwd", "..\\x"):
        assert "演示章" in text_of(render.render_notice(dataclasses.replace(NOTICE, department=trick)))


MARKUP = [
    '#eval("1+1")',
    '#panic("x")',
    '#read("paper.typ")',
    "*粗*与_斜_",
    "$x^2$ 与 $ x $",
    "反斜杠 \\ 与 \\u{41}",
    "`代码` ```raw```",
    "<标签> @引用",
    "= 标题",
    "- 项目 + 项目 / 词: 义",
    "// 注释 /* 注释 */",
    "~ -- --- ... ' \"",
    "[括号] {花括号} #(",
    "</script><b>",
    "%PDF- %%EOF",
]


@pytest.mark.parametrize("trick", MARKUP)
def test_markup_in_a_text_stays_text(trick: str) -> None:
    notice = dataclasses.replace(
        NOTICE,
        title=trick,
        addressee=trick,
        paragraphs=(trick,),
        facts=((trick, trick),),
        blocks=((trick,), Grid((trick,), ((trick,),)), trick),
        department=trick,
    )
    assert text_of(render.render_notice(notice)).count(squeezed(trick)) >= 9
    receipt = dataclasses.replace(RECEIPT, item_name=trick, applicant=trick, materials=(trick,))
    assert text_of(render.render_receipt(receipt)).count(squeezed(trick)) >= 3
    result = dataclasses.replace(RESULT, title=trick, holder=trick, facts=((trick, trick),))
    assert text_of(render.render_result(result)).count(squeezed(trick)) >= 4


@hypothesis_settings(max_examples=60, deadline=None)
@given(st.text(max_size=60))
def test_no_text_breaks_a_paper(text: str) -> None:
    notice = dataclasses.replace(
        NOTICE, title=text, addressee=text, paragraphs=(text,), facts=((text, text),), blocks=((text,), text), department=text
    )
    assert render.render_notice(notice).startswith(b"%PDF-1.7")


@pytest.mark.parametrize("name", ["𠮷田三", "𬱖", "㛃", "䶮", "龘靐齉", "·吾斯曼·买买提", "Ångström é ñ", "ⅧⅩ①㈠℃㎡"])
def test_rare_characters_are_shown(name: str) -> None:
    assert squeezed(name) in text_of(render.render_notice(dataclasses.replace(NOTICE, addressee=name)))


@pytest.mark.parametrize(
    ("given_text", "shown"),
    [
        ("张\u202e三", "张三"),
        ("张\x00三\x07", "张三"),
        ("零\u200b宽\ufeff", "零宽"),
        ("葛\U000e0100城", "葛城"),
        ("笑😀脸", "笑〓脸"),
        ("两\n行\t字", "两 行 字"),
        ("e\u0301", "é"),
        ("  空　格  ", "空　格"),
        ("A" * 50, "A" * 24 + "\u200b" + "A" * 24 + "\u200b" + "AA"),
    ],
)
def test_text_is_made_fit_for_paper(given_text: str, shown: str) -> None:
    assert wording.printable(given_text) == shown


def test_the_font_shows_every_character_of_everyday_and_rare_names() -> None:
    assert {ord(letter) for letter in "一龥㐀䶵𠮷𬱖〇、。“”〔〕①"} <= fonts.coverage()
    assert ord("😀") not in fonts.coverage()
    assert len(fonts.coverage()) > 40_000


def test_a_long_run_does_not_leave_the_page() -> None:
    pdf = render.render_notice(
        dataclasses.replace(NOTICE, facts=(("网址", "https://example.cn/" + "a" * 400),), paragraphs=("b" * 300, "ж" * 300, "。" * 300))
    )
    picture = picture_of(pdf).convert("L")
    margin = picture.crop((picture.width - 100, 200, picture.width, 1300))
    assert margin.getextrema()[0] == 255


def test_a_result_without_end_says_so() -> None:
    assert "起长期有效" in text_of(render.render_result(dataclasses.replace(RESULT, valid_until=None)))
    assert "自2026年3月9日至2029年3月8日" in text_of(render.render_result(RESULT))


def test_a_receipt_without_materials_and_one_with_many() -> None:
    assert "没有提交材料" in text_of(render.render_receipt(dataclasses.replace(RECEIPT, materials=())))
    many = tuple(f"第{number}份材料：建设工程规划许可证及附图（原件扫描）" for number in range(1, 61))
    pdf = render.render_receipt(dataclasses.replace(RECEIPT, materials=many))
    assert all(squeezed(name) in text_of(pdf) for name in many)
    assert len(pages_of(pdf)) == 3


def test_a_qr_code_in_a_page_is_accessible_and_needs_no_inline_style() -> None:
    svg = qr_svg(ADDRESS, title="扫码核验<本文书>")
    assert 'role="img"' in svg
    assert "<title>扫码核验&lt;本文书&gt;</title>" in svg
    assert "style=" not in svg
    assert "<script" not in svg


@given(st.text("abcXYZ0189:/?=&%-_.#~", min_size=1, max_size=120).filter(lambda text: text == text.strip() != ""))
@hypothesis_settings(max_examples=25, deadline=None)
def test_the_drawn_code_is_the_whole_matrix(text: str) -> None:
    """Drawn anew from its bars, the picture reads as the text that went in."""
    svg = qr_picture(text)
    side = int(re.search(r"viewBox=\"0 0 (\d+)", svg)[1])
    picture = Image.new("L", (side + 8, side + 8), 255)
    for x, y, width in re.findall(r"M(\d+) (\d+)h(\d+)v1", svg):
        picture.paste(0, (int(x) + 4, int(y) + 4, int(x) + 4 + int(width), int(y) + 5))
    big = picture.resize((picture.width * 6, picture.height * 6), Image.Resampling.NEAREST)
    (code,) = zxingcpp.read_barcodes(big)
    assert code.text == text
