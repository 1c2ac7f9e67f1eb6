"""What the checks that come with the hall say, beside the rules of their port (tests/integration/conformance)."""

from importlib import metadata
from typing import Any

import pytest

from hall.integration.conformance.checks import World, answered, question
from hall.integration.ports.check import AnswerKind, FormCheck
from hall.integration.ports.lookup import Match

K = AnswerKind
CHECKS = {point.name: point for point in metadata.entry_points(group=FormCheck.group)}


def said(name: str, *values: tuple[AnswerKind, Any] | None, world: World | None = None, **parameters: str) -> str | None:
    check = CHECKS[name].load()()
    answers = tuple(None if one is None else answered(at, *one) for at, one in enumerate(values))
    found = check.examine(question(answers, world or World(), **parameters))
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
