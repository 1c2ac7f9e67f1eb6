"""The commands that look after a hall, as processes on a database of the tests."""

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from django.utils import timezone

from hall.support.access.actors import VISITOR
from hall.support.audit import trail
from hall.support.identity import commands as identity
from tests.ground import databases
from tests.ground.servers import environment

pytestmark = pytest.mark.django_db(transaction=True)
HALL = (sys.executable, "-m", "hall.presentation.commandline")
COMMANDS = (
    "run",
    "prepare",
    "serve",
    "worker",
    "migrate",
    "import-catalogue",
    "demo",
    "create-staff",
    "audit",
    "setup",
    "check",
    "test",
    "bench",
    "soak",
    "map",
)


def hall(*arguments: str, given: str = "") -> "subprocess.CompletedProcess[str]":
    env = environment(os.environ["HALL_DATABASE_URL"], Path(os.environ["HALL_VAR"]))
    return subprocess.run(
        [*HALL, *arguments],
        env=env,
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_command_explains_itself() -> None:
    overview = hall("--help").stdout
    for command in COMMANDS:
        assert command in overview
        told = hall(command, "--help")
        assert told.returncode == 0
        assert f"usage: hall {command}" in told.stdout
        assert len(told.stdout.splitlines()) > 3


def test_an_unknown_command_or_argument_is_refused() -> None:
    assert hall("dance").returncode == 2
    assert hall("migrate", "--sideways").returncode == 2


def test_migrating_what_is_up_to_date_does_nothing() -> None:
    told = hall("migrate")
    assert (told.returncode, told.stdout) == (0, "0 migrations applied\n")


def test_migrations_give_way_to_others_and_go_on() -> None:
    """Somebody holds what a migration needs; it waits half a second at a time and wins in the end."""
    name = databases.own_name("_migrations")
    address = databases.clone(name)
    try:
        with psycopg.connect(address) as other:
            other.execute("DELETE FROM django_migrations WHERE app = 'access'")
            other.execute("DROP TABLE access_throttle")
            other.commit()
            other.execute("CREATE TABLE access_throttle ()")
            env = environment(address, Path(os.environ["HALL_VAR"]))
            waiting = subprocess.Popen([*HALL, "migrate"], env=env, stdout=subprocess.PIPE, text=True)
            with pytest.raises(subprocess.TimeoutExpired):
                waiting.wait(4)
            other.rollback()
            assert waiting.communicate(timeout=60)[0] == "1 migrations applied\n"
        assert waiting.returncode == 0
    finally:
        databases.drop(name)


def test_a_member_of_staff_is_made_and_signs_in() -> None:
    told = hall("create-staff", "auditor.zhang", "--name", "张审", "--role", "auditor", given="a long word to keep 42\n")
    assert (told.returncode, told.stdout) == (0, "auditor.zhang: 审计员\n")
    assert identity.sign_in(login="auditor.zhang", password="a long word to keep 42", address="", now=timezone.now())


def test_a_refusal_is_a_sentence_and_no_trace_is_left() -> None:
    told = hall("create-staff", "clerk.li", "--name", "李明", "--role", "clerk", given="a long word to keep 42\n")
    assert told.returncode == 1
    assert "Traceback" not in told.stderr
    assert "hall: " in told.stderr
    assert hall("create-staff", "x", "--name", "李明", "--role", "king", given="").returncode == 2


def test_the_trail_is_sealed_noted_and_verified() -> None:
    trail.record(VISITOR, "test.deed", "1")
    assert hall("audit", "seal").stdout == "1 entries sealed\n"
    head = hall("audit", "head").stdout.strip()
    assert head == trail.head()
    told = hall("audit", "verify", "--head", head)
    assert told.returncode == 0
    assert "holds: 1 entries, 0 not sealed yet" in told.stdout
    told = hall("audit", "verify", "--head", "f" * 64)
    assert told.returncode == 1
    assert "BROKEN" in told.stdout


def test_a_catalogue_that_is_not_there_is_said_plainly() -> None:
    told = hall("import-catalogue", "/nowhere")
    assert told.returncode == 1
    assert "there is no /nowhere" in told.stderr
