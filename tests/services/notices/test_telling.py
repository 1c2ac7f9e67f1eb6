"""What facts lead to: one notice each, however often and in whatever order, and nothing when the deed was taken back."""

import threading
from collections.abc import Iterator
from functools import partial

import pytest
from django.db import transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from hall.integration.ports.message import ChannelKind
from hall.services import events
from hall.services.notices import jobs, queries, rules
from hall.services.notices.models import Notice, NoticeDelivery
from hall.services.reactions import REACTIONS
from hall.support.jobs import queue
from tests.make.crowds import at_once
from tests.make.notices import KeptMessages, channels_set_up, make_notice
from tests.make.people import NOW, make_citizen

SERIAL = "370000013202611231000018"


def submitted(account_id: int) -> events.ApplicationSubmitted:
    return events.ApplicationSubmitted(7, SERIAL, account_id, "A1", "食品经营许可", "SD02")


def moved(account_id: int, step_id: int = 9) -> events.CaseMoved:
    return events.CaseMoved(7, SERIAL, step_id, account_id, "食品经营许可", "submitted", "accepted", f"第 {step_id} 步。")


@pytest.fixture
def only_notices() -> Iterator[None]:
    """Of the hall's own table of reactions, those of notices: the facts here have no case behind them."""
    queue.bind({fact: [hears for hears in hearers if hears.__module__ == jobs.__name__] for fact, hearers in REACTIONS.items()})
    yield
    queue.bind(REACTIONS)


def finished(account_id: int, close_kind: str = "granted") -> events.CaseFinished:
    return events.CaseFinished(7, SERIAL, account_id, "A1", "食品经营许可", "SD02", close_kind)


@pytest.mark.usefixtures("only_notices")
@pytest.mark.django_db
def test_every_fact_about_a_case_reaches_its_applicant_through_the_queue() -> None:
    zhang = make_citizen()
    for fact in (submitted(zhang), moved(zhang), finished(zhang), events.RatingAnswered(3, SERIAL, zhang, "食品经营许可")):
        queue.publish(fact)
    assert queue.run_due_now() == 4
    notices = queries.notices_of(zhang)
    assert [notice.kind for notice in reversed(notices)] == ["submitted", "moved", "finished", "rating_answered"]
    assert {notice.serial for notice in notices} == {SERIAL}


@pytest.mark.django_db
def test_facts_told_twice_and_out_of_order_are_told_once() -> None:
    zhang = make_citizen()
    for _ in range(2):
        jobs.tell_finished(finished(zhang))
        jobs.tell_moved(moved(zhang, 10))
        jobs.tell_moved(moved(zhang, 9))
        jobs.tell_submitted(submitted(zhang))
        jobs.tell_rating_answered(events.RatingAnswered(3, SERIAL, zhang, "食品经营许可"))
    assert len(queries.notices_of(zhang)) == 5


@pytest.mark.django_db
def test_a_withdrawn_case_brings_no_invitation() -> None:
    zhang = make_citizen()
    jobs.tell_finished(finished(zhang, "withdrawn"))
    assert queries.notices_of(zhang) == []


@pytest.mark.django_db
def test_each_channel_that_is_set_up_gets_a_job_of_its_own_once() -> None:
    zhang = make_citizen()
    with channels_set_up(KeptMessages(ChannelKind.SMS), KeptMessages(ChannelKind.MAIL)):
        jobs.tell_moved(moved(zhang))
        jobs.tell_moved(moved(zhang))
    assert list(NoticeDelivery.objects.order_by("channel").values_list("channel", "state", "effect_key")) == [
        ("kept_mail", "queued", "moved:9/kept_mail"),
        ("kept_sms", "queued", "moved:9/kept_sms"),
    ]
    assert ProcrastinateJob.objects.filter(task_name="call", status="todo").count() == 2


@pytest.mark.django_db
def test_an_invitation_to_rate_stays_in_the_site() -> None:
    zhang = make_citizen()
    with channels_set_up(KeptMessages()):
        jobs.tell_finished(finished(zhang))
    assert NoticeDelivery.objects.count() == 0


@pytest.mark.usefixtures("only_notices")
@pytest.mark.django_db(transaction=True)
def test_a_deed_that_was_rolled_back_sends_nothing() -> None:
    zhang, sms = make_citizen(), KeptMessages()

    class Crash(Exception):
        pass

    with channels_set_up(sms):
        with pytest.raises(Crash), transaction.atomic():
            queue.publish(moved(zhang))
            assert ProcrastinateJob.objects.count() == 1
            raise Crash
        assert (ProcrastinateJob.objects.count(), queue.run_due_now(), sms.tries) == (0, 0, 0)

        # The same further on: a notice that is taken back takes its delivery and the delivery's job with it.
        with pytest.raises(Crash), transaction.atomic():
            make_notice(zhang)
            assert (NoticeDelivery.objects.count(), ProcrastinateJob.objects.count()) == (1, 1)
            raise Crash
        assert (Notice.objects.count(), NoticeDelivery.objects.count(), ProcrastinateJob.objects.count()) == (0, 0, 0)

        # Control: committed, the same steps do send.
        with transaction.atomic():
            queue.publish(moved(zhang))
        queue.run_due_now()
        assert [message.key for message in sms.sent] == ["moved:9/kept_sms"]


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_workers_with_one_fact_tell_it_once() -> None:
    zhang = make_citizen()
    with channels_set_up(KeptMessages()):
        for step_id in range(15):
            at_once([partial(jobs.tell_moved, moved(zhang, step_id))] * 4)
    assert Notice.objects.count() == NoticeDelivery.objects.count() == 15
    assert ProcrastinateJob.objects.count() == 15


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_control_without_its_key_a_notice_is_told_twice() -> None:
    zhang = make_citizen()

    def look_and_write(step_id: int) -> None:
        if not Notice.objects.filter(serial=str(step_id)).exists():
            words = rules.moved(moved(zhang, step_id))
            Notice.objects.create(
                account_id=zhang,
                serial=str(step_id),
                kind=words.kind,
                title=words.title,
                body=words.body,
                link=words.link,
                created_at=NOW,
                effect_key=f"{step_id}:{threading.get_ident()}",
            )

    for step_id in range(15):
        at_once([partial(look_and_write, step_id)] * 4)
    assert Notice.objects.count() > 15
