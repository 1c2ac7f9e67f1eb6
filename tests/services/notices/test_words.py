from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from hall.services import events
from hall.services.notices import rules
from hall.services.notices.rules import NoticeKind

NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200)
SENTENCES = st.text(st.characters(exclude_categories=["Cs"]), max_size=600)
SUBMITTED = events.ApplicationSubmitted(
    case_id=7, serial="370000013202611231000018", account_id=1, item_code="A1", item_name="食品经营许可", department_code="SD02"
)
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


def moved(
    *, item_name: str = "食品经营许可", sentence: str = "已受理。", from_state: str = "submitted", to_state: str = "accepted"
) -> events.CaseMoved:
    return events.CaseMoved(
        case_id=7,
        serial="370000013202611231000018",
        step_id=9,
        account_id=1,
        item_name=item_name,
        from_state=from_state,
        to_state=to_state,
        sentence=sentence,
    )


def finished(close_kind: str, *, item_name: str = "食品经营许可") -> events.CaseFinished:
    return events.CaseFinished(
        case_id=7,
        serial="370000013202611231000018",
        account_id=1,
        item_code="A1",
        item_name=item_name,
        department_code="SD02",
        close_kind=close_kind,
    )


@given(NAMES, SENTENCES)
def test_whatever_a_fact_holds_its_words_fit_the_table(item_name: str, sentence: str) -> None:
    told = [
        rules.submitted(events.ApplicationSubmitted(7, "3" * 24, 1, "A1", item_name, "SD02")),
        rules.moved(moved(item_name=item_name, sentence=sentence)),
        rules.moved(moved(item_name=item_name, sentence=sentence, to_state="correction")),
        rules.finished(finished("granted", item_name=item_name)),
        rules.rating_answered(events.RatingAnswered(3, "3" * 24, 1, item_name)),
    ]
    for words in told:
        assert words is not None
        assert len(words.title) <= rules.TITLE_LIMIT and len(words.body) <= rules.BODY_LIMIT
        assert words.link.startswith("/my/cases/")


@given(st.text(max_size=300), st.integers(1, 200))
def test_clipping_keeps_short_texts_and_shortens_long_ones(text: str, limit: int) -> None:
    shown = rules.clip(text, limit)
    assert len(shown) <= limit
    assert shown == text if len(text) <= limit else shown.endswith("…") and text.startswith(shown[:-1])


def test_the_departments_sentence_is_what_the_applicant_reads() -> None:
    assert rules.moved(moved(sentence="请在 11 月 26 日前补正设备布局图。")).body == "请在 11 月 26 日前补正设备布局图。"


def test_a_correction_is_told_as_something_to_do() -> None:
    words = rules.moved(moved(to_state="correction"))
    assert (words.kind, words.title) == (NoticeKind.CORRECTION, "请补正材料：食品经营许可")


def test_a_step_within_one_state_stays_in_the_site() -> None:
    assert not rules.moved(moved(from_state="reviewing", to_state="reviewing")).is_sent_out
    assert rules.moved(moved(from_state="accepted", to_state="reviewing")).is_sent_out


def test_who_withdrew_is_not_asked_to_rate() -> None:
    assert rules.finished(finished("withdrawn")) is None
    assert rules.finished(finished("void")) is None
    invited = rules.finished(finished("denied"))
    assert invited is not None and invited.link == "/my/cases/370000013202611231000018/rating"


def test_a_text_message_is_short_and_signed() -> None:
    text = rules.sms_text(hall_name="山东政务大厅", body="很长" * 300, address="http://x/my/cases/1")
    assert text.startswith("【山东政务大厅】") and text.endswith("http://x/my/cases/1") and len(text) < 300


@given(st.integers(0, 30), st.integers(0, 100))
def test_trying_ends(tries: int, hours: int) -> None:
    is_worth = rules.is_worth_trying(tries=tries, created_at=NOW - timedelta(hours=hours), now=NOW)
    assert is_worth == (tries < rules.MAX_TRIES and hours < 48)
