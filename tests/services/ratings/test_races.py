"""Ratings at the same moment: one for a case, none lost in the score. Each guard has a control without it that must fail."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest
from django.db import connection

from hall.services.ratings import rules, scores
from hall.services.ratings.commands import Rated
from hall.services.ratings.models import Rating, RatingScore
from tests.make.crowds import at_once
from tests.make.finished import make_finished_case, make_item_version
from tests.make.people import citizen_actor
from tests.make.ratings import rate

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
ROUNDS, PEOPLE = 12, 4


def _different_ratings_of_one_case() -> list[Rated | Exception]:
    zhang = citizen_actor()
    serial = make_finished_case(zhang, item_code=make_item_version().item_id)
    return at_once([partial(rate, zhang, serial, grade=5, text=f"第 {n} 份") for n in range(PEOPLE)])


def test_of_several_ratings_at_once_one_stands_and_is_counted_once() -> None:
    for _ in range(ROUNDS):
        outcomes = _different_ratings_of_one_case()
        assert sum(isinstance(outcome, Rated) for outcome in outcomes) == 1, outcomes
        assert sum(isinstance(outcome, rules.AlreadyRated) for outcome in outcomes) == PEOPLE - 1, outcomes
    assert Rating.objects.count() == ROUNDS
    assert RatingScore.objects.get(scope="department").count == ROUNDS
    assert set(RatingScore.objects.filter(scope="item").values_list("count", flat=True)) == {1}


def test_the_same_rating_sent_several_times_at_once_is_one() -> None:
    for _ in range(ROUNDS):
        zhang = citizen_actor()
        serial = make_finished_case(zhang)
        outcomes = at_once([partial(rate, zhang, serial)] * PEOPLE)
        assert all(isinstance(outcome, Rated) for outcome in outcomes), outcomes
        assert sum(isinstance(outcome, Rated) and outcome.is_new for outcome in outcomes) == 1
    assert RatingScore.objects.get(scope="department").count == ROUNDS


@contextmanager
def _without_unique_cases() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'ratings_rating'::regclass AND contype = 'u'"
        )
        constraints = cursor.fetchall()
        for name, _definition in constraints:
            cursor.execute(f'ALTER TABLE ratings_rating DROP CONSTRAINT "{name}"')
    try:
        yield
    finally:
        Rating.objects.all().delete()
        with connection.cursor() as cursor:
            for name, definition in constraints:
                cursor.execute(f'ALTER TABLE ratings_rating ADD CONSTRAINT "{name}" {definition}')


def test_control_without_the_unique_case_several_ratings_stand() -> None:
    with _without_unique_cases():
        for _ in range(ROUNDS):
            _different_ratings_of_one_case()
        assert Rating.objects.count() > ROUNDS


def _many_rate_one_item() -> int:
    item = make_item_version().item_id
    for _ in range(ROUNDS):
        people = [citizen_actor() for _ in range(PEOPLE)]
        serials = [make_finished_case(person, item_code=item) for person in people]
        outcomes = at_once([partial(rate, person, serial, tags=["fast", "kind"]) for person, serial in zip(people, serials, strict=True)])
        assert all(isinstance(outcome, Rated) for outcome in outcomes), outcomes
    return RatingScore.objects.get(scope="item", code=item).count


def test_no_rating_of_many_people_is_lost_from_the_score() -> None:
    assert _many_rate_one_item() == ROUNDS * PEOPLE


def test_control_a_score_that_is_read_and_written_back_loses_ratings(monkeypatch: pytest.MonkeyPatch) -> None:
    def read_and_write_back(scope: str, code: str, sums: dict[str, int]) -> None:
        RatingScore.objects.bulk_create([RatingScore(scope=scope, code=code)], ignore_conflicts=True)
        score = RatingScore.objects.get(scope=scope, code=code)
        for name, value in sums.items():
            setattr(score, name, getattr(score, name) + value)
        score.save()

    monkeypatch.setattr(scores, "_add_score", read_and_write_back)
    assert _many_rate_one_item() < ROUNDS * PEOPLE
