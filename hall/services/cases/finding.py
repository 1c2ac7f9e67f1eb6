"""One's own cases by what stands in the search box; part of `queries` (§5.8.4)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from hall.services.cases.models import Case
from hall.services.cases.moves import scope
from hall.services.cases.rules import STATE_NAMES, CaseState
from hall.services.serials import rules as serials
from hall.support.access.actors import Actor, Role

_LEAST_DIGITS, _LEAST_CHARACTERS = 6, 2


@dataclass(frozen=True, slots=True)
class FoundCase:
    """A case of the searcher's own."""

    serial: str
    item_name: str
    department_code: str
    state: CaseState
    state_name: str
    submitted_at: datetime


def own_cases_found(actor: Actor, q: str, *, item_codes: Iterable[str] = (), limit: int = 3) -> list[FoundCase]:
    """Cases of the applicant, or of the enterprise acted for, by serial number (from its beginning), by item name, or of these items;
    newest first. One SQL query, none for others."""
    if not actor.has(Role.CITIZEN):
        return []
    text = "".join(q.split())[:100].replace("\0", "")
    found = Q(item_code__in=list(item_codes))
    if text.replace("-", "").isdecimal() and len(digits := serials.normalised(text)) >= _LEAST_DIGITS:
        found |= Q(serial__startswith=digits)
    elif len(text) >= _LEAST_CHARACTERS:
        found |= Q(item_name__icontains=text)
    cases = Case.objects.filter(scope(actor), found, serial__isnull=False).order_by("-pk")
    rows = cases.values_list("serial", "item_name", "department_code", "state", "submitted_at")[:limit]
    return [
        FoundCase(serial or "", name, department, CaseState(state), STATE_NAMES[CaseState(state)], submitted_at)
        for serial, name, department, state, submitted_at in rows
    ]


def own_case_item(actor: Actor, serial: str) -> str | None:
    """The item of a case in the actor's scope that has not ended; None otherwise. One SQL query."""
    return Case.objects.filter(scope(actor), serial=serial, closed_at__isnull=True).values_list("item_code", flat=True).first()
