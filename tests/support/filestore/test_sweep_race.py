"""The sweep against an upload of the same content that has not committed yet."""

import io
import os
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection, transaction

from hall.support.access.actors import Actor, Role
from hall.support.filestore import disk, jobs, store
from tests.make import files

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
ZHAO_LIU = Actor(account_id=10, name="赵六", roles=frozenset({Role.CITIZEN}))
ROUNDS = 12


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: object) -> Path:
    settings.FILES_DIR, settings.DISK_FLOOR_BYTES, settings.CLAMD_ADDRESS = tmp_path / "files", 0, ""
    return tmp_path / "files"


def losses() -> int:
    """Uploads whose content was swept between the writing and the commit of their row."""
    lost = 0
    for number in range(ROUNDS):
        stored, swept = threading.Event(), threading.Event()
        rows = []

        def upload(
            number: int = number, stored: threading.Event = stored, swept: threading.Event = swept, rows: list[store.FileRow] = rows
        ) -> None:
            try:
                with transaction.atomic():
                    stream = io.BytesIO(files.make_pdf(text=f"round {number}"))
                    rows.append(
                        store.store_upload(
                            actor=ZHAO_LIU, stream=stream, declared_name="a.pdf", accept=("pdf",), max_bytes=1 << 20, now=NOW
                        )
                    )
                    stored.set()
                    swept.wait(20)
            finally:
                stored.set()
                connection.close()

        person = threading.Thread(target=upload)
        person.start()
        stored.wait(20)
        path = disk.content_path(rows[0].sha256)
        os.utime(path, (0, 0))  # as if the day of grace had passed during the transaction
        jobs.sweep(now=NOW + timedelta(days=2))
        swept.set()
        person.join()
        lost += not path.exists()
    return lost


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_the_sweep_never_takes_content_that_is_about_to_be_used() -> None:
    assert losses() == 0


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_content_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "content_lock", lambda _: 1)
    assert losses() > 0
