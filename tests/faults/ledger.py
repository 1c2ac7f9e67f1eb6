"""The clients' own record of what was acknowledged, and its comparison with the database."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from threading import Lock

from django.db import connection

from hall.services.applications.models import Draft
from hall.services.cases.models import Case, CaseMaterial, CaseStep
from hall.services.serials.models import IssuedSerial
from hall.support.audit.models import TrailEntry


@dataclass
class Ledger:
    """Serial numbers that clients were told, by draft; and how often no answer, or no good one, came."""

    told: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    lost: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    _lock: Lock = field(default_factory=Lock)

    def acknowledged(self, draft_id: int, serial: str) -> None:
        with self._lock:
            self.told[draft_id].append(serial)

    def unanswered(self, status: int = 0) -> None:
        with self._lock:
            self.lost += 1
            self.statuses[status] += 1

    @property
    def acknowledgements(self) -> int:
        with self._lock:
            return sum(map(len, self.told.values()))


def faults(ledger: Ledger, draft_ids: Iterable[int], *, with_jobs: bool = True) -> list[str]:
    """Everything in which the database and the clients' record disagree; empty when every acknowledged case is there, whole, once.

    `with_jobs` also looks for the queued facts, where no worker has taken them away.
    """
    wanted = set(draft_ids)
    stored = dict(Draft.objects.filter(pk__in=wanted, case__isnull=False).values_list("pk", "case__serial"))
    found = [
        f"draft {draft} was told {len(set(serials))} serial numbers" for draft, serials in ledger.told.items() if len(set(serials)) > 1
    ]
    for draft, serials in ledger.told.items():
        if stored.get(draft) != serials[0]:
            found.append(f"draft {draft} was told {serials[0]}, the database has {stored.get(draft)}")
    cases = dict(Case.objects.values_list("serial", "pk"))
    if len(cases) != len(stored) or None in cases:
        found.append(f"{len(cases)} cases for {len(stored)} submitted drafts")
    if IssuedSerial.objects.count() != len(stored):
        found.append(f"{IssuedSerial.objects.count()} serial numbers for {len(stored)} submitted drafts")
    found += _incomplete(cases, with_jobs=with_jobs)
    return found


def _incomplete(cases: dict[str | None, int], *, with_jobs: bool) -> list[str]:
    counts = {
        "first step": Counter(CaseStep.objects.filter(action="submit").values_list("case_id", flat=True)),
        "material": Counter(CaseMaterial.objects.values_list("case_id", flat=True)),
        "audit entry": _by_serial(cases, TrailEntry.objects.filter(deed="application.submitted").values_list("subject", flat=True)),
    }
    found = [
        f"case {case} has {counted[case]} of {what}" for what, counted in counts.items() for case in cases.values() if counted[case] != 1
    ]
    if with_jobs:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT (args->'payload'->>'case_id')::bigint, args->>'reaction' FROM procrastinate_jobs WHERE task_name = 'fact'"
            )
            jobs = Counter(cursor.fetchall())
        reactions = {reaction for _, reaction in jobs}
        found += [f"case {case} has {jobs[case, r]} of {r}" for case in cases.values() for r in reactions if jobs[case, r] != 1]
        if cases and len(reactions) < 3:
            found.append(f"only {reactions} follow from a submission")
    return found


def _by_serial(cases: dict[str | None, int], serials: Iterable[str]) -> Counter[int]:
    return Counter(cases[serial] for serial in serials if serial in cases)
