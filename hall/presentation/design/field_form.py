"""One field of a form in the making as a page shows it, and reading back what was written; what nobody touched stays as it was.

Everything is a flat set of texts by input name. What a text did not change keeps its stored shape, so a form that is only looked at and
saved again is the same form.
"""

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from hall.presentation.design.column_form import ColumnForm
from hall.presentation.design.form_texts import Texts, kind_of_stored, limit_text, read_limit, set_text, text_of
from hall.presentation.design.look_form import LookForm
from hall.support.formrules import editing
from hall.support.formrules.computing import OPERATION_NAMES
from hall.support.formrules.offering import TAKING
from hall.support.formrules.rules import RULES
from hall.support.formrules.vocabulary import (
    CHANGING_KINDS,
    DATE_RULES,
    FILE_TYPES,
    MOST_FILE_MB,
    OPTION_KINDS,
    PREFILLS,
    PROSE_KINDS,
    READ,
    STEADY_KINDS,
    USUAL_FILE_TYPES,
    Kind,
)
from hall.support.refusals import Refusal

MORE_OPTIONS = 2
MOST_OPTIONS = 200
MOST_OPERANDS = 4
PREFILL_NAMES = dict(
    zip(PREFILLS, ("本人姓名", "本人身份证号码", "本人手机号码", "企业名称", "统一社会信用代码", "法定代表人"), strict=True)
)
_KNOWN_KINDS = frozenset({Kind.TEXT, Kind.ID_NUMBER, Kind.USCC, Kind.MOBILE, Kind.ADDRESS})
_PLAIN = ("x-hint", "x-unit", "x-rule", "x-prefill", "x-mask")
_COUNTS = ("minLength", "maxLength", "minItems", "maxItems")


class BadEntry(Refusal):
    """What was written cannot be taken; the sentence says what is wrong with which entry."""


class FieldForm:
    """The settings of one field. `texts` is what stands in the inputs: the stored field, or what was sent when that was refused."""

    def __init__(self, schema: Mapping[str, Any], name: str, sent: Texts | None = None) -> None:
        self.schema, self.name = schema, name
        self.stored: dict[str, Any] = editing.properties_of(schema)[name]
        self.kind = kind_of_stored(self.stored)
        self.earlier = list(self._earlier())
        self.shown = LookForm("shown", self.stored.get("x-shown-when"), self.earlier)
        self.needed = LookForm("needed", self.stored.get("x-required-when"), self.earlier)
        items = self.stored.get("items")
        self.columns = ColumnForm(items if self.kind is Kind.TABLE and isinstance(items, dict) else {})
        self.before = self._texts()
        self.texts: Texts = self.before if sent is None else sent

    def _earlier(self) -> Iterator[tuple[str, dict[str, Any]]]:
        properties = editing.properties_of(self.schema)
        for name in editing.names_of(self.schema):
            if name == self.name:
                return
            yield name, properties[name]

    # --- what the page shows ----------------------------------------------------------------------------------------------------------

    def _texts(self) -> dict[str, str]:
        stored = self.stored
        texts = {key: text_of(stored.get(key)) for key in ("title", *_PLAIN, *_COUNTS)}
        texts |= {key: limit_text(stored, key) for key in ("minimum", "maximum")}
        texts["required"] = "yes" if editing.is_required(self.schema, self.name) else "no"
        texts["whole"] = "1" if stored.get("type") == "integer" else ""
        texts["locked"] = "1" if stored.get("x-verified") else ""
        texts["last"] = "1" if stored.get("x-last") else ""
        texts["drawn"] = "1" if stored.get("x-drawn") else ""
        accept = stored.get("x-accept", USUAL_FILE_TYPES) if self.kind is Kind.FILE else ()
        texts |= {f"accept.{one}": "1" if one in accept else "" for one in FILE_TYPES} if self.kind is Kind.FILE else {}
        texts["x-max-mb"] = text_of(stored.get("x-max-mb"))
        texts["example"] = text_of((stored.get("examples") or [""])[0])
        for at, option in enumerate(self.options):
            texts |= {f"opt.{at}.title": text_of(option.get("title")), f"opt.{at}.note": text_of(option.get("description"))}
        compute = stored.get("x-compute", {})
        texts |= {"op": text_of(compute.get("op")), "money": "1" if compute.get("as") == "amount" else ""}
        texts |= {f"of.{at}": text_of(one) for at, one in enumerate(compute.get("of", ()))}
        return texts | self.shown.texts() | self.needed.texts() | self.columns.texts()

    @property
    def options(self) -> list[dict[str, Any]]:
        """The stored options."""
        found = self.stored.get("oneOf") or self.stored.get("items", {}).get("oneOf") or []
        return [one for one in found if isinstance(one, dict)]

    def option_rows(self) -> list[tuple[int, str, str]]:
        """Place, title and note of each option, and empty rows for more."""
        rows = range(len(self.options) + MORE_OPTIONS) if self.kind in OPTION_KINDS else range(0)
        return [(at, self.texts.get(f"opt.{at}.title", ""), self.texts.get(f"opt.{at}.note", "")) for at in rows]

    def rule_options(self) -> list[tuple[str, str]]:
        """The checks of format that this kind may have."""
        if self.kind is Kind.DATE:
            return [(name, RULES[name].title) for name in sorted(DATE_RULES - {"date"})]
        if self.kind is Kind.TEXT:
            return [(name, rule.title) for name, rule in RULES.items() if name not in DATE_RULES]
        return []

    def prefill_options(self) -> list[tuple[str, str]]:
        """Where a first value of this kind may come from: what the hall knows, and what may be read from a photographed document."""
        known = list(PREFILL_NAMES.items()) if self.kind in _KNOWN_KINDS else []
        return known + [(name, f"照片里的{title}") for name, title in READ.items()] if self.kind in TAKING else known

    @property
    def is_lockable(self) -> bool:
        """Whether the hall itself can bring in a verified value."""
        return self.kind in _KNOWN_KINDS

    def operand_options(self) -> list[tuple[str, str]]:
        """What a computed field may be made of: fields before it, and columns of tables."""
        found = []
        for name, stored in self.earlier:
            kind = kind_of_stored(stored)
            if kind in {Kind.NUMBER, Kind.AMOUNT, Kind.COMPUTED, Kind.DATE, Kind.DATE_RANGE, Kind.ID_NUMBER, Kind.TABLE}:
                found.append((name, text_of(stored.get("title"))))
            if kind is Kind.TABLE:
                columns = stored.get("items", {}).get("properties", {})
                found += [
                    (f"{name}.{column}", f"{text_of(stored.get('title'))} · {text_of(columns[column].get('title'))}")
                    for column in stored["items"].get("x-columns", ())
                    if column in columns and columns[column].get("type") in {"number", "integer"}
                ]
        return found

    def operand_rows(self) -> list[tuple[int, str]]:
        """Place and present choice of each operand."""
        stored = len(self.stored.get("x-compute", {}).get("of", ()))
        return [(at, self.texts.get(f"of.{at}", "")) for at in range(max(MOST_OPERANDS, stored))]

    @property
    def is_prose(self) -> bool:
        return self.kind in PROSE_KINDS

    @property
    def last_words(self) -> str:
        """What the box for answers of an earlier case says; "" where this kind takes none."""
        if self.kind in CHANGING_KINDS:
            return "申请人以前填过的，给他看，点一下才填上"
        return "申请人以前填过的，先填上，请他核对" if self.kind in STEADY_KINDS else ""

    @property
    def operations(self) -> list[tuple[str, str]]:
        return [(operation.value, title) for operation, title in OPERATION_NAMES.items()]

    # --- what was written -------------------------------------------------------------------------------------------------------------

    def read(self) -> tuple[dict[str, Any], bool]:
        """The field as it was written, and whether it must be answered. Raises: BadEntry with the name of the input."""
        sent, before, stored = self.texts, self.before, copy.deepcopy(self.stored)
        for key in ("title", *_PLAIN):
            set_text(stored, key, sent, before)
        for key in _COUNTS:
            if sent.get(key, before[key]).strip() != before[key]:
                stored.pop(key, None)
                if text := sent[key].strip():
                    stored[key] = _count(key, text)
        self._read_numbers(stored)
        self._read_marks(stored)
        if sent.get("example", before["example"]) != before["example"]:
            stored.pop("examples", None)
            if text := sent["example"].strip()[:200]:
                stored["examples"] = [text]
        if self.kind is Kind.FILE:
            self._read_files(stored)
        if self.kind in OPTION_KINDS:
            self._read_options(stored)
        if self.kind is Kind.COMPUTED:
            self._read_compute(stored)
        if self.kind is Kind.TABLE:
            stored["items"] = self.columns.read(sent)
        self._read_looks(stored)
        return stored, sent.get("required", before["required"]) == "yes"

    def _read_marks(self, stored: dict[str, Any]) -> None:
        """Boxes that say where a first value comes from."""
        for key, word in (("locked", "x-verified"), ("last", "x-last"), ("drawn", "x-drawn")):
            if self.texts.get(key, "") != self.before[key]:
                stored.pop(word, None)
                if self.texts.get(key):
                    stored[word] = True
        if stored.get("x-prefill") not in PREFILLS:
            stored.pop("x-verified", None)

    def _read_numbers(self, stored: dict[str, Any]) -> None:
        sent, before = self.texts, self.before
        if self.kind is Kind.NUMBER and sent.get("whole", "") != before["whole"]:
            stored["type"] = "integer" if sent.get("whole") else "number"
        for key in ("minimum", "maximum"):
            if sent.get(key, before[key]).strip() != before[key]:
                stored.pop(key, None)
                if text := sent[key].strip():
                    limit = read_limit(stored, text)
                    if limit is None:
                        raise BadEntry("上限和下限应为数字，例如 100 或 0.5。", field=key)
                    stored[key] = limit

    def _read_files(self, stored: dict[str, Any]) -> None:
        sent, before = self.texts, self.before
        boxes = [f"accept.{one}" for one in FILE_TYPES]
        if any(sent.get(box, "") != before[box] for box in boxes):
            chosen = [one for one in FILE_TYPES if sent.get(f"accept.{one}")]
            if not chosen:
                raise BadEntry("请至少选一种文件格式。", field="accept.pdf")
            stored["x-accept"] = chosen
        if sent.get("x-max-mb", before["x-max-mb"]).strip() != before["x-max-mb"]:
            stored.pop("x-max-mb", None)
            if text := sent["x-max-mb"].strip():
                if not (text.isascii() and text.isdecimal() and len(text) < 4 and 1 <= int(text) <= MOST_FILE_MB):
                    raise BadEntry(f"每个文件的上限应为 1 至 {MOST_FILE_MB} 的整数（MB）。", field="x-max-mb")
                stored["x-max-mb"] = int(text)

    def _read_options(self, stored: dict[str, Any]) -> None:
        """Options keep their stored value when they are renamed: what people chose before stays what they chose."""
        taken = {str(option.get("const")): option for option in self.options}
        options = []
        for at in range(len(self.options) + MORE_OPTIONS):
            title = self.texts.get(f"opt.{at}.title", self.before.get(f"opt.{at}.title", "")).strip()[:60]
            note = self.texts.get(f"opt.{at}.note", self.before.get(f"opt.{at}.note", "")).strip()[:300]
            if title:
                options.append(self._option(at, title, note, taken))
        for line in self.texts.get("more", "").splitlines()[:MOST_OPTIONS]:
            if line.strip():
                options.append(self._option(-1, line.strip()[:60], "", taken))
        holder = stored["items"] if self.kind is Kind.MULTI else stored
        holder["oneOf"] = options[:MOST_OPTIONS]

    def _option(self, at: int, title: str, note: str, taken: dict[str, Any]) -> dict[str, Any]:
        old = self.options[at] if 0 <= at < len(self.options) else None
        if old is not None and (title, note) == (self.before[f"opt.{at}.title"], self.before[f"opt.{at}.note"]):
            return old
        value = str(old["const"]) if old is not None else editing.free_name(taken, "o")
        option: dict[str, Any] = {"const": value, "title": title}
        taken[value] = option
        return {**option, "description": note} if note else option

    def _read_compute(self, stored: dict[str, Any]) -> None:
        sent, before = self.texts, self.before
        if all(sent.get(key, before.get(key, "")) == before.get(key, "") for key in self._compute_names()):
            return
        chosen = [sent.get(f"of.{at}", before.get(f"of.{at}", "")) for at, _ in self.operand_rows()]
        compute: dict[str, Any] = {
            "op": sent.get("op", before["op"]),
            "of": list(dict.fromkeys(one for one in chosen if one)),
        }
        is_money = bool(sent.get("money"))
        stored["x-compute"] = {**compute, "as": "amount"} if is_money else compute
        is_counted = compute["op"] in {"count", "days", "age"}
        stored["type"] = "integer" if is_money or is_counted else "number"

    def _compute_names(self) -> list[str]:
        return ["op", "money", *(f"of.{at}" for at, _ in self.operand_rows())]

    def _read_looks(self, stored: dict[str, Any]) -> None:
        for key, form in (("x-shown-when", self.shown), ("x-required-when", self.needed)):
            condition = form.read(self.texts)
            stored.pop(key, None)
            if condition is not None:
                stored[key] = condition
        if "x-shown-when" not in stored:
            stored.pop("x-required-when-shown", None)


def _count(key: str, text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 5):
        raise BadEntry("字数和项数应为 0 至 4000 的整数。", field=key)
    return int(text)
