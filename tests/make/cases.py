"""Drafts and cases for tests, made and moved by the real commands only: every row, notice and event is there as in life."""

import io
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from hall.presentation.commandline.demo.filling import answers_for
from hall.services.applications import commands as applications
from hall.services.applications import queries as drafts
from hall.services.cases import deciding, handling, queries
from hall.services.cases.deciding import DeliveryMethod
from hall.services.cases.handling import Point
from hall.services.cases.rows import CaseFile
from hall.services.catalogue.queries import ItemVersionRow
from hall.support.access.actors import Actor, Role
from hall.support.filestore import store
from hall.support.filestore.rows import FileRow
from tests.make.catalogue import make_item
from tests.make.files import make_pdf
from tests.make.people import NOW, citizen_actor, staff_actor

# A case is walked along one of these; each step takes a minute.
WAY = ("submitted", "pre_review", "accepted", "reviewing", "opinion", "decided", "printing", "delivering", "closed")
SIDEWAYS = ("correction",)


@dataclass
class MadeCase:
    """A case with everybody around it. `now` is the moment of its last step."""

    serial: str
    draft_id: int
    item: ItemVersionRow
    applicant: Actor
    clerk: Actor
    reviewer: Actor
    leader: Actor
    now: datetime

    @property
    def file(self) -> CaseFile:
        """The case as its department sees it now."""
        found = queries.case_file(self.clerk, self.serial, now=self.now)
        assert found is not None
        return found

    @property
    def revision(self) -> int:
        return self.file.row.revision


def make_file(actor: Actor, *, name: str = "项目申请书.pdf", content: bytes | None = None, now: datetime = NOW) -> FileRow:
    """An uploaded PDF of one page."""
    stream = io.BytesIO(make_pdf() if content is None else content)
    return store.store_upload(actor=actor, stream=stream, declared_name=name, accept=("pdf",), max_bytes=20 * 1024 * 1024, now=now)


def make_draft(applicant: Actor, item_code: str, *, answers: dict[str, Any] | None = None, now: datetime = NOW) -> tuple[int, int]:
    """A draft that can be handed in: form filled, required materials uploaded. Returns its id and revision."""
    draft_id = applications.start_draft(actor=applicant, item_code=item_code, now=now)
    page = drafts.draft_page(applicant, draft_id, now=now)
    assert page is not None
    filled = answers_for(page.definition, timezone.localdate(now)) | page.answers | (answers or {})
    saved = applications.save_draft(actor=applicant, draft_id=draft_id, revision=page.revision, answers=filled, now=now)
    for material in page.version.materials:
        if material.is_required:
            file = make_file(applicant, name=f"{material.name}.pdf", now=now)
            applications.add_material(actor=applicant, draft_id=draft_id, material_key=material.key, file=file, now=now)
    return draft_id, saved.revision


def make_case(
    *,
    state: str = "submitted",
    applicant: Actor | None = None,
    item: ItemVersionRow | None = None,
    clerk: Actor | None = None,
    reviewer: Actor | None = None,
    leader: Actor | None = None,
    answers: dict[str, Any] | None = None,
    method: DeliveryMethod = DeliveryMethod.ELECTRONIC,
    now: datetime = NOW,
) -> MadeCase:
    """A case of a new citizen for a new promised item of SD02, walked to `state`: one of `WAY` or `SIDEWAYS`.

    "opinion" is a reviewed case that waits for its decision; "delivering" and "closed" follow from `method`.
    """
    assert state in (*WAY, *SIDEWAYS), state
    item = item or make_item()
    code = item.department_code
    applicant = applicant or citizen_actor()
    draft_id, revision = make_draft(applicant, item.code, answers=answers, now=now)
    submitted = applications.submit_application(actor=applicant, draft_id=draft_id, revision=revision, now=now)
    case = MadeCase(
        serial=submitted.serial,
        draft_id=draft_id,
        item=item,
        applicant=applicant,
        clerk=clerk or staff_actor(Role.CLERK, department_code=code),
        reviewer=reviewer or staff_actor(Role.REVIEWER, department_code=code),
        leader=leader or staff_actor(Role.LEADER, department_code=code),
        now=now,
    )
    if state == "delivering":
        method = DeliveryMethod.COUNTER
    if state == "correction":
        _claim(case, method)
        ask_correction(case)
        return case
    for step in WAY[1 : WAY.index(state) + 1]:
        if step != "delivering" or state == "delivering" or method is not DeliveryMethod.ELECTRONIC:
            case.now += timedelta(minutes=1)
            STEPS[step](case, method)
    return case


def ask_correction(case: MadeCase) -> None:
    """The clerk asks for the first material and the first field of the form that may be corrected."""
    case.now += timedelta(minutes=1)
    material = case.item.materials[0]
    kind = "org" if case.applicant.enterprise_id is not None else "person"
    field = next(iter(case.item.form_schemas[kind]["properties"].items()))
    points = (
        Point("material", material.key, material.name, "第 1 页不清晰，请重新上传。"),
        Point("field", field[0], field[1]["title"], "与材料不一致，请核对。"),
    )
    handling.request_correction(actor=case.clerk, serial=case.serial, revision=case.revision, points=points, days=10, now=case.now)


def _claim(case: MadeCase, _: DeliveryMethod) -> None:
    handling.claim_case(actor=case.clerk, serial=case.serial, now=case.now)


def _accept(case: MadeCase, _: DeliveryMethod) -> None:
    handling.accept_case(actor=case.clerk, serial=case.serial, revision=case.revision, now=case.now)


def _review(case: MadeCase, _: DeliveryMethod) -> None:
    handling.claim_case(actor=case.reviewer, serial=case.serial, now=case.now)


def _advise(case: MadeCase, _: DeliveryMethod) -> None:
    deciding.give_opinion(
        actor=case.reviewer,
        serial=case.serial,
        revision=case.revision,
        is_grant_advised=True,
        opinion="材料齐全，符合法定条件。",
        now=case.now,
    )


def _decide(case: MadeCase, _: DeliveryMethod) -> None:
    decider = case.leader if case.item.leader_approval else case.reviewer
    deciding.decide_case(actor=decider, serial=case.serial, revision=case.revision, is_granted=True, reason="", now=case.now)


def _make_result(case: MadeCase, _: DeliveryMethod) -> None:
    deciding.make_result(actor=case.clerk, serial=case.serial, revision=case.revision, valid_until=None, now=case.now)


def _deliver(case: MadeCase, method: DeliveryMethod) -> None:
    deciding.deliver_case(actor=case.clerk, serial=case.serial, revision=case.revision, method=method, now=case.now)


def _close(case: MadeCase, method: DeliveryMethod) -> None:
    if method is DeliveryMethod.ELECTRONIC:
        _deliver(case, method)  # reaches the applicant at once and ends the case
    else:
        deciding.close_case(actor=case.clerk, serial=case.serial, revision=case.revision, method=method, receiver="", now=case.now)


STEPS = {
    "pre_review": _claim,
    "accepted": _accept,
    "reviewing": _review,
    "opinion": _advise,
    "decided": _decide,
    "printing": _make_result,
    "delivering": _deliver,
    "closed": _close,
}
