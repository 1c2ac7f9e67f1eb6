"""What both channels do beside the rules of their port (tests/integration/conformance): silence, a line that drips, words of exceptions."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from hall.integration.adapters.http_sms import HttpSms
from hall.integration.adapters.smtp_mail import SmtpMail
from hall.integration.ports.message import Message, MessageChannel, MessageRejected
from tests.make.messages import SMS_KEY, free_port, mail_server, silent_server, sms_gateway

Made = Callable[[int], MessageChannel]


def mail(port: int) -> MessageChannel:
    return SmtpMail(host="127.0.0.1", port=port, sender="hall@example.cn", step_seconds=0.5, whole_seconds=1)


def sms(port: int) -> MessageChannel:
    return HttpSms(url=f"http://127.0.0.1:{port}/send", key=SMS_KEY, step_seconds=0.5, whole_seconds=1)


def message(to: str) -> Message:
    return Message(to=to, subject="办理有进展", text="您申办的“食品经营许可”已受理。", key="moved:7/x")


@pytest.mark.parametrize(("made", "to"), [(mail, "zhang@example.cn"), (sms, "13812340000")])
def test_a_system_that_is_away_means_later(made: Made, to: str) -> None:
    with pytest.raises(OSError):
        made(free_port()).send(message(to))


@pytest.mark.parametrize("is_dripping", [False, True])
@pytest.mark.parametrize(("made", "to", "drip"), [(mail, "zhang@example.cn", b"220-"), (sms, "13812340000", b"HTTP/1.1 200 ")])
def test_a_system_that_hangs_before_its_answer_is_left_in_time(made: Made, to: str, drip: bytes, is_dripping: bool) -> None:
    with silent_server(drip=drip + b"x" * 200 if is_dripping else b"") as port:
        began = time.monotonic()
        with pytest.raises(OSError):
            made(port).send(message(to))
        assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    ("made", "to", "server", "answers"),
    [
        (
            mail,
            "zhang@example.cn",
            mail_server,
            [("reply", "451 mailbox of zhang@example.cn busy"), ("reply", "550 no user zhang@example.cn")],
        ),
        (sms, "13812340000", sms_gateway, [("status", 500), ("status", 422)]),
    ],
)
def test_no_exception_tells_the_address_or_the_text_in_its_whole_chain(
    made: Made, to: str, server: Callable[[], AbstractContextManager[Any]], answers: list[tuple[str, Any]]
) -> None:
    with server() as far:
        for name, value in answers:
            setattr(far.answer, name, value)
            with pytest.raises((OSError, MessageRejected)) as fault:
                made(getattr(far, "port", 0) or far.server_port).send(message(to))
            assert to not in str(fault.value) and "食品" not in str(fault.value)
            assert not isinstance(value, str) or value not in str(fault.getrepr(chain=True, style="native"))
