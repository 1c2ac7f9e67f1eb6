from django.db import models


class Holiday(models.Model):
    """A day that differs from its weekday, or belongs to a holiday. One row a day; weekends without a reason are not here."""

    day = models.DateField(primary_key=True)
    kind = models.CharField(max_length=4, choices=[("off", "休"), ("work", "班")])
    name = models.CharField(max_length=40)

    class Meta:
        db_table = "workdays_holiday"
        constraints = [models.CheckConstraint(condition=models.Q(kind__in=["off", "work"]), name="workdays_holiday_kind")]
