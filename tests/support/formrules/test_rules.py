"""Single values: the worked examples of domain §9, the sentences, and properties."""

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hall.support.formrules import rules
from hall.support.formrules.rules import RULES, RuleBroken

TODAY = date(2026, 11, 23)
DIGIT = st.sampled_from("0123456789")


def refused(check: Callable[[str], str], text: str) -> str:
    with pytest.raises(RuleBroken) as caught:
        check(text)
    return caught.value.shown


# Worked examples of domain §9


@pytest.mark.parametrize("number", ["11010519491231002X", "440524188001010014", "370102198506151235"])
def test_identity_numbers_of_the_standard_pass(number: str) -> None:
    assert rules.check_id_number(number, TODAY) == number


@pytest.mark.parametrize("code", ["91370000MA3C00001C", "11511300008778693M"])
def test_social_credit_codes_pass(code: str) -> None:
    assert rules.check_uscc(code) == code


@pytest.mark.parametrize(("typed", "code"), [("D2143569-X", "D2143569X"), ("00877869-3", "008778693"), ("008778693", "008778693")])
def test_organisation_codes_pass(typed: str, code: str) -> None:
    assert rules.check_org_code(typed) == code


@pytest.mark.parametrize("card", ["79927398713", "6228480123456789015", "6217001234567890122"])
def test_luhn_digits_of_the_worked_examples(card: str) -> None:
    assert rules.luhn_check_digit(card[:-1]) == card[-1]


@pytest.mark.parametrize(
    "typed", ["13853112345", "+86 138 5311 2345", "+86-138-5311-2345", "008613853112345", "86 13853112345", "１３８５３１１２３４５"]
)
def test_a_mobile_number_is_understood_as_people_write_it(typed: str) -> None:
    assert rules.check_mobile(typed) == "13853112345"


# What is understood, and what is said


@pytest.mark.parametrize(
    ("check", "typed", "value"),
    [
        (rules.check_id_number, "１１０１０５１９４９１２３１００２ｘ", "11010519491231002X"),
        (rules.check_id_number, " 110105 19491231 002x ", "11010519491231002X"),
        (rules.check_id_number, "\u202d11010519491231002X\u202c", "11010519491231002X"),  # pasted from a phone's address book
        (rules.check_mobile, "①385311234⑤", "13853112345"),
        (rules.check_mobile, "138531123⁴⁵", "13853112345"),
        (rules.check_uscc, "91370000ma3c00001c", "91370000MA3C00001C"),
        (rules.check_bank_card, "6228 4801 2345 6789 015", "6228480123456789015"),
        (rules.check_postcode, "２５００００", "250000"),
        (rules.check_email, "Zhang.San＠Example.CN", "Zhang.San@example.cn"),
        (rules.check_name_zh, "张 三", "张三"),
        (rules.check_name_zh, "买买提•艾力", "买买提·艾力"),
        (rules.check_name_zh, "阿卜杜拉・买买提", "阿卜杜拉·买买提"),
        (rules.check_name_zh, "㐂𠮷", "㐂𠮷"),
        (rules.check_name_zh, "〇二三", "〇二三"),
        (rules.check_name_zh, "Jean-Luc  O'Neil", "Jean-Luc O'Neil"),
        (rules.check_name_zh, "José Nuñez Jr.", "José Nuñez Jr."),
        (rules.check_org_name, "山东(济南)食品有限公司", "山东（济南）食品有限公司"),
        (rules.check_phone, "(0531)86060606", "0531-86060606"),
        (rules.check_phone, "0531－86060606转8001", "0531-86060606转8001"),
        (rules.check_phone, "12345", "12345"),
        (rules.check_phone, "138-5311-2345", "13853112345"),
        (rules.check_plate, "鲁a·12345", "鲁A12345"),
        (rules.check_plate, "鲁AD12345", "鲁AD12345"),
        (rules.check_date, "2026/11/3", "2026-11-03"),
        (rules.check_date, "2026年11月23日", "2026-11-23"),
        (rules.check_date, "2026 年 11 月 23 日", "2026-11-23"),
        (rules.check_date, "20261123", "2026-11-23"),
    ],
)
def test_a_value_is_understood(check: Callable[[str], str], typed: str, value: str) -> None:
    assert check(typed) == value


@pytest.mark.parametrize(
    ("check", "typed", "sentence"),
    [
        (rules.check_mobile, "1385311234", "手机号码应为 11 位数字，现在是 10 位"),
        (rules.check_mobile, "12345678901", "手机号码应以 13 至 19 开头，现在以 12 开头"),
        (rules.check_mobile, "1385311234O", "手机号码只能是数字，第 11 位是“O”"),
        (rules.check_mobile, "٣٣٣٣٣٣٣٣٣٣٣", "手机号码只能是数字，第 1 位是“٣”"),
        (rules.check_mobile, "", "请填写手机号码"),
        (rules.check_id_number, "110105491231002", "15 位的旧身份证号码已停止使用，请填写现在身份证上的 18 位号码"),
        (rules.check_id_number, "37010219850615123", "身份证号码应为 18 位，现在是 17 位"),
        (rules.check_id_number, "37O102198506151235", "身份证号码前 17 位应为数字，第 3 位是“O”"),
        (rules.check_id_number, "37010219850615123A", "身份证号码最后一位应为数字或 X，现在是“A”"),
        (rules.check_id_number, "370203200302291234", "身份证号码中的出生日期“2003 年 2 月 29 日”不存在，请核对第 7 至 14 位"),
        (rules.check_id_number, "370102198506151236", "身份证号码有一位或几位写错了，请对照证件逐位核对"),
        (rules.check_uscc, "91370000MA3C0000", "统一社会信用代码应为 18 位，现在是 16 位"),
        (rules.check_uscc, "9137OO00MA3C00001C", "统一社会信用代码不含字母 I、O、S、V、Z，第 5 位的“O”可能是数字 0"),
        (rules.check_uscc, "91370000MA3C00001D", "统一社会信用代码有一位或几位写错了，请对照营业执照逐位核对"),
        (rules.check_bank_card, "62284801234", "银行卡号应为 12 至 19 位数字，现在是 11 位"),
        (rules.check_bank_card, "6228480123456789016", "银行卡号有一位或几位写错了，请对照卡面逐位核对"),
        (rules.check_postcode, "25000", "邮政编码应为 6 位数字，现在是 5 位"),
        (rules.check_email, "zhang", "电子邮箱应含有一个“@”，例如 name@example.cn"),
        (rules.check_email, "zhang@x", "电子邮箱应像 name@example.cn 这样，由字母、数字和点组成"),
        (rules.check_name_zh, "张", "姓名至少 2 个字，请按身份证件填写全名"),
        (rules.check_name_zh, "张3", "姓名请按身份证件填写汉字（可含“·”），外国人填写护照上的字母"),
        (rules.check_name_zh, "<b>张三</b>", "姓名请按身份证件填写汉字（可含“·”），外国人填写护照上的字母"),
        (rules.check_date, "2026-02-30", "2026 年 2 月 30 日不存在，请核对日期"),
        (rules.check_date, "0206-02-03", "日期的年份是 0206，请核对"),
        (rules.check_date, "明天", "日期应像 2026-11-23 这样，写明年、月、日"),
        (rules.check_phone, "053186", "固定电话请写区号和号码，例如 0531-86060606"),
    ],
)
def test_a_refusal_says_what_is_wrong_and_how_it_should_be(check: Callable[[str], str], typed: str, sentence: str) -> None:
    assert refused(check, typed) == sentence


def test_nobody_is_born_tomorrow() -> None:
    first17 = "37010220261124123"
    number = first17 + rules.id_check_character(first17)
    assert rules.check_id_number(number) == number  # without a clock it is only a number
    assert rules.check_id_number(number, date(2026, 11, 24)) == number
    with pytest.raises(RuleBroken, match="还没有到"):
        rules.check_id_number(number, TODAY)


def test_dates_are_held_against_today() -> None:
    assert rules.check_date_not_future("2026-11-23", TODAY) == "2026-11-23"
    assert rules.check_date_not_past("2026-11-23", TODAY) == "2026-11-23"
    with pytest.raises(RuleBroken, match="不能晚于今天"):
        rules.check_date_not_future("2026-11-24", TODAY)
    with pytest.raises(RuleBroken, match="不能早于今天"):
        rules.check_date_not_past("2026-11-22", TODAY)


def test_the_birth_date_is_read_from_the_number() -> None:
    assert rules.birth_date("11010519491231002X") == date(1949, 12, 31)


# Properties


@st.composite
def id_numbers(draw: st.DrawFn) -> str:
    born = draw(st.dates(date(1900, 1, 1), TODAY))
    first17 = (
        draw(st.text("0123456789", min_size=6, max_size=6)) + born.strftime("%Y%m%d") + draw(st.text("0123456789", min_size=3, max_size=3))
    )
    return first17 + rules.id_check_character(first17)


USCCS = st.text(rules.USCC_ALPHABET, min_size=17, max_size=17).map(lambda first: first + rules.uscc_check_character(first))
ORG_CODES = st.text("0123456789", min_size=8, max_size=8).map(lambda first: first + rules.org_check_character(first))
CARDS = st.text("0123456789", min_size=11, max_size=18).map(lambda first: first + rules.luhn_check_digit(first))


def every_single_error(check: Callable[[str], str], value: str, alphabet: str) -> None:
    assert check(value) == value
    for at, right in enumerate(value):
        for wrong in set(alphabet) - {right}:
            with pytest.raises(RuleBroken):
                check(value[:at] + wrong + value[at + 1 :])


@given(id_numbers())
def test_every_wrong_digit_of_an_identity_number_is_caught(number: str) -> None:
    every_single_error(rules.check_id_number, number, "0123456789X")


@given(USCCS)
def test_every_wrong_character_of_a_social_credit_code_is_caught(code: str) -> None:
    every_single_error(rules.check_uscc, code, rules.USCC_ALPHABET)


@given(ORG_CODES)
def test_every_wrong_digit_of_an_organisation_code_is_caught(code: str) -> None:
    every_single_error(rules.check_org_code, code, "0123456789")


@given(CARDS)
def test_every_wrong_digit_of_a_bank_card_is_caught(card: str) -> None:
    every_single_error(rules.check_bank_card, card, "0123456789")


TRICKY = st.text(st.one_of(st.characters(), st.sampled_from("0123456789xX²①１٣Ⅷ㊀·•+-() \t\n\0\u200b\u202e\ud800ﷺ＠。年月日")), max_size=60)


@pytest.mark.parametrize("name", sorted(RULES))
@given(text=TRICKY)
@example(text="\ud800")
@example(text="ﷺ" * 400)
@example(text="1" * 100_000)
@example(text="1" * 18)
@example(text="²" * 11)
def test_a_rule_answers_or_refuses_and_nothing_else(name: str, text: str) -> None:
    try:
        value = RULES[name].check(text, TODAY)
    except RuleBroken as broken:
        assert broken.shown and len(broken.shown) < 120
    else:
        assert value and value == RULES[name].check(value, TODAY)
        value.encode()


VALID: dict[str, st.SearchStrategy[str]] = {
    "id_number": id_numbers(),
    "uscc": USCCS,
    "org_code": ORG_CODES,
    "bank_card": CARDS,
    "mobile": st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True),
    "date": st.dates(date(1800, 1, 1), date(2200, 12, 31)).map(str),
}


@pytest.mark.parametrize("name", sorted(VALID))
@given(data=st.data())
def test_full_width_and_spaced_values_are_the_same_values(name: str, data: st.DataObject) -> None:
    value = data.draw(VALID[name])
    wide = "".join(chr(ord(c) + 0xFEE0) if c.isascii() and c.isalnum() else c for c in value)
    assert RULES[name].check(f"\u3000{wide} ", TODAY) == RULES[name].check(value, TODAY) == value


def test_long_input_is_refused_at_once() -> None:
    for name in RULES:
        with pytest.raises(RuleBroken):
            RULES[name].check("a@" + "a." * 1_000_000, TODAY)
