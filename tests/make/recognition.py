"""A citizen with a form that takes what a card or a licence says, and pictures to read."""

import io
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from hall.services.applications import commands, queries, recognition
from hall.services.applications.queries import DraftPage
from hall.services.applications.recognition import Reading
from hall.support.access.actors import Actor
from hall.support.jobs.queue import run_due_now
from tests.make import people, scenes
from tests.make.catalogue import make_item, material_row
from tests.make.forms import make_schema
from tests.make.people import NOW

CARD = scenes.with_words(scenes.draw_id_card(), scenes.card_lines())
LICENCE = scenes.with_words(scenes.draw_licence(), scenes.licence_lines())
NAME = {"type": "string", "title": "老年人姓名", "x-rule": "name_zh", "x-prefill": "id_card.name"}
NUMBER = {"type": "string", "title": "老年人身份证号码", "x-rule": "id_number", "x-prefill": "id_card.id_number"}
HOME = {"type": "string", "title": "户口所在地住址", "x-widget": "address", "x-prefill": "id_card.address"}
APPLICANT = {"type": "string", "title": "姓名", "x-rule": "name_zh", "x-prefill": "profile.name", "x-verified": True}
FIELDS: dict[str, Any] = {"applicant_name": APPLICANT, "elder_name": NAME, "elder_id": NUMBER, "home": HOME}
ID_COPY = material_row(name="身份证复印件", kind="id", accept=["jpg", "png"], max_mb=2)


@dataclass
class Filling:
    """A draft whose form can be filled in from a picture, and its person."""

    account_id: int
    actor: Actor
    draft_id: int

    @property
    def page(self) -> DraftPage:
        found = queries.draft_page(self.actor, self.draft_id, now=NOW)
        assert found is not None
        return found

    @property
    def reading(self) -> Reading:
        found = recognition.reading_of(self.page, today=NOW.date())
        assert found is not None
        return found

    def give(self, content: bytes = CARD, *, is_read: bool = True) -> UUID:
        reading_id = recognition.ask_reading(
            actor=self.actor, draft_id=self.draft_id, stream=io.BytesIO(content), declared_name="身份证.png", now=NOW
        )
        if is_read:
            run_due_now()
        return reading_id

    def take(self, reading_id: UUID, *names: str, material: str = "") -> int:
        return recognition.take_read(actor=self.actor, page=self.page, reading_id=reading_id, names=names, material_key=material, now=NOW)


def make_filling(**fields: Any) -> Filling:
    """A new citizen at the form of a new item; by default it asks for an old person's name, number and home, and for a copy of the card."""
    schema = make_schema(**(fields or FIELDS))
    item = make_item(form_schemas=dict.fromkeys(("person", "org"), schema), materials=[material_row(), ID_COPY | {"seq": 2}])
    account_id = people.make_citizen()
    actor = people.actor_for(account_id)
    return Filling(account_id, actor, commands.start_draft(actor=actor, item_code=item.code, now=NOW))
