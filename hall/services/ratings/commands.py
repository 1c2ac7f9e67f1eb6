"""Rating a finished case, adding to the rating, answering it (§5.3.5, domain §6)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from hall.services import events
from hall.services.cases import queries as cases
from hall.services.cases.rows import FinishedCase
from hall.services.ratings import rules, scores
from hall.services.ratings.models import Rating
from hall.services.ratings.queries import own
from hall.support.access.actors import Actor, Role, require, require_department
from hall.support.audit import trail
from hall.support.identity import masking
from hall.support.jobs.queue import publish
from hall.support.workdays import queries as workdays


@dataclass(frozen=True, slots=True)
class Rated:
    """A rating that stands. `is_new` is False when the same rating was sent once more."""

    rating_id: int
    is_new: bool = True


@transaction.atomic
def rate_case(
    *,
    actor: Actor,
    serial: str,
    grade: int,
    dimensions: Mapping[str, int],
    tags: Sequence[str],
    text: str,
    is_anonymous: bool,
    now: datetime,
) -> Rated:
    """Rate one's own finished case, once, until 15 days after closing. The very same rating sent again changes nothing.

    `dimensions` holds guide, attitude and speed, 1 to 5 each; `tags` are keys of rules.TAGS. With `is_anonymous` neither the
    public nor the department learns who rated. Scores of item and department are counted in the same transaction.

    Raises: SignInNeeded, NotAllowed, RatingMissing, CaseNotRateable, RatingOver, AlreadyRated and those of rules.check_rating.
    Source: §5.3.5 星级评定; domain §6.
    """
    require(actor, Role.CITIZEN)
    assert actor.account_id is not None
    case = cases.finished_case(actor, serial)
    if case is None:
        raise rules.RatingMissing("没有找到可以评价的办件。")
    verdict = rules.check_rating(grade=grade, dimensions=dimensions, tags=tags, text=text)
    earlier = _earlier(case, actor.account_id, verdict, is_anonymous)
    if earlier is not None:
        return earlier
    rules.check_rateable(close_kind=case.close_kind, closed_at=case.closed_at, now=now)
    try:
        with transaction.atomic():
            rating = Rating.objects.create(**_facts(case, actor, is_anonymous), **_content(verdict), created_at=now)
    except IntegrityError:
        # Two at once: the unique case decided for the other one, which is there by now.
        earlier = _earlier(case, actor.account_id, verdict, is_anonymous)
        if earlier is None:
            raise
        return earlier
    trail.record(actor, "rating.given", serial, detail=f"grade {verdict.grade}", at=now)
    publish(events.CaseRated(rating.pk, case.case_id, case.item_code, case.department_code, verdict.grade))
    scores.count_rating(verdict, item_code=case.item_code, department_code=case.department_code)
    return Rated(rating.pk)


def _earlier(case: FinishedCase, account_id: int, verdict: rules.Verdict, is_anonymous: bool) -> Rated | None:
    """The rating that the case has already, if it is this very one. Raises: AlreadyRated when it is another."""
    rating = Rating.objects.filter(case_id=case.case_id).first()
    if rating is None:
        return None
    is_same = all(getattr(rating, name) == value for name, value in _content(verdict).items())
    if is_same and rating.account_id == account_id and rating.is_anonymous == is_anonymous:
        return Rated(rating.pk, is_new=False)
    raise rules.AlreadyRated


def _facts(case: FinishedCase, actor: Actor, is_anonymous: bool) -> dict[str, object]:
    masked = masking.mask_party_name(case.applicant_name, is_enterprise=case.enterprise_id is not None)
    return {
        "case_id": case.case_id,
        "serial": case.serial,
        "item_code": case.item_code,
        "item_name": case.item_name,
        "department_code": case.department_code,
        "account_id": actor.account_id,
        "enterprise_id": case.enterprise_id,
        "is_anonymous": is_anonymous,
        "shown_name": rules.ANONYMOUS if is_anonymous else masked,
    }


def _content(verdict: rules.Verdict) -> dict[str, object]:
    return {
        "grade": verdict.grade,
        "guide": verdict.guide,
        "attitude": verdict.attitude,
        "speed": verdict.speed,
        "tags": list(verdict.tags),
        "text": verdict.text,
    }


@transaction.atomic
def supplement_rating(*, actor: Actor, serial: str, text: str, now: datetime) -> None:
    """Add a text to one's own rating, once, within five working days after it. The grade stays.

    Raises: SignInNeeded, NotAllowed, RatingMissing, TextMissing, TextTooLong, AlreadySupplemented, SupplementOver.
    """
    require(actor, Role.CITIZEN)
    rating = Rating.objects.filter(own(actor), serial=serial).first()
    if rating is None:
        raise rules.RatingMissing
    cleaned = rules.check_text(text)
    if now >= rules.supplement_until(rating.created_at, workdays.calendar()):
        raise rules.SupplementOver
    if not Rating.objects.filter(pk=rating.pk, supplemented_at__isnull=True).update(supplement=cleaned, supplemented_at=now):
        raise rules.AlreadySupplemented
    trail.record(actor, "rating.supplemented", serial, at=now)


@transaction.atomic
def reply_to_rating(*, actor: Actor, rating_id: int, text: str, now: datetime) -> None:
    """Answer a rating in public for one's own department, once; the rater is told.

    Raises: SignInNeeded, NotAllowed, RatingMissing, TextMissing, TextTooLong, AlreadyAnswered.
    """
    require(actor, Role.CLERK, Role.LEADER)
    rating = Rating.objects.filter(pk=rating_id).first()
    if rating is None:
        raise rules.RatingMissing
    require_department(actor, rating.department_code, (Role.CLERK, Role.LEADER))
    cleaned = rules.check_text(text)
    unanswered = Rating.objects.filter(pk=rating_id, replied_at__isnull=True)
    if not unanswered.update(reply=cleaned, replied_by=actor.account_id, replied_at=now):
        raise rules.AlreadyAnswered
    # The trail names the rating, not its case: who may read what the department did must not learn who rated.
    trail.record(actor, "rating.answered", f"rating {rating_id}", at=now)
    publish(events.RatingAnswered(rating.pk, rating.serial, rating.account_id, rating.item_name))
