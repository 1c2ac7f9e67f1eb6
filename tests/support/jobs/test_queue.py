"""Facts and calls become job rows in the caller's transaction, and nowhere else."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.db import transaction
from procrastinate.jobs import Job

from hall.services import reactions
from hall.support.jobs import queue
from tests.make import jobs
from tests.make.jobs import count_jobs

HEARD: list[str] = []


@dataclass(frozen=True, slots=True)
class Rang:
    tone: str


def hear(fact: Rang) -> None:
    HEARD.append(fact.tone)


def hear_too(fact: Rang) -> None:
    HEARD.append(f"{fact.tone}!")


@dataclass(frozen=True, slots=True)
class Unheard:
    number: int


@pytest.fixture
def bell() -> Iterator[None]:
    HEARD.clear()
    queue.bind({Rang: (hear, hear_too)})
    yield
    queue.bind(reactions.REACTIONS)


@pytest.mark.django_db
def test_each_reaction_to_a_fact_is_a_job_of_its_own(bell: None) -> None:
    queue.publish(Rang("do"))
    assert count_jobs("todo") == 2
    assert queue.run_due_now() == 2
    assert sorted(HEARD) == ["do", "do!"]
    assert count_jobs() == 0


@pytest.mark.django_db
def test_a_fact_that_nobody_hears_leaves_no_job(bell: None) -> None:
    queue.publish(Unheard(1))
    assert count_jobs() == 0


@pytest.mark.django_db(transaction=True)
def test_a_rolled_back_transaction_leaves_no_job(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError):
        jobs.follow_up(str(tmp_path), then_fail=True)
    assert count_jobs() == 0
    jobs.follow_up(str(tmp_path), then_fail=False)
    assert count_jobs("todo") == 1


@pytest.mark.django_db(transaction=True)
def test_a_job_that_fails_here_and_now_stays_in_the_queue(tmp_path: Path) -> None:
    queue.later(jobs.follow_up, place=str(tmp_path), then_fail=True)
    with pytest.raises(RuntimeError):
        queue.run_due_now()
    assert count_jobs("todo") == 1


@pytest.mark.django_db
def test_jobs_that_queue_jobs_run_to_the_end(tmp_path: Path) -> None:
    queue.later(jobs.follow_up, place=str(tmp_path), then_fail=False)
    assert queue.run_due_now() == 2
    assert (tmp_path / "followed").exists()
    with transaction.atomic():
        assert queue.run_due_now() == 0


def test_a_failing_job_is_tried_for_a_day_and_then_left_to_a_person() -> None:
    def decision(attempts: int) -> object:
        job = Job(id=1, queue="calls", lock=None, queueing_lock=None, task_name="call", attempts=attempts)
        return queue.RETRY.get_retry_decision(exception=RuntimeError(), job=job)

    assert all(decision(attempts) is not None for attempts in range(len(queue.WAITS_SECONDS)))
    assert decision(len(queue.WAITS_SECONDS)) is None
    assert 20 * 3600 < sum(queue.WAITS_SECONDS) < 30 * 3600
