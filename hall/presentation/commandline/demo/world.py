"""The demo world: some sixty cases over every state, two departments, ratings with replies. Every row comes from a command."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from hall.presentation.commandline.demo import asking, clocks, designing, instant, library, licences, people, together, uploads, visits
from hall.presentation.commandline.demo.days import Diary
from hall.presentation.commandline.demo.filling import answers_for, paper
from hall.presentation.commandline.demo.numbers import take_numbers
from hall.presentation.commandline.demo.opinions import GRADES, WORDS
from hall.presentation.commandline.demo.paying import take_fees
from hall.presentation.commandline.demo.people import HEALTH, MARKET, Cast
from hall.services.applications import commands as applications
from hall.services.applications import queries as drafts
from hall.services.cases import commands as cases
from hall.services.cases import deciding, handling, hearings, queries, results
from hall.services.cases import jobs as case_jobs
from hall.services.cases.deciding import DeliveryMethod
from hall.services.cases.handling import Point
from hall.services.ratings import commands as ratings
from hall.services.ratings import rules as rating_rules
from hall.support.access.actors import Actor, Role
from hall.support.audit import trail
from hall.support.filestore import store
from hall.support.identity import queries as identity
from hall.support.jobs import queue
from hall.support.refusals import Refusal


class RealAccounts(Refusal):
    sentence = "数据库里有真实账号，示范数据不会写入。"


# Items of the two departments: promised with a leader's decision, promised, instant, and one with paper originals.
_MARKET_ORG = ("370126014000", "370126013000", "370126016000", "370126001000", "371026002000")
_HEALTH_PERSON = ("370121005000", "370121003000", "370121006000", "370121004000", "372021001000")
_WITH_ORIGINALS = "370121002000"  # 医疗机构执业登记

# How far a case goes: one line for each, some sixty in all.
PLANS = (
    *("submitted",) * 6,
    *("pre_review",) * 4,
    *("received",) * 2,
    *("correction",) * 4,
    *("corrected",) * 2,
    *("accepted",) * 4,
    *("reviewing",) * 4,
    *("opinion",) * 3,
    *("special",) * 2,
    *("hearing",) * 1,
    *("extended",) * 1,
    *("extension_asked",) * 1,
    *("decided",) * 3,
    *("printing",) * 2,
    *("delivering",) * 2,
    *("closed",) * 14,
    *("denied",) * 2,
    *("not_accepted",) * 2,
    *("returned",) * 2,
    *("withdrawn",) * 2,
    *("void",) * 1,
)


@dataclass
class World:
    """What the building of the world carries along."""

    cast: Cast
    now: datetime
    built: int = 0

    def staff(self, department: str, role: Role) -> Actor:
        return self.cast.staff[department, role]


def build_world(*, now: datetime, say: Callable[[str], object] = lambda line: None) -> int:
    """Build the demo world once; returns the number of cases made, 0 when it stands already. `say` hears how far it is.

    Raises: RealAccounts on a database that holds accounts which are not the demo's.
    """
    if identity.has_real_accounts():
        raise RealAccounts
    if identity.account_id_of_username(people.STAFF[0].username) is not None:
        return 0
    world = World(people.settle(now - timedelta(days=60)), now)
    designing.design_forms(world.cast, now - timedelta(days=59))
    designing.word_papers(now - timedelta(days=58))
    library.agree(actor=world.cast.company, now=now - timedelta(days=60))
    with licences.service():
        for number, plan in enumerate(PLANS):
            _build_case(world, number, plan)
            if number % 10 == 9:
                say(f"示范办件 {number + 1}/{len(PLANS)}")
        _build_joint(world)
        company = world.cast.company
        world.built += instant.apply_by_rule(staff=world.cast.staff, submit=lambda item, day: _submit(world, company, item, day), now=now)
        world.built += take_fees(cast=world.cast, review=lambda actor, item, day: _to_opinion(world, actor, item, day), now=now)
        _leave_drafts(world)
    asking.leave_asks(staff=world.cast.staff, now=now)
    _change_results(world)
    visits.book_visits(cast=world.cast, now=now)
    take_numbers(cast=world.cast, now=now)
    library.fill(actor=world.cast.company, now=now - timedelta(days=2))
    case_jobs.void_overdue_corrections(now=now)
    queue.run_due_now(rounds=20_000)
    trail.seal()
    return world.built


def _applicant(world: World, number: int, department: str) -> tuple[Actor, str]:
    if department == MARKET:
        return world.cast.company, _MARKET_ORG[number % len(_MARKET_ORG)]
    persons = (world.cast.citizen, *world.cast.neighbours)
    return persons[number % len(persons)], _HEALTH_PERSON[(number // 2) % len(_HEALTH_PERSON)]


def _build_case(world: World, number: int, plan: str) -> None:
    department = MARKET if number % 2 else HEALTH
    actor, item = _applicant(world, number, department)
    if plan == "received":
        department, actor, item = HEALTH, world.cast.company, _WITH_ORIGINALS
    if plan in {"reviewing", "opinion", "special", "hearing", "accepted", "extended", "extension_asked"} and item in {
        "371026002000",
        "372021001000",
    }:
        # 即办件 have no review; take a promised one.
        item = "370126013000" if department == MARKET else "370121003000"
    if plan in {"extended", "extension_asked"}:
        department, actor, item = MARKET, world.cast.company, _MARKET_ORG[0]
    # What waits for acceptance, or for a word about a hearing, is younger than five working days: after that the hall itself goes on.
    waiting = {
        "submitted": number % 5,
        "pre_review": 2 + number % 3,
        "received": 2 + number % 2,
        "corrected": 3,
        "hearing": 3,
        "extended": 6,
        "extension_asked": 4,
    }
    ago = {**waiting, "void": 30}.get(plan, 4 + number % 12)
    diary = Diary.from_days_ago(ago, world.now, number * 3 % 60)
    serial = _submit(world, actor, item, diary, with_licences=plan == "submitted")
    Walk(world, actor, department, serial, diary, number).to(plan)
    world.built += 1


def _submit(world: World, actor: Actor, item: str, diary: Diary, *, with_licences: bool = False) -> str:
    draft_id = applications.start_draft(actor=actor, item_code=item, now=diary.moment)
    page = drafts.draft_page(actor, draft_id, now=diary.moment)
    assert page is not None
    answers = {**answers_for(page.definition, timezone.localdate(diary.moment)), **page.answers}
    saved = applications.save_draft(actor=actor, draft_id=draft_id, revision=page.revision, answers=answers, now=diary.later(minutes=6))
    covered = licences.fetch_for(actor, draft_id, now=diary.later(minutes=1)) if with_licences else frozenset()
    for material in page.version.materials:
        if material.is_required and material.key not in covered:
            extension = "pdf" if "pdf" in material.accept else material.accept[0]
            _upload(actor, draft_id, material.key, material.name, extension, diary.later(minutes=1))
    return applications.submit_application(actor=actor, draft_id=draft_id, revision=saved.revision, now=diary.later(minutes=4)).serial


def _to_opinion(world: World, actor: Actor, item: str, diary: Diary) -> str:
    serial = _submit(world, actor, item, diary)
    Walk(world, actor, MARKET, serial, diary, 0).to("opinion")
    return serial


def _upload(actor: Actor, draft_id: int, key: str, name: str, extension: str, now: datetime) -> None:
    uploads.upload(actor, draft_id, key, f"{name}.{extension}", paper(name, extension), now)


def _build_joint(world: World) -> None:
    """Several items handed in together; the first is done, so that what waited for it opens by itself."""
    handed = together.apply_together(actor=world.cast.company, now=world.now)
    if handed is None:
        return
    serial, diary = handed
    number = together.numbers_of_parts(actor=world.cast.company, serial=serial, now=world.now)[together.FIRST]
    Walk(world, world.cast.company, MARKET, number, diary, 0).to("closed")
    world.built += 1


def _change_results(world: World) -> None:
    """One result was taken back, another made anew."""
    closed = queries.my_cases(world.cast.company, tab="closed", before=None, limit=20, now=world.now).rows
    granted = [row for row in closed if row.close_kind == "granted"]
    for row, is_revoked in zip(granted, (True, False), strict=False):
        clerk, leader = (world.staff(row.department_code, role) for role in (Role.CLERK, Role.LEADER))
        file = queries.case_file(clerk, row.serial, now=world.now)
        assert file is not None
        made = [document.document_id for document in file.documents if document.kind == "result"]
        if is_revoked:
            reason = "经核查，申请时提供的检验报告不真实，依据《行政许可法》第六十九条撤销。"
            results.revoke_result(actor=leader, serial=row.serial, document_id=made[-1], reason=reason, now=world.now)
        else:
            results.replace_result(
                actor=clerk,
                serial=row.serial,
                document_id=made[-1],
                kind=results.Replacement.CHANGED,
                reason="法定代表人变更。",
                valid_until=timezone.localdate(world.now) + timedelta(days=5 * 365),
                now=world.now,
            )


def _leave_drafts(world: World) -> None:
    for actor, item in ((world.cast.citizen, "370121008000"), (world.cast.company, "370126015000")):
        draft_id = applications.start_draft(actor=actor, item_code=item, now=world.now - timedelta(hours=3))
        licences.fetch_for(actor, draft_id, now=world.now - timedelta(hours=2))
        uploads.give_a_bad_photo(actor, draft_id, world.now - timedelta(hours=1))
    together.leave_begun(actor=world.cast.citizen, now=world.now - timedelta(hours=2))


@dataclass
class Walk:
    """Takes one case along its plan, each step by the person whose step it is."""

    world: World
    applicant: Actor
    department: str
    serial: str
    diary: Diary
    number: int

    @property
    def revision(self) -> int:
        file = queries.case_file(self.staff(Role.CLERK), self.serial, now=self.diary.moment)
        assert file is not None
        self.file = file
        return file.row.revision

    def staff(self, role: Role) -> Actor:
        return self.world.staff(self.department, role)

    def to(self, plan: str) -> None:
        """Walk until the plan's state is reached."""
        if plan == "submitted":
            return
        clerk = self.staff(Role.CLERK)
        handling.claim_case(actor=clerk, serial=self.serial, now=self.diary.later(minutes=90))
        early = {
            "pre_review": self._stay,
            "received": self._receive,
            "correction": self._correct,
            "corrected": self._resubmit,
            "void": self._correct,
            "not_accepted": self._refuse,
            "returned": self._return,
            "withdrawn": self._withdraw,
        }
        if plan in early:
            early[plan]()
            return
        handling.accept_case(actor=clerk, serial=self.serial, revision=self.revision, now=self.diary.later(days=1))
        if plan != "accepted":
            self._review(plan)

    def _stay(self) -> None:
        """A case in pre-review waits for its clerk."""

    def _receive(self) -> None:
        handling.receive_originals(actor=self.staff(Role.CLERK), serial=self.serial, revision=self.revision, now=self.diary.later(days=1))

    def _correct(self) -> None:
        revision = self.revision
        material = self.file.version.materials[0]
        points = (Point("material", material.key, material.name, "第 1 页不清晰，看不清日期和印章，请重新扫描后上传。"),)
        handling.request_correction(
            actor=self.staff(Role.CLERK), serial=self.serial, revision=revision, points=points, days=10, now=self.diary.later(minutes=50)
        )

    def _resubmit(self) -> None:
        self._correct()
        assert self.revision
        point = self.file.points[0]
        file = store.store_upload(
            actor=self.applicant,
            stream=io.BytesIO(paper(f"{point.target_name}（补正）", "pdf")),
            declared_name=f"{point.target_name}-补正.pdf",
            accept=("pdf",),
            max_bytes=20 * 1024 * 1024,
            now=self.diary.later(days=1),
        )
        cases.correct_material(actor=self.applicant, serial=self.serial, point_id=point.point_id, file=file, now=self.diary.later())
        cases.resubmit_case(actor=self.applicant, serial=self.serial, now=self.diary.later(minutes=3))

    def _refuse(self) -> None:
        reason = "申请事项依法不需要取得许可，您可以直接开展活动。"
        handling.refuse_case(
            actor=self.staff(Role.CLERK), serial=self.serial, revision=self.revision, reason=reason, now=self.diary.later(days=1)
        )

    def _return(self) -> None:
        reason = "与您前一日提交的申请重复，请以前一件为准。"
        handling.return_case(
            actor=self.staff(Role.CLERK), serial=self.serial, revision=self.revision, reason=reason, now=self.diary.later()
        )

    def _withdraw(self) -> None:
        cases.withdraw_case(actor=self.applicant, serial=self.serial, reason="暂时不办了", now=self.diary.later(days=1))

    def _review(self, plan: str) -> None:
        revision = self.revision
        is_instant = self.file.version.handling_type == "instant"
        decider = self.staff(Role.CLERK)
        if not is_instant:
            reviewer = self.staff(Role.REVIEWER)
            handling.claim_case(actor=reviewer, serial=self.serial, now=self.diary.later(minutes=120))
            if plan == "reviewing":
                return
            if plan in {"special", "hearing"}:
                self._pause(plan)
                return
            if plan in {"extended", "extension_asked"}:
                clocks.extend(self.staff, self.serial, self.diary, is_decided=plan == "extended")
                return
            deciding.give_opinion(
                actor=reviewer,
                serial=self.serial,
                revision=self.revision,
                is_grant_advised=plan != "denied",
                opinion="材料齐全，符合法定条件。" if plan != "denied" else "场所面积未达到规定要求。",
                now=self.diary.later(minutes=200),
            )
            if plan == "opinion":
                return
            decider = self.staff(Role.LEADER) if self.file.version.leader_approval else reviewer
            revision = self.revision
        self._decide(plan, decider, revision)

    def _pause(self, plan: str) -> None:
        now = self.diary.later(minutes=60)
        if plan == "special":
            deciding.start_special_procedure(
                actor=self.staff(Role.REVIEWER),
                serial=self.serial,
                revision=self.revision,
                procedure="现场核查",
                institution="省食品药品审评查验中心",
                expected_days=10,
                now=now,
            )
        else:
            hearings.give_hearing_notice(
                actor=self.staff(Role.LEADER),
                serial=self.serial,
                revision=self.revision,
                reason="可能影响相邻单位的重大利益，依法告知听证权利。",
                now=now,
            )

    def _decide(self, plan: str, decider: Actor, revision: int) -> None:
        is_granted = plan != "denied"
        reason = "" if is_granted else "经营场所面积未达到规定要求，不符合许可条件。"
        deciding.decide_case(
            actor=decider, serial=self.serial, revision=revision, is_granted=is_granted, reason=reason, now=self.diary.later(minutes=180)
        )
        if plan == "decided":
            return
        clerk = self.staff(Role.CLERK)
        if is_granted:
            deciding.make_result(
                actor=clerk,
                serial=self.serial,
                revision=self.revision,
                valid_until=timezone.localdate(self.world.now) + timedelta(days=5 * 365),
                now=self.diary.later(minutes=40),
            )
            if plan == "printing":
                return
        method = DeliveryMethod.COUNTER if plan == "delivering" else DeliveryMethod.ELECTRONIC
        deciding.deliver_case(actor=clerk, serial=self.serial, revision=self.revision, method=method, now=self.diary.later(minutes=20))
        if plan == "closed":
            self._rate()

    def _rate(self) -> None:
        grade = GRADES[self.number % len(GRADES)]
        text = WORDS[grade][self.number % len(WORDS[grade])]
        rated = ratings.rate_case(
            actor=self.applicant,
            serial=self.serial,
            grade=grade,
            dimensions={"guide": grade, "attitude": min(grade + 1, 5), "speed": grade},
            tags=[tag for tag, _ in rating_rules.tags_for(grade)[:2]],
            text=text,
            is_anonymous=self.number % 4 == 0,
            now=self.diary.later(minutes=30),
        )
        if grade <= 3 or self.number % 3 == 0:
            reply = "感谢您的评价，已把示例和说明补充到办事指南。" if grade <= 3 else "感谢认可，有问题随时拨打 12345。"
            ratings.reply_to_rating(actor=self.staff(Role.LEADER), rating_id=rated.rating_id, text=reply, now=self.diary.later(minutes=60))
