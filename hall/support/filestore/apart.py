"""Looking into foreign PDFs in a process of its own, with limits on time and memory.

A small PDF can hold minutes of drawing, and a reader written in C can crash; neither may take a web process along. The child
imports no Django and lives for one question, some 0.2 s; for measuring, which is not in a request, for a batch.

    python -m hall.support.filestore.apart inspect|draw|codes <path> [number…]
    python -m hall.support.filestore.tidying <act> <number> <path> <extension> […]
    python -m hall.support.filestore.measures <path> <extension> [<path> <extension> …]
"""

import io
import itertools
import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from hall.support.filestore import pdfs, rules
from hall.support.filestore.facts import FileFacts, PageFacts

CPU_SECONDS = 8
WALL_SECONDS = 30.0
MEMORY_BYTES = 900 * 1024 * 1024
_AT_ONCE = threading.BoundedSemaphore(2)
_ROOT = Path(__file__).resolve().parents[3]
_REFUSED = 3  # exit status: standard output holds the refusal
_TOO_HARD_TO_TIDY = "这份文件太大或太复杂，没有整理成。原件还在，可以照样提交。"
_TOO_HARD = "PDF 太复杂，打开它用的时间或内存超过了限度。请打开后用“打印”另存为新的 PDF，或拆成几份后再上传。"


def inspect(path: Path) -> pdfs.Papers:
    """`pdfs.inspect`, apart. Raises: UnreadableFile, DangerousFile."""
    return pdfs.Papers(**json.loads(_ask("inspect", path)))


def measure(files: Sequence[tuple[Path, str]]) -> list[FileFacts | None]:
    """What can be measured of each (PDF, JPG or PNG; its extension), in their order; None where that cannot be opened or is too hard.

    One child for all: its start costs more than a page of text. Some 20 ms for such a page, 0.3 s for a photo or a scanned page.
    """
    found: list[FileFacts | None] = []
    while len(found) < len(files):
        left = files[len(found) :]
        words = [word for path, extension in left for word in (str(path), extension)]
        status, output, errors = _run([sys.executable, "-m", "hall.support.filestore.measures", *words], WALL_SECONDS + 5 * len(left))
        lines = [json.loads(line) for line in output.splitlines(keepends=True) if line.endswith(b"\n")]
        found += [None if told is None else FileFacts(tuple(PageFacts(**page) for page in told["pages"]), told["text"]) for told in lines]
        if status is not None and status > 0:
            raise RuntimeError(f"measure: exit {status}: {errors.decode(errors='replace')[-500:]}")
        if len(lines) < len(left):
            found.append(None)  # the one at which the child was ended
    return found


def draw(path: Path, *, page: int, width: int) -> bytes:
    """One page (from 1) as a PNG `width` pixels wide, drawn apart. Raises: UnreadableFile."""
    return _ask("draw", path, page, width)


def codes(path: Path) -> list[str]:
    """The texts of the QR codes in a JPG or PNG, read apart. Raises: UnreadableFile, DangerousFile."""
    return list(map(str, json.loads(_ask("codes", path))))


def tidy(act: str, number: float, files: Sequence[tuple[Path, str]]) -> tuple[str, list[bytes]]:
    """`tidying.tidy`, apart. Some 0.3 to 5 s. Raises: UnreadableFile."""
    words = [word for path, extension in files for word in (str(path), extension)]
    status, output, errors = _run([sys.executable, "-m", "hall.support.filestore.tidying", act, str(number), *words], WALL_SECONDS)
    if status is None or status < 0:
        raise rules.UnreadableFile(_TOO_HARD_TO_TIDY)
    if status > 0:
        raise RuntimeError(f"tidy: exit {status}: {errors.decode(errors='replace')[-500:]}")
    head, _, body = output.partition(b"\n")
    told = json.loads(head)
    if "refused" in told:
        raise rules.UnreadableFile(told["refused"])
    ends = list(itertools.accumulate(told["sizes"]))
    return told["extension"], [body[end - size : end] for end, size in zip(ends, told["sizes"], strict=True)]


def _ask(question: str, path: Path, *more: object) -> bytes:
    status, output, errors = _run([sys.executable, "-m", __name__, question, str(path), *map(str, more)], WALL_SECONDS)
    if status == 0:
        return output
    if status == _REFUSED:
        kind, sentence = json.loads(output)
        raise {"DangerousFile": rules.DangerousFile, "UnreadableFile": rules.UnreadableFile}[kind](sentence)
    if status is None or status < 0:  # ended by a signal: the time limit, the memory limit, or a crash on this file
        raise rules.UnreadableFile(_TOO_HARD)
    raise RuntimeError(f"{question}: exit {status}: {errors.decode(errors='replace')[-500:]}")


def _run(command: Sequence[str], seconds: float) -> tuple[int | None, bytes, bytes]:
    """The child's exit status (None: it took too long), what it said, and its complaints."""
    # No secrets of ours go along: only what Python needs to start.
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in {"PATH", "SYSTEMROOT", "TMPDIR", "TEMP", "LD_LIBRARY_PATH", "VIRTUAL_ENV"}
    }
    kept["OPENBLAS_NUM_THREADS"] = "1"  # each of its threads takes memory from the limit
    with _AT_ONCE:
        try:
            done = subprocess.run(command, capture_output=True, timeout=seconds, check=False, cwd=_ROOT, env=kept, stdin=subprocess.DEVNULL)
        except subprocess.TimeoutExpired as fault:
            return None, fault.stdout or b"", b""
    return done.returncode, done.stdout, done.stderr


def limit() -> None:
    """Bound the child's memory and forbid it to write; time is given by `more_time`."""
    if sys.platform == "win32":
        return  # there the time limit of the parent alone
    import resource  # noqa: PLC0415  (not on Windows)

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # it has nothing to write
    more_time()


def more_time() -> None:
    """Give the child `CPU_SECONDS` from now on."""
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415

    used = int(sum(resource.getrusage(resource.RUSAGE_SELF)[:2]))
    resource.setrlimit(resource.RLIMIT_CPU, (used + CPU_SECONDS, resource.RLIM_INFINITY))


def _answer(question: str, path: Path, more: Sequence[str]) -> bytes:
    if question == "inspect":
        return json.dumps({"pages": pdfs.inspect(path).pages}).encode()
    if question == "codes":
        from hall.support.filestore import images  # noqa: PLC0415  (Pillow and the reader of codes, for this question alone)

        return json.dumps(images.codes_in(path)).encode()
    target = io.BytesIO()
    pdfs.page_image(path, page=int(more[0]), width=int(more[1])).save(target, "PNG")
    return target.getvalue()


def main(arguments: Sequence[str]) -> int:
    """The child's side: answer one question on standard output."""
    limit()
    question, path, *more = arguments
    try:
        content, status = _answer(question, Path(path), more), 0
    except (rules.DangerousFile, rules.UnreadableFile) as refusal:
        content, status = json.dumps([type(refusal).__name__, refusal.shown]).encode(), _REFUSED
    except (MemoryError, RecursionError):
        content, status = json.dumps(["UnreadableFile", _TOO_HARD]).encode(), _REFUSED
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
