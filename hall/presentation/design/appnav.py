"""One entry of the staff navigation, as base_console.html shows it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AppEntry:
    """Where, what it is called, its icon, a count to show beside it, and whether the visitor is there."""

    href: str
    title: str
    icon: str
    count: str | None = None
    is_current: bool = False
