"""What every message channel must do, ours and theirs. A new adapter adds a Rig here and passes."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import metadata

import pytest

from hall.integration.adapters.http_sms import HttpSms
from hall.integration.adapters.smtp_mail import SmtpMail
from hall.integration.ports.message import ChannelKind, Message, MessageChannel, MessageRejected
from tests.make.messages import SMS_KEY, Received, free_port, mail_server, silent_server, sms_gateway

TEXT = "【山东政务大厅】您申办的“食品经营许可（新办）”已受理。\n详情：http://127.0.0.1:8000/my/cases/1"


@dataclass
class Rig:
    """One adapter in front of a simulator of its outside system."""

    channel: MessageChannel
    good_address: str
    bad_addresses: tuple[str, ...]
    received: Callable[[], list[Received]]
    refuse_for_now: Callable[[], None]
    refuse_for_good: Callable[[], None]
    accept_again: Callable[[], None]
    at_port: Callable[[int], MessageChannel]
    drops_repeats: bool
    drip: bytes


def _mail() -> Iterator[Rig]:
    with mail_server() as server:

        def at_port(port: int) -> MessageChannel:
            return SmtpMail(host="127.0.0.1", port=port, sender="hall@example.cn", step_seconds=0.5, whole_seconds=1)

        def reply(text: str) -> Callable[[], None]:
            return lambda: setattr(server.answer, "reply", text)

        yield Rig(
            channel=at_port(server.port),
            good_address="zhang@example.cn",
            bad_addresses=("", "zhang", "@example.cn", "a@b\r\nBcc: c@d", "a@b, c@d", "zhang <a@b.cn>", "a b@c.cn"),
            received=lambda: server.received,
            refuse_for_now=reply("451 4.2.0 mailbox of zhang@example.cn busy"),
            refuse_for_good=reply("550 5.1.1 no such user zhang@example.cn"),
            accept_again=reply(""),
            at_port=at_port,
            drops_repeats=False,
            drip=b"220-" + b"x" * 200,
        )


def _sms() -> Iterator[Rig]:
    with sms_gateway() as gateway:

        def at_port(port: int) -> MessageChannel:
            return HttpSms(url=f"http://127.0.0.1:{port}/send", key=SMS_KEY, step_seconds=0.5, whole_seconds=1)

        def status(number: int) -> Callable[[], None]:
            return lambda: setattr(gateway.answer, "status", number)

        yield Rig(
            channel=at_port(gateway.server_port),
            good_address="13812340000",
            bad_addresses=("", "zhang", "138 1234 0000", "13812340000\r\n", "１３８１２３４００００", "1" * 40),
            received=lambda: gateway.received,
            refuse_for_now=status(500),
            refuse_for_good=status(422),
            accept_again=status(200),
            at_port=at_port,
            drops_repeats=True,
            drip=b"HTTP/1.1 200 " + b"x" * 200,
        )


RIGS: dict[str, Callable[[], Iterator[Rig]]] = {"smtp_mail": _mail, "http_sms": _sms}


@pytest.fixture(params=sorted(RIGS))
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    yield from RIGS[request.param]()


def message(rig: Rig, *, to: str | None = None, text: str = TEXT, key: str = "moved:7/x") -> Message:
    return Message(to=rig.good_address if to is None else to, subject="办理有进展：食品经营许可（新办）", text=text, key=key)


def test_every_channel_that_we_ship_is_tested_here() -> None:
    assert {point.name for point in metadata.entry_points(group=MessageChannel.group)} == set(RIGS)


def test_it_says_what_it_is(rig: Rig) -> None:
    assert rig.channel.name and rig.channel.kind in set(ChannelKind)


def test_the_text_arrives_as_it_was_written(rig: Rig) -> None:
    rig.channel.send(message(rig))
    (arrived,) = rig.received()
    assert (arrived.to, arrived.text) == (rig.good_address, TEXT)


def test_a_long_line_of_chinese_and_a_rare_character_arrive_whole(rig: Rig) -> None:
    text = "您申办的事项有新进展。" * 200 + "㐂𠮷 .\n.\n."
    rig.channel.send(message(rig, text=text))
    assert rig.received()[0].text == text


def test_the_same_message_again_carries_the_same_key_and_another_one_another(rig: Rig) -> None:
    for key in ("moved:7/x", "moved:7/x", "moved:8/x"):
        rig.channel.send(message(rig, key=key))
    keys = [arrived.key for arrived in rig.received()]
    assert len(set(keys)) == 2
    assert len(keys) == (2 if rig.drops_repeats else 3)


def test_a_refusal_for_now_is_tried_again_and_then_arrives(rig: Rig) -> None:
    rig.refuse_for_now()
    with pytest.raises(OSError):
        rig.channel.send(message(rig))
    rig.accept_again()
    rig.channel.send(message(rig))
    assert len(rig.received()) == 1


def test_a_refusal_for_good_is_never_tried_again(rig: Rig) -> None:
    rig.refuse_for_good()
    with pytest.raises(MessageRejected):
        rig.channel.send(message(rig))
    assert rig.received() == []


def test_an_impossible_address_is_rejected_before_anything_is_sent(rig: Rig) -> None:
    for address in rig.bad_addresses:
        with pytest.raises(MessageRejected):
            rig.channel.send(message(rig, to=address))
    assert rig.received() == []


def test_a_system_that_is_away_means_later(rig: Rig) -> None:
    with pytest.raises(OSError):
        rig.at_port(free_port()).send(message(rig))


@pytest.mark.parametrize("is_dripping", [False, True])
def test_a_system_that_hangs_is_left_in_time(rig: Rig, is_dripping: bool) -> None:
    with silent_server(drip=rig.drip if is_dripping else b"") as port:
        started = time.monotonic()
        with pytest.raises(OSError):
            rig.at_port(port).send(message(rig))
        assert time.monotonic() - started < 5


def test_no_exception_tells_the_address_or_the_text(rig: Rig) -> None:
    for refuse in (rig.refuse_for_now, rig.refuse_for_good):
        refuse()
        with pytest.raises((OSError, MessageRejected)) as fault:
            rig.channel.send(message(rig))
        shown = str(fault.getrepr(chain=True, style="native"))
        assert rig.good_address not in str(fault.value) and "食品" not in str(fault.value)
        assert f"no such user {rig.good_address}" not in shown and f"mailbox of {rig.good_address}" not in shown


def test_it_may_be_called_from_several_threads(rig: Rig) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: rig.channel.send(message(rig, key=f"moved:{n}/x", text=f"第 {n} 条")), range(24)))
    assert {arrived.text for arrived in rig.received()} == {f"第 {n} 条" for n in range(24)}


def test_it_is_off_without_settings_and_says_what_is_wrong_with_bad_ones() -> None:
    for point in metadata.entry_points(group=MessageChannel.group):
        assert point.load().configured(lambda _name: None) is None
        assert point.load().configured(lambda _name: "") is None
        with pytest.raises(ValueError, match="HALL_"):
            point.load().configured(lambda _name: "nonsense")
