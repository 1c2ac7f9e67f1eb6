"""What every plugin has in common, whatever its port."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, Self

# Reads one setting: `HALL_…` of the environment (also from the file that `HALL_…_FILE` names), else as saved in the console, else the
# default that the plugin declares. None: not set.
ReadSetting = Callable[[str], str | None]


class SettingKind(StrEnum):
    """How the console asks for a setting."""

    TEXT = "text"
    NUMBER = "number"  # whole, 0 or more
    URL = "url"
    SECRET = "secret"  # noqa: S105  (kept encrypted, never shown again)
    CHOICE = "choice"


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of a plugin. `name` is also the name of the variable that sets it. `choices` are (value, label)."""

    name: str
    label: str
    kind: SettingKind = SettingKind.TEXT
    help: str = ""
    default: str = ""
    is_required: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    is_long: bool = False  # several lines, such as a key in PEM


class Plugin(Protocol):
    """A class behind an entry point. It needs no import of ours: whatever has `name` and `configured` is a plugin; the rest may be absent."""

    name: str
    title: str = ""  # as administrators read it: 短信网关
    settings: tuple[Setting, ...] = ()
    # Whether whoever uses the port asks for one department's plugin, so that it may be enabled for some departments only.
    is_by_department: bool = False
    promised_seconds: float = 0  # within what its calls are done; 0: the port says nothing

    @classmethod
    def configured(cls, read: ReadSetting) -> Self | None:
        """The plugin made from its settings; None when it is not set up here. It calls nobody. Raises: ValueError for a wrong setting."""
        ...

    def probe(self) -> str | None:
        """One cheap, harmless call to the other side within three seconds, and what came of it in a few plain words. None: there is
        no such call; the hall then only opens a connection to the configured address. Raises: OSError.
        """
        return None
