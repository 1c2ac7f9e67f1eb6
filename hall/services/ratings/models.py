from django.db import models
from django.db.models import F, Q

ITEM, DEPARTMENT = "item", "department"
_GRADE = Q(grade__gte=1, grade__lte=5) & Q(guide__gte=1, guide__lte=5) & Q(attitude__gte=1, attitude__lte=5) & Q(speed__gte=1, speed__lte=5)


class Rating(models.Model):
    """What an applicant made of a finished case. The rating itself never changes; one supplement and one reply may follow."""

    case = models.OneToOneField("cases.Case", on_delete=models.PROTECT, related_name="+")
    serial = models.CharField(max_length=24, unique=True)
    item_code = models.CharField(max_length=12)
    item_name = models.CharField(max_length=200)
    department_code = models.CharField(max_length=12)
    # Who rated: for the rater's own pages and the notice of a reply. Never in rows for others.
    account_id = models.BigIntegerField()
    enterprise_id = models.BigIntegerField(null=True)
    is_anonymous = models.BooleanField()
    # Masked, or 匿名用户; the full name is not kept here.
    shown_name = models.CharField(max_length=120)

    grade = models.PositiveSmallIntegerField()
    guide = models.PositiveSmallIntegerField()
    attitude = models.PositiveSmallIntegerField()
    speed = models.PositiveSmallIntegerField()
    tags = models.JSONField(default=list)
    # Texts are public: numbers and addresses in them are masked before they are written.
    text = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField()
    supplement = models.CharField(max_length=500, blank=True)
    supplemented_at = models.DateTimeField(null=True)
    reply = models.CharField(max_length=500, blank=True)
    replied_by = models.BigIntegerField(null=True)
    replied_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "ratings_rating"
        constraints = [
            models.CheckConstraint(condition=_GRADE, name="rating_grades"),
            models.CheckConstraint(
                condition=~Q(shown_name="") & (Q(is_anonymous=False) | Q(shown_name="匿名用户")), name="rating_name_hidden"
            ),
            models.CheckConstraint(
                condition=Q(supplement="", supplemented_at__isnull=True) | (~Q(supplement="") & Q(supplemented_at__isnull=False)),
                name="rating_supplement_whole",
            ),
            models.CheckConstraint(
                condition=Q(reply="", replied_by__isnull=True, replied_at__isnull=True)
                | (~Q(reply="") & Q(replied_by__isnull=False, replied_at__isnull=False)),
                name="rating_reply_whole",
            ),
        ]
        indexes = [
            models.Index(fields=["item_code", "-id"], name="rating_item"),
            models.Index(fields=["department_code", "-id"], name="rating_department"),
            models.Index(fields=["department_code", "-id"], name="rating_low", condition=Q(grade__lte=2)),
            models.Index(fields=["department_code", "-id"], name="rating_unanswered", condition=Q(replied_at__isnull=True)),
        ]


class RatingScore(models.Model):
    """The ratings of one item or department added up, so that no page ever counts them."""

    scope = models.CharField(max_length=10)
    code = models.CharField(max_length=12)
    count = models.PositiveIntegerField(default=0)
    n1 = models.PositiveIntegerField(default=0)
    n2 = models.PositiveIntegerField(default=0)
    n3 = models.PositiveIntegerField(default=0)
    n4 = models.PositiveIntegerField(default=0)
    n5 = models.PositiveIntegerField(default=0)
    sum_guide = models.PositiveIntegerField(default=0)
    sum_attitude = models.PositiveIntegerField(default=0)
    sum_speed = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "ratings_score"
        constraints = [
            models.UniqueConstraint(fields=["scope", "code"], name="score_key"),
            models.CheckConstraint(condition=Q(scope__in=[ITEM, DEPARTMENT]), name="score_scope"),
            models.CheckConstraint(condition=Q(count=F("n1") + F("n2") + F("n3") + F("n4") + F("n5")), name="score_adds_up"),
        ]


class TagCount(models.Model):
    """How often a tag was given to one item or department."""

    scope = models.CharField(max_length=10)
    code = models.CharField(max_length=12)
    tag = models.CharField(max_length=20)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "ratings_tag_count"
        constraints = [models.UniqueConstraint(fields=["scope", "code", "tag"], name="tag_count_key")]
