"""A talk is kept for one browser, sealed, for a day; what is sent twice is answered once, and nothing said is lost (§5.4)."""

from datetime import timedelta

import pytest
from django.db.models import QuerySet

from hall.services.guidance import talk_jobs, talks
from hall.services.guidance.models import AskTalk
from hall.services.guidance.talks import TalkBusy, go_on
from hall.support.access.actors import VISITOR, Actor
from hall.support.access.throttles import TooMany
from tests.make.catalogue import make_item
from tests.make.crowds import at_once
from tests.make.people import NOW

ROUNDS, CONTROL_ROUNDS = 4, 30


def begun(sentence: str = "你好") -> talks.Held:
    return go_on(actor=VISITOR, token="", sentence=sentence, now=NOW)


@pytest.mark.django_db
def test_a_talk_goes_on_under_its_token_and_only_there() -> None:
    first = begun("我想办护照")
    held = go_on(actor=VISITOR, token=first.token, sentence="谢谢", now=NOW)
    assert held.token == first.token and held.talk.own_words == ("我想办护照", "谢谢")
    assert talks.talk_of(first.token, now=NOW) == held.talk
    for other in ("", "x" * 43, first.token[:-1], "好" * 43, "x" * 5000):
        assert talks.talk_of(other, now=NOW) is None


@pytest.mark.django_db
def test_what_was_said_is_not_readable_in_the_table() -> None:
    begun("我想办护照")
    held = AskTalk.objects.get()
    assert "护照".encode() not in bytes(held.content) and len(held.token_digest) > 20


@pytest.mark.django_db
def test_the_same_thing_sent_twice_from_one_page_is_answered_once() -> None:
    token = begun().token
    once = go_on(actor=VISITOR, token=token, sentence="谢谢", seen=3, now=NOW)
    assert go_on(actor=VISITOR, token=token, sentence="谢谢", seen=3, now=NOW).talk.messages == once.talk.messages
    assert go_on(actor=VISITOR, token=token, sentence="谢谢", seen=5, now=NOW).talk.messages != once.talk.messages


@pytest.mark.django_db
def test_a_topic_of_the_page_is_taken_up_once() -> None:
    code = make_item(name="护照签发").code
    held = go_on(actor=VISITOR, token="", sentence="多少钱", topic=f"item:{code}", now=NOW)
    assert held.talk.own_words == ("护照签发", "多少钱")
    held = go_on(actor=VISITOR, token=held.token, sentence="要多久", topic=f"item:{code}", now=NOW)
    assert held.talk.own_words == ("护照签发", "多少钱", "要多久")
    assert talks.department_of(held.talk) == "SD02" and talks.topic_name(held.talk) == "护照签发"
    assert go_on(actor=VISITOR, token="", sentence="你好", topic="item:nothing", now=NOW).talk.topic == ("", "")


@pytest.mark.django_db
def test_a_talk_is_forgotten_after_a_day_or_when_asked() -> None:
    old, asked, young = begun().token, begun().token, begun().token
    talks.forget(asked)
    AskTalk.objects.filter(token_digest=talks._digest(old)).update(touched_at=NOW - talks.KEPT)
    assert [talks.talk_of(token, now=NOW) is None for token in (old, asked, young)] == [True, True, False]
    assert talk_jobs.forget_talks(now=NOW) == 1 and talk_jobs.forget_talks(now=NOW) == 0
    assert go_on(actor=VISITOR, token=old, sentence="你好", now=NOW).token != old, "a token that means nothing begins a new talk"


@pytest.mark.django_db
def test_a_machine_that_talks_without_end_is_stopped() -> None:
    machine = Actor(address="192.0.2.7")
    for _ in range(talks.TURNS):
        go_on(actor=machine, token="", sentence="", now=NOW)
    with pytest.raises(TooMany):
        go_on(actor=machine, token="", sentence="", now=NOW)
    go_on(actor=Actor(address="192.0.2.8"), token="", sentence="", now=NOW)
    go_on(actor=machine, token="", sentence="", now=NOW + timedelta(minutes=1))


def _speak_by_many() -> bool:
    """Four windows of one talk say something at once: everything said stands in it, or its speaker hears that it does not."""
    token = begun().token
    said = at_once([lambda one=number: go_on(actor=VISITOR, token=token, sentence=f"第{one}句", now=NOW) for number in range(4)])  # type: ignore[misc]
    heard = {f"第{number}句" for number, one in enumerate(said) if not isinstance(one, TalkBusy)}
    kept = talks.talk_of(token, now=NOW)
    return kept is not None and set(kept.own_words) == {"你好", *heard} and not any(isinstance(one, OSError) for one in said)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_of_several_windows_nothing_said_is_lost() -> None:
    for _ in range(ROUNDS):
        assert _speak_by_many()


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_control_without_the_turn_something_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = QuerySet.filter

    def without_turn(rows: "QuerySet[AskTalk]", *args: object, **wanted: object) -> "QuerySet[AskTalk]":
        wanted.pop("turn", None)
        return kept(rows, *args, **wanted)

    monkeypatch.setattr(QuerySet, "filter", without_turn)
    assert any(not _speak_by_many() for _ in range(CONTROL_ROUNDS))
