"""What the console shows of the plugins. Secrets never leave this module: it says only whether one is set."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import metadata

from django.db import connection
from django.db.models import Q

from hall.integration.plugins import finder, rules, stored
from hall.integration.plugins.finder import Found
from hall.integration.plugins.jobs import BREAKER_SILENT, KEPT_EXCHANGES
from hall.integration.plugins.models import Breaker, Exchange, Minute
from hall.integration.plugins.models import Plugin as Row
from hall.integration.plugins.ports import Port, all_ports
from hall.integration.plugins.rules import Health
from hall.integration.ports.plugin import Setting, SettingKind

HOUR = timedelta(hours=1)
QUARTER = timedelta(minutes=15)
STEP_MINUTES = 5
STEPS = 12


@dataclass(frozen=True, slots=True)
class Step:
    """Five minutes of a chart. Without calls `mean_ms` is None."""

    at: datetime
    calls: int
    failures: int
    mean_ms: int | None


@dataclass(frozen=True, slots=True)
class PluginRow:
    """One plugin in the list: its lamp, the last hour, and how its breakers stand over all processes."""

    group: str
    word: str
    kind: str
    name: str
    title: str
    package: str
    version: str
    state: str
    fault: str
    departments: frozenset[str]
    lamp: str
    lamp_words: str
    calls: int
    failures: int
    p95_ms: int | None
    breaker: str
    steps: tuple[Step, ...]

    @property
    def success(self) -> str:
        """The share of calls that succeeded in the last hour: 99.5%, "—" without calls."""
        return f"{100 * (self.calls - self.failures) / self.calls:.1f}%".replace(".0%", "%") if self.calls else "—"


@dataclass(frozen=True, slots=True)
class SettingRow:
    """One setting as the form shows it: `value` is empty for a secret; `is_pinned`: the environment has it, the form cannot change it."""

    setting: Setting
    value: str
    is_set: bool
    is_pinned: bool


@dataclass(frozen=True, slots=True)
class ExchangeRow:
    """One call, masked."""

    at: datetime
    method: str
    host: str
    ms: int
    outcome: str
    status: int | None
    sent_bytes: int | None
    got_bytes: int | None
    request_id: str
    fault: str


@dataclass(frozen=True, slots=True)
class BreakerRow:
    """The breaker of one process, as it was last written down."""

    process: str
    state: str
    failures: int
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class PluginPage:
    """Everything of one plugin."""

    row: PluginRow
    port: Port
    settings: tuple[SettingRow, ...]
    read_only: tuple[str, ...]  # names that it reads without declaring them
    exchanges: tuple[ExchangeRow, ...]
    breakers: tuple[BreakerRow, ...]
    revision: int
    changed_at: datetime | None
    is_by_department: bool


def plugins(*, now: datetime) -> list[PluginRow]:
    """Every installed plugin, by kind and name. Five SQL statements."""
    finder.refresh()
    hour = _steps(now)
    open_in, p95 = _breakers(now), _p95(now)
    return [
        _row(port, one, hour.get((port.group, one.name), {}), open_in.get(one.name, set()), p95.get((port.group, one.name)), now)
        for port in all_ports()
        for one in finder.found(port.group)
    ]


def plugin(*, group: str, name: str, now: datetime) -> PluginPage | None:
    """One plugin; None for one that is not installed. Six SQL statements."""
    port = next((port for port in all_ports() if port.group == group), None)
    if port is None or not any(point.name == name for point in metadata.entry_points(group=group)):
        return None
    finder.refresh()
    one = next(found for found in finder.found(group) if found.name == name)
    breakers = tuple(
        BreakerRow(*row)
        for row in Breaker.objects.filter(name=name, seen_at__gt=now - BREAKER_SILENT)
        .order_by("process")
        .values_list("process", "state", "failures", "seen_at")
    )
    row = Row.objects.filter(group=group, name=name).first()
    said = stored.of_row(row) if row else stored.Stored()
    states = {state.state for state in breakers}
    shown = _row(port, one, _steps(now, group, name).get((group, name), {}), states, _p95(now, group, name).get((group, name)), now)
    return PluginPage(
        shown,
        port,
        tuple(_setting(setting, said.settings) for setting in one.settings),
        tuple(sorted(set(one.asked) - {setting.name for setting in one.settings})),
        _exchanges(group, name),
        breakers,
        said.revision,
        row.changed_at if row else None,
        port.is_by_department,
    )


def _setting(setting: Setting, held: Mapping[str, str]) -> SettingRow:
    kept = held.get(setting.name, "")
    given = stored.from_environment(setting.name)
    value = kept if given is None else given
    is_secret = setting.kind is SettingKind.SECRET
    return SettingRow(setting, "" if is_secret else value or setting.default, bool(value), given is not None)


def _exchanges(group: str, name: str) -> tuple[ExchangeRow, ...]:
    fields = ("at", "method", "host", "ms", "outcome", "status", "sent_bytes", "got_bytes", "request_id", "fault")
    rows = Exchange.objects.filter(group=group, name=name).order_by("-pk").values_list(*fields)[:KEPT_EXCHANGES]
    return tuple(ExchangeRow(*row) for row in rows)


def _steps(now: datetime, group: str = "", name: str = "") -> dict[tuple[str, str], dict[datetime, tuple[int, int, int]]]:
    rows = Minute.objects.filter(minute__gt=now - HOUR)
    if group:
        rows = rows.filter(group=group, name=name)
    found: dict[tuple[str, str], dict[datetime, tuple[int, int, int]]] = {}
    for row in rows.values_list("group", "name", "minute", "calls", "failures", "ms_total"):
        found.setdefault((row[0], row[1]), {})[row[2]] = (row[3], row[4], row[5])
    return found


def _breakers(now: datetime) -> dict[str, set[str]]:
    states: dict[str, set[str]] = {}
    for name, state in Breaker.objects.filter(~Q(state="closed"), seen_at__gt=now - BREAKER_SILENT).values_list("name", "state"):
        states.setdefault(name, set()).add(state)
    return states


def _p95(now: datetime, group: str = "", name: str = "") -> dict[tuple[str, str], int]:
    with connection.cursor() as cursor:
        cursor.execute(
            'SELECT "group", name, percentile_disc(0.95) WITHIN GROUP (ORDER BY ms) FROM plugins_exchange'
            " WHERE at > %s AND (%s = '' OR (\"group\" = %s AND name = %s)) GROUP BY 1, 2",
            [now - HOUR, group, group, name],
        )
        return {(row[0], row[1]): int(row[2]) for row in cursor.fetchall()}


def _row(
    port: Port, one: Found, minutes: dict[datetime, tuple[int, int, int]], breakers: set[str], p95_ms: int | None, now: datetime
) -> PluginRow:
    quarter = [sums for at, sums in minutes.items() if at > now - QUARTER]
    calls, failures, ms_total = (sum(sums[place] for sums in quarter) for place in range(3))
    health = Health(calls, failures, ms_total, is_open="open" in breakers, is_half_open="half_open" in breakers)
    lamp, words = rules.lamp_of(one.state, health)
    return PluginRow(
        port.group, port.word, port.title, one.name, one.title or one.name, one.package, one.version, one.state.value, one.fault,
        one.departments, lamp, words, sum(sums[0] for sums in minutes.values()), sum(sums[1] for sums in minutes.values()), p95_ms,
        "open" if "open" in breakers else "half_open" if "half_open" in breakers else "closed", _chart(minutes, now),
    )  # fmt: skip


def _chart(minutes: dict[datetime, tuple[int, int, int]], now: datetime) -> tuple[Step, ...]:
    begin = now.replace(second=0, microsecond=0) - timedelta(minutes=STEP_MINUTES * STEPS - 1)
    steps = []
    for place in range(STEPS):
        at = begin + timedelta(minutes=STEP_MINUTES * place)
        inside = [sums for minute, sums in minutes.items() if at <= minute < at + timedelta(minutes=STEP_MINUTES)]
        calls, failures, total = (sum(sums[which] for sums in inside) for which in range(3))
        steps.append(Step(at, calls, failures, total // calls if calls else None))
    return tuple(steps)
