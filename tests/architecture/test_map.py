"""docs/where.md says what the modules say."""

import ast
from pathlib import Path

from hall.presentation.commandline import where
from hall.presentation.commandline.places import ROOT


def test_a_new_module_makes_the_map_stale(tmp_path: Path) -> None:
    (module := tmp_path / "hall" / "services" / "bells").mkdir(parents=True)
    (module / "__init__.py").write_text('"""铃铛 (§9): rings."""\n', encoding="utf-8")
    (tmp_path / "docs").mkdir()
    assert where.stale(tmp_path)
    (tmp_path / where.PLACE).write_text(where.text(tmp_path), encoding="utf-8")
    assert where.stale(tmp_path) == []
    assert "| bells | 铃铛 (§9): rings. | `hall/services/bells` |" in where.text(tmp_path)


def test_every_module_says_what_it_is() -> None:
    for path in (ROOT / "hall").rglob("__init__.py"):
        if "migrations" not in path.parts:
            assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), f"{path} says nothing"
