"""Checking one row field by field: each fault becomes a problem with file, line, field and reason. Pure."""

import dataclasses
import re
from collections.abc import Collection, Iterable
from typing import Any

from hall.services.catalogue.report import Problem
from hall.services.catalogue.rules import Word

_ABSENT: Any = object()
# Control characters break pages and PostgreSQL refuses NUL; line feeds and tabs are welcome in long texts.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_MOST_MEMBERS = 200


class Cells:
    """One row under check. Every getter gives back a usable value, also after a fault; `is_bad` says whether there was one."""

    def __init__(self, file: str, line: int, values: dict[str, Any], problems: list[Problem], prefix: str = "") -> None:
        self._file, self._line, self._values, self._problems, self._prefix = file, line, values, problems, prefix
        self._read: set[str] = set()
        self.is_bad = False

    def fail(self, field: str, reason: str) -> None:
        """Note a fault of this row."""
        self.is_bad = True
        self._problems.append(Problem(self._file, self._line, self._prefix + field, reason))

    def has(self, field: str) -> bool:
        """Whether the row says anything in this field; null counts as nothing, and as known."""
        self._read.add(field)
        return self._values.get(field) is not None

    def _get(self, field: str, default: Any) -> Any:
        self._read.add(field)
        value = self._values.get(field)
        if value is not None:
            return value
        if default is _ABSENT:
            self.fail(field, "缺少这一项")
        return _ABSENT

    def _clean(self, field: str, value: Any, most: int) -> str:
        if not isinstance(value, str):
            self.fail(field, "应是文字")
            return ""
        text = value.strip()
        if _CONTROL.search(text):
            self.fail(field, "含有不能显示的字符")
        elif len(text) > most:
            self.fail(field, f"最多 {most} 个字，现在是 {len(text)} 个")
        else:
            return text
        return ""

    def text(self, field: str, *, most: int, default: Any = _ABSENT) -> str:
        """A text of at most `most` characters; without a default it must be there and not be empty."""
        value = self._get(field, default)
        if value is _ABSENT:
            return "" if default is _ABSENT else str(default)
        text = self._clean(field, value, most)
        if not text and default is _ABSENT and isinstance(value, str) and not value.strip():
            self.fail(field, "不能为空")
        return text or ("" if default is _ABSENT else str(default))

    def form(self, field: str, pattern: str, says: str, default: Any = _ABSENT) -> str:
        """A text of a given form; `says` describes the form."""
        text = self.text(field, most=60, default=default)
        if text and text != default and not re.fullmatch(pattern, text):
            self.fail(field, f"“{text}”应为{says}")
        return text

    def word(self, field: str, words: type[Word], default: Any = _ABSENT) -> str:
        """One value of a closed list."""
        value = self._get(field, default)
        if value is _ABSENT:
            return next(iter(words)).value if default is _ABSENT else str(default)
        if value == default:
            return str(default)
        return self._one_of(field, value, [word.value for word in words])

    def _one_of(self, field: str, value: Any, choices: list[str]) -> str:
        if isinstance(value, str) and value.strip() in choices:
            return value.strip()
        self.fail(field, f"{_shown(value)}应是 {'、'.join(choices)} 之一")
        return choices[0]

    def whole(self, field: str, *, least: int = 0, most: int, default: Any = _ABSENT) -> int:
        """A whole number in a range, as JSON number or as digits."""
        value = self._get(field, default)
        if value is _ABSENT:
            return least if default is _ABSENT else int(default)
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
            value = int(value)
        if type(value) is int and least <= value <= most:
            return value
        self.fail(field, f"{_shown(value)}应是 {least} 至 {most} 的整数")
        return least

    def flag(self, field: str, default: Any = _ABSENT) -> bool:
        """Yes or no: true and false in JSON, 1 and 0 in CSV."""
        value = self._get(field, default)
        if value is _ABSENT:
            return False if default is _ABSENT else bool(default)
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value in {"0", "1"}:
            return value == "1"
        self.fail(field, f"{_shown(value)}应是 true 或 false")
        return False

    def _list(self, field: str, default: Any) -> list[Any]:
        value = self._get(field, default)
        if value is _ABSENT:
            return []
        if not isinstance(value, list):
            self.fail(field, "应是列表")
            return []
        if len(value) > _MOST_MEMBERS:
            self.fail(field, f"最多 {_MOST_MEMBERS} 个，现在是 {len(value)} 个")
            return []
        return value

    def _once(self, field: str, members: list[str]) -> list[str]:
        for member in sorted({member for member in members if members.count(member) > 1}):
            self.fail(field, f"“{member}”出现了两次")
        return members

    def texts(self, field: str, *, most: int, default: Any = _ABSENT) -> list[str]:
        """A list of texts, none empty, none twice."""
        members = [(f"{field}[{place}]", value) for place, value in enumerate(self._list(field, default))]
        texts = []
        for name, value in members:
            text = self._clean(name, value, most)
            if isinstance(value, str) and not value.strip():
                self.fail(name, "不能为空")
            texts.append(text)
        return self._once(field, [text for text in texts if text])

    def words(self, field: str, words: type[Word], default: Any = _ABSENT) -> list[str]:
        """A list of values of a closed list, none twice; a required one holds at least one."""
        was_bad, self.is_bad = self.is_bad, False
        choices = [word.value for word in words]
        members = [self._one_of(f"{field}[{place}]", value, choices) for place, value in enumerate(self._list(field, default))]
        if not self.is_bad:
            self._once(field, members)
            if not members and default is _ABSENT:
                self.fail(field, "至少要有一个")
        self.is_bad = self.is_bad or was_bad
        return members

    def known(self, field: str, values: Iterable[str], known: Collection[str], what: str) -> None:
        """Refuse references to what does not exist."""
        for value in values:
            if value and value not in known:
                self.fail(field, f"没有编码为“{value}”的{what}")

    def parts(self, field: str, default: Any = _ABSENT) -> list["Cells"]:
        """A list of objects, each to be checked like a row."""
        found = []
        for place, value in enumerate(self._list(field, default)):
            if isinstance(value, dict):
                found.append(Cells(self._file, self._line, value, self._problems, f"{self._prefix}{field}[{place}]."))
            else:
                self.fail(f"{field}[{place}]", "应是对象")
        return found

    def part(self, field: str, default: Any = _ABSENT) -> "Cells":
        """One object, to be checked like a row."""
        value = self._get(field, default)
        if value is not _ABSENT and not isinstance(value, dict):
            self.fail(field, "应是对象")
        inner = value if isinstance(value, dict) else {}
        return Cells(self._file, self._line, inner, self._problems, f"{self._prefix}{field}.")

    def elements(self, field: str, kind: type, *, most: int = 2000) -> list[dict[str, Any]]:
        """An optional list of objects after an element's dataclass (elements.py), as plain values."""
        found = []
        for cells in self.parts(field, default=None):
            values: dict[str, Any] = {}
            for item in dataclasses.fields(kind):
                given = {} if item.default is dataclasses.MISSING else {"default": item.default}
                if item.type is int:
                    values[item.name] = cells.whole(item.name, most=3650, **given)
                else:
                    values[item.name] = cells.text(item.name, most=most, **given)
            self.take(cells)
            found.append(values)
        return found

    def ignored(self, *fields: str) -> None:
        """Fields that may stand there and are not used."""
        self._read.update(fields)

    def take(self, part: "Cells") -> None:
        """Close a part: its unknown fields and its faults are this row's."""
        part.close()
        self.is_bad = self.is_bad or part.is_bad

    def close(self) -> None:
        """Refuse fields that nobody asked for: most are misspelt optional ones, which would be lost in silence."""
        for field in self._values:
            if field not in self._read:
                self.fail(field, "没有这样的字段")


def _shown(value: object) -> str:
    text = str(value)
    return f"“{text[:40]}”" if isinstance(value, str | int | float | bool) else "这个值"
