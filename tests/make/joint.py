"""Joint applications made the real way: draft, one form, one file for each document, submission; and their parts walked along."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from hall.presentation.commandline.demo.filling import answers_for
from hall.services.applications import joint as commands
from hall.services.applications import joint_queries as drafts
from hall.services.applications.joint_queries import JointDraftPage
from hall.services.cases import commands as applicants
from hall.services.cases import handling, joint_queries
from hall.services.cases.joint_queries import JointRow
from hall.services.cases.models import JointCase
from hall.services.catalogue.queries import ItemVersionRow
from hall.support.access.actors import Actor, Role
from hall.support.jobs import queue
from tests.make import cases
from tests.make.cases import make_file
from tests.make.catalogue import make_item
from tests.make.people import NOW, citizen_actor, staff_actor

MANY = ("SD02", "SD26", "SD33")


def make_chain(number: int = 2, **changes: Any) -> list[ItemVersionRow]:
    """Items of several departments, each of which must be done before the next."""
    items: list[ItemVersionRow] = []
    for place in range(number):
        related = {"prerequisite": [items[-1].code] if items else [], "followup": [], "parallel": [], "joint": []}
        items.append(make_item(name=f"事项{place + 1}", department_code=MANY[place % len(MANY)], related=related, **changes))
    return items


def make_joint_draft(
    actor: Actor,
    items: Sequence[ItemVersionRow],
    *,
    bundle_code: str = "",
    now: datetime = NOW,
    is_filled: bool = True,
    has_files: bool = True,
) -> int:
    """A joint draft, by default ready to be handed in."""
    draft_id = commands.start_joint(actor=actor, codes=[item.code for item in items], name="开办餐馆", bundle_code=bundle_code, now=now)
    page = page_of(actor, draft_id, now=now)
    if is_filled:
        answers = {**answers_for(page.whole.form.definition, timezone.localdate(now)), **page.answers}
        commands.save_joint(actor=actor, draft_id=draft_id, revision=page.revision, answers=answers, now=now)
    if has_files:
        for material in page.whole.materials:
            if material.is_required:
                file = make_file(actor, name=f"{material.name}.pdf", now=now)
                commands.add_material(actor=actor, draft_id=draft_id, material_key=material.key, file=file, now=now)
    return draft_id


def page_of(actor: Actor, draft_id: int, *, now: datetime = NOW) -> JointDraftPage:
    """The draft as its owner sees it."""
    page = drafts.joint_draft_page(actor, draft_id, now=now)
    assert page is not None
    return page


@dataclass
class MadeJoint:
    """A whole that was handed in. `now` moves on with each step."""

    serial: str
    joint_id: int
    applicant: Actor
    items: list[ItemVersionRow]
    now: datetime

    @property
    def row(self) -> JointRow:
        """The whole as its applicant sees it now."""
        found = joint_queries.joint_file(self.applicant, self.serial, now=self.now)
        assert found is not None
        return found.row

    @property
    def query_code(self) -> str:
        found = joint_queries.joint_file(self.applicant, self.serial, now=self.now)
        assert found is not None
        return found.query_code

    def states(self) -> list[str]:
        """Of each part: waiting, left, or the state of its case."""
        return [part.case.state.value if part.case else part.state.value for part in self.row.parts]

    def walk(self, position: int, state: str) -> None:
        """Take a part's case along its way by the department's people, and let follow what follows."""
        part = self.row.parts[position]
        assert part.case is not None
        case = _made(self, part.case.serial, part.department_code)
        if state in cases.WAY:
            at = cases.WAY.index(_step_of(case))
            for step in cases.WAY[at + 1 : cases.WAY.index(state) + 1]:
                if step != "delivering":
                    case.now += timedelta(minutes=1)
                    cases.STEPS[step](case, cases.DeliveryMethod.ELECTRONIC)
        else:
            _refuse(case, state)
        self.now = case.now
        queue.run_due_now()


def _step_of(case: cases.MadeCase) -> str:
    """The step of the way on which a case is now."""
    state = case.file.row.state.value
    return state if state in cases.WAY else "submitted"


def _made(joint: MadeJoint, serial: str, department: str) -> cases.MadeCase:
    people = {role: staff_actor(role, department_code=department) for role in (Role.CLERK, Role.REVIEWER, Role.LEADER)}
    item = next(item for item in joint.items if item.department_code == department)
    return cases.MadeCase(
        serial, 0, item, joint.applicant, people[Role.CLERK], people[Role.REVIEWER], people[Role.LEADER], joint.now + timedelta(minutes=1)
    )


def _refuse(case: cases.MadeCase, how: str) -> None:
    if how == "withdrawn":
        applicants.withdraw_case(actor=case.applicant, serial=case.serial, reason="", now=case.now)
        return
    assert how == "not_accepted", how
    handling.claim_case(actor=case.clerk, serial=case.serial, now=case.now)
    handling.refuse_case(actor=case.clerk, serial=case.serial, revision=case.revision, reason="不属于受理范围。", now=case.now)


def make_joint(
    items: Sequence[ItemVersionRow] | None = None, *, applicant: Actor | None = None, now: datetime = NOW, **draft: Any
) -> MadeJoint:
    """Several items handed in together, by default a chain of two."""
    items, applicant = list(items or make_chain()), applicant or citizen_actor()
    draft_id = make_joint_draft(applicant, items, now=now, **draft)
    revision = page_of(applicant, draft_id, now=now).revision
    done = commands.submit_joint(actor=applicant, draft_id=draft_id, revision=revision, now=now)
    return MadeJoint(done.serial, done.joint_id, applicant, items, now)


def count_joints(actor: Actor) -> int:
    """How many wholes the actor has."""
    return JointCase.objects.filter(account_id=actor.account_id).count()
