"""Rules for licence sources. The rig adds `questions`: (LicenceQuestion, the code that is right for it), one of them "0000"."""

import contextlib
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from uuid import uuid4

from hall.integration.conformance.kit import Bench, Rule, Skipped, demand, raising
from hall.integration.plugins import shape
from hall.integration.ports.licence import LicenceCode, LicenceQuestion, LicenceReply

SECONDS = 1.6
_WITH_LICENCE = {LicenceCode.MATCH, LicenceCode.EXPIRED, LicenceCode.REVOKED, LicenceCode.SUSPENDED}
_FAULTS = {
    "slow": "变慢", "hang": "收下不答", "drip": "一个字节一个字节地答", "error": "回 500", "down": "断线", "close": "中途断开",
    "lost": "丢了回执", "garbage": "乱答", "huge": "回 10 MB", "xml": "回 XML", "redirect": "让去别的地址", "unsigned": "签错名",
    "other_question": "答了别的问题",
}  # fmt: skip


def _good(bench: Bench) -> LicenceQuestion:
    question: LicenceQuestion = next(asked for asked, code in bench.rig.questions if code == "0000")
    return replace(question, request_id=uuid4().hex)


def _answers(bench: Bench) -> None:
    source = bench.made()
    for asked, code in bench.rig.questions:
        began, question = time.monotonic(), replace(asked, request_id=uuid4().hex)
        reply = source.find(question)
        demand(shape.fits(reply, LicenceReply), "回答的样子不对")
        demand(reply.code == code, f"应答 {code}，却是 {reply.code}")
        demand(reply.request_id == question.request_id, "请求号和问的不一样")
        demand((reply.licence is not None) == (reply.code in _WITH_LICENCE), f"代码 {reply.code} 和有没有证照对不上")
        demand(time.monotonic() - began < SECONDS, "超过了 1.5 秒")


def _quota(bench: Bench) -> None:
    source = bench.made()
    bench.misbehave("quota")
    demand(source.find(_good(bench)).code is LicenceCode.QUOTA, "额度用完应答 3003")


def _no_answer(kind: str) -> Rule:
    def check(bench: Bench) -> None:
        source, question = bench.impatient(), _good(bench)
        bench.misbehave(kind)
        with raising(OSError, secrets=(question.holder_name, question.holder_key, question.number), within=SECONDS):
            source.find(question)

    # Slow may also come out well, within the time.
    if kind == "slow":
        return Rule(kind, "对方变慢时，1.5 秒内有答案或者抛 OSError", _slow)
    return Rule(kind, f"对方{_FAULTS[kind]}时，1.5 秒内抛 OSError，文字里没有姓名和号码", check)


def _slow(bench: Bench) -> None:
    source, question = bench.impatient(), _good(bench)
    bench.misbehave("slow")
    began = time.monotonic()
    with contextlib.suppress(OSError):
        source.find(question)
    demand(time.monotonic() - began < SECONDS, "超过了 1.5 秒")


def _threads(bench: Bench) -> None:
    source = bench.made()
    with ThreadPoolExecutor(6) as pool:
        questions = [_good(bench) for _ in range(18)]
        replies = list(pool.map(source.find, questions))
    demand([one.request_id for one in replies] == [one.request_id for one in questions], "几个线程同时问，答案串了")


def _has_questions(bench: Bench) -> None:
    if bench.rig is None:
        raise Skipped("没有对端模拟（hall.rig）")
    codes = {code for _, code in bench.rig.questions}
    demand({"0000", "1001", "1002"} <= codes, "对端模拟至少要有一致、没有、不一致三种证照")


RULES = (
    Rule("questions", "对端模拟有一致、没有、不一致的证照", _has_questions),
    Rule("codes", "按约定的代码回答，请求号原样带回", _answers),
    Rule("quota", "额度用完是回答（3003），不是故障", _quota),
    *(_no_answer(kind) for kind in _FAULTS),
    Rule("threads", "几个线程可以同时问", _threads),
)
