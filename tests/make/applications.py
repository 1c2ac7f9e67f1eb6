"""Applications made the real way: draft, form, one file for each required material, submission."""

import io
from dataclasses import dataclass
from datetime import datetime

from hall.presentation.commandline.demo.filling import answers_for
from hall.services.applications import commands, queries
from hall.services.catalogue.queries import ItemVersionRow
from hall.support.access.actors import Actor, Role
from hall.support.filestore import store
from hall.support.filestore.rows import FileRow
from tests.make import people
from tests.make.catalogue import make_item
from tests.make.files import make_pdf

NOW = people.NOW


def make_file(actor: Actor, *, text: str = "Application form", now: datetime = NOW) -> FileRow:
    """A stored one-page PDF."""
    return store.store_upload(
        actor=actor, stream=io.BytesIO(make_pdf(text=text)), declared_name="申请书.pdf", accept=("pdf",), max_bytes=1 << 20, now=now
    )


def make_draft(actor: Actor, item: ItemVersionRow, *, now: datetime = NOW, is_filled: bool = True, has_files: bool = True) -> int:
    """A draft, by default ready to be handed in."""
    draft_id = commands.start_draft(actor=actor, item_code=item.code, now=now)
    page = queries.draft_page(actor, draft_id, now=now)
    assert page is not None
    if is_filled:
        answers = {**answers_for(page.definition, now.date()), **page.answers}
        commands.save_draft(actor=actor, draft_id=draft_id, revision=page.revision, answers=answers, now=now)
    if has_files:
        for material in page.version.materials:
            commands.add_material(actor=actor, draft_id=draft_id, material_key=material.key, file=make_file(actor), now=now)
    return draft_id


def revision_of(actor: Actor, draft_id: int) -> int:
    """The draft's present revision."""
    page = queries.draft_page(actor, draft_id, now=NOW)
    assert page is not None
    return page.revision


@dataclass
class Filed:
    """A submitted case with everybody who has a part in it."""

    serial: str
    applicant: Actor
    clerk: Actor
    reviewer: Actor
    leader: Actor
    item: ItemVersionRow


def make_filed(*, now: datetime = NOW, **item: object) -> Filed:
    """A case just handed in, and the department's people. `item` are fields of items.jsonl."""
    version = make_item(**item)  # type: ignore[arg-type]
    applicant = people.citizen_actor()
    draft_id = make_draft(applicant, version, now=now)
    done = commands.submit_application(actor=applicant, draft_id=draft_id, revision=revision_of(applicant, draft_id), now=now)
    code = version.department_code
    return Filed(
        serial=done.serial,
        applicant=applicant,
        clerk=people.staff_actor(Role.CLERK, department_code=code),
        reviewer=people.staff_actor(Role.REVIEWER, department_code=code),
        leader=people.staff_actor(Role.LEADER, department_code=code),
        item=version,
    )
