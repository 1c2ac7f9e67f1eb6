"""Reading ratings: public rows hold no account and no serial number, and times to the day, so that anonymous stays anonymous."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils import timezone

from hall.services.ratings import rules
from hall.services.ratings.models import DEPARTMENT, ITEM, Rating, RatingScore, TagCount
from hall.services.ratings.rules import Which
from hall.support.access.actors import DEPARTMENT_ROLES, Actor, Role, require
from hall.support.workdays import queries as workdays

_SCORE = ("code", "count", "n1", "n2", "n3", "n4", "n5", "sum_guide", "sum_attitude", "sum_speed")


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """The ratings of one item or department added up. `grades` counts grade 1 first."""

    code: str
    count: int
    grades: tuple[int, int, int, int, int]
    sums: tuple[int, int, int]

    @property
    def shown(self) -> float | None:
        """The average grade to one decimal; None below five ratings (暂无评分)."""
        return rules.shown_average(sum(grade * n for grade, n in enumerate(self.grades, start=1)), self.count)

    @property
    def satisfied_percent(self) -> float | None:
        """The share of grades 3 to 5; None below five ratings."""
        return rules.satisfied_percent(self.grades)

    @property
    def ranking(self) -> float | None:
        """The score of the public assessment, 20 to 100; None below ten ratings."""
        return rules.ranking_score(self.grades)

    def dimension(self, name: str) -> float | None:
        """The average of guide, attitude or speed, to one decimal; None below five ratings."""
        return rules.shown_average(self.sums[tuple(rules.DIMENSION_NAMES).index(name)], self.count)


@dataclass(frozen=True, slots=True)
class TagRow:
    """A tag and how often it was given."""

    tag: str
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """One rating as everybody may see it. `tags` are names; `created_at` and the other times are midnights of their days."""

    rating_id: int
    shown_name: str
    is_anonymous: bool
    item_code: str
    item_name: str
    department_code: str
    grade: int
    guide: int
    attitude: int
    speed: int
    tags: tuple[str, ...]
    text: str
    created_at: datetime
    supplement: str
    supplemented_at: datetime | None
    reply: str
    replied_at: datetime | None

    @property
    def is_low(self) -> bool:
        return self.grade <= rules.LOW_GRADE


@dataclass(frozen=True, slots=True)
class DeskReview:
    """A rating at the department's desk. `serial` is "" when the rating is anonymous: the case would tell who rated."""

    review: ReviewRow
    serial: str
    can_reply: bool


@dataclass(frozen=True, slots=True)
class OwnRating:
    """A rating for the one who gave it, or the department when it is not anonymous. `can_supplement`: by the reader, now."""

    rating_id: int
    grade: int
    guide: int
    attitude: int
    speed: int
    tags: tuple[str, ...]
    text: str
    is_anonymous: bool
    created_at: datetime
    supplement: str
    reply: str
    replied_at: datetime | None
    can_supplement: bool


def own(actor: Actor) -> Q:
    """The ratings of the cases that are the actor's own; default none."""
    if not actor.has(Role.CITIZEN) or actor.account_id is None:
        return Q(pk__in=[])
    if actor.enterprise_id is not None:
        return Q(enterprise_id=actor.enterprise_id)
    return Q(account_id=actor.account_id, enterprise_id__isnull=True)


def item_score(code: str) -> ScoreRow | None:
    """The score of one item; None without ratings. One SQL query."""
    return item_scores([code]).get(code)


def item_scores(codes: Iterable[str]) -> dict[str, ScoreRow]:
    """Scores by item; items without ratings are absent. One SQL query."""
    return _scores(RatingScore.objects.filter(scope=ITEM, code__in=list(codes)))


def department_score(code: str) -> ScoreRow | None:
    """The score of one department; None without ratings. One SQL query."""
    return _scores(RatingScore.objects.filter(scope=DEPARTMENT, code=code)).get(code)


def scores_of(*, item: str, department: str) -> tuple[ScoreRow | None, ScoreRow | None]:
    """The scores of an item and of its department, None without ratings. One SQL query."""
    found = _scores(RatingScore.objects.filter(Q(scope=ITEM, code=item) | Q(scope=DEPARTMENT, code=department)))
    return found.get(item), found.get(department)


def department_scores() -> dict[str, ScoreRow]:
    """Scores by department; departments without ratings are absent. One SQL query."""
    return _scores(RatingScore.objects.filter(scope=DEPARTMENT))


def _scores(scores: QuerySet[RatingScore]) -> dict[str, ScoreRow]:
    rows = scores.values_list(*_SCORE)
    return {
        code: ScoreRow(code, count, (n1, n2, n3, n4, n5), (guide, attitude, speed))
        for code, count, n1, n2, n3, n4, n5, guide, attitude, speed in rows
    }


def item_tags(code: str, *, limit: int = 6) -> list[TagRow]:
    """The tags given to one item, most frequent first. One SQL query."""
    return _tags(ITEM, code, limit)


def department_tags(code: str, *, limit: int = 6) -> list[TagRow]:
    """The tags given to one department, most frequent first. One SQL query."""
    return _tags(DEPARTMENT, code, limit)


def _tags(scope: str, code: str, limit: int) -> list[TagRow]:
    rows = TagCount.objects.filter(scope=scope, code=code).order_by("-count", "tag").values_list("tag", "count")
    return [TagRow(tag, rules.TAG_NAMES.get(tag, tag), count) for tag, count in rows[:limit]]


def item_reviews(code: str, *, before: int | None = None, limit: int = 20) -> list[ReviewRow]:
    """Ratings of one item, newest first, before a rating id (keyset). One SQL query."""
    return [_review(row) for row in _page(Rating.objects.filter(item_code=code), before, limit)]


def department_reviews(code: str, *, only: str = Which.ALL, before: int | None = None, limit: int = 20) -> list[ReviewRow]:
    """Ratings of one department, newest first, before a rating id (keyset); `only` all, low or unanswered. One SQL query."""
    return [_review(row) for row in _page(_of_department(code, only), before, limit)]


def desk_reviews(actor: Actor, *, only: str = Which.ALL, before: int | None = None, limit: int = 20) -> list[DeskReview]:
    """Ratings of the actor's own department for its desk, newest first (keyset). One SQL query. Raises: SignInNeeded, NotAllowed."""
    require(actor, *DEPARTMENT_ROLES)
    assert actor.department_code is not None
    can_reply = actor.has(Role.CLERK, Role.LEADER)
    return [
        DeskReview(_review(row), serial="" if row.is_anonymous else row.serial, can_reply=can_reply and row.replied_at is None)
        for row in _page(_of_department(actor.department_code, only), before, limit)
    ]


def low_reviews(actor: Actor, *, before: int | None = None, limit: int = 20) -> list[DeskReview]:
    """Low ratings of all departments for those who watch over them, newest first (keyset). One SQL query.

    Raises: SignInNeeded, NotAllowed. Source: domain §6 差评核实整改; §7.1.
    """
    require(actor, Role.SUPERVISOR, Role.MEDIATOR)
    rows = _page(Rating.objects.filter(grade__lte=rules.LOW_GRADE), before, limit)
    return [DeskReview(_review(row), serial="" if row.is_anonymous else row.serial, can_reply=False) for row in rows]


def rating_of_case(actor: Actor, serial: str, *, now: datetime | None = None) -> OwnRating | None:
    """The rating of a case: for its applicant, and for its department unless it is anonymous. One SQL query and the calendar."""
    scope = own(actor)
    if actor.has(*DEPARTMENT_ROLES):
        scope = Q(department_code=actor.department_code, is_anonymous=False)
    row = Rating.objects.filter(scope, serial=serial).first()
    if row is None:
        return None
    is_open = (now or timezone.now()) < rules.supplement_until(row.created_at, workdays.calendar())
    return OwnRating(
        rating_id=row.pk,
        grade=row.grade,
        guide=row.guide,
        attitude=row.attitude,
        speed=row.speed,
        tags=_names(row),
        text=row.text,
        is_anonymous=row.is_anonymous,
        created_at=row.created_at,
        supplement=row.supplement,
        reply=row.reply,
        replied_at=row.replied_at,
        can_supplement=is_open and row.supplemented_at is None and actor.has(Role.CITIZEN),
    )


def _of_department(code: str, only: str) -> QuerySet[Rating]:
    ratings = Rating.objects.filter(department_code=code)
    if only == Which.LOW:
        return ratings.filter(grade__lte=rules.LOW_GRADE)
    return ratings.filter(replied_at__isnull=True) if only == Which.UNANSWERED else ratings


def _page(ratings: QuerySet[Rating], before: int | None, limit: int) -> QuerySet[Rating]:
    return (ratings if before is None else ratings.filter(pk__lt=before)).order_by("-pk")[:limit]


def _names(row: Rating) -> tuple[str, ...]:
    return tuple(rules.TAG_NAMES.get(tag, tag) for tag in row.tags)


def _day(moment: datetime | None) -> datetime | None:
    return moment and timezone.localtime(moment).replace(hour=0, minute=0, second=0, microsecond=0)


def _review(row: Rating) -> ReviewRow:
    rated_on = _day(row.created_at)
    assert rated_on is not None
    return ReviewRow(
        rating_id=row.pk,
        shown_name=row.shown_name,
        is_anonymous=row.is_anonymous,
        item_code=row.item_code,
        item_name=row.item_name,
        department_code=row.department_code,
        grade=row.grade,
        guide=row.guide,
        attitude=row.attitude,
        speed=row.speed,
        tags=_names(row),
        text=row.text,
        created_at=rated_on,
        supplement=row.supplement,
        supplemented_at=_day(row.supplemented_at),
        reply=row.reply,
        replied_at=_day(row.replied_at),
    )
