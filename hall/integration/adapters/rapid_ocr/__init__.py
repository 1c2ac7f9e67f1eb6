"""Reading pictures with RapidOCR, whose models come inside its package: `pip install govhall[ocr]`. A child process for each picture.

The models take some 700 MB while they work, so the child lives for one picture, with limits on memory and time; nothing of it
stays in the job worker, and the web process never loads it.
"""

import importlib.util
import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Self

from hall.integration.ports.ocr import Line, Page, TextReader, UnreadablePicture
from hall.integration.ports.plugin import ReadSetting, Setting

WALL_SECONDS = 90.0
_AT_ONCE = threading.BoundedSemaphore(1)
_ROOT = Path(__file__).resolve().parents[4]
_REFUSED = 3  # exit status: the picture is at fault
_KEPT = frozenset({"PATH", "SYSTEMROOT", "TMPDIR", "TEMP", "LD_LIBRARY_PATH", "VIRTUAL_ENV"})


class RapidReader(TextReader):
    """Reads by a child of `child`, one at a time."""

    name = "rapid_ocr"
    title = "照片识别（RapidOCR）"
    settings = (
        Setting(
            "HALL_OCR",
            "用哪个识别组件",
            help="空着：装了 requirements-ocr.lock 就用本组件；off：关闭。没有安装时，申请页不出现“用照片填写”",
        ),
    )

    @classmethod
    def configured(cls, read: ReadSetting) -> Self | None:
        """Made where `rapidocr` is installed and HALL_OCR names no other reader. Raises: ValueError where it is asked for and missing."""
        wanted, is_there = read("HALL_OCR"), importlib.util.find_spec("rapidocr") is not None
        if wanted == cls.name and not is_there:
            raise ValueError("HALL_OCR=rapid_ocr, but rapidocr is not installed: pip install govhall[ocr]")
        return cls() if is_there and wanted in {None, "", cls.name} else None

    def read(self, picture: bytes) -> Page:
        """The words in a picture. Some 2 to 5 seconds of an idle machine. Raises: UnreadablePicture, OSError."""
        # No secrets of ours go along: only what Python needs to start.
        kept = {name: value for name, value in os.environ.items() if name in _KEPT}
        kept |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}
        command = [sys.executable, "-m", "hall.integration.adapters.rapid_ocr.child"]
        with _AT_ONCE:
            try:
                done = subprocess.run(command, input=picture, capture_output=True, timeout=WALL_SECONDS, check=False, cwd=_ROOT, env=kept)
            except subprocess.TimeoutExpired:
                raise UnreadablePicture("it took too long") from None
        if done.returncode == _REFUSED or done.returncode < 0:  # by a signal: the limit on memory or time, or a crash on this picture
            raise UnreadablePicture(f"ended with {done.returncode}")
        if done.returncode:
            # The name of the fault alone: its own words may hold some of the picture's.
            last = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
            raise OSError(f"exit {done.returncode}: {last.partition(':')[0][:80]}")
        told = json.loads(done.stdout)
        return Page(told["width"], told["height"], tuple(Line(*line) for line in told["lines"]))
