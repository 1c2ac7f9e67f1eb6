"""Finding the plugins of a port by their entry points, and calling them so that a broken one harms nobody else."""

import functools
import logging
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from importlib import metadata
from typing import Any, TypeVar

from hall.support.environment import env

log = logging.getLogger("hall.plugins")
T = TypeVar("T")


class PluginState(StrEnum):
    READY = "ready"
    OFF = "off"  # installed, not set up here
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Found:
    """One entry point and what became of it. `plugin` is there only when READY; `fault` says in a line what broke."""

    name: str
    state: PluginState
    plugin: Any = None
    fault: str = ""


class PluginBroken(OSError):
    """A plugin failed in a way that its port does not know. An OSError, so that callers try again after it was mended."""


@functools.cache
def found(group: str) -> tuple[Found, ...]:
    """All plugins of an entry-point group, by name, each made once per process from the environment.

    A plugin that cannot be loaded or made is listed as BROKEN and logged; the others are not touched by it.
    """
    return tuple(_make(point) for point in sorted(metadata.entry_points(group=group), key=lambda point: point.name))


def ready(group: str) -> dict[str, Any]:
    """The plugins of a group that can be used, by the names of their entry points."""
    return {row.name: row.plugin for row in found(group) if row.state is PluginState.READY}


def forget() -> None:
    """Make the plugins anew at the next look, for instance after the environment changed."""
    found.cache_clear()


def _make(point: metadata.EntryPoint) -> Found:
    try:
        plugin = point.load().configured(env)
    except Exception as fault:  # someone else's code: whatever it raises stays here
        line = f"{type(fault).__name__}: {fault}"
        log.error("event=plugin.broken group=%s name=%s fault=%r", point.group, point.name, line)
        return Found(point.name, PluginState.BROKEN, fault=line[:300])
    return Found(point.name, PluginState.OFF) if plugin is None else Found(point.name, PluginState.READY, plugin)


def call(name: str, action: Callable[[], T], *, known: tuple[type[Exception], ...] = ()) -> T:
    """Run one call of the plugin `name`; OSError and the port's `known` exceptions pass through.

    Raises: PluginBroken for anything else. Its text, like the log line, names only the kind of fault: a foreign exception's own
    words may hold personal data.
    """
    passing: tuple[type[Exception], ...] = (OSError, *known)
    try:
        return action()
    except passing:
        raise
    except Exception as fault:
        place = _last_place(fault)
        log.error("event=plugin.fault name=%s fault=%s at=%s", name, type(fault).__name__, place)
        broken = PluginBroken(f"{name}: {type(fault).__name__} at {place}")
    # Raised outside the handler, so that the log of the job does not print the foreign exception beside it.
    raise broken


def _last_place(fault: Exception) -> str:
    step = fault.__traceback__
    while step is not None and step.tb_next is not None:
        step = step.tb_next
    return f"{step.tb_frame.f_code.co_filename}:{step.tb_lineno}" if step else "?"
