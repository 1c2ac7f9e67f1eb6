"""Rules for registers of people and legal persons. The rig adds `known` (register, name, number) and `unknown` (a number nobody has)."""

from uuid import uuid4

from hall.integration.conformance.kit import Bench, Rule, demand, raising
from hall.integration.ports.lookup import LookupQuestion, Match, Register

SECONDS = 1.6


def _ask(bench: Bench, name: str, number: str) -> Match:
    register, *_ = bench.rig.known
    answer: Match = bench.made().match(LookupQuestion(uuid4().hex, Register(register), name, number))
    demand(isinstance(answer, Match), "应答 Match 的三种之一")
    return answer


def _says_yes(bench: Bench) -> None:
    bench.made()
    _, name, number = bench.rig.known
    demand(_ask(bench, name, number) is Match.YES, "姓名和号码一致时应答 yes")


def _says_no(bench: Bench) -> None:
    bench.made()
    _, _, number = bench.rig.known
    demand(_ask(bench, "无此人", number) is Match.NO, "号码在册、姓名不同时应答 no")


def _does_not_know(bench: Bench) -> None:
    bench.made()
    _, name, _ = bench.rig.known
    demand(_ask(bench, name, bench.rig.unknown) is not Match.YES, "没有的号码不能答 yes")


def _away(kind: str, words: str) -> Rule:
    def check(bench: Bench) -> None:
        register = bench.impatient()
        kind_of, name, number = bench.rig.known
        bench.misbehave(kind)
        with raising(OSError, secrets=(name, number), within=SECONDS):
            register.match(LookupQuestion(uuid4().hex, Register(kind_of), name, number))

    return Rule(kind, f"对方{words}时，1.5 秒内抛 OSError，文字里没有姓名和号码", check)


RULES = (
    Rule("yes", "姓名和号码一致时答 yes", _says_yes),
    Rule("no", "号码在册、姓名不同时答 no", _says_no),
    Rule("unknown", "不认识的号码不答 yes", _does_not_know),
    *(_away(kind, words) for kind, words in (("hang", "收下不答"), ("error", "回 500"), ("down", "断线"), ("garbage", "乱答"))),
)
