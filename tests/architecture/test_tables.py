"""A table is imported only by the module that owns it; others go through its commands and queries."""

import ast
from collections.abc import Iterator
from pathlib import Path

from hall.presentation.commandline.places import ROOT


def borrowed_tables(root: Path) -> Iterator[str]:
    """A line for each import of another module's tables below `root`/hall."""
    for path in sorted((root / "hall").rglob("*.py")):
        module = ".".join(path.relative_to(root).with_suffix("").parts)
        if "migrations" in path.parts:
            continue
        for imported in _imports(ast.parse(path.read_text(encoding="utf-8"))):
            owner = imported.split(".models")[0]
            is_tables = imported.startswith("hall.") and f"{imported}.".startswith(f"{owner}.models.")
            if is_tables and not module.startswith(f"{owner}."):
                yield f"{module} imports {imported}"


def _imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names if alias.name == "models")


def test_a_borrowed_table_is_found(tmp_path: Path) -> None:
    for name, text in {
        "hall/services/bells/models.py": "",
        "hall/services/bells/commands.py": "from hall.services.bells.models import Bell\n",
        "hall/services/doors/commands.py": "from hall.services.bells.models import Bell\nfrom hall.services.bells import models\n",
        "hall/presentation/desk/pages.py": "import hall.services.bells.models\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert list(borrowed_tables(tmp_path)) == [
        "hall.presentation.desk.pages imports hall.services.bells.models",
        "hall.services.doors.commands imports hall.services.bells.models",
        "hall.services.doors.commands imports hall.services.bells.models",
    ]


def test_nobody_borrows_a_table() -> None:
    assert list(borrowed_tables(ROOT)) == []
