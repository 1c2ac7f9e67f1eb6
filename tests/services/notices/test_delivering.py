"""Sending a notice out: once as far as the protocol allows, later when it must be, never when it cannot."""

import asyncio
from datetime import timedelta
from functools import partial

import pytest
from django.db import transaction
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from hall.integration.plugins import breaker
from hall.integration.ports.message import ChannelKind, MessageRejected
from hall.services.notices import delivery, queries, rules
from hall.services.notices.channels import Paused
from hall.services.notices.delivery import StillSending, deliver
from hall.services.notices.models import NoticeDelivery
from hall.support.identity import commands as identity
from tests.make.crowds import at_once
from tests.make.notices import KeptMessages, channels_set_up, delivery_of, make_notice
from tests.make.people import NOW, actor_for, make_citizen, make_staff


@pytest.mark.django_db
def test_a_text_message_goes_to_the_persons_phone_and_leads_back(settings) -> None:  # type: ignore[no-untyped-def]
    settings.PUBLIC_ADDRESS = "https://hall.example.cn"
    sms = KeptMessages()
    with channels_set_up(sms):
        notice = make_notice(make_citizen(phone="13812340000"), key="moved:9")
        deliver(delivery_id=delivery_of(notice), now=NOW)
    (message,) = sms.sent
    assert (message.to, message.key) == ("13812340000", "moved:9/kept_sms")
    assert message.text == "【山东政务大厅】您申办的“食品经营许可”已受理。 详情：https://hall.example.cn/my/cases/1"
    (row,) = queries.deliveries_of(notice)
    assert (row.state, row.tries, row.sent_at, row.fault) == ("sent", 1, NOW, "")


@pytest.mark.django_db
def test_mail_goes_to_whoever_gave_an_address() -> None:
    mail, zhang = KeptMessages(ChannelKind.MAIL), make_citizen()
    identity.set_email(actor=actor_for(zhang), email="zhang@example.cn", now=NOW)
    with channels_set_up(mail):
        deliver(delivery_id=delivery_of(make_notice(zhang, serial="370000013202611231000018")), now=NOW)
    (message,) = mail.sent
    assert (message.to, message.subject) == ("zhang@example.cn", "办理有进展：食品经营许可")
    assert "370000013202611231000018" in message.text and "张三" not in message.text


@pytest.mark.django_db
def test_who_has_no_address_is_skipped() -> None:
    for channel, account_id in ((KeptMessages(ChannelKind.MAIL), make_citizen()), (KeptMessages(), make_staff()), (KeptMessages(), 10**9)):
        with channels_set_up(channel):
            notice = make_notice(account_id)
            deliver(delivery_id=delivery_of(notice), now=NOW)
        assert (queries.deliveries_of(notice)[0].state, channel.tries) == ("skipped", 0)


@pytest.mark.django_db
def test_the_same_job_again_sends_nothing_again() -> None:
    sms = KeptMessages()
    with channels_set_up(sms):
        row = delivery_of(make_notice(make_citizen()))
        for _ in range(3):
            deliver(delivery_id=row, now=NOW)
    assert sms.tries == 1


@pytest.mark.django_db
def test_trouble_is_handed_to_the_queue_and_the_next_try_succeeds() -> None:
    sms = KeptMessages()
    sms.fault = ConnectionRefusedError("sms: away")
    with channels_set_up(sms):
        notice = make_notice(make_citizen())
        with pytest.raises(ConnectionRefusedError):
            deliver(delivery_id=delivery_of(notice), now=NOW)
        assert queries.deliveries_of(notice)[0].fault == "sms: away"
        sms.fault = None
        deliver(delivery_id=delivery_of(notice), now=NOW + timedelta(minutes=1))
    assert [(row.state, row.tries) for row in queries.deliveries_of(notice)] == [("sent", 2)]


@pytest.mark.django_db
def test_a_rejected_message_is_given_up_at_once() -> None:
    sms = KeptMessages()
    sms.fault = MessageRejected("sms: the gateway refused it, 422")
    with channels_set_up(sms):
        notice = make_notice(make_citizen())
        deliver(delivery_id=delivery_of(notice), now=NOW)
        deliver(delivery_id=delivery_of(notice), now=NOW)
    assert [(row.state, row.tries, row.fault) for row in queries.deliveries_of(notice)] == [
        ("failed", 1, "sms: the gateway refused it, 422")
    ]


@pytest.mark.django_db
def test_a_plugin_that_breaks_is_tried_again_like_one_that_is_away() -> None:
    sms = KeptMessages()
    sms.fault = ZeroDivisionError("13812340000")
    with channels_set_up(sms):
        notice = make_notice(make_citizen())
        with pytest.raises(OSError, match="ZeroDivisionError"):
            deliver(delivery_id=delivery_of(notice), now=NOW)
    assert "1381234" not in queries.deliveries_of(notice)[0].fault


@pytest.mark.django_db
def test_trying_ends_after_so_many_tries() -> None:
    sms = KeptMessages()
    sms.fault = OSError("away")
    with channels_set_up(sms):
        notice = make_notice(make_citizen())
        for _ in range(rules.MAX_TRIES - 1):
            breaker.close("kept_sms")  # as time does, between one try and the next
            with pytest.raises(OSError, match="away"):
                deliver(delivery_id=delivery_of(notice), now=NOW)
        breaker.close("kept_sms")
        deliver(delivery_id=delivery_of(notice), now=NOW)
        deliver(delivery_id=delivery_of(notice), now=NOW)
    assert sms.tries == rules.MAX_TRIES
    assert queries.deliveries_of(notice)[0].state == "failed"


@pytest.mark.django_db
def test_yesterdays_news_is_not_sent_any_more() -> None:
    sms = KeptMessages()
    with channels_set_up(sms):
        notice = make_notice(make_citizen(), now=NOW - timedelta(hours=49))
        deliver(delivery_id=delivery_of(notice), now=NOW)
    assert (queries.deliveries_of(notice)[0].state, sms.tries) == ("failed", 0)


@pytest.mark.django_db
def test_a_channel_that_was_taken_away_is_skipped() -> None:
    with channels_set_up(KeptMessages()):
        notice = make_notice(make_citizen())
    with channels_set_up():
        deliver(delivery_id=delivery_of(notice), now=NOW)
    assert queries.deliveries_of(notice)[0].state == "skipped"


@pytest.mark.django_db
def test_a_worker_that_died_while_sending_is_replaced_later_with_the_same_key(monkeypatch: pytest.MonkeyPatch) -> None:
    sms = KeptMessages()
    with channels_set_up(sms):
        row = delivery_of(make_notice(make_citizen()))
        # Killed after the gateway took the message, before the row was marked.
        with monkeypatch.context() as killed:
            killed.setattr(delivery, "_close", lambda *_a, **_k: (_ for _ in ()).throw(KeyboardInterrupt))
            with pytest.raises(KeyboardInterrupt):
                deliver(delivery_id=row, now=NOW)
        with pytest.raises(StillSending):
            deliver(delivery_id=row, now=NOW + timedelta(seconds=30))
        deliver(delivery_id=row, now=NOW + rules.CLAIM + timedelta(seconds=1))
    assert len(sms.sent) == 2 and sms.sent[0].key == sms.sent[1].key


@pytest.mark.django_db
def test_a_channel_that_is_paused_keeps_its_messages_and_none_of_their_tries_is_used_up() -> None:
    sms = KeptMessages()
    with channels_set_up(sms, is_paused=True):
        notice = make_notice(make_citizen())
        for _ in range(3):
            with pytest.raises(Paused):
                deliver(delivery_id=delivery_of(notice), now=NOW)
    assert (sms.tries, queries.deliveries_of(notice)[0].tries) == (0, 0)
    with channels_set_up(sms):
        deliver(delivery_id=delivery_of(notice), now=NOW)
    assert [(row.state, row.tries) for row in queries.deliveries_of(notice)] == [("sent", 1)]


@pytest.mark.django_db
def test_a_gateway_that_is_down_is_not_asked_by_each_message_in_a_row() -> None:
    sms = KeptMessages()
    sms.fault = OSError("away")
    with channels_set_up(sms):
        notices = [make_notice(make_citizen()) for _ in range(5)]
        for notice in notices:
            with pytest.raises(OSError):
                deliver(delivery_id=delivery_of(notice), now=NOW)
        assert sms.tries == 3
        assert queries.deliveries_of(notices[4])[0].fault == "kept_sms rests"


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_workers_with_one_job_send_once() -> None:
    sms, zhang = KeptMessages(), make_citizen()
    with channels_set_up(sms):
        for _ in range(15):
            row = delivery_of(make_notice(zhang))
            at_once([partial(deliver, delivery_id=row, now=NOW)] * 4)
    assert sms.tries == 15


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_control_without_the_claim_two_workers_send_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    sms, zhang = KeptMessages(), make_citizen()
    monkeypatch.setattr(rules, "CLAIM", timedelta(seconds=-1))
    with channels_set_up(sms):
        for _ in range(15):
            row = delivery_of(make_notice(zhang))
            at_once([partial(deliver, delivery_id=row, now=NOW)] * 4)
    assert sms.tries > 15


@pytest.mark.django_db(transaction=True)
def test_the_real_worker_puts_a_message_in_trouble_back_and_leaves_the_other_channel_alone() -> None:
    sms, mail, zhang = KeptMessages(), KeptMessages(ChannelKind.MAIL), make_citizen()
    identity.set_email(actor=actor_for(zhang), email="zhang@example.cn", now=NOW)
    sms.fault = TimeoutError("sms: no whole answer in time")

    async def work() -> None:
        with app.replace_connector(app.connector.get_worker_connector()) as worker_app:  # type: ignore[attr-defined]
            async with worker_app.open_async():
                await worker_app.run_worker_async(wait=False, install_signal_handlers=False, queues=["calls"])

    with channels_set_up(sms, mail), transaction.atomic():
        make_notice(zhang, now=timezone.now())
    with channels_set_up(sms, mail):
        asyncio.run(work())
    assert (len(mail.sent), sms.tries) == (1, 1)
    jobs = {job.status: job for job in ProcrastinateJob.objects.all()}
    assert set(jobs) == {"todo", "succeeded"}
    assert jobs["todo"].attempts == 1 and jobs["todo"].scheduled_at > timezone.now()
    assert NoticeDelivery.objects.get(channel="kept_sms").state == "queued"
