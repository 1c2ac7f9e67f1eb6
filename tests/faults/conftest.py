"""A hall of real processes for each fault: on the tests' database, or on a PostgreSQL server of its own."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from django.conf import settings
from django.db import connection
from pytest_django.plugin import DjangoDbBlocker

from bench.served import Served
from hall.support.operations.binaries import find_binaries
from hall.support.operations.postgres import EmbeddedPostgres


@pytest.fixture
def hall(transactional_db: None) -> Iterator[Served]:
    """Two web processes over the tests' own database, started again when they die."""
    with Served(os.environ["HALL_DATABASE_URL"], settings.VAR_DIR, settings="tests.settings") as served:
        yield served


@pytest.fixture(scope="module")
def own_server(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[EmbeddedPostgres]:
    """A PostgreSQL server that may be killed: durable as the product's own, migrated, and Django connected to it."""
    var = Path(tempfile.mkdtemp(prefix="hall-faults-"))
    var.chmod(0o755)
    server = EmbeddedPostgres(var, say=lambda line: None)
    before, address = dict(connection.settings_dict), os.environ["HALL_DATABASE_URL"]
    from tests.ground.own import forget

    with django_db_blocker.unblock():
        os.environ["HALL_DATABASE_URL"] = server.start()
        connection.close()
        connection.settings_dict |= _place(server.address)
        forget()
        try:
            _copy(address, server.address)
            yield server
        finally:
            connection.close()
            connection.settings_dict |= before
            os.environ["HALL_DATABASE_URL"] = address
            forget()
            server.stop()
            shutil.rmtree(var, ignore_errors=True)
            if server.data_folder.exists():
                shutil.rmtree(server.data_folder, ignore_errors=True)


def _copy(source: str, target: str) -> None:
    """The migrated tables as a dump: quicker than all the migrations."""
    programs = find_binaries(os.environ.get("HALL_POSTGRES_BIN"))
    dump = subprocess.run([programs.path("pg_dump"), "--no-owner", "--no-privileges", source], stdout=subprocess.PIPE, check=True)
    subprocess.run([programs.path("psql"), "-qXv", "ON_ERROR_STOP=1", target], input=dump.stdout, stdout=subprocess.DEVNULL, check=True)


def _place(address: str) -> dict[str, str]:
    # Not by the product's settings: they must not be loaded before the tests have chosen theirs.
    parts = urlsplit(address)
    return {
        "NAME": parts.path.strip("/"),
        "USER": parts.username or "",
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port),
    }
