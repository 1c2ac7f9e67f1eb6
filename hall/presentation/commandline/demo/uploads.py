"""Files that the people of the demo hand in."""

import io
from datetime import datetime

from PIL import Image, ImageFilter

from hall.presentation.commandline.demo.filling import paper
from hall.services.applications import commands as applications
from hall.services.applications import queries as drafts
from hall.support.access.actors import Actor
from hall.support.filestore import store


def upload(actor: Actor, draft_id: int, key: str, name: str, content: bytes, now: datetime) -> None:
    """Hang a file on a material of a draft, as its applicant does."""
    file = store.store_upload(
        actor=actor,
        stream=io.BytesIO(content),
        declared_name=name,
        accept=(name.rpartition(".")[2],),
        max_bytes=20 * 1024 * 1024,
        now=now,
    )
    applications.add_material(actor=actor, draft_id=draft_id, material_key=key, file=file, now=now)


def give_a_bad_photo(actor: Actor, draft_id: int, now: datetime) -> None:
    """A soft photo on its side for the first material that takes one: its check card says so and offers to turn it."""
    page = drafts.draft_page(actor, draft_id, now=now)
    assert page is not None
    material = next((one for one in page.materials if "jpg" in one.accept and one.kind not in {"photo", "drawing"}), None)
    if material is None:
        return
    taken, content = Image.open(io.BytesIO(paper(material.name, "jpg"))), io.BytesIO()
    taken.filter(ImageFilter.GaussianBlur(2)).rotate(90, expand=True).save(content, "JPEG")
    upload(actor, draft_id, material.key, "手机横拍.jpg", content.getvalue(), now)
