"""The size check finds what it is meant to find, and the house passes it."""

from pathlib import Path

from hall.presentation.commandline import sizes
from hall.presentation.commandline.places import ROOT


def test_a_long_function_and_a_long_file_are_found(tmp_path: Path) -> None:
    (tmp_path / "hall").mkdir()
    (tmp_path / "hall" / "long.py").write_text(
        "def short() -> None:\n    pass\n\n\ndef long() -> None:\n" + "    pass\n" * 60 + "x = 1\n" * 350
    )
    found = sizes.too_long(tmp_path)
    assert [finding.split(":", 1)[1] for finding in found] == [" 415 lines, at most 400", "5 long: 61 lines, at most 60"]


def test_migrations_are_not_counted(tmp_path: Path) -> None:
    (tmp_path / "hall" / "migrations").mkdir(parents=True)
    (tmp_path / "hall" / "migrations" / "0001_initial.py").write_text("x = 1\n" * 500)
    assert sizes.too_long(tmp_path) == []


def test_the_house_is_made_of_short_pieces() -> None:
    assert sizes.too_long(ROOT) == []
