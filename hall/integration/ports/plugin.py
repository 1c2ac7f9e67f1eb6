"""What every plugin has in common, whatever its port."""

from collections.abc import Callable
from typing import Protocol, Self

# Reads one setting of the hall's environment (`HALL_…`, also from the file that `HALL_…_FILE` names); None: not set.
ReadSetting = Callable[[str], str | None]


class Plugin(Protocol):
    """A class behind an entry point. It needs no import of ours: whatever has these members is a plugin."""

    name: str

    @classmethod
    def configured(cls, read: ReadSetting) -> Self | None:
        """The plugin made from its settings; None when it is not set up here. Raises: ValueError for a wrong setting."""
        ...
