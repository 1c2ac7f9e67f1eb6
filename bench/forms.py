"""Checking a form of 100 fields: the hall's whole check beside a bare jsonschema validation of the same answers"""

import time
from collections.abc import Callable, Iterator
from datetime import date
from statistics import median
from typing import Any

from jsonschema import Draft202012Validator

from bench.ground import Ground
from bench.table import Row
from hall.support.formrules.definition import FormDefinition

TODAY = date(2026, 11, 23)
GOAL_MS = 5.0


def measure(ground: Ground, *, is_quick: bool) -> Iterator[Row]:
    """The same answers checked by both, in turns; the median of all rounds."""
    rounds = 50 if is_quick else 400
    schema, sent = hundred_fields()
    definition, bare = FormDefinition.from_schema(schema), Draft202012Validator(schema)
    checked = definition.check(sent, TODAY)
    assert checked.is_valid and len(checked.values) >= 95, checked.errors
    own, theirs, partial = [], [], []
    for _ in range(rounds):
        own.append(_seconds(lambda: definition.check(sent, TODAY)))
        theirs.append(_seconds(lambda: list(bare.iter_errors(checked.values))))
        partial.append(_seconds(lambda: definition.check_partial(sent, TODAY)))
    base = median(theirs)
    yield Row(
        "check of a form of 100 fields, a table of 10 rows in it",
        f"{median(own) * 1000:.2f} ms",
        f"{median(own) / base:.2f} of bare jsonschema ({base * 1000:.2f} ms)",
        f"{GOAL_MS:.0f} ms",
        median(own) * 1000 <= GOAL_MS,
    )
    yield Row(
        "keeping the same as a draft",
        f"{median(partial) * 1000:.2f} ms",
        f"{median(partial) / base:.2f} of bare jsonschema",
        f"{GOAL_MS:.0f} ms",
        median(partial) * 1000 <= GOAL_MS,
    )
    began = time.perf_counter()
    FormDefinition.from_schema({**schema, "description": "read once"})
    yield Row("reading that form for the first time in a process", f"{(time.perf_counter() - began) * 1000:.1f} ms", "kept afterwards")


def _seconds(call: Callable[[], Any]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def hundred_fields() -> tuple[dict[str, Any], dict[str, Any]]:
    """A form with ten of each of ten kinds, half of them conditional, a table and sums; and what somebody typed into it."""
    options = [{"const": f"o{n}", "title": f"选项 {n}"} for n in range(6)]
    kinds: list[tuple[dict[str, Any], Any]] = [
        ({"type": "string", "title": "名称", "maxLength": 60}, "山东鲁味源食品有限公司"),
        ({"type": "string", "title": "选择", "oneOf": options}, "o1"),
        ({"type": "number", "title": "面积", "minimum": 1}, "1,200.5"),
        ({"type": "integer", "title": "金额", "x-widget": "amount", "minimum": 0}, "30000.50"),
        ({"type": "string", "title": "日期", "format": "date"}, "2026年1月2日"),
        ({"type": "string", "title": "身份证号码", "x-rule": "id_number"}, "11010519491231002X"),
        ({"type": "string", "title": "代码", "x-rule": "uscc"}, "91370000MA3C00001C"),
        ({"type": "string", "title": "手机", "x-rule": "mobile"}, "138 5311 2345"),
        ({"type": "array", "title": "多选", "items": {"type": "string", "oneOf": options}, "uniqueItems": True}, ["o1", "o3"]),
        ({"type": "boolean", "title": "是否"}, "yes"),
    ]
    properties: dict[str, dict[str, Any]] = {}
    sent: dict[str, Any] = {}
    for at in range(97):
        stored, value = kinds[at % 10]
        name = f"f{at}"
        properties[name] = {**stored, "title": f"{stored['title']}{at}"}
        if at > 10 and at % 2:
            properties[name]["x-shown-when"] = {"all": [{"field": "f1", "equals": "o1"}, {"field": "f2", "at_least": 100}]}
        sent[name] = value
    columns = {
        "name": {"type": "string", "title": "名称"},
        "count": {"type": "integer", "title": "数量"},
        "price": {"type": "integer", "title": "单价", "x-widget": "amount"},
        "total": {
            "type": "integer",
            "title": "小计",
            "x-widget": "computed",
            "x-compute": {"op": "multiply", "of": ["count", "price"], "as": "amount"},
        },
    }
    items = {"type": "object", "additionalProperties": False, "required": ["name"], "properties": columns, "x-columns": list(columns)}
    properties["t"] = {"type": "array", "title": "设备", "x-widget": "table", "items": items}
    properties["sum"] = {
        "type": "integer",
        "title": "合计",
        "x-widget": "computed",
        "x-compute": {"op": "sum", "of": ["t.total"], "as": "amount"},
    }
    properties["p"] = {"type": "object", "title": "期间", "x-widget": "date_range"}
    sent["t"] = [{"name": f"设备 {n}", "count": "3", "price": "1200.50"} for n in range(10)]
    sent["p"] = {"from": "2026-01-01", "to": "2026-12-31"}
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "一百个字段",
        "type": "object",
        "additionalProperties": False,
        "required": ["f0", "f1", "f2"],
        "properties": properties,
        "x-sections": [{"title": "全部", "fields": list(properties)}],
    }
    return schema, sent
