"""A function fits a screen, a file a short sitting."""

import ast
from collections.abc import Iterator
from pathlib import Path

FUNCTION_LINES = 60
FILE_LINES = 400
FOLDERS = ("hall", "tests", "bench")


def too_long(root: Path) -> list[str]:
    """A line for each function and file below `root` that is longer than it may be. Migrations are not counted."""
    return [finding for path in _files(root) for finding in _findings(path, path.relative_to(root))]


def _files(root: Path) -> Iterator[Path]:
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in {".py", ".js", ".css"} and "migrations" not in path.parts and path.is_file():
                yield path


def _findings(path: Path, shown: Path) -> Iterator[str]:
    text = path.read_text(encoding="utf-8")
    lines = text.count("\n")
    if lines > FILE_LINES:
        yield f"{shown}: {lines} lines, at most {FILE_LINES}"
    if path.suffix != ".py":
        return
    try:
        tree = ast.parse(text)
    except SyntaxError as fault:
        yield f"{shown}:{fault.lineno} {fault.msg}"
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES:
                yield f"{shown}:{node.lineno} {node.name}: {length} lines, at most {FUNCTION_LINES}"
