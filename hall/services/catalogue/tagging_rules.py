"""What a tag, its set and a theme may be called, where they stand, and how the hall says no to the rest. Pure."""

import re
from collections.abc import Sequence
from typing import TypeVar

from hall.support.refusals import Conflict, Refusal

Key = TypeVar("Key", str, int)
_CODE = re.compile(r"[a-z][a-z0-9-]{1,19}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


class BadText(Refusal):
    """A name, code or note that cannot be."""

    sentence = "请核对填写的内容。"


class NameTaken(Refusal):
    sentence = "已经有这个名称了，请换一个。"
    field = "name"


class CodeTaken(Refusal):
    sentence = "这个代码已经用过，请换一个。"
    field = "code"


class StillUsed(Refusal):
    """Something in use is to be removed without a word that one knows what happens; the sentence says it."""

    sentence = "还在使用，请先确认移除后会怎样。"
    status = 409


class MovedMeanwhile(Conflict):
    sentence = "事项或标签刚刚有变化，请重新预览后再确认。"


def clean(text: str, *, field: str, title: str, most: int, is_required: bool = True) -> str:
    """The text without space around it. Raises: BadText."""
    cleaned = text.strip()
    if _CONTROL.search(cleaned):
        raise BadText(f"{title}里有不能显示的字符，请删去。", field=field)
    if len(cleaned) > most:
        raise BadText(f"{title}最多 {most} 个字，现在是 {len(cleaned)} 个。", field=field)
    if is_required and not cleaned:
        raise BadText(f"请填写{title}。", field=field)
    return cleaned


def clean_code(text: str) -> str:
    """A code as it stands in addresses. Raises: BadText."""
    code = text.strip()
    if not _CODE.fullmatch(code):
        raise BadText("代码是 2 至 20 位小写字母、数字和短横线，以字母开头，例如 old-age。", field="code")
    return code


def moved(places: Sequence[tuple[Key, int]], key: Key, step: int) -> dict[Key, int]:
    """New places after one of several, given in order as (key, place), goes up (-1) or down (+1); only those that differ.

    Keys keep to the places there are; equal ones are pulled apart. Beyond either end nothing moves.
    """
    keys = [one for one, _ in places]
    at = keys.index(key)
    to = at + step
    if not 0 <= to < len(keys):
        return {}
    keys.insert(to, keys.pop(at))
    free, last = [], -1
    for place in sorted(place for _, place in places):
        last = max(place, last + 1)
        free.append(last)
    held = dict(places)
    return {one: place for one, place in zip(keys, free, strict=True) if held[one] != place}
