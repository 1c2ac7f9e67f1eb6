"""Rules for message channels. The rig adds `good_address`, `bad_addresses` and `received()`: (address, text, key) of what arrived."""

import contextlib
import time
from concurrent.futures import ThreadPoolExecutor

from hall.integration.conformance.kit import Bench, Rule, demand, raising
from hall.integration.ports.message import ChannelKind, Message, MessageRejected

TEXT = "【政务大厅】您申办的“食品经营许可（新办）”已受理。\n详情：http://127.0.0.1:8000/my/cases/1"
# What the port promises, and a second for a busy machine.
SECONDS = 31.0


def _message(bench: Bench, *, to: str | None = None, text: str = TEXT, key: str = "moved:7/x") -> Message:
    return Message(to=bench.rig.good_address if to is None else to, subject="办理有进展：食品经营许可（新办）", text=text, key=key)


def _has_kind(bench: Bench) -> None:
    demand(getattr(bench.kind, "kind", None) in set(ChannelKind), "kind 应是 sms 或 mail")


def _arrives(bench: Bench) -> None:
    channel = bench.made()
    rare = "您申办的事项有新进展。" * 200 + "㐂𠮷 .\n.\n."
    for text in (TEXT, rare):
        channel.send(_message(bench, text=text, key=f"k{len(text)}"))
    arrived = [(to, text) for to, text, _ in bench.rig.received()]
    demand(sorted(arrived) == sorted((bench.rig.good_address, text) for text in (TEXT, rare)), "到达的和发出的不一样")


def _keeps_keys(bench: Bench) -> None:
    channel = bench.made()
    for key in ("moved:7/x", "moved:7/x", "moved:8/x"):
        channel.send(_message(bench, key=key))
    demand(len({key for *_, key in bench.rig.received()}) == 2, "同一条重发时键变了，或者两条用了同一个键")


def _later(bench: Bench) -> None:
    channel = bench.made()
    bench.misbehave("error")
    with raising(OSError, secrets=(bench.rig.good_address, "食品")):
        channel.send(_message(bench))
    bench.rig.misbehave("none")
    channel.send(_message(bench))
    demand(len(bench.rig.received()) == 1, "对方恢复后没有送到")


def _never(bench: Bench) -> None:
    channel = bench.made()
    bench.misbehave("rejected")
    with raising(MessageRejected, secrets=(bench.rig.good_address, "食品")):
        channel.send(_message(bench))


def _bad_address(bench: Bench) -> None:
    channel = bench.made()
    for address in bench.rig.bad_addresses:
        with raising(MessageRejected, secrets=(address,) if len(address) > 3 else ()):
            channel.send(_message(bench, to=address))
    demand(not bench.rig.received(), "不可能的地址也发了出去")


def _in_time(kind: str) -> Rule:
    def check(bench: Bench) -> None:
        channel = bench.impatient()
        bench.misbehave(kind)
        with raising(OSError, secrets=(bench.rig.good_address, "食品"), within=SECONDS):
            channel.send(_message(bench))

    return Rule(kind, f"对方{_FAULTS[kind]}时，30 秒内抛 OSError", check)


def _drip(bench: Bench) -> None:
    channel, began = bench.impatient(), time.monotonic()
    bench.misbehave("drip")
    with contextlib.suppress(OSError):  # whoever reads the status alone has been told that it was taken
        channel.send(_message(bench))
    demand(time.monotonic() - began < SECONDS, "超过了 30 秒")


_FAULTS = {"hang": "收下不答", "close": "中途断开", "down": "断线", "redirect": "让去别的地址"}


def _threads(bench: Bench) -> None:
    channel = bench.made()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: channel.send(_message(bench, key=f"moved:{n}/x", text=f"第 {n} 条")), range(24)))
    demand({text for _, text, _ in bench.rig.received()} == {f"第 {n} 条" for n in range(24)}, "几个线程同时发，有的没有到")


def _quick(bench: Bench) -> None:
    channel, began = bench.made(), time.monotonic()
    channel.send(_message(bench))
    demand(time.monotonic() - began < 5, "对方正常时一条用了 5 秒以上")


RULES = (
    Rule("kind", "说明自己是短信还是邮件", _has_kind),
    Rule("arrives", "长文、换行和生僻字原样送到", _arrives),
    Rule("quick", "对方正常时 5 秒内交出", _quick),
    Rule("key", "同一条重发时带同一个键", _keeps_keys),
    Rule("later", "对方暂时不收时抛 OSError，恢复后能送到", _later),
    Rule("never", "对方永远不收的抛 MessageRejected", _never),
    Rule("address", "不可能的地址不发出去，抛 MessageRejected", _bad_address),
    *(_in_time(kind) for kind in _FAULTS),
    Rule("drip", "对方一个字节一个字节地答时，30 秒内结束", _drip),
    Rule("threads", "几个线程可以同时发", _threads),
)
