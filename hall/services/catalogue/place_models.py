"""Tables of halls and of who handles what where; private to this module, like all of models.py."""

from django.db import models


class Venue(models.Model):
    """办事大厅: a place with a counter, of one division. Coordinates are decimal degrees in text, empty when unknown."""

    code = models.CharField(max_length=20, primary_key=True)
    division = models.ForeignKey("catalogue.Division", on_delete=models.PROTECT)
    name = models.CharField(max_length=80)
    address = models.CharField(max_length=200, blank=True)
    hours = models.CharField(max_length=200, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    longitude = models.CharField(max_length=12, blank=True)
    latitude = models.CharField(max_length=12, blank=True)
    transport = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "catalogue_venue"
        indexes = [models.Index(fields=["division", "code"], name="venue_of_division")]


class Implementation(models.Model):
    """实施: who carries an item out in one division, and what differs there. Searched never, joined by region (decision: search).

    `promised_days` null and empty texts mean: as the item says.
    """

    item = models.ForeignKey("catalogue.Item", on_delete=models.CASCADE, db_index=False)
    division = models.ForeignKey("catalogue.Division", on_delete=models.PROTECT)
    venue = models.ForeignKey(Venue, on_delete=models.PROTECT)
    counter = models.CharField(max_length=60, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    promised_days = models.PositiveSmallIntegerField(null=True)

    class Meta:
        db_table = "catalogue_implementation"
        constraints = [models.UniqueConstraint(fields=["item", "division"], name="implementation_once")]
        indexes = [models.Index(fields=["division", "item"], name="implementation_of_division")]
