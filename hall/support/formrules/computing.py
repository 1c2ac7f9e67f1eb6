"""Computed fields: what they may be made of, and making them. Exact decimal arithmetic, money in fen. Pure."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, DivisionByZero, InvalidOperation, localcontext
from typing import Any

from hall.support.formrules.fields import Compute, Field, Operation
from hall.support.formrules.rules import RuleBroken, birth_date
from hall.support.formrules.values import MOST_NUMBER
from hall.support.formrules.vocabulary import Kind

_NUMBERS = frozenset({Kind.NUMBER, Kind.AMOUNT, Kind.COMPUTED})
# The fewest and most operands.
_ARITY: Mapping[Operation, tuple[int, int]] = {
    Operation.SUM: (1, 8),
    Operation.SUBTRACT: (2, 8),
    Operation.MULTIPLY: (2, 4),
    Operation.DIVIDE: (2, 2),
    Operation.COUNT: (1, 1),
    Operation.DAYS: (1, 2),
    Operation.AGE: (1, 1),
}
OPERATION_NAMES: Mapping[Operation, str] = {
    Operation.SUM: "合计",
    Operation.SUBTRACT: "依次相减",
    Operation.MULTIPLY: "相乘",
    Operation.DIVIDE: "相除",
    Operation.COUNT: "明细表行数",
    Operation.DAYS: "相隔天数（含首尾）",
    Operation.AGE: "周岁",
}


class BadCompute(ValueError):
    """What is wrong with how a field is computed, in words."""


def read_compute(stored: Mapping[str, Any], earlier: Mapping[str, Field]) -> Compute:
    """How a stored field is computed; `earlier` are the fields (for a column: the columns) before it. Raises: BadCompute."""
    operation, of = Operation(stored["op"]), tuple(stored["of"])
    fewest, most = _ARITY[operation]
    if not fewest <= len(of) <= most:
        wanted = f"{fewest}" if fewest == most else f"{fewest} 至 {most}"
        raise BadCompute(f"“{OPERATION_NAMES[operation]}”需要 {wanted} 项，现在是 {len(of)} 项")
    for name in of:
        _check_operand(operation, name, earlier, len(of))
    is_money = stored.get("as") == "amount"
    if is_money and operation in {Operation.COUNT, Operation.DAYS, Operation.AGE}:
        raise BadCompute(f"“{OPERATION_NAMES[operation]}”的结果不是金额")
    return Compute(operation, of, is_money)


def _check_operand(operation: Operation, name: str, earlier: Mapping[str, Field], count: int) -> None:
    table, _, column = name.partition(".")
    field = earlier.get(table)
    if field is None:
        raise BadCompute(f"{table} 不在它前面")
    if column:
        inner = field.column(column) if field.kind is Kind.TABLE else None
        if inner is None or operation is not Operation.SUM:
            raise BadCompute(f"没有可以合计的列 {name}")
        field = inner
    wanted: frozenset[Kind] = {
        Operation.COUNT: frozenset({Kind.TABLE}),
        Operation.DAYS: frozenset({Kind.DATE_RANGE}) if count == 1 else frozenset({Kind.DATE}),
        Operation.AGE: frozenset({Kind.ID_NUMBER, Kind.DATE}),
    }.get(operation, _NUMBERS)
    if field.kind not in wanted and not (operation is Operation.AGE and field.rule == "id_number"):
        raise BadCompute(f"“{field.title}”不能用于“{OPERATION_NAMES[operation]}”")


def computed(field: Field, checked: Mapping[str, Any], fields: Mapping[str, Field], today: date) -> int | float | None:
    """The value of a computed field out of checked values; None while something it needs is missing.

    A sum passes over what is missing, as one does on paper. Raises: RuleBroken for a result that no number holds.
    """
    assert field.compute is not None
    operation = field.compute.operation
    if operation in {Operation.COUNT, Operation.DAYS, Operation.AGE}:
        return _counted(operation, [checked.get(name) for name in field.compute.of], today)
    operands = [list(_numbers(name, checked, fields)) for name in field.compute.of]
    if operation is Operation.SUM:
        operands = [[number for part in operands for number in part]]
    if any(not part for part in operands):
        return None
    with localcontext() as context:
        context.prec = 40
        try:
            result = _ARITHMETIC[operation]([sum(part, Decimal(0)) for part in operands])
        except (DivisionByZero, InvalidOperation):
            return None
        return _stored(field, result)


def _product(numbers: list[Decimal]) -> Decimal:
    result = Decimal(1)
    for number in numbers:
        result *= number
    return result


_ARITHMETIC: Mapping[Operation, Callable[[list[Decimal]], Decimal]] = {
    Operation.SUM: lambda numbers: numbers[0],
    Operation.SUBTRACT: lambda numbers: numbers[0] - sum(numbers[1:], Decimal(0)),
    Operation.MULTIPLY: _product,
    Operation.DIVIDE: lambda numbers: numbers[0] / numbers[1],
}


def _numbers(name: str, checked: Mapping[str, Any], fields: Mapping[str, Field]) -> Iterator[Decimal]:
    """The numbers behind a name, in yuan where they are money."""
    table, _, column = name.partition(".")
    field, value = fields.get(table), checked.get(table)
    if field is None:
        return
    inner = field.column(column) if column else field
    values = [row.get(column) for row in value] if column and isinstance(value, list) else [value]
    for one in values:
        if inner is not None and isinstance(one, int | float) and not isinstance(one, bool):
            yield Decimal(str(one)) / (100 if inner.is_money else 1)


def _stored(field: Field, result: Decimal) -> int | float:
    if abs(result) >= MOST_NUMBER / 100:
        raise RuleBroken(f"{field.title}的计算结果过大，请核对填写的数字")
    if field.is_money:
        return int((result * 100).to_integral_value(ROUND_HALF_UP))
    if field.is_whole:
        return int(result.to_integral_value(ROUND_HALF_UP))
    rounded = result.quantize(Decimal("0.000001"), ROUND_HALF_UP)
    return int(rounded) if rounded == rounded.to_integral_value() else float(rounded)


def _counted(operation: Operation, values: list[Any], today: date) -> int | None:
    if operation is Operation.COUNT:
        return len(values[0]) if isinstance(values[0], list) else None
    if operation is Operation.AGE:
        born_on = _born_on(values[0])
        return None if born_on is None else years_between(born_on, today)
    if len(values) == 1:
        values = [values[0].get("from"), values[0].get("to")] if isinstance(values[0], Mapping) else [None, None]
    if not all(isinstance(value, str) and value for value in values):
        return None
    first, last = (date.fromisoformat(value) for value in values)
    return (last - first).days + 1 if last >= first else None


def _born_on(value: Any) -> date | None:
    if not isinstance(value, str):
        return None
    return date.fromisoformat(value) if "-" in value else birth_date(value)


def years_between(born_on: date, on: date) -> int:
    """Whole years of age on a day; who was born on 29 February is a year older on 1 March."""
    return max(on.year - born_on.year - ((on.month, on.day) < (born_on.month, born_on.day)), 0)
