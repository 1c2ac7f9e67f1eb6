"""Looking into foreign PDFs in a process of its own, with limits on time and memory.

A small PDF can hold minutes of drawing, and a reader written in C can crash; neither may take a web process along. The child
imports no Django and lives for one question, some 0.2 s.

    python -m hall.support.filestore.apart inspect|look|draw <path> [number…]
"""

import io
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

from hall.support.filestore import pdfs, rules

CPU_SECONDS = 8
WALL_SECONDS = 30.0
MEMORY_BYTES = 900 * 1024 * 1024
_AT_ONCE = threading.BoundedSemaphore(2)
_ROOT = Path(__file__).resolve().parents[3]
_REFUSED = 3  # exit status: standard output holds the refusal
_TOO_HARD = "PDF 太复杂，打开它用的时间或内存超过了限度。请打开后用“打印”另存为新的 PDF，或拆成几份后再上传。"


def inspect(path: Path) -> pdfs.Papers:
    """`pdfs.inspect`, apart. Raises: UnreadableFile, DangerousFile."""
    return pdfs.Papers(**json.loads(_ask("inspect", path)))


def look(path: Path, *, pages: int) -> list[pdfs.PageLook]:
    """`pdfs.look`, apart. Raises: UnreadableFile."""
    return [pdfs.PageLook(*page) for page in json.loads(_ask("look", path, pages))]


def draw(path: Path, *, page: int, width: int) -> bytes:
    """One page (from 1) as a PNG `width` pixels wide, drawn apart. Raises: UnreadableFile."""
    return _ask("draw", path, page, width)


def _ask(question: str, path: Path, *numbers: int) -> bytes:
    command = [sys.executable, "-m", __name__, question, str(path), *map(str, numbers)]
    # No secrets of ours go along: only what Python needs to start.
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in {"PATH", "SYSTEMROOT", "TMPDIR", "TEMP", "LD_LIBRARY_PATH", "VIRTUAL_ENV"}
    }
    with _AT_ONCE:
        try:
            done = subprocess.run(
                command, capture_output=True, timeout=WALL_SECONDS, check=False, cwd=_ROOT, env=kept, stdin=subprocess.DEVNULL
            )
        except subprocess.TimeoutExpired as fault:
            raise rules.UnreadableFile(_TOO_HARD) from fault
    if done.returncode == 0:
        return done.stdout
    if done.returncode == _REFUSED:
        kind, sentence = json.loads(done.stdout)
        raise {"DangerousFile": rules.DangerousFile, "UnreadableFile": rules.UnreadableFile}[kind](sentence)
    if done.returncode < 0:  # ended by a signal: the time limit, the memory limit, or a crash on this file
        raise rules.UnreadableFile(_TOO_HARD)
    raise RuntimeError(f"{question}: exit {done.returncode}: {done.stderr.decode(errors='replace')[-500:]}")


def _limit() -> None:
    if sys.platform == "win32":
        return  # there the time limit of the parent alone
    import resource  # noqa: PLC0415  (not on Windows)

    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # it has nothing to write


def _answer(question: str, path: Path, numbers: list[int]) -> bytes:
    if question == "inspect":
        return json.dumps({"pages": pdfs.inspect(path).pages}).encode()
    if question == "look":
        return json.dumps([(page.is_blank, page.dpi) for page in pdfs.look(path, pages=numbers[0])]).encode()
    target = io.BytesIO()
    pdfs.page_image(path, page=numbers[0], width=numbers[1]).save(target, "PNG")
    return target.getvalue()


def main(arguments: list[str]) -> int:
    """The child's side: answer one question on standard output."""
    _limit()
    question, path, *numbers = arguments
    try:
        answer, status = _answer(question, Path(path), [int(number) for number in numbers]), 0
    except (rules.DangerousFile, rules.UnreadableFile) as refusal:
        answer, status = json.dumps([type(refusal).__name__, refusal.shown]).encode(), _REFUSED
    except (MemoryError, RecursionError):
        answer, status = json.dumps(["UnreadableFile", _TOO_HARD]).encode(), _REFUSED
    sys.stdout.buffer.write(answer)
    sys.stdout.buffer.flush()
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
