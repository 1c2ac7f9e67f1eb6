"""Is the hall alive, and may it take visitors? Read by monitors and load balancers."""

import shutil
from dataclasses import dataclass

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection

from hall.support.jobs import worker

# A busy machine may be late with a beat; three missed ones are an outage.
WORKER_SILENT_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must hold. `note` is for the operator: words and numbers, nothing secret."""

    name: str
    is_good: bool
    note: str


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether the hall may take visitors, and each check behind the answer."""

    is_ready: bool
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True)
class Liveness:
    """The process answers; nothing else is asked, so that an outage of the database restarts nobody."""

    version: str


def liveness() -> Liveness:
    """No SQL."""
    return Liveness(version=settings.VERSION)


def readiness() -> Readiness:
    """Database, job worker and disk. Never raises; 2 SQL queries.

    Source: §7.1 系统监控; decisions: a full disk refuses uploads before it breaks the database.
    """
    checks = (*_database(), _disk())
    return Readiness(is_ready=all(check.is_good for check in checks), checks=checks)


def _database() -> tuple[Check, ...]:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        silent = worker.seconds_since_heartbeat()
    except (DatabaseError, InterfaceError) as fault:
        connection.close()
        return (Check("database", False, type(fault).__name__), Check("worker", False, "unknown without the database"))
    if silent is None:
        beat = Check("worker", False, "no worker is running")
    else:
        beat = Check("worker", silent < WORKER_SILENT_SECONDS, f"last heartbeat {silent:.0f} s ago")
    return (Check("database", True, "answers"), beat)


def _disk() -> Check:
    try:
        folder = next(place for place in (settings.FILES_DIR, *settings.FILES_DIR.parents) if place.exists())
        free = shutil.disk_usage(folder).free
    except OSError as fault:
        return Check("disk", False, fault.strerror or type(fault).__name__)
    return Check("disk", free >= settings.DISK_FLOOR_BYTES, f"{free // 1_000_000} MB free")
