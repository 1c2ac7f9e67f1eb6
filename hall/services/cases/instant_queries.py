"""What the pages show of decisions by rule (秒批), and the list of those that people look at."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hall.services.cases.models import CaseInstant
from hall.support.access.actors import DEPARTMENT_ROLES, Actor
from hall.support.identity import protection


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition as it was asked: in words, whether it was met, and the answer that it looked at."""

    words: str
    is_met: bool
    given: str


@dataclass(frozen=True, slots=True)
class InstantRow:
    """What the rules said of a case. `is_right` None: nobody has looked yet; `lot` of 0 to 99 below `share` is sampled."""

    at: datetime
    version_number: int
    conditions: tuple[Condition, ...]
    is_granted: bool
    is_sampled: bool
    seed: str
    lot: int | None
    share: int
    is_right: bool | None
    checked_by_name: str
    checked_at: datetime | None
    note: str
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class SampleRow:
    """A line of the list 秒批抽查."""

    sample_id: int
    serial: str
    item_name: str
    applicant_name: str
    is_organisation: bool
    instant: InstantRow


def instant_row(found: CaseInstant | None) -> InstantRow | None:
    """The record as pages show it. No SQL."""
    if found is None:
        return None
    inputs = protection.decrypt_json(bytes(found.inputs))
    return InstantRow(
        at=found.at,
        version_number=found.version_number,
        conditions=tuple(Condition(one["words"], one["is_met"], _shown(inputs.get(one["fact"]))) for one in found.rules),
        is_granted=found.is_granted,
        is_sampled=found.is_sampled,
        seed=found.seed,
        lot=found.lot,
        share=found.share,
        is_right=found.is_right,
        checked_by_name=found.checked_by_name,
        checked_at=found.checked_at,
        note=found.note,
        revoked_at=found.revoked_at,
    )


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "、".join(str(one) for one in value)
    return "" if value is None else str(value)


def samples(actor: Actor, *, only: str, before: int | None, limit: int) -> list[SampleRow]:
    """The department's sampled decisions, newest first, keyset: those to look at ("open"), or those looked at. One SQL query."""
    if not actor.has(*DEPARTMENT_ROLES):
        return []
    found = CaseInstant.objects.filter(is_sampled=True, is_right__isnull=only != "done", case__department_code=actor.department_code)
    if before is not None:
        found = found.filter(pk__lt=before)
    rows = []
    for one in found.select_related("case").order_by("-pk")[:limit]:
        instant = instant_row(one)
        assert instant is not None
        rows.append(
            SampleRow(
                one.pk, one.case.serial or "", one.case.item_name, one.case.applicant_name, one.case.enterprise_id is not None, instant
            )
        )
    return rows
