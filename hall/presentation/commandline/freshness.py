"""Whether this start has anything to prepare: the same code and data, on a database and a data folder that were prepared for them.

The note stands in the database itself, so that a restored or exchanged database is never taken for a prepared one, and beside the
static files, which belong to this machine. Nothing here needs the settings or the models: a start that has nothing to do skips them.
"""

import hashlib
import os
import sys
from importlib.metadata import distributions
from pathlib import Path

import psycopg

from hall.presentation.commandline.places import ROOT

_TABLE = "operations_prepared"


def digest_of_everything() -> str:
    """Of our code, the catalogue's files and the installed packages; some ten milliseconds."""
    total = hashlib.sha256(sys.version.encode())
    for line in sorted(f"{found.name} {found.version}" for found in distributions()):
        total.update(line.encode())
    for path in sorted((*(ROOT / "hall").rglob("*"), *data_folder().rglob("*"))):
        if path.suffix != ".pyc" and path.is_file():
            total.update(str(path).encode() + path.read_bytes())
    return total.hexdigest()


def data_folder() -> Path:
    """The catalogue's files, as the settings will say."""
    return Path(os.environ.get("HALL_DATA") or ROOT / "data").resolve()


class Notes:
    """What was prepared: short texts by name, in a small table of the hall's database."""

    def __init__(self, address: str, var: Path) -> None:
        self._address = address
        self._stamp = var / "static" / ".prepared"

    def is_fresh(self, digest: str, *, with_demo: bool) -> bool:
        """Whether everything was prepared for this digest, here and in the database."""
        try:
            here = self._stamp.read_text(encoding="ascii")
        except OSError:
            return False
        return here == digest == self.read("everything") and (not with_demo or bool(self.read("demo")))

    def keep_fresh(self, digest: str) -> None:
        """Note that everything stands."""
        self.write("everything", digest)
        self._stamp.write_text(digest, encoding="ascii")

    def read(self, name: str) -> str:
        """One note; empty when there is none."""
        with psycopg.connect(self._address, autocommit=True) as database:
            if database.execute("SELECT to_regclass(%s)", [_TABLE]).fetchone() == (None,):
                return ""
            row = database.execute("SELECT note FROM operations_prepared WHERE name = %s", [name]).fetchone()
        return str(row[0]) if row else ""

    def write(self, name: str, note: str) -> None:
        """Set one note. The table is made here, not by a migration: it is read before migrations run."""
        with psycopg.connect(self._address, autocommit=True) as database:
            database.execute("CREATE TABLE IF NOT EXISTS operations_prepared (name text PRIMARY KEY, note text NOT NULL)")
            database.execute(
                "INSERT INTO operations_prepared VALUES (%s, %s) ON CONFLICT (name) DO UPDATE SET note = excluded.note", [name, note]
            )
