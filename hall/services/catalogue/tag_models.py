"""Tables of tags and their sets; private to this module, like all of models.py."""

from django.db import models
from django.db.models import Q

from hall.services.catalogue import rules


def _origin(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(condition=Q(origin__in=[value.value for value in rules.Origin]), name=name)


class TagSet(models.Model):
    """标签组: a way to sort items beside the two trees of themes, such as life events (人生事件). Off: removed, and can be brought back."""

    code = models.CharField(max_length=20, primary_key=True)
    name = models.CharField(max_length=40, unique=True)
    audience = models.CharField(max_length=8, blank=True)
    order = models.PositiveSmallIntegerField()
    origin = models.CharField(max_length=8, default=rules.Origin.FILE)
    is_off = models.BooleanField(default=False)

    class Meta:
        db_table = "catalogue_tag_set"
        constraints = [
            models.CheckConstraint(condition=Q(audience__in=["", "person", "org"]), name="tag_set_audience"),
            models.CheckConstraint(condition=~Q(name=""), name="tag_set_named"),
            _origin("tag_set_origin"),
        ]


class Tag(models.Model):
    """One tag of a set, as people read it; `stage` is the stretch of the way of life it belongs to. Off as a set is."""

    code = models.CharField(max_length=20, primary_key=True)
    tag_set = models.ForeignKey(TagSet, on_delete=models.PROTECT)
    name = models.CharField(max_length=40)
    stage = models.CharField(max_length=20, blank=True)
    note = models.CharField(max_length=200, blank=True)
    order = models.PositiveSmallIntegerField()
    origin = models.CharField(max_length=8, default=rules.Origin.FILE)
    is_off = models.BooleanField(default=False)

    class Meta:
        db_table = "catalogue_tag"
        constraints = [
            # Deferred: an import may swap two names.
            models.UniqueConstraint(fields=["tag_set", "name"], deferrable=models.Deferrable.DEFERRED, name="tag_name_once"),
            models.CheckConstraint(condition=~Q(name=""), name="tag_named"),
            _origin("tag_origin"),
        ]


class ItemTag(models.Model):
    """Under which tags an item is found, in the order in which people do the items. Off: taken away in the console for good."""

    item = models.ForeignKey("Item", on_delete=models.CASCADE)
    tag = models.ForeignKey(Tag, on_delete=models.CASCADE)
    order = models.PositiveIntegerField(default=0)
    origin = models.CharField(max_length=8, default=rules.Origin.FILE)
    is_off = models.BooleanField(default=False)

    class Meta:
        db_table = "catalogue_item_tag"
        constraints = [
            models.UniqueConstraint(fields=["tag", "item"], name="item_tag_once"),
            _origin("item_tag_origin"),
        ]
        indexes = [
            models.Index(fields=["item"], name="item_tag_of_item"),
            models.Index(fields=["tag", "order", "id"], name="item_tag_in_order"),
        ]
