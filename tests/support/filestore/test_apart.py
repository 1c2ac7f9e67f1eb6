"""PDFs that would hold or bring down a web process end their own small process instead."""

import time
import zlib
from pathlib import Path

import pytest

from hall.support.filestore import apart, rules
from tests.make import files


def drawing(strokes: int) -> bytes:
    """A page of many lines: small in the file, long to draw."""
    packed = zlib.compress(b"0 0 m 595 842 l S\n" * strokes, 9)
    head = b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    page = b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R>>endobj\n"
    lines = b"4 0 obj<</Filter/FlateDecode/Length " + str(len(packed)).encode() + b">>\nstream\n" + packed + b"\nendstream endobj\n"
    return head + page + lines + b"trailer<</Root 1 0 R/Size 5>>\nstartxref\n0\n%%EOF\n"


def kept(folder: Path, content: bytes) -> Path:
    path = folder / "x"
    path.write_bytes(content)
    return path


def test_a_page_that_takes_minutes_to_draw_is_cut_off(tmp_path: Path) -> None:
    with pytest.raises(rules.UnreadableFile, match="太复杂"):
        apart.inspect(kept(tmp_path, drawing(6_000_000)))


def test_a_child_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "WALL_SECONDS", 0.01)
    with pytest.raises(rules.UnreadableFile, match="太复杂"):
        apart.inspect(kept(tmp_path, files.make_pdf()))


def test_memory_is_bounded(tmp_path: Path) -> None:
    nested = b"5 0 obj " + b"[" * 9_000_000 + b"]" * 9_000_000 + b" endobj"
    started = time.monotonic()
    with pytest.raises(rules.UnreadableFile):
        apart.inspect(kept(tmp_path, drawing(1).replace(b"trailer", nested + b"\ntrailer")))
    assert time.monotonic() - started < apart.WALL_SECONDS


def test_the_child_knows_no_secrets_and_no_django(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = {}

    def look(command: list[str], **options: object) -> None:
        seen.update(options["env"])
        raise OSError

    monkeypatch.setenv("HALL_FIELD_KEY", "x" * 40)
    monkeypatch.setattr(apart.subprocess, "run", look)
    with pytest.raises(OSError):
        apart.inspect(kept(tmp_path, b"x"))
    assert not any(name.startswith(("HALL_", "DJANGO")) for name in seen)


def test_a_fault_of_ours_is_not_blamed_on_the_file(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="FileNotFoundError"):
        apart.inspect(tmp_path / "missing")


def test_the_answers_are_those_of_the_reader(tmp_path: Path) -> None:
    path = kept(tmp_path, files.make_pdf(3, blank=(2,)))
    assert apart.inspect(path).pages == 3
    assert apart.draw(path, page=1, width=200).startswith(b"\x89PNG")
