"""Which staff opened the applicant's cases, as the trail has it; for 谁查看过我的信息 (domain §16)."""

from dataclasses import dataclass
from datetime import datetime

from hall.services.cases.models import Case
from hall.services.cases.moves import scope
from hall.support.access.actors import Actor, Role
from hall.support.audit import trail

MOST_CASES = 200
READ = "case.read"


@dataclass(frozen=True, slots=True)
class ReadingRow:
    """Somebody of `department_code` (empty: supervision) opened a case. `what` is the trail's word: "case page", "material"."""

    entry_id: int
    at: datetime
    department_code: str
    what: str
    serial: str
    item_name: str


def readings_of(actor: Actor, *, before: int | None, limit: int) -> list[ReadingRow]:
    """Readings of the actor's last 200 cases by staff, newest first, keyset by `before`. Two SQL queries."""
    if not actor.has(Role.CITIZEN):
        return []
    cases = Case.objects.filter(scope(actor), serial__isnull=False).order_by("-pk").values_list("serial", "item_name")[:MOST_CASES]
    names = {serial: name for serial, name in cases if serial}
    entries = trail.entries_about(names, deed=READ, before=before, limit=limit)
    return [ReadingRow(e.entry_id, e.at, e.department_code, e.detail, e.subject, names[e.subject]) for e in entries]
