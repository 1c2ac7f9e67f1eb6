"""Form definitions of every kind, and small ones to put together."""

from typing import Any

OPTIONS = [{"const": "new", "title": "新办"}, {"const": "mail", "title": "邮寄"}, {"const": "other", "title": "其他"}]


def make_schema(*, required: tuple[str, ...] = (), **properties: Any) -> dict[str, Any]:
    """A form with one section of these fields."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "申请表",
        "type": "object",
        "additionalProperties": False,
        "required": list(required),
        "properties": properties,
        "x-sections": [{"title": "申请", "fields": list(properties)}],
    }


def make_table(*columns: str, title: str = "生产设备", most: int = 5, **more: Any) -> dict[str, Any]:
    """A table of the named columns: name, count, price, total (count × price)."""
    known: dict[str, Any] = {
        "name": {"type": "string", "title": "设备名称"},
        "count": {"type": "integer", "title": "数量", "minimum": 1},
        "price": {"type": "integer", "title": "单价", "x-widget": "amount"},
        "total": {
            "type": "integer",
            "title": "小计",
            "x-widget": "computed",
            "x-compute": {"op": "multiply", "of": ["count", "price"], "as": "amount"},
        },
    }
    names = columns or tuple(known)
    return {
        "type": "array",
        "title": title,
        "x-widget": "table",
        "maxItems": most,
        "items": {
            "type": "object",
            "additionalProperties": False,
            "required": ["name"],
            "properties": {name: known[name] for name in names},
            "x-columns": list(names),
        },
        **more,
    }


SUM = {"type": "integer", "title": "合计", "x-widget": "computed", "x-compute": {"op": "sum", "of": ["equipment.total"], "as": "amount"}}
RANGE = {"type": "object", "title": "展览日期", "x-widget": "date_range"}
SIGNATURE = {"type": "object", "title": "申请人签名", "x-widget": "signature"}
REGION = {"type": "string", "title": "经营地区", "x-widget": "region"}
NOTE = {"type": "null", "title": "填写前请看", "x-widget": "note", "x-hint": "设备以铭牌为准。"}
KIND_OF_APPLICATION = {"type": "string", "title": "申请类型", "oneOf": OPTIONS}
NEW_SITE = {
    "type": "string",
    "title": "新增地址",
    "x-widget": "address",
    "x-shown-when": {"field": "kind", "equals": "new"},
    "x-required-when-shown": True,
}


def make_full_schema() -> dict[str, Any]:
    """A form of two pages with a condition, a table with a sum, a range, a region, a note and a signature."""
    schema = make_schema(
        required=("kind", "equipment", "signature"),
        kind=KIND_OF_APPLICATION,
        site=NEW_SITE,
        region=REGION,
        note=NOTE,
        equipment=make_table(),
        total=SUM,
        period=RANGE,
        signature=SIGNATURE,
    )
    schema["x-sections"] = [
        {"title": "申请", "fields": ["kind", "site", "region"]},
        {"title": "设备", "fields": ["note", "equipment", "total"], "x-step": True},
        {"title": "确认", "fields": ["period", "signature"]},
    ]
    return schema
