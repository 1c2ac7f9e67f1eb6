"""Who may rate what until when, what a rating must hold, and how scores are reckoned (domain §6). Pure."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from hall.support.identity import masking
from hall.support.refusals import Conflict, NotFound, Refusal
from hall.support.workdays.rules import Calendar

CHINA = ZoneInfo("Asia/Shanghai")
RATE_DAYS = 15
SUPPLEMENT_WORKDAYS = 5
TEXT_LIMIT = 500
TAG_LIMIT = 5
LOW_GRADE = 2  # 差评 and below
SHOWN_FROM = 5
RANKED_FROM = 10
ANONYMOUS = "匿名用户"
# domain §4.1: 办结 opens rating. What was withdrawn, returned or not accepted never came to a decision.
RATEABLE_CLOSE_KINDS = frozenset({"granted", "denied"})

GRADE_NAMES: dict[int, str] = {5: "非常满意", 4: "满意", 3: "基本满意", 2: "不满意", 1: "非常不满意"}
DIMENSION_NAMES: dict[str, str] = {"guide": "指南准确", "attitude": "服务态度", "speed": "办理时效"}
PRAISE: dict[str, str] = {
    "clear_guide": "指引清楚",
    "fast": "出证快",
    "kind": "态度好",
    "few_materials": "免交材料多",
    "no_visit": "不用跑腿",
}
CRITICISM: dict[str, str] = {
    "wrong_guide": "指南与实际不符",
    "slow": "办理太慢",
    "rude": "服务态度差",
    "extra_materials": "要求指南外的材料",
    "many_visits": "多次跑动",
    "page_trouble": "网上操作不便",
    "no_explanation": "没有一次说清",
}
TAG_NAMES: dict[str, str] = {**PRAISE, **CRITICISM}
# In the order of the form.
TAGS: tuple[tuple[str, str], ...] = tuple(TAG_NAMES.items())


class Which(StrEnum):
    """Which ratings a list shows."""

    ALL = "all"
    LOW = "low"
    UNANSWERED = "unanswered"


class RatingMissing(NotFound):
    sentence = "没有找到这条评价。"


class CaseNotRateable(Refusal):
    sentence = "办件作出决定并办结后才能评价。"
    status = 409


class RatingOver(Refusal):
    sentence = "办结已超过 15 天，评价已截止。您的意见可以拨打 12345 反映。"
    status = 409


class AlreadyRated(Conflict):
    sentence = "这个办件已经评价过，一个办件只能评价一次。"


class GradeMissing(Refusal):
    sentence = "请选择总体评价，1 至 5 星。"
    field = "grade"


class DimensionMissing(Refusal):
    """Its field is the dimension's name."""


class WrongTag(Refusal):
    sentence = "所选原因不在可选范围内，请重新选择。"
    field = "tags"


class ReasonMissing(Refusal):
    sentence = "给出不满意评价时，请至少选一项原因，或写明原因。"
    field = "tags"


class TextMissing(Refusal):
    sentence = "请写下内容再提交。"
    field = "text"


class TextTooLong(Refusal):
    field = "text"


class SupplementOver(Refusal):
    sentence = "追加评价须在评价后 5 个工作日内提交，现在已截止。"
    status = 409


class AlreadySupplemented(Conflict):
    sentence = "已经追加过评价，只能追加一次。"


class AlreadyAnswered(Conflict):
    sentence = "这条评价已有回复，一条评价只回复一次。"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A rating as it may be written down: grades 1 to 5, tags without repeats in the order of TAGS, text cleaned."""

    grade: int
    guide: int
    attitude: int
    speed: int
    tags: tuple[str, ...]
    text: str


def rate_until(closed_at: datetime) -> datetime:
    """The moment from which a case can no longer be rated: the end of the 15th day after closing, in China. Source: domain §6."""
    return _end_of_day(closed_at, timedelta(days=RATE_DAYS))


def check_rateable(*, close_kind: str, closed_at: datetime, now: datetime) -> None:
    """Whether a finished case can be rated now. Raises: CaseNotRateable, RatingOver."""
    if close_kind not in RATEABLE_CLOSE_KINDS:
        raise CaseNotRateable
    if now >= rate_until(closed_at):
        raise RatingOver


def supplement_until(rated_at: datetime, calendar: Calendar) -> datetime:
    """The moment from which nothing can be added: the end of the fifth working day after the rating. Source: domain §6 (Shandong)."""
    day = calendar.add(rated_at.astimezone(CHINA).date(), SUPPLEMENT_WORKDAYS)
    return datetime.combine(day + timedelta(days=1), time(), CHINA)


def _end_of_day(moment: datetime, later: timedelta) -> datetime:
    day = moment.astimezone(CHINA).date() + later
    return datetime.combine(day + timedelta(days=1), time(), CHINA)


def tags_for(grade: int) -> tuple[tuple[str, str], ...]:
    """The tags that go with a grade: praise with five stars, criticism with two and less, both between."""
    fitting = PRAISE if grade == 5 else CRITICISM if grade <= LOW_GRADE else TAG_NAMES
    return tuple(fitting.items())


def check_rating(*, grade: int, dimensions: Mapping[str, int], tags: Sequence[str], text: str) -> Verdict:
    """The rating, ready to be written. Raises: GradeMissing, DimensionMissing, WrongTag, ReasonMissing, TextTooLong."""
    if grade not in GRADE_NAMES:
        raise GradeMissing
    for name, title in DIMENSION_NAMES.items():
        if dimensions.get(name) not in GRADE_NAMES:
            raise DimensionMissing(f"请给“{title}”打分，1 至 5 分。", field=name)
    chosen = set(tags)
    if not chosen <= TAG_NAMES.keys():
        raise WrongTag
    if len(chosen) > TAG_LIMIT:
        raise WrongTag(f"原因最多选 {TAG_LIMIT} 项。")
    for tag in sorted(chosen - dict(tags_for(grade)).keys()):
        raise WrongTag(f"“{TAG_NAMES[tag]}”与{GRADE_NAMES[grade]}不相符，请改选原因或星级。")
    cleaned = clean_text(text)
    if grade <= LOW_GRADE and not chosen and not cleaned:
        raise ReasonMissing
    return Verdict(
        grade=grade,
        guide=dimensions["guide"],
        attitude=dimensions["attitude"],
        speed=dimensions["speed"],
        tags=tuple(tag for tag in TAG_NAMES if tag in chosen),
        text=cleaned,
    )


def check_text(text: str) -> str:
    """A text that must not be empty: a supplement, a reply. Raises: TextMissing, TextTooLong."""
    cleaned = clean_text(text)
    if not cleaned:
        raise TextMissing
    return cleaned


_WIDE_DIGITS = str.maketrans("０１２３４５６７８９", "0123456789")
_KEPT_SIGNS = {"\n", "\u200d"}  # a line break, and the joiner inside emoji
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_NUMBER = re.compile(r"(?<![0-9])[0-9](?:[ \-]?[0-9]){10,}(?:[ \-]?[Xx](?![A-Za-z]))?")


def clean_text(text: str) -> str:
    """The text as everybody may read it: invisible signs removed, phone, identity and card numbers and mail addresses masked.

    Ratings are public, so what identifies a person is masked before it is stored (domain §6, §16). Raises: TextTooLong.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").translate(_WIDE_DIGITS)
    text = "".join(sign for sign in text if sign in _KEPT_SIGNS or unicodedata.category(sign) not in {"Cc", "Cf", "Cs", "Co", "Cn"})
    text = re.sub(r"\n{3,}", "\n\n", text).strip()
    if len(text) > TEXT_LIMIT:
        raise TextTooLong(f"最多写 {TEXT_LIMIT} 个字，现在是 {len(text)} 个。")
    text = _EMAIL.sub(lambda found: masking.mask_email(found.group()), text)
    return _NUMBER.sub(_mask_number, text)[:TEXT_LIMIT]


def _mask_number(found: re.Match[str]) -> str:
    digits = re.sub(r"[ \-]", "", found.group())
    if len(digits) == 11:
        return masking.mask_phone(digits)
    return masking.mask_id_number(digits) if len(digits) == 18 else "*" * (len(digits) - 4) + digits[-4:]


def average(total: int, count: int) -> float:
    """The mean of `count` grades that add up to `total`, to one decimal, half up; 0 of none."""
    return (20 * total + count) // (2 * count) / 10 if count else 0.0


def shown_average(total: int, count: int) -> float | None:
    """The mean as people see it; None below five ratings (暂无评分)."""
    return average(total, count) if count >= SHOWN_FROM else None


def satisfied_percent(grades: Sequence[int]) -> float | None:
    """The share of grades 3 to 5, in percent to one decimal; `grades` counts grade 1 first. None below five ratings."""
    count = sum(grades)
    if count < SHOWN_FROM:
        return None
    # Never rounded up: 100 % means that really nobody was dissatisfied.
    return 1000 * sum(grades[2:]) // count / 10


def ranking_score(grades: Sequence[int]) -> float | None:
    """(5·n5+4·n4+3·n3+2·n2+1·n1)/(5·n)·100; `grades` counts grade 1 first. None below ten ratings. Source: domain §6, §8."""
    count = sum(grades)
    if count < RANKED_FROM:
        return None
    return 100 * sum(grade * number for grade, number in enumerate(grades, start=1)) / (5 * count)
