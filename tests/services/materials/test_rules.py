"""What may be offered for what, what it is worth, and what a holder may write about it. Pure."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hall.services.materials import rules
from hall.services.materials.rules import Grade, Match, OfferedFile, Origin
from tests.make.materials import TODAY, offer, wish

KINDS = st.sampled_from(["id", "license", "self", "form", "promise", "venue", "photo", "intermediary"])
CERTS = st.sampled_from(["", "ID_CARD", "BUSINESS_LICENSE"])
NAMES = st.sampled_from(["租赁合同", "租赁合同（复印件）", "营业执照", "身份证明"])
FILES = st.lists(st.builds(OfferedFile, st.sampled_from(["pdf", "jpg", "docx"]), st.integers(1, 40 << 20), st.booleans()), max_size=5).map(
    tuple
)
ENDS = st.one_of(st.none(), st.integers(-400, 400).map(lambda days: TODAY + timedelta(days=days)))
WISHES = st.builds(
    lambda kind, cert, name, again: wish(kind=kind, cert_type=cert, name=name, is_reusable=again), KINDS, CERTS, NAMES, st.booleans()
)
OFFERS = st.builds(
    lambda name, cert, item, origin, grade, end, files: offer(
        name_key=rules.name_key(name), cert_type=cert, item_code=item, origin=origin, grade=grade, valid_until=end, files=files
    ),
    NAMES, CERTS, st.sampled_from(["", "370126014000", "370121005000"]), st.sampled_from(Origin), st.sampled_from(Grade), ENDS, FILES,
)  # fmt: skip


@settings(deadline=None)
@given(WISHES, OFFERS)
def test_nothing_unfit_is_ever_offered(wanted: rules.Wanted, held: rules.Offer) -> None:
    if rules.match(wanted, held, today=TODAY) is None:
        return
    assert wanted.kind not in {"form", "promise"}
    assert held.valid_until is None or held.valid_until >= TODAY
    assert held.grade.value <= rules.grade_needed(wanted.kind, wanted.name).value
    assert held.files and all(file.is_whole and file.extension in wanted.accept for file in held.files)
    assert all(file.size_bytes <= wanted.max_bytes for file in held.files)


@settings(deadline=None)
@given(WISHES, OFFERS)
def test_a_match_says_what_is_the_same(wanted: rules.Wanted, held: rules.Offer) -> None:
    matched = rules.match(wanted, held, today=TODAY)
    if matched is Match.CERT:
        assert wanted.cert_type == held.cert_type != ""
    elif matched is not None:
        assert wanted.name_key == held.name_key and not (wanted.cert_type and held.cert_type)
        assert (matched is Match.SAME_ITEM) == (held.origin is Origin.KEPT and held.item_code in wanted.item_codes)
        assert matched is Match.SAME_ITEM or held.origin is not Origin.KEPT or wanted.is_reusable


@settings(deadline=None)
@given(WISHES, OFFERS, st.integers(0, 400))
def test_what_is_offered_later_is_offered_today(wanted: rules.Wanted, held: rules.Offer, days: int) -> None:
    later = rules.match(wanted, held, today=TODAY + timedelta(days=days))
    assert later is None or later is rules.match(wanted, held, today=TODAY)


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(Match), st.sampled_from(Grade), st.integers(1, 99), st.integers()),
        max_size=12,
        unique_by=lambda one: one[2],
    )
)
def test_the_order_is_match_then_grade_then_age(found: list[tuple[Match, Grade, int, int]]) -> None:
    ordered = rules.best_first((m, g, number, (m, g, number)) for m, g, number, _ in found)
    assert len(ordered) == len(found)
    for (m1, g1, n1), (m2, g2, n2) in pairwise(ordered):
        assert (m1.value, g1.value, -n1) <= (m2.value, g2.value, -n2)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"valid_until": TODAY - timedelta(days=1)}, "过期"),
        ({"grade": Grade.OWN_WORD}, "自己写的说明不能代替"),
        ({"files": ()}, "打不开"),
        ({"files": (OfferedFile("pdf", 9, False),)}, "打不开"),
        ({"files": (OfferedFile("docx", 9, True),)}, "格式"),
        ({"files": (OfferedFile("pdf", 21 << 20, True),)}, "20 MB"),
        ({"valid_until": TODAY}, ""),
    ],
)
def test_why_a_material_cannot_be_handed_in_is_said(changes: dict[str, object], words: str) -> None:
    said = rules.why_not(wish(), offer(**changes), today=TODAY)
    assert words in said if words else said == ""


@pytest.mark.parametrize(
    ("said", "grade", "words"),
    [
        ("", Grade.UPLOADED, ""),
        ("D", Grade.OWN_WORD, ""),
        ("C", Grade.OWN_WORD, "自己写的说明不能代替"),
        ("B", Grade.CHECKED, ""),
        ("B", Grade.UPLOADED, "窗口核对过原件"),
        ("A", Grade.CHECKED, "部门签发"),
        ("A", Grade.ISSUED, ""),
    ],
)
def test_a_department_says_what_a_material_must_be_worth(said: str, grade: Grade, words: str) -> None:
    found = rules.why_not(wish(trust_grade=said), offer(grade=grade), today=TODAY)
    assert words in found if words else found == ""
    assert (rules.match(wish(trust_grade=said), offer(grade=grade), today=TODAY) is None) is bool(words)


def test_grades_follow_who_vouches() -> None:
    assert rules.grade_given("id", "身份证", is_checked=False) is Grade.UPLOADED
    assert rules.grade_given("id", "身份证", is_checked=True) is Grade.CHECKED
    assert rules.grade_given("self", "设备清单", is_checked=True) is Grade.OWN_WORD
    assert rules.grade_given("self", "健康证明", is_checked=True) is Grade.CHECKED
    assert [grade for grade in Grade if rules.is_enough(grade, Grade.UPLOADED)] == [Grade.ISSUED, Grade.CHECKED, Grade.UPLOADED]


@settings(deadline=None)
@given(st.text(max_size=400))
def test_a_name_is_kept_on_one_line_or_refused(text: str) -> None:
    try:
        name = rules.checked_name(text)
    except rules.WrongName:
        return
    assert name and len(name) <= rules.NAME_LENGTH and name == rules.checked_name(name)
    assert not any(sign in name for sign in "\n\r\t\0\u202e\u200b")
    assert rules.name_key(name)


@settings(deadline=None)
@given(st.text(max_size=600))
def test_tags_are_few_and_short_or_refused(text: str) -> None:
    try:
        tags = rules.checked_tags(text)
    except rules.WrongTags:
        return
    assert len(tags) == len(set(tags)) <= rules.MOST_TAGS and all(0 < len(tag) <= rules.TAG_LENGTH for tag in tags)


def test_a_flood_of_tags_is_refused_with_a_sentence() -> None:
    with pytest.raises(rules.WrongTags, match="最多 10 个标签"):
        rules.checked_tags(",".join(str(number) for number in range(5000)))


@pytest.mark.parametrize("text", ["明天", "2026-13-01", "2026-11-22", "3026-01-01", "2026-02-30"])
def test_an_end_that_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(rules.WrongDate):
        rules.checked_end(text, today=TODAY)


def test_an_end_is_a_day_from_today_on_or_none() -> None:
    assert rules.checked_end(" ", today=TODAY) is None
    assert rules.checked_end("2026-11-23", today=TODAY) == TODAY


@settings(deadline=None)
@given(st.dates(date(2026, 1, 1), date(2028, 1, 1)))
def test_a_reminder_is_due_in_the_last_thirty_days_only(end: date) -> None:
    due, left = rules.reminder_due(end, TODAY), (end - TODAY).days
    assert (due is None) == (left < 0 or left > 30)
    assert due is None or (left <= due and due == min(days for days in rules.REMIND_DAYS if left <= days))
