"""What the addresses of whole families of routes name, for the test that knocks at every door."""

from datetime import datetime
from typing import Any

from hall.services.appointments import drawing
from hall.services.cases.joint import leave_part
from hall.services.catalogue import drafting
from hall.services.catalogue.queries import ItemVersionRow
from hall.services.forms import commands as forms
from hall.services.forms import groups, tables
from hall.services.materials.commands import make_folder
from hall.services.serials import outside, progress
from hall.support.access.actors import Actor
from hall.support.identity import clients
from tests.make.applications import make_file
from tests.make.appointments import book, make_bookable_item, make_coming_slot
from tests.make.catalogue import material_row
from tests.make.joint import make_chain, make_joint, make_joint_draft, page_of
from tests.make.machines import make_client
from tests.make.materials import make_material
from tests.make.people import NOW, SYSTEM


def item_draft_for_doors(clerk: Actor, code: str, *, now: datetime) -> tuple[int, Any]:
    """A draft of the item with a blank form; its id and the form's."""
    file = make_file(clerk)
    draft_id = drafting.start_draft(actor=clerk, item_code=code, now=now)
    materials = [material_row(blank_form_id=str(file.file_id))]
    drafting.save_draft(actor=clerk, draft_id=draft_id, revision=0, changes={"materials": materials}, files=[file], now=now)
    return draft_id, file.file_id


def joint_for_doors(owner: Actor, now: datetime) -> dict[str, Any]:
    """What the addresses of joint applications name: an open draft with a file, and a whole of which one part was left."""
    made = make_joint(make_chain(2), applicant=owner, now=now)
    leave_part(actor=owner, serial=made.serial, position=1, now=now)
    draft_id = make_joint_draft(owner, make_chain(2), now=now)
    file = page_of(owner, draft_id, now=now).files[0]
    return {"draft_id": draft_id, "key": file.material_key, "file_id": file.file.file_id, "serial": made.serial, "position": 1}


def booking_for_doors(owner: Actor, now: datetime) -> dict[str, Any]:
    """What the addresses of visits name: a booking, its slot and schedule, how the page before names that slot, and what nobody has."""
    slot = make_coming_slot(item=make_bookable_item(department_code="SD02"))
    wish = f"?item={slot.subject.partition(':')[2]}&venue={slot.venue_code}&day={slot.day.isoformat()}&slot={slot.pk}"
    drawn = drawing.draw_of_slot(make_coming_slot(is_drawn=True).pk)
    assert drawn is not None
    names = {"draw": drawn.code, "slot_id": slot.pk, "schedule_id": slot.schedule_id, "entry_id": 1, "bar_id": 1, "visit_query": wish}
    names |= {"drawn_slot_id": drawn.slot_id, "entry": 2**62, "bar": 2**62}
    return names | {"booking": book(owner, slot, now=now).code}


def serial_for_doors(staff: dict[str, Any], owner: Actor, item: ItemVersionRow, now: datetime) -> dict[str, Any]:
    """What the addresses of numbers and machine clients name: a number taken by the item's clerk, kept in view by the owner; a client of
    SD02 with two secrets.
    """
    taken = outside.issue_at_counter(actor=staff["clerk"], item_code=item.code, applicant="田桂芳", request_key="doors", now=now)
    progress.follow_serial(actor=owner, serial=taken.serial, query_code=taken.query_code, now=now)
    made = make_client()
    clients.add_secret(actor=SYSTEM, row_id=made.row_id, request_key="doors", now=NOW)
    row = clients.client(made.row_id)
    assert row is not None
    return {"window": taken.serial, "row_id": made.row_id, "secret_id": row.secrets[0].secret_id, "block": 1}


def forms_for_doors(item: ItemVersionRow, clerk: Actor, now: datetime) -> dict[str, Any]:
    """What the addresses of form design name: a draft of the item's form, a code table and a group of fields."""
    tables.save_table(actor=clerk, code="doors", title="代码", text="代码,名称\n01,甲", revision=None, now=now)
    form_id = forms.start_draft(actor=clerk, item_code=item.code, audience="person", now=now)
    groups.save_group(actor=clerk, draft_id=form_id, revision=0, place=0, title="联系人", now=now)
    return {"table_code": "doors", "form_id": form_id, "group_key": groups.groups(clerk)[0].key}


def library_for_doors(owner: Actor, now: datetime) -> dict[str, Any]:
    """What the addresses of a library name: a material with its file, and a folder."""
    row = make_material(owner, now=now)
    return {"material_id": row.material_id, "file_id": row.files[0].file_id, "folder_id": make_folder(actor=owner, name="厂区", now=now)}
