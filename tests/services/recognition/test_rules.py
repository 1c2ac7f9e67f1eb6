"""Words of documents to values: however the reader cuts them, and never a value that fails its own check."""

import random
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hall.integration.ports.ocr import Line
from hall.services.recognition import rules, values
from hall.services.recognition.rules import Paper, Stated
from hall.support.formrules.rules import USCC_ALPHABET, id_check_character, uscc_check_character
from tests.make import scenes

ID, CODE = scenes.ID_NUMBER, scenes.LICENCE[0][1]
BACK = [
    ["中华人民共和国", 300, 100, 700, 150],
    ["居民身份证", 300, 180, 700, 240],
    ["签发机关", 200, 430, 320, 460],
    ["济南市公安局历下分局", 350, 428, 720, 464],
    ["有效期限", 200, 520, 320, 550],
    ["2016.06.15-2036.06.15", 350, 518, 720, 554],
]
# The licence of today: two columns, the code under its label, long values over several lines.
TWO_COLUMNS = [
    ["营业执照", 600, 150, 1000, 250],
    ["统一社会信用代码", 120, 180, 380, 210],
    [CODE, 120, 216, 400, 246],
    ["名 称", 120, 340, 250, 374],
    ["济南泉城文化传播有限公司", 290, 338, 700, 376],
    ["类 型", 120, 410, 250, 444],
    ["有限责任公司（自然人独资）", 290, 408, 720, 446],
    ["法定代表人", 120, 480, 260, 514],
    ["张晓明", 290, 478, 400, 516],
    ["经营范围", 120, 550, 250, 584],
    ["文化艺术交流活动策划；会议及展览服务；", 290, 548, 780, 586],
    ["广告设计、代理。", 290, 592, 560, 630],
    ["注册资本", 860, 340, 990, 374],
    ["壹佰万元整", 1030, 338, 1220, 376],
    ["成立日期", 860, 410, 990, 444],
    ["2019年05月21日", 1030, 408, 1280, 446],
    ["住 所", 860, 480, 990, 514],
    ["山东省济南市历下区泉城路", 1030, 478, 1480, 516],
    ["180号3号楼1502室", 1030, 522, 1400, 560],
    ["登记机关", 900, 900, 1040, 934],
    ["国家企业信用信息公示系统", 120, 1050, 600, 1080],
]


def stated(lines: list[list[object]]) -> Stated:
    return rules.stated([Line(*line) for line in lines])  # type: ignore[arg-type]


def test_both_sides_of_a_card_and_both_shapes_of_a_licence() -> None:
    card = stated(scenes.card_lines())
    assert (card.paper, card.unsure) == (Paper.ID_FRONT, ())
    assert card.values == {
        "id_card.name": "李晓燕",
        "id_card.id_number": ID,
        "id_card.sex": "女",
        "id_card.born_on": "1988-06-15",
        "id_card.nation": "汉",
        "id_card.address": "济南市历下区泉城路一百八十号",
    }
    back = stated(BACK)
    assert (back.paper, back.unsure) == (Paper.ID_BACK, ())
    assert set(back.values.values()) == {"济南市公安局历下分局", "2016-06-15", "2036-06-15"}
    old = stated(scenes.licence_lines())
    assert old.paper is Paper.LICENCE and old.values["business_licence.valid_until"] == "2049-05-20"
    new = stated(TWO_COLUMNS)
    assert (new.paper, new.unsure) == (Paper.LICENCE, ())
    assert new.values == {
        "business_licence.uscc": CODE,
        "business_licence.name": "济南泉城文化传播有限公司",
        "business_licence.type": "有限责任公司（自然人独资）",
        "business_licence.legal_representative": "张晓明",
        "business_licence.capital": "1000000",
        "business_licence.established_on": "2019-05-21",
        "business_licence.address": "山东省济南市历下区泉城路180号3号楼1502室",
        "business_licence.scope": "文化艺术交流活动策划；会议及展览服务；广告设计、代理。",
    }


@given(st.lists(st.booleans(), min_size=5, max_size=5), st.floats(-6, 6), st.randoms(use_true_random=False))
def test_a_card_says_the_same_however_its_lines_are_cut_and_jolted(joined: list[bool], jolt: float, dice: random.Random) -> None:
    given_lines, lines = scenes.card_lines(), []
    for is_joined, label, value in zip(joined, given_lines[::2], given_lines[1::2], strict=True):
        moved = [dice.uniform(-abs(jolt), abs(jolt)) for _ in range(2)]
        if is_joined:
            lines.append([label[0] + value[0], label[1], value[2] + moved[0], value[3], value[4] + moved[0]])
        else:
            lines += [[part[0], part[1], part[2] + by, part[3], part[4] + by] for part, by in zip((label, value), moved, strict=True)]
    dice.shuffle(lines)
    assert stated(lines).values == stated(given_lines).values


@given(st.sampled_from(["full", "plain"]), st.sets(st.integers(0, 17)))
def test_confused_signs_are_repaired_when_the_check_digit_then_fits(width: str, places: set[int]) -> None:
    twins = {"0": "O", "1": "l"}
    read = "".join(twins.get(sign, sign) if at in places else sign for at, sign in enumerate(ID))
    if width == "full":
        read = "".join(chr(ord(sign) + 0xFEE0) if sign in string.digits else sign for sign in read)
    lines = scenes.card_lines(number=read)
    assert stated(lines).values["id_card.id_number"] == ID
    code = "".join({"0": "O", "1": "I"}.get(sign, sign) if at in places else sign for at, sign in enumerate(CODE))
    assert values.uscc(code) == CODE


@given(st.integers(0, 17), st.sampled_from(string.digits))
def test_one_wrong_digit_is_never_offered(place: int, digit: str) -> None:
    wrong = ID[:place] + digit + ID[place + 1 :]
    found = stated(scenes.card_lines(number=wrong))
    assert wrong == ID or ("id_card.id_number" not in found.values and "id_card.id_number" in found.unsure)


def test_what_is_printed_beside_a_sound_number_must_agree_with_it() -> None:
    lines = [["男" if text == "女  民族 汉" else text, *box] for text, *box in scenes.card_lines()]
    found = stated([[text.replace("1988 年", "1989 年"), *box] for text, *box in lines])
    assert {"id_card.sex", "id_card.born_on"} <= set(found.unsure) and not {"id_card.sex", "id_card.born_on"} & set(found.values)


LINES = st.lists(
    st.tuples(
        st.text(st.sampled_from("姓名性别民族住址公民身份号码统一社会信用代码营业执照0123456789OXIl年月日.-至长期元万壹佰 ：")),
        *[st.floats(-1e4, 1e4, allow_nan=False)] * 4,
    ),
    max_size=12,
)


@given(LINES)
def test_no_heap_of_words_breaks_it_or_brings_an_unsound_number(lines: list[tuple[str, float, float, float, float]]) -> None:
    found = rules.stated([Line(*line) for line in lines])
    if number := found.values.get("id_card.id_number"):
        assert number[17] == id_check_character(number[:17])
    if code := found.values.get("business_licence.uscc"):
        assert set(code) <= set(USCC_ALPHABET) and code[17] == uscc_check_character(code[:17])


@pytest.mark.parametrize(
    ("text", "yuan"),
    [
        ("壹佰万元整", "1000000"),
        ("人民币伍仟万圆整", "50000000"),
        ("100.500000万人民币", "1005000"),
        ("1,000,000元", "1000000"),
        ("叁亿贰仟万元", "320000000"),
        ("拾万元整", "100000"),
        ("12.345元", None),
        ("500万美元", None),
        ("壹佰万港元", None),
        ("不详", None),
        ("", None),
        ("元", None),
    ],
)
def test_sums_of_money(text: str, yuan: str | None) -> None:
    assert values.yuan(text) == yuan


def test_periods() -> None:
    assert values.period("2016.06.15-长期") == ("2016-06-15", "长期")
    assert values.period("2019年05月21日至2049年05月20日") == ("2019-05-21", "2049-05-20")
    assert values.period("2036.06.15-2016.06.15") == ("", "") == values.period("2016.02.30-2036.06.15")
