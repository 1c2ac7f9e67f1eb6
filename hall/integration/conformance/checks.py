"""Rules for checks over forms. They need no rig: the kit asks a check everything that it says it takes."""

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import product
from typing import Any

from hall.integration.conformance.kit import Bench, Rule, demand
from hall.integration.ports.check import Answered, AnswerKind, CheckQuestion, Finding, FormCheck
from hall.integration.ports.lookup import Match

TODAY = date(2026, 11, 23)
K = AnswerKind
# Answers of each kind as the hall gives them: right by their fields' rules, small, large and empty where they may be.
VALUES: dict[AnswerKind, list[Any]] = {
    K.TEXT: ["王建国", "x" * 200, "0"],
    K.ID_NUMBER: ["11010519491231002X", "370102198506151235"],
    K.USCC: ["91370000MA3C00001C"],
    K.NUMBER: [0, -3.5, 10**12],
    K.MONEY: [0, 3_000_050, -1],
    K.DATE: ["1800-01-01", "2026-11-23", "2200-12-31"],
    K.DATE_RANGE: [{"from": "2026-01-01", "to": "2026-12-31"}],
    K.CHOICE: ["o1"],
    K.CHOICES: [["o1"], ["o1", "o2"]],
    K.NUMBERS: [[], [1, 2.5]],
    K.MONEYS: [[], [100, 200]],
}


class World:
    """What is around a check: it says the same of everything."""

    def __init__(self, match: Match = Match.UNKNOWN, attributes: Mapping[str, str] | None = None, has_open: bool = False) -> None:
        self.match, self.found, self.has_open = match, attributes, has_open

    def person(self, name: str, id_number: str) -> Match:
        """Of every person the same."""
        return self.match

    def organisation(self, name: str, uscc: str) -> Match:
        """Of every organisation the same."""
        return self.match

    def attributes(self, table: str, value: str) -> Mapping[str, str] | None:
        """Of every value the same."""
        return self.found

    def has_open_case(self) -> bool:
        """Of everybody the same."""
        return self.has_open


def answered(place: int, kind: AnswerKind, value: Any) -> Answered:
    """An answer at a place of the form."""
    return Answered(f"f{place}", f"第{place}项", kind, value, str(value)[:20])


def question(answers: tuple[Answered | None, ...], world: World, **parameters: str) -> CheckQuestion:
    """A question over these answers."""
    return CheckQuestion(answers, parameters, TODAY, world)


def questions(check: FormCheck) -> Iterator[CheckQuestion]:
    """Every mixture of answers, settings and worlds that a check may be asked over."""
    settings = [{}, *({p.name: text for p in check.parameters} for text in ("", "5", "x", "99999999999"))]
    settings += [{p.name: p.options[0][0] if p.options else "1" for p in check.parameters}]
    places: list[list[Answered | None]] = []
    for at, takes in enumerate(check.takes):
        places.append([answered(at, kind, value) for kind in sorted(takes.kinds) for value in VALUES[kind]])
        places[at] += [None] if takes.is_optional else []
    worlds = [World(), World(Match.NO, {"名称": "x", "最小面积": "500"}, True), World(Match.YES, {})]
    for answers, given, world in product(product(*places), settings, worlds):
        yield question(answers, world, **given)


def _made(bench: Bench) -> FormCheck:
    check: FormCheck | None = bench.kind.configured({}.get) if bench.rig is None else bench.made()
    demand(check is not None, "没有设置时它应当就能用")
    assert check is not None
    return check


def _has_words(bench: Bench) -> None:
    check = _made(bench)
    demand(check.title and check.help, "要有 title 和 help")
    demand(len({one.name for one in check.parameters}) == len(check.parameters), "参数的名字有重复")


def _takes_everything(bench: Bench) -> None:
    check = _made(bench)
    for asked in questions(check):
        found = check.examine(asked)
        demand(found is None or isinstance(found, Finding), "应答 Finding 或 None")


def _says_plain_sentences(bench: Bench) -> None:
    check = _made(bench)
    for asked in questions(check):
        found = check.examine(asked)
        if found is not None:
            words = found.sentence
            demand(4 < len(words) < 200 and "\n" not in words and not {"!", "！"} & set(words), f"这句话不合写法：{words[:60]}")
            demand(found.field == "" or any(one is not None and found.field == one.name for one in asked.answers), "指到了没有的字段")


RULES = (
    Rule("words", "有名称和说明，参数不重名", _has_words),
    Rule("everything", "声明能看的每种答案、每种参数都不抛异常", _takes_everything),
    Rule("sentences", "发现问题时说一句平实的话，指到看过的字段", _says_plain_sentences),
)
