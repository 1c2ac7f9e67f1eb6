"""What search does later: following publications and applications, counting use, forgetting old counts."""

from datetime import datetime, timedelta

from django.db.models import F
from django.utils import timezone

from hall.services import events
from hall.services.search import commands
from hall.services.search.models import SearchEntry, SearchUse
from hall.support.jobs.queue import every

_DAYS_KEPT = 35


def reindex_published(fact: events.ItemsPublished) -> None:
    """Make a publication findable, and what was withdrawn not."""
    commands.reindex(fact.codes, now=timezone.now())


def count_application(fact: events.ApplicationSubmitted) -> None:
    """Popular items stand a little higher. Told twice it counts once; two told in the wrong order may count as one."""
    SearchEntry.objects.filter(code=fact.item_code, last_case_id__lt=fact.case_id).update(
        popularity=F("popularity") + 1, last_case_id=fact.case_id
    )


@every("17 3 * * *")
def forget_old_uses(*, now: datetime) -> None:
    """Drop counts that no hot word looks at any more."""
    SearchUse.objects.filter(day__lt=timezone.localdate(now) - timedelta(days=_DAYS_KEPT)).delete()
