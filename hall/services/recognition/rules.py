"""From the lines of a photographed document to the values it states. Pure.

A value is offered only when it is sound by itself: numbers by their check digit, dates by the calendar, sex and birth by the number.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from hall.integration.ports.ocr import Line
from hall.services.recognition import values
from hall.services.recognition.layout import Piece, behind, pieces
from hall.support.formrules.rules import RuleBroken, check_name_zh, check_org_name


class Paper(StrEnum):
    """What the picture shows."""

    ID_FRONT = "id_front"
    ID_BACK = "id_back"
    LICENCE = "licence"


PAPER_NAMES = {Paper.ID_FRONT: "身份证人像面", Paper.ID_BACK: "身份证国徽面", Paper.LICENCE: "营业执照"}


@dataclass(frozen=True, slots=True)
class Stated:
    """What a document says, by the names of `formrules.vocabulary.READ`; `unsure` are values that were seen and failed their check."""

    paper: Paper | None
    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    unsure: tuple[str, ...] = ()


_CARD_LABELS = {"姓名": "name", "性别": "sex", "民族": "nation", "出生": "born_on", "住址": "address"} | dict.fromkeys(
    ("公民身份号码", "公民身份证号码", "公民身份号"), "id_number"
)
_BACK_LABELS = {"签发机关": "issuer", "有效期限": "period", "有效期": "period", "中华人民共和国": "state", "居民身份证": "card"}
_LICENCE_LABELS = (
    {"统一社会信用代码": "uscc", "名称": "name", "企业名称": "name", "字号名称": "name", "类型": "type", "主体类型": "type"}
    | dict.fromkeys(("法定代表人", "负责人", "经营者", "经营者姓名", "投资人", "执行事务合伙人", "法定代表人姓名"), "legal_representative")
    | dict.fromkeys(("注册资本", "出资额", "资金数额", "成员出资总额"), "capital")
    | dict.fromkeys(("成立日期", "注册日期"), "established_on")
    | dict.fromkeys(("营业期限", "合伙期限", "经营期限"), "period")
    | dict.fromkeys(("住所", "经营场所", "营业场所", "主要经营场所", "主要经营场所地址"), "address")
    | {
        "经营范围": "scope",
        "组成形式": "form",
        "登记机关": "registrar",
        "国家企业信用信息公示系统": "site",
        "国家市场监督管理总局监制": "maker",
    }
)
_FULL = str.maketrans({"(": "（", ")": "）", ",": "，", ";": "；", ":": "："})
_NATION = re.compile("[\u4e00-\u9fff]{1,8}")
_OFFICE = re.compile("[\u4e00-\u9fff]{4,40}")
_LEAST_ADDRESS, _MOST_ADDRESS, _MOST_SCOPE = 5, 200, 2000


def stated(lines: Sequence[Line]) -> Stated:
    """The document that these lines are of, and what it says. Never raises, whatever they are."""
    found = pieces(lines)
    everything = "".join(piece.text for piece in found)
    if "营业执照" in everything or (
        "统一社会信用代码" in everything and any(word in everything for word in ("法定代表人", "经营者", "负责人"))
    ):
        return _licence(found)
    if "签发机关" in everything or ("居民身份证" in everything and "有效期" in everything):
        return _back(found)
    if "公民身份" in everything or ("姓名" in everything and "住址" in everything):
        return _front(found)
    return Stated(None)


class _Sheet:
    """Values as they are found, those that failed beside them."""

    def __init__(self, paper: Paper, prefix: str) -> None:
        self.paper, self.prefix = paper, prefix
        self.values: dict[str, str] = {}
        self.unsure: list[str] = []

    def take(self, name: str, value: str | None, seen: object = None) -> None:
        """Keep a value; without one, note it as unsure when there was something to be `seen`."""
        if value:
            self.values[f"{self.prefix}.{name}"] = value
        elif seen:
            self.unsure.append(f"{self.prefix}.{name}")

    def done(self) -> Stated:
        return Stated(self.paper, self.values, tuple(self.unsure))


def _joined(texts: Mapping[str, tuple[str, ...]], key: str) -> str:
    return "".join(texts.get(key, ()))


def _person(text: str) -> str | None:
    try:
        return check_name_zh(text) if text else None
    except RuleBroken:
        return None


def _organisation(text: str) -> str | None:
    try:
        return check_org_name(text) if len(text) >= 4 else None
    except RuleBroken:
        return None


def _prose(text: str, least: int, most: int) -> str | None:
    """Running text with the signs that Chinese is printed with."""
    full = text.translate(_FULL)
    return full if least <= len(full) <= most else None


def _front(found: Sequence[Piece]) -> Stated:
    texts, sheet = behind(found, _CARD_LABELS, inner=("性别", "民族")), _Sheet(Paper.ID_FRONT, "id_card")
    sheet.take("name", _person(_joined(texts, "name")), texts.get("name"))
    printed = _joined(texts, "id_number")
    number = values.id_number(printed) or next((one for piece in found if (one := values.id_number(piece.text))), None)
    sheet.take("id_number", number, printed)
    sex, born = _joined(texts, "sex"), next(iter(values.dates(_joined(texts, "born_on"))), "")
    sex = sex if sex in {"男", "女"} else ""
    if number:
        # The number says both, under its check digit: what is printed beside it must agree.
        from_number = "男" if int(number[16]) % 2 else "女", f"{number[6:10]}-{number[10:12]}-{number[12:14]}"
        sex, born = (said if read in {"", said} else "" for read, said in zip((sex, born), from_number, strict=True))
    sheet.take("sex", sex, texts.get("sex"))
    sheet.take("born_on", born, texts.get("born_on"))
    nation = _joined(texts, "nation")
    sheet.take("nation", nation if _NATION.fullmatch(nation) else None, nation)
    sheet.take("address", _prose(_joined(texts, "address"), _LEAST_ADDRESS, _MOST_ADDRESS), texts.get("address"))
    return sheet.done()


def _back(found: Sequence[Piece]) -> Stated:
    texts, sheet = behind(found, _BACK_LABELS), _Sheet(Paper.ID_BACK, "id_card")
    issuer = _joined(texts, "issuer")
    sheet.take("issuer", issuer if _OFFICE.fullmatch(issuer) else None, issuer)
    printed = _joined(texts, "period")
    first, last = values.period(printed)
    sheet.take("valid_from", first, printed)
    sheet.take("valid_until", last, printed)
    return sheet.done()


def _licence(found: Sequence[Piece]) -> Stated:
    texts, sheet = behind(found, _LICENCE_LABELS), _Sheet(Paper.LICENCE, "business_licence")
    printed = _joined(texts, "uscc")
    code = values.uscc(printed) or next((one for piece in found if (one := values.uscc(piece.text))), None)
    sheet.take("uscc", code, printed if values.looks_like_number(printed) else None)
    sheet.take("name", _organisation(_joined(texts, "name")), texts.get("name"))
    sheet.take("type", _prose(_joined(texts, "type"), 2, 60), texts.get("type"))
    sheet.take("legal_representative", _person(_joined(texts, "legal_representative")), texts.get("legal_representative"))
    sheet.take("capital", values.yuan(_joined(texts, "capital")), texts.get("capital"))
    sheet.take("established_on", next(iter(values.dates(_joined(texts, "established_on"))), None), texts.get("established_on"))
    sheet.take("valid_until", values.period(_joined(texts, "period"))[1], texts.get("period"))
    sheet.take("address", _prose(_joined(texts, "address"), _LEAST_ADDRESS, _MOST_ADDRESS), texts.get("address"))
    sheet.take("scope", _prose(_joined(texts, "scope"), 2, _MOST_SCOPE), texts.get("scope"))
    return sheet.done()
