"""From facts to verdicts: only what is useless in any eyes is refused, everything doubtful is 请看一眼."""

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hall.services.catalogue.elements import Standard
from hall.services.inspections import reading, rules, standards
from hall.services.inspections.rules import Asked, Finding, Level, Mend, Subject
from hall.support.filestore.facts import FileFacts, PageFacts
from hall.support.filestore.rows import FileRow, ScanState

TODAY = date(2026, 11, 23)
FILE = FileRow(
    UUID(int=1),
    "扫描.pdf",
    "application/pdf",
    "pdf",
    900_000,
    "0" * 64,
    3,
    None,
    None,
    ScanState.CLEAN,
    1,
    datetime(2026, 1, 1, tzinfo=UTC),
)
PHOTO = replace(FILE, name="照片.jpg", extension="jpg", pages=None, width=1200, height=1700)
GOOD = PageFacts(595, 842, False, dpi=200, sharpness=1.4, tilt=0.2, sideways=0.5, paper=230, colour=0.02, seal=0.0)
MINE = Subject("张三", lambda number: number == "370102198806150023")


def asked(file: FileRow = FILE, kind: str = "other", **standard: object) -> Asked:
    return Asked(file, ("pdf", "jpg", "png"), 20 << 20, standards.applied(kind, Standard(**standard)))  # type: ignore[arg-type]


def looks(*pages: PageFacts, **standard: object) -> list[Finding]:
    return [found for found in rules.of_looks(asked(**standard), FileFacts(pages)) if found.level is not Level.FINE]


def test_a_good_file_passes() -> None:
    found = rules.at_once(asked()) + rules.of_looks(asked(), FileFacts((GOOD, GOOD, GOOD)))
    assert rules.worst(found) is Level.FINE
    assert [finding.sentence for finding in found] == ["PDF，879 KB，共 3 页", "清楚、端正"]


@pytest.mark.parametrize(
    ("page", "words", "mend"),
    [
        (replace(GOOD, is_blank=True), "第 2 页看起来是空白的", None),
        (replace(GOOD, dpi=96), "第 2 页的扫描只有 96 dpi", None),
        (replace(GOOD, sharpness=0.1), "第 2 页有些模糊", None),
        (replace(GOOD, paper=60), "第 2 页偏暗", None),
        (replace(GOOD, sideways=2.1), "第 2 页的文字像是横躺着的", Mend.TURN),
        (replace(GOOD, tilt=-4.2), "第 2 页歪了约 4 度", Mend.STRAIGHTEN),
    ],
)
def test_each_doubt_names_the_page_and_how_to_mend_it(page: PageFacts, words: str, mend: Mend | None) -> None:
    (finding,) = looks(GOOD, page, GOOD)
    assert finding.level is Level.LOOK
    assert words in finding.sentence and finding.remedy and finding.mend is mend


def test_a_file_without_anything_on_it_gets_one_sentence() -> None:
    blank = replace(GOOD, is_blank=True, dpi=72, sharpness=None)
    (finding,) = looks(blank, blank)
    assert "整份文件看起来是空白的" in finding.sentence


def test_the_department_decides_what_is_looked_at() -> None:
    bad = replace(GOOD, sharpness=0.1, tilt=6, colour=0.0, dpi=200)
    assert looks(bad, legible=False) == []
    assert "黑白" in " ".join(finding.sentence for finding in looks(bad, legible=False, in_colour=True))
    assert "300 dpi" in looks(GOOD, least_dpi=300)[0].remedy
    assert looks(replace(GOOD, is_blank=True), GOOD, no_blank=False) == []


def test_a_seal_is_asked_for_only_where_it_is_wanted_and_never_refused() -> None:
    assert looks(GOOD) == []
    (finding,) = looks(GOOD, has_seal=True)
    assert finding.level is Level.LOOK and "没有看到红色圆章" in finding.sentence
    seen = rules.of_looks(asked(has_seal=True), FileFacts((GOOD, replace(GOOD, seal=0.6))))
    assert any("看到红色圆章（" in finding.sentence and finding.level is Level.FINE for finding in seen)


def test_a_small_photo_is_doubtful_and_a_portrait_needs_fewer_pixels() -> None:
    small = FileFacts((replace(GOOD, width=413, height=579, dpi=None, sharpness=None, tilt=None, sideways=None),))
    assert "短边只有 413 像素" in rules.of_looks(asked(PHOTO), small)[0].sentence
    assert rules.of_looks(asked(PHOTO, kind="photo"), small) == []


@pytest.mark.parametrize(
    ("file", "standard", "words", "mend"),
    [
        (replace(FILE, extension="docx", pages=None), {}, "只收 PDF、JPG 或 PNG", None),
        (replace(FILE, size_bytes=30 << 20), {}, "超过了 20 MB 的上限", Mend.COMPRESS),
        (FILE, {"most_pages": 2}, "共 3 页，这份材料最多 2 页", Mend.SPLIT),
        (replace(FILE, scan=ScanState.INFECTED), {}, "发现了病毒", None),
    ],
)
def test_what_breaks_a_limit_is_refused(file: FileRow, standard: dict[str, object], words: str, mend: Mend | None) -> None:
    question = asked(file, **standard)
    (finding,) = [found for found in rules.at_once(question) if found.level is Level.REFUSE]
    assert words in finding.sentence and finding.mend is mend
    assert rules.refusal_of(question) == finding.sentence


def test_a_held_scan_and_a_repeated_file_are_doubts_only() -> None:
    question = replace(asked(replace(FILE, scan=ScanState.HELD)), also_in=("营业执照", "场地证明"))
    assert rules.refusal_of(question) == ""
    said = " ".join(finding.sentence for finding in rules.at_once(question))
    assert "还没有完成" in said and "“营业执照”“场地证明”" in said


# --- words --------------------------------------------------------------------------------------------------------------------------

LICENCE = "营业执照 统一社会信用代码 91370100MA3F4Q2N4X 名称 济南泉城文化传播有限公司 法定代表人 张三 "


def words(text: str, subject: Subject | None = MINE, **standard: object) -> list[Finding]:
    return rules.of_words(asked(kind="license", **standard), text, subject, TODAY)


@pytest.mark.parametrize(
    ("period", "last"),
    [
        ("有效期至 2026年11月22日", date(2026, 11, 22)),
        ("有效期限 2016.03.01-2036.03.01", date(2036, 3, 1)),
        ("营业期限：2019年05月21日 至 2049年05月20日", date(2049, 5, 20)),
        ("有效期至：２０２７－１－５", date(2027, 1, 5)),
        ("营业期限 2019年05月21日至长期", None),
        ("成立日期 2019年05月21日", None),
        ("有效期至 2026年13月40日", None),
    ],
)
def test_the_end_of_a_period_is_read(period: str, last: date | None) -> None:
    assert reading.ends_on(reading.plain(LICENCE + period)) == last


def test_an_expired_document_is_doubtful_and_on_its_last_day_it_holds() -> None:
    assert "已经过期" in words(LICENCE + "有效期至 2026年11月22日")[0].sentence
    assert words(LICENCE + "有效期至 2026年11月23日")[0].level is Level.FINE
    assert words(LICENCE + "有效期至 2026年11月22日", in_force=False, of_applicant=False) == []


def test_the_applicants_name_or_number_is_enough() -> None:
    assert [f.level for f in words(LICENCE)] == [Level.FINE]
    assert [f.level for f in words("居民身份证 姓名 李四 公民身份号码 370102198806150023 住址 济南市历下区泉城路")] == [Level.FINE]


def test_another_persons_document_is_doubtful_and_gives_nothing_away() -> None:
    (finding,) = words("居民身份证 姓名 李四 公民身份号码 370102199001010011 住址 济南市历下区泉城路")
    assert finding.level is Level.LOOK
    assert "370102" not in finding.sentence + finding.remedy and "李四" not in finding.sentence + finding.remedy


def test_too_few_words_are_not_judged() -> None:
    assert words("居民身份证") == []


@given(st.text(max_size=300), st.text(max_size=20))
def test_no_words_are_ever_refused_or_crash(text: str, name: str) -> None:
    found = words(text, Subject(name, lambda _: False))
    assert all(finding.level is not Level.REFUSE for finding in found)


@given(
    st.lists(
        st.builds(
            PageFacts,
            width=st.integers(1, 9000),
            height=st.integers(1, 9000),
            is_blank=st.booleans(),
            dpi=st.none() | st.integers(1, 1200),
            sharpness=st.none() | st.floats(0, 9),
            tilt=st.none() | st.floats(-8, 8),
            sideways=st.none() | st.floats(0, 9),
            paper=st.integers(0, 255),
            colour=st.floats(0, 1),
            seal=st.floats(0, 1),
        ),
        max_size=4,
    ),
    st.booleans(),
)
def test_looks_never_refuse_and_every_doubt_says_what_to_do(pages: list[PageFacts], is_photo: bool) -> None:
    question = asked(PHOTO if is_photo else FILE, has_seal=True, in_colour=True)
    for finding in rules.of_looks(question, FileFacts(tuple(pages))):
        assert finding.level is Level.FINE or (finding.level is Level.LOOK and finding.remedy)
