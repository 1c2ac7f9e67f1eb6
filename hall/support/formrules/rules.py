"""Named rules of single values (domain §9): each takes what a person typed and gives back the clean value, or says what is wrong.

Everything is normalised first (NFKC: full-width digits become plain ones, invisible characters from copy and paste go), and
compared with plain ASCII sets afterwards: `str.isdigit` and `\\d` also accept digits that `int` or the database refuse.
Pure functions; nothing here knows a clock, a rule that needs today takes it.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from hall.support.refusals import Refusal

# Control and format characters, and halves of surrogate pairs, which no database stores. Unassigned ones stay: they may be new Chinese characters.
INVISIBLE = frozenset({"Cc", "Cf", "Cs"})
# No value under a rule is longer; cut off before the costly normalisation.
MAX_TYPED = 400
DIGITS = frozenset("0123456789")

ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
ID_CHECKS = "10X98765432"
USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
USCC_LOOKALIKES = {"I": "数字 1", "O": "数字 0", "S": "数字 5", "Z": "数字 2", "V": "字母 U 或 Y"}
ORG_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
ORG_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

_HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003347f"
_ALL_HAN_NAME = re.compile(f"[{_HAN}]+(?:·[{_HAN}]+)*")
_LATIN_NAME = re.compile(r"[^\W\d_]+(?:(?:[ '\-]|\. ?|, ?)[^\W\d_]+)*\.?")
_HAN_CHARACTER = re.compile(f"[{_HAN}]")
# Dots that keyboards and copied texts give in place of the one dot of names.
_NAME_DOTS = re.compile(f"(?<=[{_HAN}]) ?[·•‧・∙⋅．.。] ?(?=[{_HAN}])")
_EMAIL = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
)
_LANDLINE = re.compile(r"(0[1-9][0-9]{1,2})-?([2-9][0-9]{6,7})(?:(?:-|转)([0-9]{1,6}))?")
_SERVICE_LINE = re.compile(r"[48]00-?[0-9]{3}-?[0-9]{4}|12345|9[56][0-9]{3,4}")
_PHONE_SIGNS = str.maketrans(")—–", "---", "(")
_PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-Z](?:[A-HJ-NP-Z0-9]{5}|[DABCEFGHJK][A-HJ-NP-Z0-9][0-9]{4}|[0-9]{5}[DABCEFGHJK]|[A-HJ-NP-Z0-9]{4}[学挂])"
)
_DATE_FORMS = (
    re.compile(r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})"),
    re.compile(r"([0-9]{4}) ?年 ?([0-9]{1,2}) ?月 ?([0-9]{1,2}) ?[日号]"),
    re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})"),
)


class RuleBroken(Refusal):
    """A value does not fit its rule; the sentence says what is wrong and how it should be."""

    sentence = "这一项填写有误，请核对。"


def normalised(text: str) -> str:
    """NFKC, without invisible and control characters, trimmed. Tabs and line breaks become one space."""
    if len(text) > MAX_TYPED:
        raise RuleBroken(f"内容过长，最多 {MAX_TYPED} 个字")
    visible = "".join(" " if c.isspace() else c for c in text if c.isspace() or unicodedata.category(c) not in INVISIBLE)
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", visible)).strip()


def _compact(text: str, drop: str = " ") -> str:
    return normalised(text).translate({ord(c): None for c in drop})


def _first_outside(text: str, allowed: frozenset[str]) -> int | None:
    return next((at for at, c in enumerate(text) if c not in allowed), None)


def _only_digits(text: str, what: str) -> None:
    at = _first_outside(text, DIGITS)
    if at is not None:
        raise RuleBroken(f"{what}只能是数字，第 {at + 1} 位是“{text[at]}”")


def _needed(text: str, what: str) -> None:
    if not text:
        raise RuleBroken(f"请填写{what}")


def id_check_character(first17: str) -> str:
    """The 18th character of an identity number (GB 11643). `first17`: 17 ASCII digits."""
    return ID_CHECKS[sum(int(c) * w for c, w in zip(first17, ID_WEIGHTS, strict=True)) % 11]


def check_id_number(text: str, today: date | None = None) -> str:
    """居民身份证号码, 18 characters with a capital X. With `today`, a birth date after it is refused too.

    Whether the region exists is not judged here: old cards bear codes that were abolished (see `regions.region_warning`).
    Raises: RuleBroken. Source: GB 11643, domain §9.1.
    """
    value = _compact(text, " -").upper()
    _needed(value, "身份证号码")
    if len(value) == 15 and _first_outside(value, DIGITS) is None:
        raise RuleBroken("15 位的旧身份证号码已停止使用，请填写现在身份证上的 18 位号码")
    if len(value) != 18:
        raise RuleBroken(f"身份证号码应为 18 位，现在是 {len(value)} 位")
    at = _first_outside(value[:17], DIGITS)
    if at is not None:
        raise RuleBroken(f"身份证号码前 17 位应为数字，第 {at + 1} 位是“{value[at]}”")
    if value[17] not in DIGITS and value[17] != "X":
        raise RuleBroken(f"身份证号码最后一位应为数字或 X，现在是“{value[17]}”")
    born_on = _birth_date(value)
    if today is not None and born_on > today:
        raise RuleBroken("身份证号码中的出生日期还没有到，请核对第 7 至 14 位")
    if id_check_character(value[:17]) != value[17]:
        raise RuleBroken("身份证号码有一位或几位写错了，请对照证件逐位核对")
    return value


def _birth_date(value: str) -> date:
    year, month, day = int(value[6:10]), int(value[10:12]), int(value[12:14])
    try:
        born_on = date(year, month, day)
    except ValueError:
        raise RuleBroken(f"身份证号码中的出生日期“{year:04} 年 {month} 月 {day} 日”不存在，请核对第 7 至 14 位") from None
    if year < 1800:
        raise RuleBroken(f"身份证号码中的出生年份是 {year:04} 年，请核对第 7 至 10 位")
    return born_on


def birth_date(id_number: str) -> date:
    """The birth date inside a valid identity number. Raises: RuleBroken."""
    return _birth_date(check_id_number(id_number))


def uscc_check_character(first17: str) -> str:
    """The 18th character of a unified social credit code (GB 32100). `first17`: characters of USCC_ALPHABET."""
    total = sum(USCC_ALPHABET.index(c) * pow(3, at, 31) for at, c in enumerate(first17))
    return USCC_ALPHABET[(31 - total % 31) % 31]


def check_uscc(text: str) -> str:
    """统一社会信用代码, 18 capitals and digits. Raises: RuleBroken. Source: GB 32100, domain §9.2."""
    value = _compact(text, " -").upper()
    _needed(value, "统一社会信用代码")
    if len(value) != 18:
        raise RuleBroken(f"统一社会信用代码应为 18 位，现在是 {len(value)} 位")
    at = _first_outside(value, frozenset(USCC_ALPHABET))
    if at is not None and value[at] in USCC_LOOKALIKES:
        raise RuleBroken(f"统一社会信用代码不含字母 I、O、S、V、Z，第 {at + 1} 位的“{value[at]}”可能是{USCC_LOOKALIKES[value[at]]}")
    if at is not None:
        raise RuleBroken(f"统一社会信用代码由数字和大写字母组成，第 {at + 1} 位是“{value[at]}”")
    if uscc_check_character(value[:17]) != value[17]:
        raise RuleBroken("统一社会信用代码有一位或几位写错了，请对照营业执照逐位核对")
    return value


def org_check_character(first8: str) -> str:
    """The ninth character of an organisation code (GB 11714). `first8`: digits and capitals."""
    code = 11 - sum(ORG_ALPHABET.index(c) * w for c, w in zip(first8, ORG_WEIGHTS, strict=True)) % 11
    return {10: "X", 11: "0"}.get(code, str(code))


def check_org_code(text: str) -> str:
    """组织机构代码, nine characters without the dash. Raises: RuleBroken. Source: GB 11714, domain §9.3."""
    value = _compact(text, " -").upper()
    _needed(value, "组织机构代码")
    if len(value) != 9:
        raise RuleBroken(f"组织机构代码应为 9 位（不计短横线），现在是 {len(value)} 位")
    at = _first_outside(value, frozenset(ORG_ALPHABET))
    if at is not None:
        raise RuleBroken(f"组织机构代码由数字和大写字母组成，第 {at + 1} 位是“{value[at]}”")
    if org_check_character(value[:8]) != value[8]:
        raise RuleBroken("组织机构代码有一位或几位写错了，请对照证件逐位核对")
    return value


def check_mobile(text: str) -> str:
    """手机号码, 11 digits without +86. Raises: RuleBroken. Source: domain §9.5."""
    value = re.sub(r"^(\+|00)86", "", _compact(text, " -()"))
    if len(value) == 13 and value.startswith("86"):
        value = value[2:]
    _needed(value, "手机号码")
    _only_digits(value, "手机号码")
    if len(value) != 11:
        raise RuleBroken(f"手机号码应为 11 位数字，现在是 {len(value)} 位")
    if value[0] != "1" or value[1] not in "3456789":
        raise RuleBroken(f"手机号码应以 13 至 19 开头，现在以 {value[:2]} 开头")
    return value


def check_phone(text: str) -> str:
    """联系电话: a mobile number, a landline with its area code (0531-86060606, 转 8001) or a service line. Raises: RuleBroken."""
    value = _compact(text).translate(_PHONE_SIGNS)
    _needed(value, "联系电话")
    landline = _LANDLINE.fullmatch(value)
    if landline:
        area, number, extension = landline.groups()
        return f"{area}-{number}" + (f"转{extension}" if extension else "")
    if _SERVICE_LINE.fullmatch(value):
        return value
    if not value.startswith("0") or value.startswith("0086"):
        return check_mobile(value)
    raise RuleBroken("固定电话请写区号和号码，例如 0531-86060606")


def luhn_check_digit(payload: str) -> str:
    """The last digit of a bank card number. `payload`: ASCII digits without it."""
    total = 0
    for place, digit in enumerate(reversed(payload)):
        doubled = int(digit) * (2 if place % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return str(-total % 10)


def check_bank_card(text: str) -> str:
    """银行卡号, 12 to 19 digits with a right last digit. Raises: RuleBroken. Source: domain §9.5 (Luhn)."""
    value = _compact(text, " -")
    _needed(value, "银行卡号")
    _only_digits(value, "银行卡号")
    if not 12 <= len(value) <= 19:
        raise RuleBroken(f"银行卡号应为 12 至 19 位数字，现在是 {len(value)} 位")
    if luhn_check_digit(value[:-1]) != value[-1]:
        raise RuleBroken("银行卡号有一位或几位写错了，请对照卡面逐位核对")
    return value


def check_postcode(text: str) -> str:
    """邮政编码, six digits. Raises: RuleBroken."""
    value = _compact(text)
    _needed(value, "邮政编码")
    _only_digits(value, "邮政编码")
    if len(value) != 6:
        raise RuleBroken(f"邮政编码应为 6 位数字，现在是 {len(value)} 位")
    if value == "000000":
        raise RuleBroken("邮政编码不能全是 0")
    return value


def check_email(text: str) -> str:
    """电子邮箱; the part after @ comes back in small letters. Raises: RuleBroken."""
    value = _compact(text).replace("。", ".")
    _needed(value, "电子邮箱")
    if value.count("@") != 1:
        raise RuleBroken("电子邮箱应含有一个“@”，例如 name@example.cn")
    local, _, domain = value.partition("@")
    if len(value) > 254 or len(local) > 64 or not _EMAIL.fullmatch(value):
        raise RuleBroken("电子邮箱应像 name@example.cn 这样，由字母、数字和点组成")
    return f"{local}@{domain.lower()}"


def check_name_zh(text: str) -> str:
    """姓名 as on the identity document: Chinese (with · for minority names) or Latin letters. Raises: RuleBroken.

    Spaces inside a Chinese name are dropped, every kind of middle dot becomes ·.
    """
    value = _NAME_DOTS.sub("·", normalised(text))
    _needed(value, "姓名")
    if _HAN_CHARACTER.search(value):
        value = value.replace(" ", "")
    if len(value) < 2:
        raise RuleBroken("姓名至少 2 个字，请按身份证件填写全名")
    if len(value) > 50:
        raise RuleBroken(f"姓名最多 50 个字，现在是 {len(value)} 个")
    if not _ALL_HAN_NAME.fullmatch(value) and not (_LATIN_NAME.fullmatch(value) and not _HAN_CHARACTER.search(value)):
        raise RuleBroken("姓名请按身份证件填写汉字（可含“·”），外国人填写护照上的字母")
    return value


def check_org_name(text: str) -> str:
    """单位名称 as on its licence; brackets come back full-width as on the licence. Raises: RuleBroken."""
    value = normalised(text)
    _needed(value, "单位名称")
    if _HAN_CHARACTER.search(value):
        # Composed again: a taken-out space may have stood between a letter and its accent.
        value = unicodedata.normalize("NFC", value.replace(" ", "").replace("(", "（").replace(")", "）"))
    if len(value) < 2 or not re.search(r"[^\W\d_]", value):
        raise RuleBroken("单位名称请按营业执照或登记证书填写全称")
    if len(value) > 100:
        raise RuleBroken(f"单位名称最多 100 个字，现在是 {len(value)} 个")
    return value


def check_plate(text: str) -> str:
    """机动车号牌号码, such as 鲁A12345 or 鲁AD12345. Raises: RuleBroken."""
    value = _compact(text, " -·.").upper()
    _needed(value, "车牌号码")
    if not _PLATE.fullmatch(value):
        raise RuleBroken("车牌号码应像 鲁A12345 这样，由省份简称、字母和数字组成")
    return value


def check_date(text: str) -> str:
    """A date as 2026-11-23; 2026/11/23, 20261123 and 2026年11月23日 are understood. Raises: RuleBroken."""
    value = normalised(text)
    _needed(value, "日期")
    match = next((found for form in _DATE_FORMS if (found := form.fullmatch(value))), None)
    if match is None:
        raise RuleBroken("日期应像 2026-11-23 这样，写明年、月、日")
    year, month, day = (int(part) for part in match.groups())
    if not 1800 <= year <= 2200:
        raise RuleBroken(f"日期的年份是 {year:04}，请核对")
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        raise RuleBroken(f"{year} 年 {month} 月 {day} 日不存在，请核对日期") from None


def check_date_not_future(text: str, today: date | None = None) -> str:
    """A date that is not after today. Raises: RuleBroken."""
    value = check_date(text)
    if today is not None and date.fromisoformat(value) > today:
        raise RuleBroken(f"日期不能晚于今天（{today.isoformat()}）")
    return value


def check_date_not_past(text: str, today: date | None = None) -> str:
    """A date that is not before today. Raises: RuleBroken."""
    value = check_date(text)
    if today is not None and date.fromisoformat(value) < today:
        raise RuleBroken(f"日期不能早于今天（{today.isoformat()}）")
    return value


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule by its name in form definitions. `check(text, today)` raises RuleBroken and nothing else."""

    name: str
    title: str
    check: Callable[[str, date | None], str]


def _clock_free(check: Callable[[str], str]) -> Callable[[str, date | None], str]:
    return lambda text, _today: check(text)


RULES: dict[str, Rule] = {
    rule.name: rule
    for rule in (
        Rule("id_number", "身份证号码", check_id_number),
        Rule("uscc", "统一社会信用代码", _clock_free(check_uscc)),
        Rule("org_code", "组织机构代码", _clock_free(check_org_code)),
        Rule("mobile", "手机号码", _clock_free(check_mobile)),
        Rule("phone", "联系电话", _clock_free(check_phone)),
        Rule("bank_card", "银行卡号", _clock_free(check_bank_card)),
        Rule("postcode", "邮政编码", _clock_free(check_postcode)),
        Rule("email", "电子邮箱", _clock_free(check_email)),
        Rule("name_zh", "姓名", _clock_free(check_name_zh)),
        Rule("org_name", "单位名称", _clock_free(check_org_name)),
        Rule("plate", "车牌号码", _clock_free(check_plate)),
        Rule("date", "日期", _clock_free(check_date)),
        Rule("date_not_future", "日期（不晚于今天）", check_date_not_future),
        Rule("date_not_past", "日期（不早于今天）", check_date_not_past),
    )
}
