"""What the console keeps of each plugin, and how a plugin reads its settings: the environment first, then the console, then its default."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.conf import settings as hall_settings
from django.core.exceptions import ImproperlyConfigured
from django.db.models import Sum

from hall.integration.plugins import guard
from hall.integration.plugins.models import Plugin
from hall.integration.ports.plugin import Setting, SettingKind
from hall.support.environment import env
from hall.support.identity import protection

SEALED = "plugin.settings"
HIDDEN = "••••"


@dataclass(frozen=True, slots=True)
class Stored:
    """One row. A plugin without one: on, for the whole hall, nothing set."""

    settings: Mapping[str, str] = field(default_factory=dict, repr=False)
    departments: frozenset[str] = frozenset()
    is_paused: bool = False
    revision: int = 0
    is_unreadable: bool = False


def load() -> Mapping[tuple[str, str], Stored]:
    """All rows, by group and name. One SQL statement."""
    return {(row.group, row.name): of_row(row) for row in Plugin.objects.all()}


def of_row(row: Plugin) -> Stored:
    """One row, opened; one that was sealed under another key says so and is not used."""
    try:
        settings, is_unreadable = opened(row.settings), False
    except protection.Unreadable:
        settings, is_unreadable = {}, True
    return Stored(settings, frozenset(row.departments), row.is_paused, row.revision, is_unreadable)


def opened(sealed: bytes | memoryview | None) -> dict[str, str]:
    """The settings of a row."""
    return protection.decrypt_json(bytes(sealed), purpose=SEALED) if sealed else {}


def stamp() -> int:
    """What changes with every change in the console. One SQL statement over a row for each plugin."""
    return Plugin.objects.aggregate(sum=Sum("revision"))["sum"] or 0


def stamp_of(rows: Mapping[tuple[str, str], Stored]) -> int:
    """The stamp under which these rows were read."""
    return sum(row.revision for row in rows.values())


_SECRET_ENDS = ("_KEY", "_SECRET", "_PASSWORD", "_TOKEN")


def derived(asked: Iterable[str]) -> tuple[Setting, ...]:
    """The form of a plugin that declares no settings: the names it asked for, by what they end with. Later names appear once it asks."""
    return tuple(
        Setting(
            name,
            name,
            SettingKind.URL if name.endswith("_URL") else SettingKind.SECRET if name.endswith(_SECRET_ENDS) else SettingKind.TEXT,
            "这个插件没有说明这项设置",
        )
        for name in sorted(asked)
    )


def from_environment(name: str) -> str | None:
    """What the environment says of a setting; "" when it names a file that cannot be read: the plugin then says what is wrong."""
    try:
        return env(name)
    except ImproperlyConfigured:
        return ""


class Reading:
    """Reads the settings of one plugin, and remembers which it asked for and where they came from."""

    def __init__(self, declared: Iterable[Setting], console: Mapping[str, str]) -> None:
        self._defaults = {one.name: one.default for one in declared if one.default}
        self._console = console
        self._trusted: dict[str, str] = {}
        self.values: dict[str, str] = {}
        self.asked: set[str] = set()

    def __call__(self, name: str) -> str | None:
        self.asked.add(name)
        given = env(name)
        value = given if given is not None else (self._console.get(name) or self._defaults.get(name))
        if value is not None:
            self.values[name] = value
            if given is not None:
                self._trusted[name] = given
        return value

    def reach(self) -> guard.Reach:
        """Where these settings let the plugin connect to."""
        return guard.reach_of(
            self.values, trusted=self._trusted, networks=hall_settings.PLUGIN_PRIVATE_NETWORKS, hosts=hall_settings.PLUGIN_PRIVATE_HOSTS
        )


def masked(text: str, declared: Iterable[Setting], console: Mapping[str, str]) -> str:
    """A text of a plugin without its secrets, should it name one."""
    for one in declared:
        if one.kind is SettingKind.SECRET:
            for value in filter(None, (from_environment(one.name), console.get(one.name))):
                text = text.replace(value, HIDDEN) if len(value) > 3 else text
    return text
