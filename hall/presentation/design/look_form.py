"""A condition as rows of choices, each "this field, this answer", and back."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from hall.presentation.design.form_texts import Texts, is_money, kind_of_stored, read_limit, text_of
from hall.support.formrules.conditions import MOST_LOOKS
from hall.support.formrules.values import plain_number
from hall.support.formrules.vocabulary import OPTION_KINDS, Kind

_LIMITS = ("at_least", "at_most")
_SILENT = frozenset({Kind.NOTE, Kind.COMPUTED, Kind.PROMISE})


def _written(look: Mapping[str, Any]) -> str:
    return json.dumps(look, ensure_ascii=False, sort_keys=True)


class LookForm:
    """The rows of one condition; `prefix` names its inputs."""

    def __init__(self, prefix: str, stored: Any, earlier: Sequence[tuple[str, dict[str, Any]]]) -> None:
        self.prefix, self.stored, self.earlier = prefix, stored, dict(earlier)
        self.looks, self.mode = self._parts()

    def _parts(self) -> tuple[list[dict[str, Any]], str]:
        if not isinstance(self.stored, dict):
            return [], "all"
        for word in ("all", "any"):
            if isinstance(self.stored.get(word), list):
                return [one for one in self.stored[word] if isinstance(one, dict)], word
        return [self.stored], "all"

    def texts(self) -> dict[str, str]:
        """What stands in the inputs."""
        found = {f"{self.prefix}.mode": self.mode}
        for at, look in enumerate(self.looks):
            word = next((word for word in _LIMITS if word in look), "")
            bare = {key: None if key == word else value for key, value in look.items()}
            found[f"{self.prefix}.{at}.look"] = _written(bare)
            found[f"{self.prefix}.{at}.limit"] = self._limit_text(look, word) if word else ""
        return found

    def _limit_text(self, look: Mapping[str, Any], word: str) -> str:
        value = look[word]
        if isinstance(value, bool) or not isinstance(value, int | float):
            return text_of(value)
        return plain_number(value / 100 if is_money(self.earlier.get(str(look.get("field")), {})) else value)

    def rows(self, texts: Texts) -> list[tuple[int, str, str]]:
        """Place, chosen look and limit of each row, and one row more."""
        places = range(min(len(self.looks) + 1, MOST_LOOKS))
        return [(at, texts.get(f"{self.prefix}.{at}.look", ""), texts.get(f"{self.prefix}.{at}.limit", "")) for at in places]

    def groups(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """What can be looked at: for each field before this one its answers, and looks that are stored and not among them."""
        groups = []
        offered = set()
        for name, stored in self.earlier.items():
            kind = kind_of_stored(stored)
            entries: list[tuple[dict[str, Any], str]] = []
            options = stored.get("oneOf") or (stored.get("items", {}).get("oneOf") if kind is Kind.MULTI else None) or ()
            if kind in OPTION_KINDS:
                entries += [({"field": name, "equals": o.get("const")}, f"选“{o.get('title')}”") for o in options]
                entries += [({"field": name, "not_in": [o.get("const")]}, f"没有选“{o.get('title')}”") for o in options]
            if kind is Kind.YES_NO:
                entries += [({"field": name, "equals": value}, f"选“{word}”") for value, word in ((True, "是"), (False, "否"))]
            if kind in {Kind.NUMBER, Kind.AMOUNT, Kind.COMPUTED}:
                entries += [({"field": name, "at_least": None}, "不少于……"), ({"field": name, "at_most": None}, "不多于……")]
            if kind not in _SILENT:
                entries += [({"field": name, "is_filled": True}, "填写了"), ({"field": name, "is_filled": False}, "没有填写")]
            if entries:
                groups.append((text_of(stored.get("title")), [(_written(look), words) for look, words in entries]))
                offered |= {_written(look) for look, _ in entries}
        kept = [text for name, text in self.texts().items() if name.endswith(".look") and text not in offered]
        if kept:
            groups += [(self._title_of(text), [(text, self._told(text))]) for text in dict.fromkeys(kept)]
        return groups

    def _title_of(self, text: str) -> str:
        name = str(json.loads(text).get("field"))
        return text_of(self.earlier.get(name, {}).get("title")) or name

    def _told(self, text: str) -> str:
        look = json.loads(text)
        other = self.earlier.get(str(look.get("field")), {})
        options = other.get("oneOf") or other.get("items", {}).get("oneOf") or ()
        titles = {option.get("const"): str(option.get("title")) for option in options}
        given = [part for key, value in look.items() if key != "field" for part in (value if isinstance(value, list) else [value])]
        return ("没有选" if "not_in" in look else "选") + "或".join(f"“{titles.get(part, part)}”" for part in given)

    def read(self, sent: Texts) -> Any:
        """The condition as it was written; None for none. What was not touched stays as it was stored."""
        before = self.texts()
        places = range(min(len(self.looks) + 1, MOST_LOOKS))
        names = [f"{self.prefix}.mode", *(f"{self.prefix}.{at}.{part}" for at in places for part in ("look", "limit"))]
        if all(sent.get(name, before.get(name, "")) == before.get(name, "") for name in names):
            return self.stored
        looks = []
        for at in places:
            name = f"{self.prefix}.{at}"
            look = self._read_one(sent.get(f"{name}.look", before.get(f"{name}.look", "")), sent.get(f"{name}.limit", ""))
            if look is not None:
                looks.append(look)
        mode = sent.get(f"{self.prefix}.mode", self.mode)
        if not looks:
            return None
        return looks[0] if len(looks) == 1 else {"any" if mode == "any" else "all": looks}

    def _read_one(self, text: str, limit: str) -> dict[str, Any] | None:
        known = {value for _, entries in self.groups() for value, _ in entries}
        if text not in known:
            return None
        look: dict[str, Any] = json.loads(text)
        for word in _LIMITS:
            if word in look:
                number = read_limit(self.earlier.get(str(look["field"]), {}), limit)
                # A limit that is no number is kept as it was typed; the checks name it.
                look[word] = limit[:40] if number is None else number
        return look
