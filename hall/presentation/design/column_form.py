"""The columns of a table in the making as rows of inputs, and back."""

import copy
from typing import Any

from hall.presentation.design.form_texts import Texts, kind_of_stored, limit_text, read_limit, set_text, text_of
from hall.support.formrules.editing import free_name
from hall.support.formrules.vocabulary import MOST_COLUMNS, Kind

# The kinds of a column by their names, and what a new one begins with.
COLUMN_KINDS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("text", "文字", {"type": "string"}),
    ("number", "数字", {"type": "number"}),
    ("integer", "整数", {"type": "integer"}),
    ("amount", "金额", {"type": "integer", "x-widget": "amount"}),
    ("date", "日期", {"type": "string", "format": "date"}),
    ("select", "选项", {"type": "string", "x-widget": "select"}),
    ("mobile", "手机号码", {"type": "string", "x-widget": "mobile", "x-mask": "phone"}),
    ("id_number", "身份证号码", {"type": "string", "x-widget": "id_number", "x-mask": "id_number"}),
    ("uscc", "统一社会信用代码", {"type": "string", "x-widget": "uscc"}),
    ("region", "行政区划", {"type": "string", "x-widget": "region"}),
    ("computed", "自动计算", {"type": "number", "x-widget": "computed"}),
)
_KINDS = {key: stored for key, _, stored in COLUMN_KINDS}
OPERATIONS = (("multiply", "相乘"), ("sum", "相加"), ("subtract", "相减"), ("divide", "相除"))


class ColumnForm:
    """The columns of a table by their inputs `col.<place>.<part>`."""

    def __init__(self, items: dict[str, Any]) -> None:
        self.items = items
        properties = items.get("properties", {})
        self.names = [name for name in items.get("x-columns", ()) if isinstance(properties.get(name), dict)]
        self.stored: dict[str, dict[str, Any]] = {name: properties[name] for name in self.names}

    def texts(self) -> dict[str, str]:
        """What stands in the inputs."""
        found: dict[str, str] = {}
        for at, name in enumerate(self.names):
            stored, head = self.stored[name], f"col.{at}."
            compute = stored.get("x-compute", {})
            found |= {
                f"{head}title": text_of(stored.get("title")),
                f"{head}kind": self._key(stored),
                f"{head}x-unit": text_of(stored.get("x-unit")),
                f"{head}required": "1" if name in self.items.get("required", ()) else "",
                f"{head}minimum": limit_text(stored, "minimum"),
                f"{head}maximum": limit_text(stored, "maximum"),
                f"{head}options": "\n".join(text_of(option.get("title")) for option in stored.get("oneOf", ())),
                f"{head}op": text_of(compute.get("op")),
                f"{head}money": "1" if compute.get("as") == "amount" else "",
            }
            found |= {f"{head}of.{place}": text_of(one) for place, one in enumerate(compute.get("of", ()))}
        return found

    def _key(self, stored: dict[str, Any]) -> str:
        kind = kind_of_stored(stored)
        if kind is Kind.NUMBER and stored.get("type") == "integer":
            return "integer"
        return "select" if kind is Kind.CHOICE else kind.value

    def places(self) -> range:
        """The rows of the page: every column, and one more while there is room."""
        return range(min(len(self.names) + 1, MOST_COLUMNS))

    def operands(self) -> list[tuple[str, str]]:
        """What a computed column may be made of."""
        return [(name, text_of(stored.get("title"))) for name, stored in self.stored.items() if stored.get("type") in {"number", "integer"}]

    def read(self, sent: Texts) -> dict[str, Any]:
        """The rows of the table as they were written; untouched columns stay as they were stored."""
        items = copy.deepcopy(self.items)
        before = self.texts()
        kept: dict[str, dict[str, Any]] = {}
        required: list[str] = []
        for at in self.places():
            head = f"col.{at}."
            name = self.names[at] if at < len(self.names) else free_name({**self.stored, **kept}, "c")
            title = sent.get(f"{head}title", before.get(f"{head}title", "")).strip()
            if sent.get(f"{head}drop") == "1" or (at >= len(self.names) and not title):
                continue
            kept[name] = self._column(at, sent, before)
            if sent.get(f"{head}required", "") == "1" and "x-compute" not in kept[name]:
                required.append(name)
        old = items.get("required")
        items |= {"properties": kept, "x-columns": list(kept)}
        if required or old is not None:
            items["required"] = [name for name in old or () if name in required] + [name for name in required if name not in (old or ())]
        return items

    def _column(self, at: int, sent: Texts, before: Texts) -> dict[str, Any]:
        head = f"col.{at}."
        stored = copy.deepcopy(self.stored[self.names[at]]) if at < len(self.names) else {}
        key = sent.get(f"{head}kind", before.get(f"{head}kind", "text"))
        if key != before.get(f"{head}kind", "") and key in _KINDS:
            stored = {"title": stored.get("title", ""), **copy.deepcopy(_KINDS[key])}
        own_sent = {name.removeprefix(head): text for name, text in sent.items() if name.startswith(head)}
        own_before = {name.removeprefix(head): text for name, text in before.items() if name.startswith(head)}
        set_text(stored, "title", own_sent, own_before)
        set_text(stored, "x-unit", own_sent, own_before)
        for limit in ("minimum", "maximum"):
            text = own_sent.get(limit, own_before.get(limit, "")).strip()
            if text != own_before.get(limit, ""):
                stored.pop(limit, None)
                number = read_limit(stored, text) if text else None
                if number is not None:
                    stored[limit] = number
        if key == "select":
            self._read_options(stored, own_sent, own_before)
        if key == "computed":
            self._read_compute(stored, own_sent, own_before)
        return stored

    def _read_options(self, stored: dict[str, Any], sent: Texts, before: Texts) -> None:
        lines = [line.strip()[:60] for line in sent.get("options", before.get("options", "")).splitlines() if line.strip()]
        if lines == [line for line in before.get("options", "").splitlines() if line]:
            return
        old = {text_of(option.get("title")): option for option in stored.get("oneOf", ())}
        taken: dict[str, Any] = {str(option.get("const")): option for option in stored.get("oneOf", ())}
        options = []
        for line in dict.fromkeys(lines):
            option = old.get(line) or {"const": free_name(taken, "o"), "title": line}
            taken[option["const"]] = option
            options.append(option)
        stored["oneOf"] = options

    def _read_compute(self, stored: dict[str, Any], sent: Texts, before: Texts) -> None:
        names = ("op", "money", "of.0", "of.1")
        if all(sent.get(name, before.get(name, "") if name != "money" else "") == before.get(name, "") for name in names):
            return
        of = [sent.get(f"of.{place}", "") for place in (0, 1)] + [before.get(f"of.{place}", "") for place in range(2, 8)]
        compute: dict[str, Any] = {"op": sent.get("op") or "multiply", "of": list(dict.fromkeys(one for one in of if one))}
        is_money = sent.get("money") == "1"
        stored["x-compute"] = {**compute, "as": "amount"} if is_money else compute
        stored["type"] = "integer" if is_money else "number"
