"""Materials of libraries, uploaded the real way; and wishes and offers for the rules."""

import io
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from hall.services.materials import commands, queries
from hall.services.materials.commands import Description
from hall.services.materials.rows import MaterialRow
from hall.services.materials.rules import Grade, Offer, OfferedFile, Origin, Wanted, name_key
from hall.support.access.actors import Actor
from tests.make.files import make_pdf
from tests.make.people import NOW

TODAY = date(2026, 11, 23)


@lru_cache
def _content(text: str) -> bytes:
    return make_pdf(text=text)


def paper(text: str = "Lease", *, name: str = "租赁合同.pdf") -> tuple[io.BytesIO, str]:
    """One file as a browser sends it; the same text is the same content."""
    return io.BytesIO(_content(text)), name


def make_material(actor: Actor, *, name: str = "租赁合同", text: str = "Lease", now: datetime = NOW, **said: Any) -> MaterialRow:
    """A material that the actor uploaded: one page of its own text."""
    material_id = commands.upload_material(actor=actor, files=[paper(text)], said=Description(name, **said), now=now)
    return row_of(actor, material_id)


def row_of(actor: Actor, material_id: int) -> MaterialRow:
    """The material as its holder sees it."""
    page = queries.material_page(actor, material_id)
    assert page is not None
    return page.row


def names_in(actor: Actor, **narrowed: Any) -> list[str]:
    """The names on the first page of the actor's library, newest first."""
    return [row.name for row in queries.library(actor, today=TODAY, **narrowed).rows]


def wish(**changes: Any) -> Wanted:
    """A material that an application asks for."""
    return Wanted(
        **{
            "key": "m1",
            "name": "租赁合同",
            "kind": "venue",
            "cert_type": "",
            "item_codes": ("370126014000",),
            "accept": ("pdf", "jpg"),
            "max_bytes": 20 << 20,
            "is_reusable": True,
            **changes,
        }
    )


def offer(**changes: Any) -> Offer:
    """What a library holds: by default something that suits `wish()`."""
    return Offer(
        **{
            "name_key": name_key("租赁合同"),
            "cert_type": "",
            "item_code": "",
            "origin": Origin.UPLOADED,
            "grade": Grade.UPLOADED,
            "valid_until": TODAY + timedelta(days=1),
            "files": (OfferedFile("pdf", 1000, True),),
            **changes,
        }
    )
