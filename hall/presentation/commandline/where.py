"""docs/where.md, from the first words of each module's `__init__.py`."""

import ast
from collections.abc import Iterator
from pathlib import Path

PLACE = "docs/where.md"
_HEAD = """# Where things are

Find a feature by its one word; it keeps that word on every floor (`git ls-files | grep <word>` shows all of it).
Made by `make map` from the first lines of each module. Change them there.
"""
_FLOORS = (
    ("presentation", "展现层: pages, one module per kind of visitor"),
    ("services", "服务层: what the hall does, one module per business word"),
    ("integration", "整合层: ports, plugins, adapters"),
    ("support", "支撑层: components that know nothing of government services"),
)


def text(root: Path) -> str:
    """The whole page."""
    parts = [_HEAD]
    for floor, title in _FLOORS:
        rows = [f"| {word} | {words} | `{path}` |" for word, words, path in _modules(root, floor)]
        parts.append("\n".join([f"## {title}", "", "| word | what | where |", "| --- | --- | --- |", *rows, ""]))
    return "\n".join(parts)


def stale(root: Path) -> list[str]:
    """Why the page does not fit the modules, if it does not."""
    page = root / PLACE
    if page.exists() and page.read_text(encoding="utf-8") == text(root):
        return []
    return [f"{PLACE} is not what the modules say; run `make map`"]


def _modules(root: Path, floor: str) -> Iterator[tuple[str, str, str]]:
    base = root / "hall" / floor
    for path in sorted(base.rglob("__init__.py")):
        if path.parent == base or "migrations" in path.parts:
            continue
        words = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
        if words:
            first = " ".join(words.split("\n\n")[0].split()).replace("|", "\\|")
            yield path.parent.name, first, path.parent.relative_to(root).as_posix()
