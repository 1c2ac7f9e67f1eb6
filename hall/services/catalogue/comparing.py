"""Two versions of an item side by side, or a draft and a version: which elements differ, in Chinese, members of lists one by one. Pure.

Both sides are lines of items.jsonl; what only one of the two knows (a version has no links) is not compared.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Any

from hall.services.catalogue.elements import STANDARD
from hall.services.catalogue.naming import FIELDS, PARTS, word_label

NOTHING = "（空）"
# What a member of a list is known by; lists of texts by the text itself.
_KEYS: dict[str, tuple[str, ...]] = {
    "materials": ("seq",),
    "variants": ("key",),
    "flow_steps": ("name",),
    "instant_rules": ("fact", "operator"),
    "fees": ("name",),
    "special_procedures": ("name",),
    "intermediary_services": ("name",),
    "places": ("name",),
    "consult_contacts": ("kind", "value"),
    "complaint_contacts": ("kind", "value"),
    "faqs": ("question",),
}
_NOT_COMPARED = frozenset({"status", "version", "bundles", "type_code", "type_name", "began_from"})
_TITLES = {"seq", "key"}
# Marking letters costs the product of the lengths; longer texts are shown whole.
_MOST_MARKED = 250_000


class Kind(StrEnum):
    """What became of a member of a list."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a text; `is_changed` where the other side says something else."""

    text: str
    is_changed: bool


@dataclass(frozen=True, slots=True)
class Pair:
    """One thing as it was and as it is, with what differs marked. An empty side is empty."""

    title: str
    old: tuple[Part, ...]
    new: tuple[Part, ...]

    @property
    def old_text(self) -> str:
        return "".join(part.text for part in self.old)

    @property
    def new_text(self) -> str:
        return "".join(part.text for part in self.new)


@dataclass(frozen=True, slots=True)
class Member:
    """One member of a list: added or removed with everything it says, changed with what differs."""

    kind: Kind
    title: str
    pairs: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """One element that differs: a plain one by its pair, a list by its members (or `is_reordered` alone)."""

    field: str
    title: str
    pair: Pair | None = None
    members: tuple[Member, ...] = ()
    is_reordered: bool = False


def differences(old: Mapping[str, Any], new: Mapping[str, Any], *, labels: Mapping[str, str] | None = None) -> tuple[Difference, ...]:
    """What differs, in the order in which people read an item. `labels` says what codes of departments and themes stand for."""
    names = [name for name in FIELDS if name in old and name in new and name not in _NOT_COMPARED]
    names += [name for name in FIELDS if (name in new) != (name in old) and name not in _NOT_COMPARED and name not in _LINKS]
    order = {name: place for place, name in enumerate(FIELDS)}
    found = (_difference(name, old.get(name), new.get(name), labels or {}) for name in sorted(names, key=order.__getitem__))
    return tuple(one for one in found if one is not None)


_LINKS = frozenset({"themes", "keywords", "situations", "related", "form_schemas"})


def _difference(name: str, old: Any, new: Any, labels: Mapping[str, str]) -> Difference | None:
    title = FIELDS[name]
    if name == "form_schemas":
        return None if (old or {}) == (new or {}) else Difference(name, title, _pair(title, "", "申请表有改动"))
    if name == "related":
        return _of_members(name, title, _relations(old, labels), _relations(new, labels))
    if name in _KEYS:
        return _of_members(name, title, *_matched(name, _objects(old), _objects(new)))
    if isinstance(old, list | tuple) or isinstance(new, list | tuple):
        texts = [[labels.get(one, word_label(name, one)) for one in _texts(side)] for side in (old, new)]
        return _of_texts(name, title, *texts)
    shown = [_shown(name, side, labels) for side in (old, new)]
    return None if shown[0] == shown[1] else Difference(name, title, _pair(title, *shown))


def _shown(name: str, value: Any, labels: Mapping[str, str]) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return "、".join(_shown(name, one, labels) for one in value)
    return labels.get(str(value), word_label(name, value)).strip()


def _texts(side: Any) -> list[str]:
    return [str(one) for one in side] if isinstance(side, list | tuple) else []


def _objects(side: Any) -> list[Mapping[str, Any]]:
    return [one for one in side if isinstance(one, Mapping)] if isinstance(side, list | tuple) else []


# --- lists of texts -----------------------------------------------------------------------------------------------------------------


def _of_texts(name: str, title: str, old: Sequence[str], new: Sequence[str]) -> Difference | None:
    if list(old) == list(new):
        return None
    gone = [one for one in old if one not in new]
    come = [one for one in new if one not in old]
    members = []
    for was in gone:
        now = _nearest(was, come)
        if now is None:
            members.append(Member(Kind.REMOVED, was, (_pair("", was, ""),)))
        else:
            come.remove(now)
            members.append(Member(Kind.CHANGED, now, (_pair("", was, now),)))
    members += [Member(Kind.ADDED, one, (_pair("", "", one),)) for one in come]
    return Difference(name, title, members=tuple(members), is_reordered=not members)


def _nearest(text: str, others: Iterable[str]) -> str | None:
    """The text that this one was rewritten to, if one is alike enough."""
    best, found = 0.6, None
    for other in others:
        if len(text) * len(other) > _MOST_MARKED:
            continue
        matcher = SequenceMatcher(None, text, other, autojunk=False)
        if matcher.real_quick_ratio() > best and matcher.quick_ratio() > best and matcher.ratio() > best:
            best, found = matcher.ratio(), other
    return found


# --- lists of objects ---------------------------------------------------------------------------------------------------------------

Matched = dict[str, Mapping[str, str]]


def _matched(name: str, old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]]) -> tuple[Matched, Matched]:
    """Each member under what it is known by; the second of the same name under a key of its own."""
    return _by_key(name, old), _by_key(name, new)


def _by_key(name: str, members: Sequence[Mapping[str, Any]]) -> Matched:
    found: Matched = {}
    for member in members:
        key = " ".join(str(member.get(part) or "") for part in _KEYS[name])
        while key in found:
            key += "′"
        found[key] = {part: text for part in PARTS if (text := _part(name, part, member.get(part)))}
    return found


def _part(name: str, part: str, value: Any) -> str:
    if type(value) is int:
        return str(value)
    if value is False and part in STANDARD:
        return "不检查"
    if not value:
        return ""
    if part in {"blank_form_id", "sample_id"}:
        return f"已上传（{str(value)[:8]}）"
    return _shown(f"{name}.{part}", value, {})


def _relations(side: Any, labels: Mapping[str, str]) -> Matched:
    kinds = side if isinstance(side, Mapping) else {}
    return {
        f"{kind} {code}": {"name": f"{PARTS.get(kind, kind)}：{labels.get(code, code)}"}
        for kind in kinds
        for code in _texts(kinds.get(kind))
    }


def _of_members(name: str, title: str, old: Matched, new: Matched) -> Difference | None:
    if old == new and list(old) == list(new):
        return None
    members = [Member(Kind.REMOVED, _title(one), _pairs(one, {})) for key, one in old.items() if key not in new]
    members += [
        Member(Kind.ADDED, _title(one), _pairs({}, one)) if key not in old else Member(Kind.CHANGED, _title(one), _pairs(old[key], one))
        for key, one in new.items()
        if old.get(key) != one
    ]
    return Difference(name, title, members=tuple(members), is_reordered=not members)


def _title(member: Mapping[str, str]) -> str:
    return member.get("name") or member.get("question") or member.get("value") or member.get("kind") or NOTHING


def _pairs(old: Mapping[str, str], new: Mapping[str, str]) -> tuple[Pair, ...]:
    is_whole = not old or not new
    names = [part for part in PARTS if (part in old or part in new) and not (is_whole and part in _TITLES)]
    return tuple(_pair(PARTS[part], old.get(part, ""), new.get(part, "")) for part in names if old.get(part) != new.get(part))


# --- marking ------------------------------------------------------------------------------------------------------------------------


def _pair(title: str, old: str, new: str) -> Pair:
    return Pair(title, *marked(old, new))


def marked(old: str, new: str) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    """Both texts in stretches, those marked that the other one lacks. Joined again each side is the text it was."""
    if not old or not new or len(old) * len(new) > _MOST_MARKED:
        return _whole(old), _whole(new)
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    if matcher.ratio() < 0.4:
        return _whole(old), _whole(new)
    sides: tuple[list[Part], list[Part]] = ([], [])
    for tag, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        for side, text in zip(sides, (old[old_from:old_to], new[new_from:new_to]), strict=True):
            if text:
                side.append(Part(text, tag != "equal"))
    return tuple(sides[0]), tuple(sides[1])


def _whole(text: str) -> tuple[Part, ...]:
    return (Part(text, True),) if text else ()
