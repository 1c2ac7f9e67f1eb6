"""What those who build the hall run: set-up, checks, tests, measurements, the map."""

import argparse
import os
import subprocess
import sys

from hall.presentation.commandline import setting_up, sizes, where
from hall.presentation.commandline.places import ROOT

# Without a database: whether models and migrations agree is a question about files.
_NO_DATABASE = "postgresql://nobody@127.0.0.1:1/none"
_NOTHING_CHOSEN = 5


def setup(options: argparse.Namespace) -> int:
    """`hall setup`."""
    return setting_up.set_up(with_tests=options.dev)


def check(options: argparse.Namespace) -> int:
    """`hall check`: every check runs, also after one has failed; 1 when any did."""
    checks = (
        ("style", ["-m", "ruff", "check", "--quiet", "."]),
        ("format", ["-m", "ruff", "format", "--check", "--quiet", "."]),
        ("types", ["-m", "mypy", "--no-error-summary"]),
        ("contracts", ["-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"]),
        ("migrations", ["-W", "ignore", "-m", "django", "makemigrations", "--check", "--dry-run"]),
    )
    failed = [name for name, arguments in checks if not _passes(name, arguments)]
    for name, findings in (("sizes", sizes.too_long(ROOT)), ("map", where.stale(ROOT))):
        print(f"{name:<11}{'ok' if not findings else 'FAILED'}", flush=True)
        for finding in findings:
            print(f"  {finding}")
        failed += [name] if findings else []
    print(f"check failed: {', '.join(failed)}" if failed else "check passed", flush=True)
    return 1 if failed else 0


def _passes(name: str, arguments: list[str]) -> bool:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("HALL_")}
    environment |= {"HALL_DATABASE_URL": _NO_DATABASE, "DJANGO_SETTINGS_MODULE": "hall.settings"}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    print(f"{name:<11}{'ok' if done.returncode == 0 else 'FAILED'}", flush=True)
    if done.returncode:
        print(done.stdout, flush=True)
    return done.returncode == 0


def test(options: argparse.Namespace) -> int:
    """`hall test`: without a path everything, on all processors; a file's tests stay together, they share what they build.

    Tests that drive a browser have processes of their own: the browser's event loop would stay in the way of all others.
    """
    spread = [] if any((ROOT / word.split("::")[0]).is_file() for word in options.rest) else ["-n", _workers(), "--dist", "loadfile"]
    codes = [_pytest([*spread, "-m", kind, *options.rest]) for kind in ("not browser and not soak", "browser")]
    # Nothing chosen of one kind is no fault; nothing of either is.
    faults = [code for code in codes if code not in {0, _NOTHING_CHOSEN}]
    return faults[0] if faults else min(codes)


def _workers() -> str:
    # One more than processors: a test often waits, for the disk, a process of its own or a browser.
    return str(min((os.cpu_count() or 2) + 1, 8))


def soak(options: argparse.Namespace) -> int:
    """`hall soak`: the tests marked soak, one after the other."""
    return _pytest(["-m", "soak", "--run-soak", *options.rest])


def _pytest(arguments: list[str]) -> int:
    # The tests bring their own settings and data folder; HALL_DATABASE_URL names the server to test on.
    environment = {key: value for key, value in os.environ.items() if key not in {"DJANGO_SETTINGS_MODULE", "HALL_VAR"}}
    return subprocess.run([sys.executable, "-m", "pytest", *arguments], cwd=ROOT, env=environment, check=False).returncode


def bench(options: argparse.Namespace) -> int:
    """`hall bench`: the programs of bench/, which start their own database and servers."""
    if not (ROOT / "bench").is_dir():
        print(f"hall: there is no bench/ in {ROOT}; this command works in the repository.", file=sys.stderr)
        return 1
    return subprocess.run([sys.executable, "-m", "bench", *options.rest], cwd=ROOT, check=False).returncode


def write_map(options: argparse.Namespace) -> int:
    """`hall map`."""
    (ROOT / where.PLACE).write_text(where.text(ROOT), encoding="utf-8")
    print(where.PLACE)
    return 0
