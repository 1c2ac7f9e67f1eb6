"""A small whole hall: catalogue, the demo's people, one case or more in every state; served with its worker."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from tests.ground import built, databases, servers


@contextlib.contextmanager
def founded(var: Path) -> Iterator[servers.ServedHall]:
    """A copy of the built town in a database and a folder of its own, served; nothing stays behind."""
    template, files = built.template("town")
    shutil.copytree(files, var)
    name = databases.own_name("_town")
    address = databases.clone(name, of=template)
    try:
        with servers.serving(address, var, with_worker=True, HALL_OCR="sandbox_ocr") as hall:
            yield hall
    finally:
        databases.drop(name)
