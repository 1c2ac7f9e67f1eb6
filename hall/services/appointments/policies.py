"""The one row of limits: read for every booking, written by the administrator's command."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from hall.services.appointments.models import Policy
from hall.services.appointments.policy import DEFAULTS, FIELD_NAMES, PolicyRow, check_policy

# For a statement that reads them along, as p.
COLUMNS = ", ".join(f"p.{name}" for name in FIELD_NAMES)


def current() -> PolicyRow:
    """The limits that hold now. One SQL query."""
    return row_of(Policy.objects.values_list(*FIELD_NAMES).first())


def row_of(values: Sequence[Any] | None) -> PolicyRow:
    """The limits out of `COLUMNS`; the defaults where there is no row, or one of nulls."""
    if values is None or values[0] is None:
        return DEFAULTS
    row = dict(zip(FIELD_NAMES, values, strict=True))
    return PolicyRow(**row | {"remind_minutes": tuple(row["remind_minutes"])})


def write(policy: PolicyRow) -> None:
    """Store them. Raises: BadPolicy."""
    check_policy(policy)
    values = asdict(policy)
    values["remind_minutes"] = sorted(set(policy.remind_minutes), reverse=True)
    Policy.objects.update_or_create(pk=1, defaults=values)
