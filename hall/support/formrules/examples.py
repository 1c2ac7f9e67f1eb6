"""How a form looks filled in: values that nobody has, from the form's own examples and from the rules of its fields. Pure."""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Any

from hall.support.formrules.definition import FormDefinition
from hall.support.formrules.fields import Field
from hall.support.formrules.vocabulary import OPTION_KINDS, Kind

# By rule. The identity number is the worked example of GB 11643, the others have right check digits and belong to nobody.
_BY_RULE: Mapping[str, str] = MappingProxyType(
    {
        "id_number": "11010519491231002X",
        "uscc": "91370000MA3C00001C",
        "org_code": "D2143569-X",
        "mobile": "13800000000",
        "phone": "0531-86060606",
        "bank_card": "6228480123456789015",
        "postcode": "250001",
        "email": "zhangsan@example.cn",
        "name_zh": "张三",
        "org_name": "示例（山东）科技有限公司",
        "plate": "鲁A12345",
    }
)
_ADDRESS = "山东省济南市历下区示例路 1 号"


def example_values(definition: FormDefinition, on: date) -> dict[str, Any] | None:
    """The form filled in as on that day: what a person would type, checked like it. First options are chosen, yes-or-no says no.

    None when a field that must be filled in has no example: half a sample would teach people to leave it out.
    """
    typed: dict[str, Any] = {}
    for field in definition.fields:
        if field in definition.asked({**typed, **definition.computed(typed, on)}):
            value = _example(field, on)
            if value is not None:
                typed[field.name] = value
            elif field.is_required or field in definition.needed(typed):
                return None
    checked = definition.check(typed, on)
    return checked.values if checked.is_valid else None


def _example(field: Field, on: date) -> Any:
    if field.example:
        return field.example
    if field.kind is Kind.PROMISE:
        return "yes"
    if field.kind is Kind.YES_NO:
        return "no"
    if field.kind in OPTION_KINDS:
        chosen = [option.value for option in field.options[: max(field.min_items, 1)]]
        return chosen if field.kind is Kind.MULTI else chosen[0]
    if field.kind is Kind.DATE:
        return on.isoformat()
    if field.kind is Kind.DATE_RANGE:
        return {"from": on.isoformat(), "to": on.replace(day=28).isoformat() if on.day < 28 else on.isoformat()}
    if field.kind is Kind.FILE:
        file = {"id": "", "name": f"示例.{field.accept[0]}", "size": 0}
        return [file] * max(field.min_items, 1)
    if field.kind is Kind.SIGNATURE:
        return {"name": _BY_RULE["name_zh"], "agreed": "yes"}
    if field.kind is Kind.REGION:
        return field.options[0].value
    if field.kind is Kind.TABLE:
        row = {column.name: _example(column, on) for column in field.columns if not column.compute}
        return [row] * max(field.min_items, 1)
    if field.rule:
        return _BY_RULE.get(field.rule)
    return _ADDRESS if field.kind is Kind.ADDRESS else None
