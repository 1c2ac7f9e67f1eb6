"""What may be in a library, what it is worth, and which of it suits a material that is asked for (domain.md §10, §11). Pure."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import TypeVar

from hall.support.refusals import Conflict, NotFound, Refusal

T = TypeVar("T")

MOST_FILES = 5
MOST_MATERIALS = 2000
MOST_FOLDERS = 20
MOST_TAGS = 10
TAG_LENGTH = 12
NAME_LENGTH = 120
FOLDER_LENGTH = 20
ACCEPT = ("pdf", "jpg", "png", "docx", "xlsx")
MAX_BYTES = 20 * 1024 * 1024
# How many days before its last day the holder is reminded, each once; 0 is the last day itself.
REMIND_DAYS = (30, 7, 0)
SOON_DAYS = 30


class Grade(StrEnum):
    """可信等级, best first (domain.md §10, 国务院办公厅 2016 年“互联网+政务服务”指南)."""

    ISSUED = "A"
    CHECKED = "B"
    UPLOADED = "C"
    OWN_WORD = "D"

    @property
    def label(self) -> str:
        return _GRADE_NAMES[self]


_GRADE_NAMES = {Grade.ISSUED: "部门签发", Grade.CHECKED: "窗口核过", Grade.UPLOADED: "自己上传", Grade.OWN_WORD: "本人承诺"}
GRADE_MEANINGS = (
    (Grade.ISSUED, "发证部门直接给的电子件，直接能用"),
    (Grade.CHECKED, "窗口核对过原件，以后不再看原件"),
    (Grade.UPLOADED, "办理时可能请您出示一次原件"),
    (Grade.OWN_WORD, "您自己写的说明或承诺，您对内容负责"),
)


class Source(StrEnum):
    """材料分类 (§5.5.3); a fourth, 自定义分类, are the folders that the holder makes."""

    OWN = "own"
    GOV_RESULT = "gov_result"
    OTHER = "other"


SOURCE_NAMES = {Source.OWN: "自有材料", Source.GOV_RESULT: "审批结果", Source.OTHER: "其他材料"}


class Origin(StrEnum):
    """How a material came into the library: the holder put it there, it was handed in with an application, or it is a result."""

    UPLOADED = "uploaded"
    KEPT = "kept"
    RESULT = "result"


class NoFile(Refusal):
    sentence = "请先选择文件，再点“保存”。"
    field = "file"


class TooManyFiles(Refusal):
    sentence = f"一份材料最多 {MOST_FILES} 个文件，请分成几份上传。"
    field = "file"


class WrongName(Refusal):
    field = "name"


class WrongTags(Refusal):
    field = "tags"


class WrongDate(Refusal):
    field = "valid_until"


class WrongFolder(Refusal):
    field = "folder"


class LibraryFull(Refusal):
    """The quota of the space is used up; the sentence says how much and what to do."""

    field = "file"


class NotReplaceable(Refusal):
    sentence = "部门签发的结果不能自己更换。换发新证后，新的会自动存进来。"


class VersionChanged(Conflict):
    sentence = "这份材料刚刚换过新的一版，请刷新页面，核对后再操作。"


class NotUsable(Refusal):
    """A material that cannot be handed in here; the sentence says why."""


class NotThere(NotFound):
    sentence = "材料库里没有这份材料，它可能已被删除。"


def same_name(text: str) -> str:
    """A material's name as it is compared: without spaces, punctuation, width and the words 原件 and 复印件."""
    plain = "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if unicodedata.category(c)[0] not in "PZS")
    for ending in ("原件及复印件", "原件和复印件", "复印件", "原件"):
        plain = plain.removesuffix(ending) or plain
    return plain


def name_key(text: str) -> str:
    """`same_name` as it is stored; a name of signs alone is compared as it stands."""
    return (same_name(text) or unicodedata.normalize("NFKC", text).casefold())[:NAME_LENGTH]


def _plain(text: str) -> str:
    """The text on one line, without signs that nobody sees."""
    shown = "".join(" " if c.isspace() else c for c in unicodedata.normalize("NFC", text))
    return " ".join("".join(c for c in shown if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co", "Cn"}).split())


def checked_name(text: str) -> str:
    """The name as it is kept. Raises: WrongName."""
    name = _plain(text)
    if not name:
        raise WrongName("请写材料名称，例如“租赁合同”。")
    if len(name) > NAME_LENGTH:
        raise WrongName(f"材料名称最多 {NAME_LENGTH} 个字，现在是 {len(name)} 个字。")
    return name


def checked_folder(text: str) -> str:
    """A folder's name as it is kept. Raises: WrongFolder."""
    name = _plain(text)
    if not name or len(name) > FOLDER_LENGTH:
        raise WrongFolder(f"请写文件夹名称，最多 {FOLDER_LENGTH} 个字。")
    if name in SOURCE_NAMES.values():
        raise WrongFolder(f"“{name}”是本来就有的分类，请换一个名称。")
    return name


def checked_tags(text: str) -> list[str]:
    """Tags out of one line, each once. Raises: WrongTags."""
    for sign in "，、；;#":
        text = text.replace(sign, ",")
    tags = list(dict.fromkeys(tag for part in text.split(",", 200) if (tag := _plain(part))))
    if len(tags) > MOST_TAGS:
        raise WrongTags(f"最多 {MOST_TAGS} 个标签，请删掉一些。")
    if any(len(tag) > TAG_LENGTH for tag in tags):
        raise WrongTags(f"每个标签最多 {TAG_LENGTH} 个字，标签之间用逗号隔开。")
    return tags


def checked_end(text: str, *, today: date) -> date | None:
    """The last day of validity out of a form, None for no end. Raises: WrongDate."""
    if not text.strip():
        return None
    try:
        end = date.fromisoformat(text.strip()[:10])
    except ValueError:
        raise WrongDate("请写有效期的最后一天，例如 2027-06-30；长期有效的不用填。") from None
    if end < today:
        raise WrongDate("这个日期已经过去。过期的材料办事时用不上，请核对有效期。")
    if end.year > today.year + 100:
        raise WrongDate("这个日期太远了，长期有效的不用填。")
    return end


def space_words(size_bytes: int) -> str:
    """A size as the quota's sentence says it."""
    return f"{size_bytes / 1024 / 1024:.1f} MB"


def full_sentence(*, used_bytes: int, quota_bytes: int, held: int) -> str:
    """Why nothing more fits, and what helps."""
    if held >= MOST_MATERIALS:
        return f"材料库最多放 {MOST_MATERIALS} 份材料，已经放满。请先删除不用的材料。"
    return f"材料库空间不够：已用 {space_words(used_bytes)}，一共 {space_words(quota_bytes)}。请先删除不用的材料，或换小一点的文件。"


# --- grades -----------------------------------------------------------------------------------------------------------------------

# What an applicant provides ("self") is mostly written by himself: lists, rules, plans. Such words name what somebody else gave him.
_BY_OTHERS = re.compile("证|照|合同|协议|检验|检测|身份|户口|批准|批复|批文|发票|病历|判决|鉴定")


def is_own_word(kind: str, name: str) -> bool:
    """Whether applicants write such a material themselves: there is no original then that a window could check."""
    return kind in {"form", "promise"} or (kind == "self" and not _BY_OTHERS.search(name))


def grade_given(kind: str, name: str, *, is_checked: bool) -> Grade:
    """What a file is worth that an applicant handed in for such a material (domain.md §10)."""
    if is_own_word(kind, name):
        return Grade.OWN_WORD
    return Grade.CHECKED if is_checked else Grade.UPLOADED


def grade_needed(kind: str, name: str, said: str = "") -> Grade:
    """The least grade with which such a material can be handed in: what the department says (可信等级), else the usual.

    Usually nobody's own word stands for a paper that somebody issued.
    """
    if said:
        return Grade(said)
    return Grade.OWN_WORD if is_own_word(kind, name) else Grade.UPLOADED


def is_enough(grade: Grade, needed: Grade) -> bool:
    """Whether a grade is at least the one needed; A is the best."""
    return grade.value <= needed.value


def reminder_due(valid_until: date, today: date) -> int | None:
    """Which reminder is due, as days before the end; None while there is none."""
    left = (valid_until - today).days
    return min((days for days in REMIND_DAYS if left <= days), default=None) if left >= 0 else None


def is_soon(valid_until: date | None, today: date) -> bool:
    """Whether it ends within the next thirty days."""
    return valid_until is not None and today <= valid_until <= today + timedelta(days=SOON_DAYS)


# --- candidates -------------------------------------------------------------------------------------------------------------------

# Filled in anew for every application: last year's form or promise is never the right one.
NEVER_AGAIN = frozenset({"form", "promise"})


@dataclass(frozen=True, slots=True)
class Wanted:
    """A material that an application asks for. `item_codes` are the items that ask; `is_reusable` and `trust_grade` as the catalogue says."""

    key: str
    name: str
    kind: str
    cert_type: str
    item_codes: tuple[str, ...]
    accept: tuple[str, ...]
    max_bytes: int
    is_reusable: bool
    trust_grade: str = ""

    @property
    def name_key(self) -> str:
        return name_key(self.name)


@dataclass(frozen=True, slots=True)
class OfferedFile:
    """One file of an offer; `is_whole`: its content lies there as it was kept."""

    extension: str
    size_bytes: int
    is_whole: bool


@dataclass(frozen=True, slots=True)
class Offer:
    """What the library holds, as matching sees it; the holder is the applicant's own space already."""

    name_key: str
    cert_type: str
    item_code: str
    origin: Origin
    grade: Grade
    valid_until: date | None
    files: tuple[OfferedFile, ...]


class Match(StrEnum):
    """How well an offer answers a wish, best first."""

    CERT = "1cert"  # the same type of licence
    SAME_ITEM = "2item"  # the same material of the same item
    NAME = "3name"  # the same name

    @property
    def label(self) -> str:
        return {Match.CERT: "证照种类相同", Match.SAME_ITEM: "上次办这件事交的", Match.NAME: "名称相同"}[self]


def match(wanted: Wanted, offer: Offer, *, today: date) -> Match | None:
    """How the offer answers the wish; None when it must not be offered. Source: domain.md §11, reuse checks."""
    if wanted.kind in NEVER_AGAIN or why_not(wanted, offer, today=today):
        return None
    if wanted.cert_type and offer.cert_type:
        return Match.CERT if wanted.cert_type == offer.cert_type else None
    if wanted.name_key != offer.name_key:
        return None
    if offer.item_code in wanted.item_codes and offer.origin is Origin.KEPT:
        return Match.SAME_ITEM
    # What another item asked for under this name fits only where the department says that the paper serves again.
    return Match.NAME if wanted.is_reusable or offer.origin is not Origin.KEPT else None


_NOT_ENOUGH = {
    Grade.ISSUED: "这里只能用部门签发、自动存进材料库的，请直接上传，或到窗口办理。",
    Grade.CHECKED: "这里要窗口核对过原件的材料。请直接上传，到窗口时带上原件核对一次。",
    Grade.UPLOADED: "这里要交有关部门或单位出具的材料，自己写的说明不能代替。",
}


def why_not(wanted: Wanted, offer: Offer, *, today: date) -> str:
    """Why the offer cannot be handed in for this material, whatever it is called; "" when it can."""
    if offer.valid_until is not None and offer.valid_until < today:
        return f"这份材料已于 {offer.valid_until:%Y-%m-%d} 过期，请先更新。"
    needed = grade_needed(wanted.kind, wanted.name, wanted.trust_grade)
    if not is_enough(offer.grade, needed):
        return _NOT_ENOUGH[needed]
    if not offer.files or not all(file.is_whole for file in offer.files):
        return "这份材料的文件打不开了，请重新上传。"
    if any(file.extension not in wanted.accept for file in offer.files):
        return f"这里只收 {'、'.join(wanted.accept).upper()} 格式，请换一份。"
    if any(file.size_bytes > wanted.max_bytes for file in offer.files):
        return f"文件超过了这里的上限 {wanted.max_bytes // 1024 // 1024} MB，请换小一点的。"
    return ""


def best_first(found: Iterable[tuple[Match, Grade, int, T]]) -> list[T]:
    """Offers in the order in which they are shown: the better match, the better grade, the newer (by its number)."""
    return [offer for *_, offer in sorted(found, key=lambda one: (one[0].value, one[1].value, -one[2]))]


def share_without_upload(required: int, reused: int) -> float | None:
    """The measure "nothing twice" in per cent; None when nothing was required."""
    return 100 * reused / required if required else None


def folder_of_kept(kind: str, source: str) -> Source:
    """Where a file lies that was handed in with an application."""
    return Source.OTHER if kind == "intermediary" or source == "intermediary" else Source.OWN


def is_same_content(first: Collection[str], second: Sequence[str]) -> bool:
    """Whether two sets of files hold the same, by their hashes."""
    return sorted(first) == sorted(second)
