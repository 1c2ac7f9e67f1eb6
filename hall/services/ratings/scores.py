"""Adding one rating up, for its item and its department."""

from collections.abc import Mapping

from django.db.models import F

from hall.services.ratings.models import DEPARTMENT, ITEM, RatingScore, TagCount
from hall.services.ratings.rules import Verdict


def count_rating(verdict: Verdict, *, item_code: str, department_code: str) -> None:
    """Add one rating. Call it last in the transaction: the rows stay locked until it ends.

    Always in the same order (item, department, then tags by name), so that two ratings at once cannot wait for each other.
    """
    places = ((ITEM, item_code), (DEPARTMENT, department_code))
    sums = {"count": 1, f"n{verdict.grade}": 1, "sum_guide": verdict.guide, "sum_attitude": verdict.attitude, "sum_speed": verdict.speed}
    for scope, code in places:
        _add_score(scope, code, sums)
    for scope, code in places:
        for tag in sorted(verdict.tags):
            _add_tag(scope, code, tag)


def _add_score(scope: str, code: str, sums: Mapping[str, int]) -> None:
    row = RatingScore.objects.filter(scope=scope, code=code)
    steps = {name: F(name) + value for name, value in sums.items()}
    if not row.update(**steps):
        # The first rating ever; of two at once one makes the row, both add to it.
        RatingScore.objects.bulk_create([RatingScore(scope=scope, code=code)], ignore_conflicts=True)
        row.update(**steps)


def _add_tag(scope: str, code: str, tag: str) -> None:
    row = TagCount.objects.filter(scope=scope, code=code, tag=tag)
    if not row.update(count=F("count") + 1):
        TagCount.objects.bulk_create([TagCount(scope=scope, code=code, tag=tag)], ignore_conflicts=True)
        row.update(count=F("count") + 1)
