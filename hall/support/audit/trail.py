"""Recording, sealing and verifying the trail.

Entries are written unchained, in the deed's transaction, so that deeds do not queue behind one chain head; the sealing job
chains them seconds later (docs/decisions/0004-audit-sealed-after-commit.md).
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import connection, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from hall.support.access.actors import Actor
from hall.support.audit.models import TrailEntry, TrailSeal

GENESIS = "0" * 64
# More than ever commit out of order; few enough to look through every few seconds, however long the trail.
LOOKBACK = 20_000
_SEAL_LOCK = 0x68616C6C  # advisory lock: one sealer at a time
_RECORD = (
    "INSERT INTO audit_entry (at, actor_id, actor_roles, department_code, address, deed, subject, outcome, detail)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)"
)
_COLUMNS = ("pk", "at", "actor_id", "actor_roles", "department_code", "address", "deed", "subject", "outcome", "detail")


@dataclass(frozen=True, slots=True)
class EntryRow:
    """One line of the trail, as the auditor reads it."""

    entry_id: int
    at: datetime
    actor_id: int | None
    actor_roles: str
    department_code: str
    address: str
    deed: str
    subject: str
    outcome: str
    detail: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What `verify` found. `faults` are sentences; empty means that the chain holds. `head` is the last hash."""

    entries: int
    unsealed: int
    head: str
    faults: tuple[str, ...]


def record(actor: Actor, deed: str, subject: str, *, outcome: str = "done", detail: str = "", at: datetime | None = None) -> None:
    """Write one deed into the trail, in the caller's transaction. One SQL statement.

    `deed` is a word like `case.accepted`, `subject` an opaque key (serial number, row id), `detail` a few plain words;
    never names, identity numbers or form contents. What a machine client did carries the client's name. Source: §7.1 安全审计; domain.md §16.
    """
    if actor.client_id:
        detail = f"client={actor.client_id} {detail}".strip()
    roles = ",".join(sorted(actor.roles))
    values = (
        at or timezone.now(),
        actor.account_id,
        roles,
        actor.department_code or "",
        actor.address,
        deed,
        subject[:80],
        outcome,
        detail[:300],
    )
    with connection.cursor() as cursor:
        cursor.execute(_RECORD, values)


def _digest(previous: str, row: EntryRow) -> str:
    content = [row.entry_id, row.at.astimezone(UTC).isoformat(), row.actor_id, row.actor_roles, row.department_code, row.address]
    content += [row.deed, row.subject, row.outcome, row.detail]
    return hashlib.sha256((previous + json.dumps(content, ensure_ascii=False)).encode()).hexdigest()


@transaction.atomic
def seal(*, batch: int = 5000, lookback: int | None = LOOKBACK) -> int:
    """Chain committed entries that have no seal yet, oldest first; returns how many. Safe to run anywhere, any time.

    A slow transaction commits smaller ids later than larger ones, so we look back by `lookback` ids; None looks at the whole trail,
    which the hourly job does.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_SEAL_LOCK])
        if not cursor.fetchone()[0]:
            return 0
    last = TrailSeal.objects.order_by("-position").first()
    position, digest = (last.position, last.hash) if last else (0, GENESIS)
    since = last.entry_id - lookback if last and lookback is not None else 0
    sealed = TrailSeal.objects.filter(entry_id=OuterRef("pk"), entry_id__gt=since)
    rows = TrailEntry.objects.filter(~Exists(sealed), pk__gt=since).order_by("pk")[:batch].values_list(*_COLUMNS)
    seals = []
    for row in rows:
        entry = EntryRow(*row)
        position, digest = position + 1, _digest(digest, entry)
        seals.append(TrailSeal(position=position, entry_id=entry.entry_id, hash=digest))
    TrailSeal.objects.bulk_create(seals, batch_size=1000)
    return len(seals)


def seal_all(*, lookback: int | None = None) -> int:
    """Chain everything that is committed now, batch by batch; returns how many."""
    done = 0
    while sealed := seal(lookback=lookback):
        done += sealed
    return done


def head() -> str:
    """The last hash of the chain, to be noted down elsewhere; `verify` then finds a cut tail. One SQL query."""
    last = TrailSeal.objects.order_by("-position").values_list("hash", flat=True).first()
    return last or GENESIS


def _sealed() -> Iterator[tuple[int, str, EntryRow | None]]:
    columns = ", ".join(f"e.{'id' if name == 'pk' else name}" for name in _COLUMNS)
    sql = f"SELECT s.position, s.hash, {columns} FROM audit_seal s LEFT JOIN audit_entry e ON e.id = s.entry_id ORDER BY s.position"  # noqa: S608  (fixed column names)
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(sql)
        for position, digest, *rest in cursor:
            yield position, digest, EntryRow(*rest) if rest[0] is not None else None


def verify(*, expected_head: str | None = None) -> Verdict:
    """Recompute the whole chain and name every break: changed, removed, inserted or reordered entries, a cut tail.

    `expected_head` is a hash noted down earlier; it must still be on the chain, which finds a cut tail.
    """
    faults: list[str] = []
    head, expected_position, entries, is_head_seen = GENESIS, 1, 0, expected_head in {None, GENESIS}
    for position, digest, entry in _sealed():
        if position != expected_position:
            faults.append(f"seal {expected_position} is missing (next is {position})")
        if entry is None:
            faults.append(f"entry of seal {position} was removed")
        elif _digest(head, entry) != digest:
            faults.append(f"entry {entry.entry_id} or its order was changed (seal {position})")
        head, expected_position, entries = digest, position + 1, entries + 1
        is_head_seen = is_head_seen or digest == expected_head
        if len(faults) >= 20:
            break
    if not is_head_seen and not faults:
        faults.append("the noted head is not on the chain: the tail was cut or rewritten")
    unsealed = TrailEntry.objects.filter(trailseal__isnull=True).count()
    return Verdict(entries=entries, unsealed=unsealed, head=head, faults=tuple(faults))


def entries_before(*, before: int | None = None, subject: str = "", limit: int = 50) -> list[EntryRow]:
    """The newest entries, before an entry id (keyset), of one subject if given. One SQL query."""
    rows = TrailEntry.objects.order_by("-pk")
    if before:
        rows = rows.filter(pk__lt=before)
    if subject:
        rows = rows.filter(subject=subject)
    return [EntryRow(*row) for row in rows.values_list(*_COLUMNS)[:limit]]


def entries_about(subjects: Iterable[str], *, deed: str, before: int | None, limit: int) -> list[EntryRow]:
    """The newest entries of one deed about any of these subjects, before an entry id (keyset). One SQL query, none for no subjects."""
    wanted = list(subjects)
    if not wanted:
        return []
    rows = TrailEntry.objects.filter(subject__in=wanted, deed=deed).order_by("-pk")
    if before:
        rows = rows.filter(pk__lt=before)
    return [EntryRow(*row) for row in rows.values_list(*_COLUMNS)[:limit]]
