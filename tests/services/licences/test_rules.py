"""What answers are worth: "unknown" is never "invalid", and nobody hears about a licence that is not the one asked about."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from hall.integration.ports.licence import Licence, LicenceCode, LicenceQuestion, LicenceReply
from hall.services.licences import rules
from hall.services.licences.rows import Looked
from hall.services.licences.rules import Standing
from hall.services.licences.wording import CODE_NAMES, LATER, advice_for
from tests.make.people import NOW

TODAY = date(2026, 11, 23)
QUESTION = LicenceQuestion("a" * 32, "ID_CARD", "申办", "consent", holder_name="王建国", holder_key="370102195603120816")
LICENCE = Licence("ID_CARD", "居民身份证", "370102195603120816", "王建国", "370102195603120816", "历下分局", None, None, None)
codes = some.sampled_from(list(LicenceCode))
days = some.none() | some.dates(date(2020, 1, 1), date(2035, 1, 1))


@given(codes, days)
def test_only_1001_to_1005_and_a_date_past_mean_not_valid(code: LicenceCode, valid_to: date | None) -> None:
    standing = rules.standing(code, valid_to, TODAY)
    is_past = valid_to is not None and valid_to < TODAY
    if code.startswith(("2", "3", "9")):
        assert standing is Standing.UNKNOWN
    elif code.startswith("1"):
        assert standing is Standing.INVALID
    else:
        assert standing is (Standing.INVALID if is_past else Standing.VALID)


@given(codes, some.integers(0, 100_000))
def test_valid_answers_hold_a_day_negative_ones_ten_minutes_unknown_ones_never(code: LicenceCode, seconds: int) -> None:
    answered_at = NOW
    limit = {"0": 24 * 3600, "1": 600}.get(code[0], 0)
    assert rules.is_fresh(code, answered_at, answered_at + timedelta(seconds=seconds)) == (seconds < limit)


@pytest.mark.parametrize(
    "changed",
    [{"holder_name": "王建军"}, {"holder_key": "370102195603120824"}],
)
@given(code=codes)
def test_a_licence_of_somebody_else_is_a_mismatch_whatever_the_service_says(changed: dict[str, str], code: LicenceCode) -> None:
    reply = rules.checked(LicenceReply(code, "x", replace(LICENCE, **changed)), QUESTION, TODAY)
    assert reply.code is LicenceCode.MISMATCH and reply.licence is None


def test_a_number_that_was_not_asked_for_is_a_mismatch() -> None:
    by_number = replace(QUESTION, holder_key="", number="E1")
    assert rules.checked(LicenceReply(LicenceCode.MATCH, "x", LICENCE), by_number, TODAY).code is LicenceCode.MISMATCH


def test_a_match_without_its_licence_is_no_answer() -> None:
    assert rules.checked(LicenceReply(LicenceCode.MATCH, "x"), QUESTION, TODAY).code is LicenceCode.UNAVAILABLE


def test_a_match_that_ran_out_is_expired() -> None:
    gone = replace(LICENCE, valid_to=TODAY - timedelta(days=1))
    assert rules.checked(LicenceReply(LicenceCode.MATCH, "x", gone), QUESTION, TODAY).code is LicenceCode.EXPIRED
    last = replace(LICENCE, valid_to=TODAY)
    assert rules.checked(LicenceReply(LicenceCode.MATCH, "x", last), QUESTION, TODAY).code is LicenceCode.MATCH


def test_names_are_the_same_in_whatever_width_they_are_written() -> None:
    assert rules.plain("山东（济南）有限公司") == rules.plain("山东(济南) 有限公司")
    assert rules.plain("37010219880315001x") == rules.plain("３７０１０２１９８８０３１５００１X")


@given(codes, days)
def test_every_answer_has_a_word_and_a_sentence_that_says_how_to_go_on(code: LicenceCode, valid_to: date | None) -> None:
    looked = Looked(1, "x", datetime.now(), None, "ID_CARD", "居民身份证", code, "x", valid_to=valid_to)
    sentence = advice_for(looked, "", TODAY)
    assert CODE_NAMES[code] and sentence.endswith("。") and "！" not in sentence
    assert (sentence == LATER) == code.startswith(("3", "9"))
