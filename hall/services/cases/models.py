from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from hall.services.cases.clock_models import CaseExtension, CaseHearing
from hall.services.cases.instant_models import CaseInstant
from hall.services.cases.joining import PartState
from hall.services.cases.rules import END_STATES, CaseState

# Django finds a module's tables here.
__all__ = [
    "FAR",
    "Case",
    "CaseDocument",
    "CaseExtension",
    "CaseHearing",
    "CaseInstant",
    "CaseLicence",
    "CaseMaterial",
    "CasePause",
    "CaseStep",
    "CorrectionFile",
    "CorrectionPoint",
    "DocumentCounter",
    "ItemTally",
    "JointCase",
    "JointPart",
    "JointPartFile",
]
FAR = "9999-12-31"
_ENDS = sorted(state.value for state in END_STATES)


class Case(models.Model):
    """One matter of one applicant with one department, pinned to the item version that it was filed under."""

    serial = models.CharField(max_length=24, unique=True, null=True)  # noqa: DJ001  (null only inside the opening transaction)
    item_version = models.ForeignKey("catalogue.ItemVersion", on_delete=models.PROTECT, related_name="+")
    item_code = models.CharField(max_length=12)
    item_name = models.CharField(max_length=200)
    department_code = models.CharField(max_length=12)
    # The 业务办理项 that was applied for, by its key in the pinned version; empty where the item has none.
    variant = models.CharField(max_length=8, blank=True, db_default="", default="")
    # The whole that it is a part of, where it was handed in together with others.
    joint = models.ForeignKey("cases.JointCase", on_delete=models.PROTECT, null=True, db_index=False)
    channel = models.PositiveSmallIntegerField()

    account_id = models.BigIntegerField()
    enterprise_id = models.BigIntegerField(null=True)
    applicant_name = models.CharField(max_length=120)
    # Who it is about, for "search by identity number": a keyed digest, never the number.
    applicant_digest = models.CharField(max_length=64)
    # Form contents hold identity numbers and phones: encrypted whole.
    answers = models.BinaryField()
    query_code = models.BinaryField()
    # What the form's checks could not find out when it was handed in: sentences without personal data.
    unverified = models.JSONField(default=list, db_default=[])

    state = models.CharField(max_length=20, default=CaseState.SUBMITTED)
    close_kind = models.CharField(max_length=20, blank=True)
    # Rises with every step; an action names the revision it was decided on.
    revision = models.PositiveIntegerField(default=1)
    handler_id = models.BigIntegerField(null=True)
    handler_name = models.CharField(max_length=60, blank=True)
    accepted_by = models.BigIntegerField(null=True)
    reviewed_by = models.BigIntegerField(null=True)
    opinion = models.CharField(max_length=1000, blank=True)
    is_grant_advised = models.BooleanField(null=True)
    # 复审, where the item's flow has one.
    second_reviewed_by = models.BigIntegerField(null=True)
    second_opinion = models.CharField(max_length=1000, blank=True, default="", db_default="")
    is_second_grant_advised = models.BooleanField(null=True)
    is_granted = models.BooleanField(null=True)
    void_asked_by = models.BigIntegerField(null=True)
    # When the fee that the item takes before the decision, or before the result, was settled.
    first_fee_at = models.DateTimeField(null=True)
    then_fee_at = models.DateTimeField(null=True)

    submitted_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    moved_at = models.DateTimeField()
    # The deadline of the clock that runs now, as a date; empty while paused or at an end.
    due_on = models.DateField(null=True)
    # The end of the law's own period, where the law sets one; it runs, stops and is extended together with the promise.
    statutory_due_on = models.DateField(null=True)
    # Sort key of the work queue: due_on, or the far end.
    queue_on = models.DateField(default=FAR)
    # Until when the applicant may correct.
    correction_due_on = models.DateField(null=True)

    class Meta:
        db_table = "cases_case"
        constraints = [
            models.CheckConstraint(condition=Q(state__in=[s.value for s in CaseState]), name="case_state_known"),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, close_kind="") & ~Q(state__in=_ENDS)
                | Q(closed_at__isnull=False, state__in=_ENDS) & ~Q(close_kind=""),
                name="case_closed_says_how",
            ),
            models.CheckConstraint(
                condition=Q(statutory_due_on__isnull=True) | Q(due_on__isnull=False, due_on__lte=F("statutory_due_on")),
                name="case_promise_within_law",
            ),
        ]
        indexes = [
            # The queue: open cases of a department, nearest deadline first.
            models.Index(fields=["department_code", "queue_on", "id"], name="case_queue", condition=Q(closed_at__isnull=True)),
            models.Index(
                fields=["department_code", "state", "queue_on", "id"], name="case_queue_state", condition=Q(closed_at__isnull=True)
            ),
            models.Index(
                fields=["department_code", "handler_id", "queue_on", "id"], name="case_handler", condition=Q(closed_at__isnull=True)
            ),
            models.Index(
                fields=["department_code", "-closed_at", "-id"], name="case_department_closed", condition=Q(closed_at__isnull=False)
            ),
            models.Index(fields=["department_code", "applicant_digest"], name="case_applicant_digest"),
            models.Index(
                fields=["department_code", "applicant_name"],
                name="case_applicant_name",
                opclasses=["varchar_pattern_ops", "varchar_pattern_ops"],
            ),
            models.Index(fields=["account_id", "-id"], name="case_account"),
            models.Index(fields=["enterprise_id", "-id"], name="case_enterprise", condition=Q(enterprise_id__isnull=False)),
            models.Index(fields=["state", "due_on"], name="case_due", condition=Q(closed_at__isnull=True)),
            models.Index(fields=["-closed_at", "-id"], name="case_published", condition=Q(closed_at__isnull=False)),
        ]


class CaseStep(models.Model):
    """One step of the timeline. `sentence` is what the applicant reads; `note` stays inside the department."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT)
    at = models.DateTimeField()
    action = models.CharField(max_length=20)
    from_state = models.CharField(max_length=20)
    to_state = models.CharField(max_length=20)
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=60)
    sentence = models.CharField(max_length=600)
    note = models.CharField(max_length=1000, blank=True)
    # What the step did to the running deadline and the law's, and why; no reason: the clock went on as it was.
    due_from = models.DateField(null=True)
    due_to = models.DateField(null=True)
    statutory_from = models.DateField(null=True)
    statutory_to = models.DateField(null=True)
    clock_reason = models.CharField(max_length=300, blank=True, default="", db_default="")

    class Meta:
        db_table = "cases_step"
        indexes = [models.Index(fields=["case", "id"], name="case_step_order")]


class CasePause(models.Model):
    """A recorded pause of the running clock; open while `to_on` is empty. `days` were told to the applicant: for `what` must be done meanwhile."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT)
    is_after_acceptance = models.BooleanField()
    is_after_decision = models.BooleanField(default=False, db_default=False)
    reason = models.CharField(max_length=20)
    what = models.CharField(max_length=100, blank=True, default="", db_default="")
    days = models.PositiveSmallIntegerField(null=True)
    from_on = models.DateField()
    to_on = models.DateField(null=True)

    class Meta:
        db_table = "cases_pause"
        constraints = [
            models.UniqueConstraint(fields=["case"], condition=Q(to_on__isnull=True), name="case_one_open_pause"),
            models.CheckConstraint(condition=Q(to_on__isnull=True) | Q(to_on__gte=models.F("from_on")), name="case_pause_forward"),
        ]


class CaseMaterial(models.Model):
    """One file handed in for one material. A correction adds a later round; nothing is ever taken away."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT)
    # As in the draft: a material's, or "form.<field>".
    material_key = models.CharField(max_length=48)
    material_name = models.CharField(max_length=200)
    round = models.PositiveSmallIntegerField(default=1)
    position = models.PositiveSmallIntegerField()
    file_id = models.UUIDField()
    file_name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100)
    size_bytes = models.BigIntegerField()
    handed_in_at = models.DateTimeField()
    # 可信等级 that it had in the applicant's library (domain.md §10); empty for an upload.
    grade = models.CharField(max_length=1, blank=True, db_default="", default="")
    # When a clerk compared it with the original and found it the same.
    checked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "cases_material"
        constraints = [models.UniqueConstraint(fields=["case", "material_key", "round", "position"], name="case_material_place")]


class CaseLicence(models.Model):
    """A licence that stands for one material (免提交): the look-up that was handed in, and the last one that the department made."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT)
    material_key = models.CharField(max_length=12)
    material_name = models.CharField(max_length=200)
    lookup = models.ForeignKey("licences.Lookup", on_delete=models.PROTECT, related_name="+")
    rechecked = models.ForeignKey("licences.Lookup", on_delete=models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        db_table = "cases_licence"
        constraints = [models.UniqueConstraint(fields=["case", "material_key"], name="case_licence_once")]


class CorrectionPoint(models.Model):
    """One fault of the one-time notice, tied to a form field or a material (domain.md §4.2: 一次性告知)."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT)
    kind = models.CharField(max_length=8, choices=[("field", "field"), ("material", "material")])
    target = models.CharField(max_length=60)
    target_name = models.CharField(max_length=200)
    sentence = models.CharField(max_length=300)
    # What the applicant corrected so far; encrypted like the answers.
    new_value = models.BinaryField(null=True)
    corrected_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "cases_correction_point"
        constraints = [models.UniqueConstraint(fields=["case", "kind", "target"], name="case_point_once")]


class CorrectionFile(models.Model):
    """A file uploaded while correcting; becomes a CaseMaterial of the next round when the correction is handed in."""

    point = models.ForeignKey(CorrectionPoint, on_delete=models.CASCADE)
    position = models.PositiveSmallIntegerField()
    file_id = models.UUIDField()
    file_name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100)
    size_bytes = models.BigIntegerField()

    class Meta:
        db_table = "cases_correction_file"


class CaseDocument(models.Model):
    """One legal document or result, as it was issued: numbered, dated, versioned, verifiable by its code."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT)
    kind = models.CharField(max_length=20)
    number = models.CharField(max_length=60, unique=True)
    verify_code = models.CharField(max_length=20, unique=True)
    title = models.CharField(max_length=120)
    version = models.PositiveSmallIntegerField(default=1)
    # Which version of the kind's wording it was made with; null before wordings had versions.
    wording = models.PositiveIntegerField(null=True)
    file_id = models.UUIDField()
    sha256 = models.CharField(max_length=64)
    issued_at = models.DateTimeField()
    valid_until = models.DateField(null=True)
    is_revoked = models.BooleanField(default=False)
    revoked_at = models.DateTimeField(null=True)
    # Why, in words that the holder reads.
    revoke_reason = models.CharField(max_length=500, blank=True, db_default="", default="")
    # Of a result: the signed text of its second QR code, and the key and moment of the signature inside the file.
    signed_code = models.CharField(max_length=1200, blank=True, db_default="", default="")
    key_id = models.CharField(max_length=16, blank=True, db_default="", default="")
    signed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "cases_document"
        constraints = [
            models.UniqueConstraint(fields=["case", "kind", "version"], name="case_document_version"),
            models.CheckConstraint(
                condition=Q(is_revoked=False, revoked_at__isnull=True, revoke_reason="")
                | Q(is_revoked=True, revoked_at__isnull=False) & ~Q(revoke_reason=""),
                name="case_document_revoked_says_why",
            ),
            models.CheckConstraint(
                condition=Q(signed_at__isnull=True, key_id="") | Q(signed_at__isnull=False) & ~Q(key_id=""), name="case_document_signed"
            ),
        ]


class DocumentCounter(models.Model):
    """The last number of one department, year and kind of document."""

    department_code = models.CharField(max_length=12)
    year = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=20)
    last = models.PositiveIntegerField()

    class Meta:
        db_table = "cases_document_counter"
        constraints = [models.UniqueConstraint(fields=["department_code", "year", "kind"], name="case_document_counter_key")]


class ItemTally(models.Model):
    """How many cases an item has had finished; read by every item card, so it is counted once, when a case ends."""

    item_code = models.CharField(max_length=12, primary_key=True)
    department_code = models.CharField(max_length=12, db_index=True)
    finished = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "cases_item_tally"


class JointCase(models.Model):
    """一件事: several cases handed in together, under one number of the leading department. Its parts are handled each on its own."""

    serial = models.CharField(max_length=24, unique=True, null=True)  # noqa: DJ001  (null only inside the opening transaction)
    # Asked again with the same key, the same whole comes back.
    request_key = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    bundle_code = models.CharField(max_length=12, blank=True)
    department_code = models.CharField(max_length=12)
    channel = models.PositiveSmallIntegerField()
    account_id = models.BigIntegerField()
    enterprise_id = models.BigIntegerField(null=True)
    applicant_name = models.CharField(max_length=120)
    # As in a case: what opens later takes it from here.
    applicant_digest = models.CharField(max_length=64)
    query_code = models.BinaryField()
    submitted_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "cases_joint"
        indexes = [
            models.Index(fields=["account_id", "-id"], name="joint_account"),
            models.Index(fields=["enterprise_id", "-id"], name="joint_enterprise", condition=Q(enterprise_id__isnull=False)),
        ]


class JointPart(models.Model):
    """One item of a whole. While it waits it keeps what was handed in for it; once open, the case does."""

    joint = models.ForeignKey(JointCase, on_delete=models.PROTECT)
    position = models.PositiveSmallIntegerField()
    # Positions of the parts that must be granted first.
    waits_for = ArrayField(models.PositiveSmallIntegerField(), default=list)
    item_version = models.ForeignKey("catalogue.ItemVersion", on_delete=models.PROTECT, related_name="+")
    item_code = models.CharField(max_length=12)
    item_name = models.CharField(max_length=200)
    department_code = models.CharField(max_length=12)
    department_number = models.PositiveSmallIntegerField()
    variant = models.CharField(max_length=8, blank=True)
    # Form contents of a part that waits or was left; encrypted whole, like a case's.
    answers = models.BinaryField()
    state = models.CharField(max_length=8, default=PartState.WAITING)
    case = models.OneToOneField(Case, on_delete=models.PROTECT, null=True, related_name="part")
    # What the applicant reads about it when it was left.
    sentence = models.CharField(max_length=400, blank=True)
    moved_at = models.DateTimeField()

    class Meta:
        db_table = "cases_joint_part"
        constraints = [
            models.UniqueConstraint(fields=["joint", "position"], name="joint_part_position"),
            models.UniqueConstraint(fields=["joint", "item_code"], name="joint_part_item_once"),
            models.CheckConstraint(
                condition=Q(state=PartState.OPEN, case__isnull=False)
                | Q(state=PartState.WAITING, case__isnull=True, sentence="")
                | Q(state=PartState.LEFT, case__isnull=True) & ~Q(sentence=""),
                name="joint_part_state",
            ),
        ]


class JointPartLicence(models.Model):
    """A licence that stands for one material of a part that waits (免提交): the look-up that was handed in."""

    part = models.ForeignKey("JointPart", on_delete=models.PROTECT)
    material_key = models.CharField(max_length=12)
    material_name = models.CharField(max_length=200)
    lookup = models.ForeignKey("licences.Lookup", on_delete=models.PROTECT, related_name="+")

    class Meta:
        db_table = "cases_joint_part_licence"
        constraints = [models.UniqueConstraint(fields=["part", "material_key"], name="joint_part_licence_once")]


class JointPartFile(models.Model):
    """A file handed in for one material of a part."""

    part = models.ForeignKey(JointPart, on_delete=models.PROTECT)
    material_key = models.CharField(max_length=48)
    material_name = models.CharField(max_length=200)
    position = models.PositiveSmallIntegerField()
    file_id = models.UUIDField()

    class Meta:
        db_table = "cases_joint_part_file"
        constraints = [models.UniqueConstraint(fields=["part", "material_key", "position"], name="joint_part_file_place")]
