from collections.abc import Iterator

import pytest

from hall.integration.adapters.http_sms import HttpSms
from hall.integration.ports.message import Message, MessageRejected
from tests.make.messages import SMS_KEY, SmsGateway, sms_gateway

MESSAGE = Message(to="13812340000", subject="", text="已受理", key="moved:7/http_sms")


@pytest.fixture
def gateway() -> Iterator[SmsGateway]:
    with sms_gateway() as gateway:
        yield gateway


def channel(gateway: SmsGateway, *, key: str = SMS_KEY) -> HttpSms:
    return HttpSms(url=f"http://127.0.0.1:{gateway.server_port}/v1/send?app=hall", key=key, step_seconds=0.3, whole_seconds=1)


def test_a_repeated_key_is_delivered_once(gateway: SmsGateway) -> None:
    for _ in range(3):
        channel(gateway).send(MESSAGE)
    assert gateway.visits == 3
    assert [text.key for text in gateway.received] == ["moved:7/http_sms"]


def test_a_wrong_key_is_our_fault_and_is_tried_again_once_mended(gateway: SmsGateway) -> None:
    with pytest.raises(OSError, match="401"):
        channel(gateway, key="some-other-shared-key").send(MESSAGE)
    assert gateway.received == []


@pytest.mark.parametrize("status", [301, 302, 307, 403, 404, 408, 409, 429, 500, 502, 503])
def test_other_answers_mean_later(gateway: SmsGateway, status: int) -> None:
    gateway.answer.status = status
    with pytest.raises(OSError, match=str(status)):
        channel(gateway).send(MESSAGE)


@pytest.mark.parametrize("status", [400, 413, 422])
def test_answers_about_the_message_itself_mean_never(gateway: SmsGateway, status: int) -> None:
    gateway.answer.status = status
    with pytest.raises(MessageRejected, match=str(status)):
        channel(gateway).send(MESSAGE)


def test_a_redirect_is_not_followed(gateway: SmsGateway) -> None:
    gateway.answer.status = 302
    with pytest.raises(OSError):
        channel(gateway).send(MESSAGE)
    assert gateway.visits == 1


def test_a_gateway_that_takes_the_text_and_never_answers_means_later(gateway: SmsGateway) -> None:
    gateway.answer.is_hanging = True
    with pytest.raises(OSError):
        channel(gateway).send(MESSAGE)


@pytest.mark.parametrize(
    "url", ["http://sms.example.cn/send", "ftp://127.0.0.1/", "https:///send", "sms.example.cn", "http://127.0.0.1.example.cn/"]
)
def test_an_open_line_is_refused_at_the_start(url: str) -> None:
    with pytest.raises(ValueError, match="HALL_SMS_URL"):
        HttpSms(url=url, key=SMS_KEY)


def test_a_short_key_is_refused_at_the_start() -> None:
    settings = {"HALL_SMS_URL": "https://sms.example.cn/send", "HALL_SMS_KEY": "short"}
    with pytest.raises(ValueError, match="HALL_SMS_KEY"):
        HttpSms.configured(settings.get)


def test_it_is_made_from_its_two_settings() -> None:
    settings = {"HALL_SMS_URL": "https://sms.example.cn/send", "HALL_SMS_KEY": SMS_KEY}
    assert isinstance(HttpSms.configured(settings.get), HttpSms)
