"""What every check must do, ours and theirs: `conforms` asks it everything that it says it takes. A new check adds itself by its entry point."""

from collections.abc import Mapping
from datetime import date
from importlib import metadata
from itertools import product
from typing import Any

import pytest

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
CHECKS = sorted(metadata.entry_points(group=FormCheck.group), key=lambda point: point.name)


class World:
    """Says the same of everything."""

    def __init__(self, match: Match = Match.UNKNOWN, attributes: Mapping[str, str] | None = None, has_open: bool = False) -> None:
        self.match, self.found, self.has_open = match, attributes, has_open

    def person(self, name: str, id_number: str) -> Match:
        return self.match

    def organisation(self, name: str, uscc: str) -> Match:
        return self.match

    def attributes(self, table: str, value: str) -> Mapping[str, str] | None:
        return self.found

    def has_open_case(self) -> bool:
        return self.has_open


def answered(place: int, kind: AnswerKind, value: Any) -> Answered:
    return Answered(f"f{place}", f"第{place}项", kind, value, str(value)[:20])


def question(check: FormCheck, answers: tuple[Answered | None, ...], world: World, **parameters: str) -> CheckQuestion:
    return CheckQuestion(answers, parameters, TODAY, world)


def conforms(check: FormCheck) -> None:
    """It has its words, and takes every mixture of answers and settings without raising; what it says is one plain sentence."""
    assert check.title and check.help and check.name.isidentifier()
    assert len({parameter.name for parameter in check.parameters}) == len(check.parameters)
    settings = [{}, *({p.name: text for p in check.parameters} for text in ("", "5", "x", "99999999999"))]
    settings += [{p.name: p.options[0][0] if p.options else "1" for p in check.parameters}]
    places = [[answered(at, kind, value) for kind in sorted(takes.kinds) for value in VALUES[kind]] for at, takes in enumerate(check.takes)]
    for at, takes in enumerate(check.takes):
        if takes.is_optional:
            places[at] = [*places[at], None]  # type: ignore[list-item]
    worlds = [World(), World(Match.NO, {"名称": "x", "最小面积": "500"}, True), World(Match.YES, {})]
    for answers, given, world in product(product(*places), settings, worlds):
        found = check.examine(question(check, answers, world, **given))
        if found is not None:
            assert isinstance(found, Finding) and 4 < len(found.sentence) < 200 and "\n" not in found.sentence and "!" not in found.sentence
            assert found.field == "" or any(answer is not None and found.field == answer.name for answer in answers)


@pytest.mark.parametrize("point", CHECKS, ids=[point.name for point in CHECKS])
def test_every_installed_check_conforms(point: metadata.EntryPoint) -> None:
    check = point.load().configured(lambda name: None)
    assert check is not None and check.name == point.name
    conforms(check)


def test_the_kit_finds_a_check_that_breaks() -> None:
    class Breaks:
        name, title, help, takes, parameters = "breaks", "坏的", "坏的", (), ()

        def examine(self, question: CheckQuestion) -> Finding | None:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        conforms(Breaks())  # type: ignore[arg-type]


def said(name: str, *values: tuple[AnswerKind, Any] | None, world: World | None = None, **parameters: str) -> str | None:
    check = next(point for point in CHECKS if point.name == name).load()()
    answers = tuple(None if one is None else answered(at, *one) for at, one in enumerate(values))
    found = check.examine(question(check, answers, world or World(), **parameters))
    return None if found is None else ("？" if found.is_unknown else "") + found.sentence


@pytest.mark.parametrize(
    ("sentence", "wanted"),
    [
        (
            said("compare", (K.DATE, "2026-01-01"), (K.DATE, "2026-02-01"), relation="ge"),
            "第0项应不早于第1项（2026-02-01），现在是 2026-01-01，请核对这两项",
        ),
        (said("compare", (K.MONEY, 300), (K.NUMBER, 3), relation="le"), None),
        (said("compare", (K.MONEY, 301), (K.NUMBER, 3), relation="le"), "第0项应不大于第1项（3），现在是 301，请核对这两项"),
        (said("compare", (K.DATE, "2026-01-01"), (K.NUMBER, 3), relation="le"), None),
        (
            said("sum_within", (K.MONEYS, [100, 201]), (K.MONEY, 300), relation="eq"),
            "第0项的合计应等于第1项（300），现在是 3.01 元，请核对每一行",
        ),
        (said("sum_within", (K.MONEYS, [100, 200]), None, relation="le", most="3"), None),
        (said("sum_within", (K.NUMBERS, [1, 2.5]), None, relation="le", most="3"), "第0项的合计应不大于 3，现在是 3.5，请核对每一行"),
        (
            said("age", (K.ID_NUMBER, "11010520081124002X"), least="18"),
            "第0项对应的年龄是 17 周岁，这件事要求年满 18 周岁，请核对号码或日期",
        ),
        (said("age", (K.ID_NUMBER, "11010520081123002X"), least="18"), None),
        (said("age", (K.DATE, "1950-01-01"), most="65"), "第0项对应的年龄是 76 周岁，这件事要求不超过 65 周岁，请核对号码或日期"),
        (
            said("valid_for", (K.DATE, "2026-12-22"), ahead="30"),
            "第0项应在 2026-12-23 或以后，现在是 2026-12-22，请换用仍在有效期内的，或先办理延续",
        ),
        (said("valid_for", (K.DATE, "2026-12-23"), ahead="30"), None),
        (said("valid_for", (K.DATE, "2026-05-26"), behind="180"), "第0项应在 2026-05-27 或以后，现在是 2026-05-26，请提供更近的一份"),
        (said("person_match", (K.TEXT, "王建国"), (K.ID_NUMBER, "x"), world=World(Match.YES)), None),
        (
            said("person_match", (K.TEXT, "王"), (K.ID_NUMBER, "x"), world=World(Match.NO)),
            "第0项和第1项与人口库登记的不一致，请对照身份证逐字核对",
        ),
        (said("person_match", (K.TEXT, "王"), (K.ID_NUMBER, "x")), "？第0项和第1项没有核对：人口库没有应答"),
        (said("organisation_match", (K.TEXT, "某"), (K.USCC, "x")), "？第0项和第1项没有核对：法人库没有应答"),
        (said("one_open_case", world=World(has_open=True)), "您这个事项还有一件正在办理，办结或撤回后才能再申请。请到“我的办件”查看进度"),
        (said("in_table", (K.CHOICE, "06"), None, table="t"), "第0项“06”不在部门公布的代码表里，请核对后重新选择或填写"),
        (
            said(
                "in_table",
                (K.CHOICE, "06"),
                (K.NUMBER, 300),
                table="t",
                attribute="最小面积",
                relation="ge",
                world=World(attributes={"名称": "饮料", "最小面积": "500"}),
            ),
            "“饮料”要求第1项不小于 500，现在是 300，请核对",
        ),
    ],
)
def test_our_checks_say_what_is_wrong_and_how_to_mend_it(sentence: str | None, wanted: str | None) -> None:
    assert sentence == wanted
