"""The measure "nothing twice" (免重复提交, §5.3.4): of the required materials of an application, how many needed no upload.

One row for each application, written in the transaction of its submission; anything can be counted again from the drafts.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import TruncMonth
from django.utils import timezone

from hall.services.applications import licences, rules
from hall.services.applications.merging import MaterialPart, MergedMaterial, merge_materials
from hall.services.applications.models import Draft, DraftMaterial, JointDraft, JointDraftMaterial, JointDraftPart, ReuseRecord
from hall.services.catalogue import queries as catalogue
from hall.services.catalogue.queries import ItemVersionRow
from hall.services.licences.rows import Looked
from hall.support.access.actors import DEPARTMENT_ROLES, Actor, Role, require

MOST_ITEMS = 50
MONTHS = 6


@dataclass(frozen=True, slots=True)
class ShareRow:
    """One line of the statistics: `code` is an item's, a department's, or a month as 2026-11."""

    code: str
    applications: int
    required: int
    reused: int

    @property
    def percent(self) -> float | None:
        """The share in per cent, None where nothing was required."""
        return 100 * self.reused / self.required if self.required else None


@dataclass(frozen=True, slots=True)
class Difference:
    """What is written about an application and what its rows say: (required, reused) each; `written` is None where nothing is."""

    place: str
    item_code: str
    written: tuple[int, int] | None
    counted: tuple[int, int]


# --- written with the submission --------------------------------------------------------------------------------------------------


def note_single(
    draft: Draft, version: ItemVersionRow, files: Iterable[DraftMaterial], held: Mapping[str, Looked], *, now: datetime
) -> None:
    """Write the row of a single application, in its submission's transaction. One SQL statement."""
    day = timezone.localdate(now)
    required, reused = _counted(draft, version, files, held, day)
    ReuseRecord.objects.create(
        draft=draft, item_code=version.code, department_code=version.department_code, submitted_on=day, required=required, reused=reused
    )


def note_joint(
    draft: JointDraft,
    parts: Iterable[tuple[ItemVersionRow, str]],
    materials: Sequence[MergedMaterial],
    files: Sequence[JointDraftMaterial],
    held: Mapping[str, Looked],
    *,
    now: datetime,
) -> None:
    """Write a row for each item of a joint application; `parts` are versions with their variants. One SQL statement."""
    day = timezone.localdate(now)
    records = []
    for version, variant in parts:
        required, reused = _counted_part(version, variant, materials, files, held, day)
        records.append(
            ReuseRecord(
                joint_draft=draft,
                item_code=version.code,
                department_code=version.department_code,
                submitted_on=day,
                required=required,
                reused=reused,
            )
        )
    ReuseRecord.objects.bulk_create(records)


def _counted(
    draft: Draft, version: ItemVersionRow, files: Iterable[DraftMaterial], held: Mapping[str, Looked], day: date
) -> tuple[int, int]:
    given = [(file.material_key, file.library_file_id is not None) for file in files]
    return rules.reuse_of(_required(version, draft.variant), given, licences.covered(version.materials, held, day))


def _counted_part(
    version: ItemVersionRow,
    variant: str,
    materials: Iterable[MergedMaterial],
    files: Sequence[JointDraftMaterial],
    held: Mapping[str, Looked],
    day: date,
) -> tuple[int, int]:
    own_keys = {material.key: [key for code, key in material.uses if code == version.code] for material in materials}
    given = [(key, file.library_file_id is not None) for file in files for key in own_keys.get(file.material_key, ())]
    return rules.reuse_of(_required(version, variant), given, licences.covered(version.materials, held, day))


def _required(version: ItemVersionRow, variant: str) -> list[str]:
    return [material.key for material in version.materials if material.is_required and material.belongs_to(variant)]


# --- read -------------------------------------------------------------------------------------------------------------------------


def month_after(month: date, months: int = 1) -> date:
    """The first day of a later month, or of an earlier one."""
    number = month.year * 12 + month.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


def _seen_by(actor: Actor, department_code: str) -> "QuerySet[ReuseRecord]":
    """Staff see their own department, supervisors all or the one asked for. Raises: NotAllowed."""
    require(actor, *DEPARTMENT_ROLES, Role.SUPERVISOR, Role.SYSTEM)
    if actor.has(*DEPARTMENT_ROLES):
        return ReuseRecord.objects.filter(department_code=actor.department_code)
    return ReuseRecord.objects.filter(department_code=department_code) if department_code else ReuseRecord.objects.all()


def _in_month(records: "QuerySet[ReuseRecord]", month: date) -> "QuerySet[ReuseRecord]":
    return records.filter(submitted_on__gte=month, submitted_on__lt=month_after(month))


def _shares(records: "QuerySet[ReuseRecord]", by: str) -> list[ShareRow]:
    sums = records.values(by).annotate(n=Count("pk"), required_sum=Sum("required"), reused_sum=Sum("reused"))
    return [ShareRow(*row) for row in sums.order_by("-required_sum", by).values_list(by, "n", "required_sum", "reused_sum")[:MOST_ITEMS]]


def shares_by_item(actor: Actor, month: date, *, department_code: str = "") -> list[ShareRow]:
    """The items of a month (its first day), those with most materials first, fifty at most. One SQL query."""
    return _shares(_in_month(_seen_by(actor, department_code), month), "item_code")


def shares_by_department(actor: Actor, month: date) -> list[ShareRow]:
    """The departments of a month that the actor may see; what a ranking reads. One SQL query."""
    return _shares(_in_month(_seen_by(actor, ""), month), "department_code")


def shares_by_month(actor: Actor, month: date, *, department_code: str = "") -> list[ShareRow]:
    """The six months up to this one, oldest first; months without applications are left out. One SQL query."""
    records = _seen_by(actor, department_code).filter(submitted_on__gte=month_after(month, 1 - MONTHS), submitted_on__lt=month_after(month))
    months = records.annotate(month=TruncMonth("submitted_on")).values("month").order_by("month")
    sums = months.annotate(n=Count("pk"), required_sum=Sum("required"), reused_sum=Sum("reused"))
    return [ShareRow(f"{row[0]:%Y-%m}", *row[1:]) for row in sums.values_list("month", "n", "required_sum", "reused_sum")]


# --- counted again ----------------------------------------------------------------------------------------------------------------


def differences(*, since: date, until: date) -> list[Difference]:
    """Count everything that was handed in from `since` to `until` again, out of the drafts, and name what is written otherwise.

    Six SQL queries for each application: for checking, not for pages.
    """
    start, end = (timezone.make_aware(datetime(day.year, day.month, day.day)) for day in (since, until + timedelta(days=1)))
    found: list[Difference] = []
    for draft in Draft.objects.filter(submitted_at__gte=start, submitted_at__lt=end).order_by("pk").iterator():
        version = catalogue.item_version(draft.item_version_id)
        assert version is not None and draft.submitted_at is not None
        files = DraftMaterial.objects.filter(draft=draft)
        counted = _counted(draft, version, files, licences.licences_of(draft, version), timezone.localdate(draft.submitted_at))
        found += _differing(f"draft {draft.pk}", version.code, ReuseRecord.objects.filter(draft=draft), counted)
    for joint in JointDraft.objects.filter(submitted_at__gte=start, submitted_at__lt=end).order_by("pk").iterator():
        files_of_joint = list(JointDraftMaterial.objects.filter(draft=joint))
        parts = list(versions_of(JointDraftPart.objects.filter(draft=joint).order_by("position")))
        merged, held = merged_of(parts), licences.licences_of(joint)
        assert joint.submitted_at is not None
        day = timezone.localdate(joint.submitted_at)
        for version, variant in parts:
            records = ReuseRecord.objects.filter(joint_draft=joint, item_code=version.code)
            counted = _counted_part(version, variant, merged, files_of_joint, held, day)
            found += _differing(f"joint draft {joint.pk}", version.code, records, counted)
    return found


def _differing(place: str, item_code: str, records: "QuerySet[ReuseRecord]", counted: tuple[int, int]) -> list[Difference]:
    written = records.values_list("required", "reused").first()
    return [] if written == counted else [Difference(place, item_code, written, counted)]


def versions_of(parts: Iterable[JointDraftPart]) -> Iterable[tuple[ItemVersionRow, str]]:
    """The pinned versions of a joint draft's parts, with their variants."""
    for part in parts:
        version = catalogue.item_version(part.item_version_id)
        assert version is not None
        yield version, part.variant


def merged_of(parts: Iterable[tuple[ItemVersionRow, str]]) -> tuple[MergedMaterial, ...]:
    """The merged list of these items; what may come later out of a forerunner is asked for like everything else."""
    return merge_materials(
        MaterialPart(version.code, version.department_code, tuple(m for m in version.materials if m.belongs_to(variant)), is_waiting=False)
        for version, variant in parts
    )
