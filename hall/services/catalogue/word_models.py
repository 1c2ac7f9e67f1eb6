"""Tables of what people call an item and say of it; private to this module, like all of models.py."""

from django.db import models
from django.db.models import Q

from hall.services.catalogue import rules


def _one_of(field: str, values: type[rules.Word], name: str) -> models.CheckConstraint:
    return models.CheckConstraint(condition=Q(**{f"{field}__in": [value.value for value in values]}), name=name)


class Keyword(models.Model):
    """What people call an item."""

    item = models.ForeignKey("catalogue.Item", on_delete=models.CASCADE)
    word = models.CharField(max_length=80)
    order = models.PositiveSmallIntegerField()

    class Meta:
        db_table = "catalogue_keyword"
        constraints = [models.UniqueConstraint(fields=["item", "word"], name="keyword_once")]


class Synonym(models.Model):
    """A citizen's word and the official one; `kind` says whether it stands for a word or for one item's name."""

    citizen_term = models.CharField(max_length=80)
    official_term = models.CharField(max_length=200)
    kind = models.CharField(max_length=8)
    items = models.ManyToManyField("catalogue.Item", through="SynonymItem", related_name="+")
    # What the console added stays when a file is imported; what it switched off stays off.
    origin = models.CharField(max_length=8, default=rules.Origin.FILE)
    is_off = models.BooleanField(default=False)

    class Meta:
        db_table = "catalogue_synonym"
        constraints = [
            models.UniqueConstraint(fields=["citizen_term", "official_term", "kind"], name="synonym_once"),
            _one_of("kind", rules.SynonymKind, "synonym_kind"),
            _one_of("origin", rules.Origin, "synonym_origin"),
        ]


class SynonymItem(models.Model):
    """The items that a synonym leads to."""

    synonym = models.ForeignKey(Synonym, on_delete=models.CASCADE)
    item = models.ForeignKey("catalogue.Item", on_delete=models.CASCADE)

    class Meta:
        db_table = "catalogue_synonym_item"
        constraints = [models.UniqueConstraint(fields=["synonym", "item"], name="synonym_item_once")]


class Situation(models.Model):
    """A sentence in the words of somebody who needs the item: what happened, or what is wanted. Kept like a synonym."""

    item = models.ForeignKey("catalogue.Item", on_delete=models.CASCADE)
    text = models.CharField(max_length=120)
    order = models.PositiveSmallIntegerField()
    origin = models.CharField(max_length=8, default=rules.Origin.FILE)
    is_off = models.BooleanField(default=False)

    class Meta:
        db_table = "catalogue_situation"
        indexes = [models.Index(fields=["item", "order", "id"], name="situation_of_item")]
        constraints = [
            models.UniqueConstraint(fields=["item", "text"], name="situation_once"),
            models.CheckConstraint(condition=~Q(text=""), name="situation_says_something"),
            _one_of("origin", rules.Origin, "situation_origin"),
        ]
