"""Finding the plugins of a port by their entry points, and calling them so that a broken one harms nobody else."""

import dataclasses
import inspect
import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from importlib import metadata
from typing import Any, TypeVar

from django.db import DatabaseError, InterfaceError
from django.utils import timezone

from hall.integration.plugins import beat, exchanges, guard, ports, shape, stored
from hall.integration.plugins.exchanges import Called, Outcome
from hall.integration.plugins.guard import Reach
from hall.integration.plugins.stored import Stored
from hall.integration.ports import wire
from hall.integration.ports.plugin import Setting

log = logging.getLogger("hall.plugins")
T = TypeVar("T")
UNREADABLE = "its settings were sealed under another HALL_FIELD_KEY: enter them again"


class PluginState(StrEnum):
    READY = "ready"
    OFF = "off"  # installed, not set up here
    BROKEN = "broken"
    PAUSED = "paused"  # set up, and stopped for a while in the console


@dataclass(frozen=True, slots=True)
class Found:
    """One entry point and what became of it. `plugin` is there only when READY or PAUSED; `fault` says in a line what broke.

    `departments` empty: for the whole hall. `package` and `version` are of the distribution that brought it.
    """

    name: str
    state: PluginState
    plugin: Any = None
    fault: str = ""
    group: str = ""
    title: str = ""
    package: str = ""
    version: str = ""
    settings: tuple[Setting, ...] = ()
    departments: frozenset[str] = frozenset()
    reach: Reach | None = None
    values: Mapping[str, str] = field(default_factory=dict, repr=False)  # what it read
    asked: tuple[str, ...] = ()  # the names of all settings it looked for


class PluginBroken(OSError):
    """A plugin failed in a way that its port does not know. An OSError, so that callers try again after it was mended."""


@dataclass
class _Known:
    """What this process knows. Plugins are made once and kept while what the console says of them stays the same."""

    stored: Mapping[tuple[str, str], Stored] | None = None
    listed: dict[str, tuple[Found, ...]] = field(default_factory=dict)
    made: dict[tuple[str, str], tuple[int, Found]] = field(default_factory=dict)


_known = _Known()
_lock = threading.RLock()


def found(group: str) -> tuple[Found, ...]:
    """All plugins of an entry-point group, by name, each made once per process from the environment and the console's settings.

    A plugin that cannot be loaded or made is listed as BROKEN and logged; the others are not touched by it. One SQL statement for the
    first group of a process, none later: changes are noticed by the beat.
    """
    beat.start()
    listed = _known.listed.get(group)
    if listed is None:
        with _lock:
            listed = _known.listed.get(group) or _list(group)
    return listed


def ready(group: str, department_code: str = "") -> dict[str, Any]:
    """The plugins of a group that can be used, by the names of their entry points: the department's own first, then the hall's."""
    usable = [row for row in found(group) if row.state is PluginState.READY]
    own = [row for row in usable if department_code and department_code in row.departments]
    return {row.name: row.plugin for row in (*own, *(row for row in usable if not row.departments))}


def forget() -> None:
    """Make the plugins anew at the next look, for instance after the environment changed."""
    with _lock:
        _known.stored = None
        _known.listed.clear()
        _known.made.clear()


@beat.every_beat
def refresh() -> bool:
    """Look whether the console changed anything, and take it over; whether it did. One SQL statement, two after a change."""
    with _lock:
        if _known.stored is None or stored.stamp() == stored.stamp_of(_known.stored):
            return False
        _known.stored = None
        _known.listed.clear()
        return True


def _list(group: str) -> tuple[Found, ...]:
    points = sorted(metadata.entry_points(group=group), key=lambda point: point.name)
    if not points:
        return ()
    is_known = True
    if _known.stored is None:
        try:
            _known.stored = stored.load()
        except (DatabaseError, InterfaceError):
            is_known = False
    rows = tuple(_listed(point, (_known.stored or {}).get((group, point.name), Stored())) for point in points)
    if is_known:
        _known.listed[group] = rows
    return rows


def _listed(point: metadata.EntryPoint, said: Stored) -> Found:
    key = (point.group, point.name)
    revision, made = _known.made.get(key, (-1, None))
    if made is None or revision != said.revision:
        made = make(point, said.settings)
        _known.made[key] = (said.revision, made)
    if said.is_unreadable:
        made = Found(point.name, PluginState.BROKEN, fault=UNREADABLE, group=point.group)
    state = PluginState.PAUSED if said.is_paused and made.state is PluginState.READY else made.state
    return dataclasses.replace(made, state=state, departments=said.departments)


def make(point: metadata.EntryPoint, settings: Mapping[str, str]) -> Found:
    """One plugin from these settings of the console and the environment. Never raises."""
    package, version = (point.dist.name, point.dist.version) if point.dist else ("", "")
    row = Found(point.name, PluginState.OFF, group=point.group, package=package, version=version)
    reading = stored.Reading((), settings)
    try:
        kind = point.load()
        declared = tuple(getattr(kind, "settings", ()))
        row = dataclasses.replace(row, title=str(getattr(kind, "title", "") or ""), settings=declared)
        reading = stored.Reading(declared, settings)
        plugin = kind.configured(reading)
    except (Exception, SystemExit) as fault:  # someone else's code: whatever it raises stays here
        line = stored.masked(f"{type(fault).__name__}: {fault}", row.settings, settings)
        log.error("event=plugin.broken group=%s name=%s fault=%r", point.group, point.name, line)
        shown = row.settings or stored.derived(reading.asked)
        return dataclasses.replace(row, state=PluginState.BROKEN, fault=line[:300], settings=shown)
    row = dataclasses.replace(row, asked=tuple(sorted(reading.asked)), settings=declared or stored.derived(reading.asked))
    if plugin is None:
        return row
    return dataclasses.replace(row, state=PluginState.READY, plugin=plugin, reach=reading.reach(), values=reading.values)


def _made_under(name: str) -> Found:
    """The plugin of a name, of whatever group; nothing is known of one that was never listed here."""
    return next((row for (_, one), (_, row) in list(_known.made.items()) if one == name), Found(name, PluginState.OFF))


def method_of(action: Callable[[], object]) -> str:
    """The method that a `lambda: plugin.method(…)` calls, for the record."""
    name, code = getattr(action, "__name__", "call"), getattr(action, "__code__", None)
    if name != "<lambda>" or code is None:
        return name
    if code.co_names:
        return str(code.co_names[-1])
    # A lambda around another: payments hand theirs on.
    inner = (cell.cell_contents for cell in getattr(action, "__closure__", None) or ())
    return next((method_of(one) for one in inner if inspect.isfunction(one)), name)


def call(
    name: str,
    action: Callable[[], T],
    *,
    known: tuple[type[Exception], ...] = (),
    request_id: str = "",
    trace: wire.Trace | None = None,
) -> T:
    """Run one call of the plugin `name`; OSError and the port's `known` exceptions pass through. It is noted, and kept within its reach.

    Raises: PluginBroken for anything else, an answer that is not of the port's shape among it. Its text, like the log line, names
    only the kind of fault: a foreign exception's own words may hold personal data.
    """
    row, method, trace = _made_under(name), method_of(action), trace or wire.Trace()
    at, began = timezone.now(), time.monotonic()
    outcome, told = Outcome.OK, ""
    broken: PluginBroken | None = None
    answer: Any = None
    try:
        with guard.within(row.reach), wire.traced(trace):
            answer = action()
        if not _has_shape(row.group, method, answer):
            outcome, told = Outcome.BROKEN, f"answer of another shape: {type(answer).__name__}"
            broken = PluginBroken(f"{name}: {method} answered something else than its port says ({type(answer).__name__})")
    except known as refused:
        outcome, told = Outcome.REFUSED, type(refused).__name__
        raise
    except OSError as away:
        outcome, told = _kind_of(away), type(away).__name__
        raise
    except (Exception, SystemExit) as fault:
        told = f"{type(fault).__name__} at {_last_place(fault)}"
        outcome, broken = Outcome.BROKEN, PluginBroken(f"{name}: {told}")
    finally:
        if row.group and not trace.is_abandoned:
            exchanges.note(
                Called(row.group, name, at, method, trace.host, int((time.monotonic() - began) * 1000), outcome,
                       trace.status, trace.sent_bytes, trace.got_bytes, request_id, told)
            )  # fmt: skip
    if broken is not None:
        # Raised outside the handler, so that the log of the job does not print the foreign exception beside it.
        log.error("event=plugin.fault name=%s fault=%s", name, told)
        raise broken
    return answer  # type: ignore[no-any-return]


def note_timeout(name: str, action: Callable[[], object], trace: wire.Trace, *, seconds: float, request_id: str = "") -> None:
    """Note a call that was given up after so many seconds; its own end is not noted any more."""
    trace.is_abandoned = True
    row = _made_under(name)
    if not row.group:
        return
    at = timezone.now() - timedelta(seconds=seconds)
    exchanges.note(
        Called(
            row.group,
            name,
            at,
            method_of(action),
            trace.host,
            int(seconds * 1000),
            Outcome.TIMEOUT,
            request_id=request_id,
            fault="NotInTime",
        )
    )


def _has_shape(group: str, method: str, answer: object) -> bool:
    hint = ports.answer_type(group, method)
    return hint is None or shape.fits(answer, hint)


def _kind_of(away: OSError) -> Outcome:
    if isinstance(away, guard.Forbidden):
        return Outcome.FORBIDDEN
    if isinstance(away, PluginBroken):
        return Outcome.BROKEN
    return Outcome.TIMEOUT if isinstance(away, TimeoutError) else Outcome.AWAY


def _last_place(fault: BaseException) -> str:
    step = fault.__traceback__
    while step is not None and step.tb_next is not None:
        step = step.tb_next
    return f"{step.tb_frame.f_code.co_filename}:{step.tb_lineno}" if step else "?"
