from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hall.services.notices import rules as notices
from hall.services.ratings import rules
from hall.support.refusals import Refusal
from hall.support.workdays.rules import Calendar

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=400)
GRADES = st.integers(1, 5)
COUNTS = st.tuples(*[st.integers(0, 500)] * 5)
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))
FIVES = {"guide": 5, "attitude": 5, "speed": 5}


def test_notices_invite_to_exactly_what_may_be_rated() -> None:
    assert notices.INVITED_CLOSE_KINDS == rules.RATEABLE_CLOSE_KINDS
    assert notices.INVITED_DAYS == rules.RATE_DAYS


@pytest.mark.parametrize(
    ("now", "is_open"),
    [
        ("2026-11-23T10:00+08:00", True),
        ("2026-12-08T23:59:59+08:00", True),  # the 15th day
        ("2026-12-09T00:00+08:00", False),
    ],
)
def test_rating_closes_at_the_end_of_the_fifteenth_day_in_china(now: str, is_open: bool) -> None:
    # 23:30 UTC on the 22nd is the 23rd in China.
    closed_at = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
    assert (datetime.fromisoformat(now) < rules.rate_until(closed_at)) == is_open


@given(MOMENTS, st.timedeltas(timedelta(0), timedelta(days=30)))
def test_fifteen_full_days_are_always_given(closed_at: datetime, later: timedelta) -> None:
    if later <= timedelta(days=15):
        rules.check_rateable(close_kind="granted", closed_at=closed_at, now=closed_at + later)
    elif later > timedelta(days=16):
        with pytest.raises(rules.RatingOver):
            rules.check_rateable(close_kind="granted", closed_at=closed_at, now=closed_at + later)


@pytest.mark.parametrize("close_kind", ["withdrawn", "void", "not_accepted", "returned", ""])
def test_only_decisions_are_rated(close_kind: str) -> None:
    now = datetime(2026, 11, 23, tzinfo=UTC)
    with pytest.raises(rules.CaseNotRateable):
        rules.check_rateable(close_kind=close_kind, closed_at=now, now=now)


def test_a_supplement_has_five_working_days() -> None:
    holidays = frozenset(date(2026, 10, day) for day in range(1, 8))
    national_day = Calendar(off_days=holidays, first_day=date(2026, 1, 1), last_day=date(2026, 12, 31))
    rated_at = datetime(2026, 9, 30, 4, 0, tzinfo=UTC)
    assert rules.supplement_until(rated_at, national_day).isoformat() == "2026-10-15T00:00:00+08:00"


@given(
    GRADES,
    st.lists(st.sampled_from([*rules.TAG_NAMES, "nonsense"]), max_size=8),
    TEXTS,
    st.lists(st.integers(-1, 7), min_size=3, max_size=3),
)
def test_a_rating_is_whole_or_refused(grade: int, tags: list[str], text: str, scores: list[int]) -> None:
    dimensions = dict(zip(rules.DIMENSION_NAMES, scores, strict=True))
    try:
        verdict = rules.check_rating(grade=grade, dimensions=dimensions, tags=tags, text=text)
    except Refusal as refusal:
        assert refusal.at_field in {"tags", "text", *rules.DIMENSION_NAMES}
        return
    assert {verdict.guide, verdict.attitude, verdict.speed} <= set(range(1, 6))
    assert set(verdict.tags) == set(tags) and len(set(tags)) == len(verdict.tags)
    assert set(verdict.tags) <= dict(rules.tags_for(grade)).keys()
    assert grade > 2 or verdict.tags or verdict.text
    assert len(verdict.text) <= rules.TEXT_LIMIT


@pytest.mark.parametrize("grade", [0, 6, -1])
def test_there_are_five_grades(grade: int) -> None:
    with pytest.raises(rules.GradeMissing):
        rules.check_rating(grade=grade, dimensions=FIVES, tags=[], text="")


@pytest.mark.parametrize("grade", [1, 2])
def test_a_low_grade_needs_a_reason(grade: int) -> None:
    with pytest.raises(rules.ReasonMissing):
        rules.check_rating(grade=grade, dimensions=FIVES, tags=[], text="  \u200b ")
    assert rules.check_rating(grade=grade, dimensions=FIVES, tags=["slow"], text="").tags == ("slow",)
    assert rules.check_rating(grade=grade, dimensions=FIVES, tags=[], text="太慢").text == "太慢"


def test_praise_does_not_go_with_a_low_grade_nor_criticism_with_five_stars() -> None:
    for grade, tag in ((1, "kind"), (5, "rude")):
        with pytest.raises(rules.WrongTag):
            rules.check_rating(grade=grade, dimensions=FIVES, tags=[tag], text="原因")
    assert rules.check_rating(grade=4, dimensions=FIVES, tags=["slow", "kind"], text="").tags == ("kind", "slow")


@given(TEXTS)
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    cleaned = rules.clean_text(text)
    assert rules.clean_text(cleaned) == cleaned


@given(
    TEXTS,
    st.sampled_from(
        [
            "13812340000",
            "138 1234 0000",
            "138-1234-0000",
            "１３８１２３４００００",
            "370102198506151235",
            "37010219850615123X",
            "6222021602012345678",
        ]
    ),
    TEXTS,
)
def test_no_number_of_a_person_is_published(before: str, number: str, after: str) -> None:
    shown = rules.clean_text(f"{before}号码{number}号{after}")
    plain = number.translate(str.maketrans("０１２３４５６７８９", "0123456789"))
    assert plain not in shown and number not in shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("打 13812340000 没人接", "打 138****0000 没人接"),
        ("身份证370102198506151235", "身份证3701**********1235"),
        ("发到 zhang@x.cn 了", "发到 z***@x.cn 了"),
        ("卡号 6222 0216 0201 2345 678", "卡号 ***************5678"),
        ("窗口电话 0531-12345，等了 2026 年 11 月", "窗口电话 0531-12345，等了 2026 年 11 月"),
        ("很好，谢谢！\r\n\r\n\r\n\r\n再见\x00\u202e", "很好，谢谢！\n\n再见"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),  # escaped where it is shown
    ],
)
def test_texts_are_cleaned_for_everybody(text: str, shown: str) -> None:
    assert rules.clean_text(text) == shown


def test_a_text_has_its_limit_and_its_minimum() -> None:
    assert len(rules.check_text("好" * 500)) == 500
    with pytest.raises(rules.TextTooLong, match="501"):
        rules.check_text("好" * 501)
    with pytest.raises(rules.TextMissing):
        rules.check_text(" \n\u200b ")


@given(COUNTS)
def test_averages_are_right_to_one_decimal(grades: tuple[int, ...]) -> None:
    total, count = sum(grade * n for grade, n in enumerate(grades, start=1)), sum(grades)
    shown = rules.shown_average(total, count)
    if count < 5:
        assert shown is None
        return
    assert shown is not None
    assert abs(Fraction(str(shown)) - Fraction(total, count)) <= Fraction(1, 20)
    assert 1 <= shown <= 5


@given(COUNTS)
def test_the_satisfied_share_says_100_only_when_nobody_was_dissatisfied(grades: tuple[int, ...]) -> None:
    share = rules.satisfied_percent(grades)
    assert (share is None) == (sum(grades) < 5)
    if share is not None:
        assert 0 <= share <= 100
        assert (share == 100) == (grades[0] + grades[1] == 0)


@given(COUNTS, st.integers(0, 4), st.integers(0, 4))
def test_a_better_grade_never_ranks_lower(grades: tuple[int, ...], worse: int, better: int) -> None:
    low, high = sorted((worse, better))
    with_worse = tuple(n + (place == low) for place, n in enumerate(grades))
    with_better = tuple(n + (place == high) for place, n in enumerate(grades))
    first, second = rules.ranking_score(with_worse), rules.ranking_score(with_better)
    assert (first is None) == (second is None) == (sum(grades) + 1 < 10)
    if first is not None and second is not None:
        assert 20 <= first <= second <= 100


def test_ranking_starts_at_ten_ratings() -> None:
    assert rules.ranking_score((0, 0, 0, 0, 9)) is None
    assert rules.ranking_score((0, 0, 0, 0, 10)) == 100
    assert rules.ranking_score((10, 0, 0, 0, 0)) == 20
    assert rules.ranking_score((5, 0, 0, 0, 5)) == 60
