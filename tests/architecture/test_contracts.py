"""The import contracts of pyproject.toml hold, and would find a breach."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hall.presentation.commandline.places import ROOT

BREACHES = {
    "support knows services": ("hall/support/planted.py", "import hall.services.catalogue.queries\n"),
    "a rule imports Django": ("hall/services/cases/rules.py", "import django.db\n"),
    "a page imports another page": ("hall/presentation/desk/planted.py", "import hall.presentation.storefront.urls\n"),
    "somebody imports an adapter": ("hall/services/notices/planted.py", "import hall.integration.adapters.smtp_mail\n"),
}


def _lint(root: Path) -> "subprocess.CompletedProcess[str]":
    command = "import sys; sys.path.insert(0, '.'); from importlinter.cli import lint_imports_command; lint_imports_command(['--no-cache'])"
    return subprocess.run([sys.executable, "-c", command], cwd=root, capture_output=True, text=True, check=False)


def _copy(target: Path) -> Path:
    shutil.copytree(ROOT / "hall", target / "hall", ignore=shutil.ignore_patterns("__pycache__", "static", "*.html"))
    shutil.copy(ROOT / "pyproject.toml", target)
    return target


def test_the_contracts_hold() -> None:
    told = _lint(ROOT)
    assert told.returncode == 0, told.stdout


@pytest.mark.parametrize("what", BREACHES)
def test_a_breach_is_found(what: str, tmp_path: Path) -> None:
    copy = _copy(tmp_path)
    place, line = BREACHES[what]
    with (copy / place).open("a", encoding="utf-8") as file:
        file.write(f"\n{line}")
    told = _lint(copy)
    assert told.returncode == 1, told.stdout
    assert "BROKEN" in told.stdout
