"""`hall keys`, and what the start refuses."""

import argparse
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from hall.presentation.commandline import signing_keys
from hall.support.audit import trail
from hall.support.signing import keys

pytestmark = pytest.mark.django_db


def run(action: str, key_id: str | None = None) -> int:
    return signing_keys.keys(argparse.Namespace(action=action, key_id=key_id))


def test_keys_are_made_listed_and_retired_and_the_trail_says_so(tmp_path: Path, settings: Any, capsys: pytest.CaptureFixture[str]) -> None:
    settings.SIGNING_KEYS_DIR, settings.SIGNING = tmp_path, "ed25519"
    assert signing_keys.make_first() and not signing_keys.make_first()
    assert run("new") == 0 and len(keys.all_keys()) == 2
    old, new = keys.all_keys()
    assert run("retire", old) == 0 == run("retire", old) and run("retire", "nothing") == 1
    said = capsys.readouterr().out.splitlines()[-2:]
    assert [line.split()[0::3] for line in said] == [[old, "retired"], [new, "signs"]]
    deeds = [entry.deed for entry in trail.entries_before()]
    assert (deeds.count("signing.key_made"), deeds.count("signing.key_retired")) == (2, 1)


@pytest.mark.parametrize(
    ("chosen", "before", "words"),
    [("rot13", "", "expected ed25519 or sm2"), ("sm2", "import sys; sys.modules['gmssl_pyx'] = None; ", "pip install 'govhall[sm]'")],
)
def test_a_choice_that_cannot_be_kept_stops_the_start(tmp_path: Path, chosen: str, before: str, words: str) -> None:
    env = {**os.environ, "HALL_SIGNING": chosen, "HALL_VAR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", f"{before}import hall.settings"], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and words in done.stderr
