"""What libraries do by themselves: remind their holders of what ends soon."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from hall.services import events
from hall.services.materials import rules
from hall.services.materials.models import Space, Version
from hall.services.materials.rules import Origin
from hall.support.identity import queries as identity
from hall.support.jobs.queue import every, publish

BATCH = 2000


@every("13 1 * * *")
def remind_of_ending(*, now: datetime) -> int:
    """Tell holders 30 days, 7 days and on the last day that a material ends, each once; returns how many materials.

    What was put in later, or missed for some days, is told the nearest stage only. Enterprises are told through everybody who acts for them.
    """
    today = timezone.localdate(now)
    untold = Q()
    for days in rules.REMIND_DAYS:
        untold |= Q(valid_until__lte=today + timedelta(days=days)) & (Q(told_days__isnull=True) | Q(told_days__gt=days))
    ending = Version.objects.filter(untold, is_current=True, valid_until__gte=today).select_related("material__space")
    return sum(_remind(version, now) for version in list(ending.order_by("valid_until", "pk")[:BATCH]))


@transaction.atomic
def _remind(version: Version, now: datetime) -> bool:
    assert version.valid_until is not None
    today = timezone.localdate(now)
    stage = rules.reminder_due(version.valid_until, today)
    assert stage is not None, "the query finds what is due"
    due = Version.objects.filter(Q(told_days__isnull=True) | Q(told_days__gt=stage), pk=version.pk, is_current=True)
    # Two workers at once: the one whose UPDATE goes through tells.
    if not due.update(told_days=stage):
        return False
    account_ids, enterprise_name = _readers(version.material.space)
    for account_id in account_ids:
        publish(
            events.MaterialEnding(
                account_id=account_id,
                material_id=version.material_id,
                version_id=version.pk,
                name=version.material.name,
                valid_until=version.valid_until.isoformat(),
                days_left=(version.valid_until - today).days,
                stage=stage,
                is_result=version.material.origin == Origin.RESULT,
                enterprise_name=enterprise_name,
            )
        )
    return True


def _readers(space: Space) -> tuple[list[int], str]:
    if space.enterprise_id is None:
        assert space.account_id is not None
        return [space.account_id], ""
    enterprise = identity.enterprise(space.enterprise_id)
    return identity.agent_ids(space.enterprise_id), enterprise.name if enterprise else ""
