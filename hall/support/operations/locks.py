"""One owner of a data folder at a time, by a lock that the system takes back when its holder dies."""

import os
import sys
from pathlib import Path
from typing import IO

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


class FolderLock:
    """Held by whoever starts and stops the embedded database of one data folder; children do not inherit it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[str] | None = None

    def take(self) -> bool:
        """Whether we hold the lock now. Never waits."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        file = self.path.open("a+", encoding="ascii")
        try:
            if sys.platform == "win32":
                file.seek(0)
                msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
            else:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            return False
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        self._file = file
        return True

    def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def holder(self) -> str:
        """The process number of the holder, for a message; may be empty."""
        try:
            return self.path.read_text(encoding="ascii").strip()
        except OSError:
            return ""

    def is_held_elsewhere(self) -> bool:
        """Whether somebody else holds the lock at this moment."""
        if self._file is not None:
            return False
        is_free = self.take()
        self.release()
        return not is_free
