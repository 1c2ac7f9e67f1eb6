"""What takes long to build, built once for all test processes: the shipped catalogue, and the small town on top of it.

Each is a template database on the tests' server and a data folder beside it. Their names hold a hash of the code, the data and the
installed packages, so that what stands was built by this very code; the town's holds the day too, because its deadlines run.
`python -m tests.ground.built` builds both; the controller starts it beside the first tests when all are asked for.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.metadata import distributions
from pathlib import Path

from hall.presentation.commandline.freshness import digest_of_everything
from tests.ground import databases, servers

ROOT = Path(__file__).resolve().parents[2]
_BUILDERS = {
    "shipped": ["hall.presentation.commandline", "prepare"],
    "town": ["tests.ground.small_world"],
}
# What the shipped catalogue is made of and by; the town is made of everything.
_SHIPPED = (
    "data/**/*",
    "hall/**/migrations/*.py",
    "hall/support/**/*.py",
    *(f"hall/services/{word}/**/*.py" for word in ("catalogue", "guidance", "search")),
)
_LOCKS = {"shipped": 0x73686970, "town": 0x746F776E}


def folder() -> Path:
    """Where the data folders stand; set by the controller. On a server of ours they outlive the run, as the templates do."""
    return Path(os.environ["HALL_TEST_BUILT"])


@cache
def _digest(kind: str) -> str:
    if kind == "town":
        total = hashlib.sha256(digest_of_everything().encode())
        more = ROOT.glob("tests/ground/*.py")
    else:
        total = hashlib.sha256("".join(sorted(f"{found.name} {found.version}" for found in distributions())).encode())
        more = (path for part in _SHIPPED for path in ROOT.glob(part) if path.is_file())
    for path in sorted(more):
        total.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return total.hexdigest()[:12]


def _name(kind: str) -> str:
    today = (datetime.now(UTC) + timedelta(hours=8)).strftime("%m%d")
    return f"{folder().name}_{kind}_{_digest(kind)}" + (today if kind == "town" else "")


def names() -> set[str]:
    """The templates of today's code."""
    return {_name(kind) for kind in _BUILDERS}


def template(kind: str) -> tuple[str, Path]:
    """The template database of a kind and its data folder, built now if nobody did; others wait meanwhile. Clone one, copy the other."""
    name = _name(kind)
    place = folder() / name
    with databases.alone(_LOCKS[kind]):
        if not databases.is_there(name) or not place.is_dir():
            _build(kind, name, place)
    return name, place


def _build(kind: str, name: str, place: Path) -> None:
    fresh, fresh_place = f"{name}_new", place.with_name(f"{place.name}_new")
    for left in (place, fresh_place):
        shutil.rmtree(left, ignore_errors=True)
    if kind == "shipped":
        fresh_place.mkdir(parents=True)
        address = databases.clone(fresh)
    else:
        catalogue, files = template("shipped")
        shutil.copytree(files, fresh_place)
        address = databases.clone(fresh, of=catalogue)
    env = servers.environment(address, fresh_place)
    made = subprocess.run([sys.executable, "-m", *_BUILDERS[kind]], cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert made.returncode == 0, f"{kind} was not built:\n{made.stdout}\n{made.stderr}"
    fresh_place.rename(place)
    databases.drop(name)
    databases.rename(fresh, name)


def forget_old() -> None:
    """Remove the data folders of older code."""
    for old in folder().iterdir() if folder().is_dir() else ():
        if old.name not in names():
            shutil.rmtree(old, ignore_errors=True)


def begin() -> "subprocess.Popen[bytes] | None":
    """Build what is not there beside the tests; whoever needs it earlier waits for it. None when everything stands."""
    if all(databases.is_there(name) for name in names()):
        return None
    return subprocess.Popen([sys.executable, "-m", "tests.ground.built"], cwd=ROOT, stdin=subprocess.DEVNULL)


if __name__ == "__main__":
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    django.setup()
    template("town")
