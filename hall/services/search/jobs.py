"""What search does later: following publications, applications and ratings, counting use, forgetting old counts."""

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from hall.services import events
from hall.services.search import commands, passages, rules
from hall.services.search.models import SearchClick, SearchEntry, SearchMiss, SearchRating, SearchUse
from hall.support.jobs.queue import every

_DAYS_KEPT = 35
_SCORES = """
UPDATE search_entry e SET score = r.mean
FROM (
  SELECT x.code, (SELECT round(avg(grade), 2) FROM search_rating g WHERE g.item_code = x.code HAVING count(*) >= %s)::float8 AS mean
  FROM unnest(%s::text[]) AS x (code)
) r WHERE e.code = r.code AND e.score IS DISTINCT FROM r.mean
"""


def reindex_published(fact: events.ItemsPublished) -> None:
    """Make a publication findable, and what was withdrawn not."""
    commands.reindex(fact.codes, now=timezone.now())
    passages.renew(fact.codes)
    renew_scores(fact.codes)


def count_application(fact: events.ApplicationSubmitted) -> None:
    """Popular items stand a little higher. Told twice it counts once; two told in the wrong order may count as one."""
    SearchEntry.objects.filter(code=fact.item_code, last_case_id__lt=fact.case_id).update(
        popularity=F("popularity") + 1, last_case_id=fact.case_id
    )


@transaction.atomic
def count_rating(fact: events.CaseRated) -> None:
    """Keep a grade, so that items can be sorted by what people think of them. Told twice it counts once."""
    _lock_entry(fact.item_code)
    grade = SearchRating(rating_id=fact.rating_id, item_code=fact.item_code, grade=fact.grade)
    SearchRating.objects.bulk_create([grade], ignore_conflicts=True)
    renew_scores([fact.item_code])


def _lock_entry(code: str) -> None:
    """Of two ratings at once the second one adds up with the first one's grade in sight."""
    list(SearchEntry.objects.select_for_update().filter(code=code).values_list("code"))


def renew_scores(codes: list[str]) -> None:
    """Bring the mean grades of these items in step with what was told; none below five ratings. One SQL statement."""
    with connection.cursor() as cursor:
        cursor.execute(_SCORES, [rules.LEAST_RATINGS, codes])


@every("17 3 * * *")
def forget_old_uses(*, now: datetime) -> None:
    """Drop counts that no hot word and no report looks at any more."""
    last = timezone.localdate(now) - timedelta(days=_DAYS_KEPT)
    for counts in (SearchUse, SearchMiss, SearchClick):
        counts._default_manager.filter(day__lt=last).delete()


@every("47 3 * * *")
def fill_passages(*, now: datetime) -> None:
    """Texts of items that have none yet: after an update of the hall nobody publishes everything anew."""
    passages.fill()
