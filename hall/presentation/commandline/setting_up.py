"""Set-up: a virtual environment with exactly what the lock names. Runs on a bare Python, before anything is installed.

    python3 hall/presentation/commandline/setting_up.py [--dev]      (Windows: py hall\\presentation\\commandline\\setting_up.py)

It does nothing when .venv was already made from the same lock files.
"""

import hashlib
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / ".venv"
OLDEST = (3, 11)


def python() -> Path:
    """The Python of the virtual environment."""
    return FOLDER / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def set_up(*, with_tests: bool) -> int:
    """Install what the lock files name, if that is not there yet; returns the exit code."""
    if sys.version_info < OLDEST:
        print(f"The hall needs Python {OLDEST[0]}.{OLDEST[1]} or newer; this is {sys.version.split()[0]}.", file=sys.stderr)
        return 1
    kinds = ("requirements-dev.lock",) if with_tests else ("requirements.lock", "requirements-dev.lock")
    if any(_stamp(kind).exists() and _stamp(kind).read_text(encoding="ascii") == _digest(kind) for kind in kinds):
        return 0
    if not python().exists() and not _make_environment():
        return 1
    # Whoever has the tests' packages keeps them.
    lock = "requirements-dev.lock" if with_tests or _stamp("requirements-dev.lock").exists() else "requirements.lock"
    print(f"Installing {lock} into {FOLDER}; the first time takes a minute or two …", flush=True)
    pip = [str(python()), "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--no-input"]
    # The lock is complete: nothing that it does not name is looked for, and nothing is taken whose hash it does not name.
    for arguments in (["--no-deps", "--require-hashes", "-r", str(ROOT / lock)], ["--no-deps", "--no-build-isolation", "-e", str(ROOT)]):
        if subprocess.run([*pip, *arguments], check=False).returncode:
            print(f"Set-up failed: pip could not install {lock}. Its message is above.", file=sys.stderr)
            return 1
    _stamp(lock).write_text(_digest(lock), encoding="ascii")
    return 0


def _make_environment() -> bool:
    try:
        import ensurepip  # noqa: F401, PLC0415  (a module that Debian packs apart)
    except ImportError:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        print(
            f"This Python ({sys.executable}) cannot make virtual environments: its module ensurepip is missing.\n"
            f"On Debian and Ubuntu: apt install python{version}-venv. Then run the same command again.",
            file=sys.stderr,
        )
        return False
    print(f"Making {FOLDER} with Python {sys.version.split()[0]} …", flush=True)
    venv.create(FOLDER, with_pip=True, clear=FOLDER.exists())
    return True


def _stamp(lock: str) -> Path:
    return FOLDER / f".{lock}.installed"


def _digest(lock: str) -> str:
    """Changes with the lock, with what the package says of itself, and with the folder: an editable install knows its place."""
    text = (ROOT / lock).read_bytes() + (ROOT / "pyproject.toml").read_bytes() + str(ROOT).encode()
    return hashlib.sha256(text).hexdigest()


if __name__ == "__main__":
    sys.exit(set_up(with_tests="--dev" in sys.argv))
