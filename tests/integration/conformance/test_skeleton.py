"""`hall plugin new`: what it writes is installed by pip without a network, keeps every rule, and is found by the hall."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from hall.integration.conformance import skeleton
from hall.presentation.commandline.places import ROOT


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A skeleton of each port, installed into one folder by one pip, and an environment that has it on its path."""
    base = tmp_path_factory.mktemp("plugins")
    folders = [skeleton.write(name=f"my_{port}", port=port, into=base / "made") for port in skeleton.PORTS]
    target = base / "target"
    options = ["--quiet", "--no-deps", "--no-index", "--no-build-isolation", "--disable-pip-version-check", "--target", str(target)]
    _run([sys.executable, "-m", "pip", "install", *options, *map(str, folders)], {**os.environ})
    path = os.pathsep.join([str(target), str(ROOT)])
    return base / "made", {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}


def _run(command: list[str], environment: dict[str, str], cwd: Path | None = None) -> str:
    done = subprocess.run(command, env=environment, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_each_passes_its_own_tests(installed: tuple[Path, dict[str, str]]) -> None:
    made, environment = installed
    told = _run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(made), str(made)],
        environment,
        made,
    )
    assert " passed" in told and "failed" not in told


def test_the_hall_finds_them_and_gives_a_hundred(installed: tuple[Path, dict[str, str]]) -> None:
    made, environment = installed
    hall = [sys.executable, "-m", "hall.presentation.commandline", "plugin"]
    assert {f"my_{port}" for port in skeleton.PORTS} <= set(_run([*hall, "list"], environment, made).split())
    told = _run([*hall, "test", "my_lookup"], environment, made)
    assert "100 分" in told and "不合" not in told


@pytest.mark.parametrize(
    ("name", "port"), [("My_SMS", "message"), ("x", "message"), ("class", "message"), ("../evil", "lookup"), ("my_bank", "nothing")]
)
def test_a_name_or_port_that_cannot_be_is_refused_and_nothing_is_written(name: str, port: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"name is|skeleton for"):
        skeleton.write(name=name, port=port, into=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_there_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "my_sms").mkdir()
    with pytest.raises(FileExistsError):
        skeleton.write(name="my_sms", port="message", into=tmp_path)
