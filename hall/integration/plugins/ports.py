"""The kinds of plugins: whatever Protocol with a group stands in `hall.integration.ports`, and what its own words say of it."""

import functools
import importlib
import inspect
import pkgutil
from dataclasses import dataclass
from importlib import metadata
from types import ModuleType
from typing import Any, get_type_hints

from hall.integration import ports

# Entry points that are no plugins of a port.
_OTHER = frozenset({"hall.simulator", "hall.rig"})


@dataclass(frozen=True, slots=True)
class Port:
    """One port: the entry-point group, its Protocol and module, and its Chinese name. `protocol` is None for a group nobody knows."""

    group: str
    title: str
    protocol: Any = None
    module: ModuleType | None = None

    @property
    def word(self) -> str:
        """The group without `hall.`, as it stands in addresses: message."""
        return self.group.removeprefix("hall.")

    @property
    def is_by_department(self) -> bool:
        return bool(getattr(self.protocol, "is_by_department", False))


@functools.cache
def known() -> dict[str, Port]:
    """Every port of the hall, by group."""
    found = {}
    for entry in sorted(pkgutil.iter_modules(ports.__path__), key=lambda entry: entry.name):
        module = importlib.import_module(f"{ports.__name__}.{entry.name}")
        for _, kind in inspect.getmembers(module, inspect.isclass):
            group = vars(kind).get("group")
            if kind.__module__ == module.__name__ and getattr(kind, "_is_protocol", False) and isinstance(group, str):
                title = (inspect.getdoc(module) or group).partition("·")[0].partition("\n")[0].strip()
                found[group] = Port(group, title, kind, module)
    return found


def all_ports() -> tuple[Port, ...]:
    """The known ports, and groups of installed plugins that this hall does not know, by group."""
    installed = {group for group in metadata.entry_points().groups if group.startswith("hall.")} - _OTHER
    return tuple(known().get(group) or Port(group, group.removeprefix("hall.")) for group in sorted(installed | known().keys()))


def port_named(word: str) -> Port | None:
    """The port of a group's last word."""
    return next((port for port in all_ports() if port.word == word), None)


@functools.cache
def answer_type(group: str, method: str) -> Any:
    """What a method of the port answers; None for a method that is no port's, or answers nothing."""
    port = known().get(group)
    function = inspect.getattr_static(port.protocol, method, None) if port else None
    return get_type_hints(function).get("return") if inspect.isfunction(function) else None
