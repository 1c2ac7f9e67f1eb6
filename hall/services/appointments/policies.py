"""The one row of limits: read for every booking, written by the administrator's command."""

from dataclasses import asdict

from hall.services.appointments.models import Policy
from hall.services.appointments.policy import DEFAULTS, FIELD_NAMES, PolicyRow, check_policy


def current() -> PolicyRow:
    """The limits that hold now. One SQL query."""
    row = Policy.objects.values(*FIELD_NAMES).first()
    if row is None:
        return DEFAULTS
    row["remind_minutes"] = tuple(row["remind_minutes"])
    return PolicyRow(**row)


def write(policy: PolicyRow) -> None:
    """Store them. Raises: BadPolicy."""
    check_policy(policy)
    values = asdict(policy)
    values["remind_minutes"] = sorted(set(policy.remind_minutes), reverse=True)
    Policy.objects.update_or_create(pk=1, defaults=values)
