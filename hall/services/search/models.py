"""The search index: items once, their tokens, the words that queries are understood with, and how often words are searched."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models


class SearchEntry(models.Model):
    """A published item as search lists it. `called` are its keywords; `prior` counts its everyday words, a first guess at demand.

    `popularity` counts applications; `last_case_id` makes counting one twice harmless.
    """

    code = models.CharField(max_length=12, primary_key=True)
    name = models.CharField(max_length=200)
    department_code = models.CharField(max_length=12)
    themes = ArrayField(models.CharField(max_length=12), default=list)
    audience = ArrayField(models.CharField(max_length=8), default=list)
    item_type = models.CharField(max_length=16)
    online_depth = models.CharField(max_length=8)
    is_free = models.BooleanField()
    is_bookable = models.BooleanField(default=False)
    region_scope = models.CharField(max_length=16, default="local")
    promised_days = models.PositiveSmallIntegerField(default=0)
    # Mean of its ratings, 1 to 5; null until there are enough of them to show.
    score = models.FloatField(null=True)
    called = ArrayField(models.CharField(max_length=80), default=list)
    sound = models.TextField()
    initials = models.CharField(max_length=200)
    prior = models.PositiveIntegerField()
    popularity = models.PositiveIntegerField(default=0)
    last_case_id = models.BigIntegerField(default=0)

    class Meta:
        db_table = "search_entry"


class SearchPosting(models.Model):
    """A token of an item and its weight.

    Measured against a weighted tsvector of the same tokens with ts_rank (599 items, 111 judged queries): 2.1/4.5 ms p50/p95 against
    1.9/3.4, hit@3 0.98 against 0.97, MRR 0.954 against 0.948. Rows won because a query's tokens can be weighed one by one.
    """

    pk = models.CompositePrimaryKey("token", "entry_id")
    token = models.CharField(max_length=80)
    entry = models.ForeignKey(SearchEntry, on_delete=models.CASCADE)
    weight = models.FloatField()

    class Meta:
        db_table = "search_posting"


class SearchTerm(models.Model):
    """A word, synonym, keyword, item name, department or theme with its sound; kind "reading" holds a syllable and its characters."""

    kind = models.CharField(max_length=12)
    text = models.CharField(max_length=200)
    target = models.TextField(blank=True)
    shown = models.CharField(max_length=200, blank=True)
    codes = ArrayField(models.CharField(max_length=12), default=list)
    sound = models.TextField(blank=True)
    initials = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "search_term"
        constraints = [models.UniqueConstraint(fields=["kind", "text", "target"], name="search_term_once")]


class SearchVector(models.Model):
    """What a phrase of an item means: the sentence encoder's 512 numbers, as float16 bytes. `kind`: name, called, situation."""

    entry = models.ForeignKey(SearchEntry, on_delete=models.CASCADE)
    kind = models.CharField(max_length=12)
    text = models.CharField(max_length=200)
    vector = models.BinaryField()

    class Meta:
        db_table = "search_vector"
        constraints = [models.UniqueConstraint(fields=["entry", "text"], name="search_vector_once")]


class SearchStamp(models.Model):
    """One row: changes with every change of the index, never to a value it had before; processes reload their lexicon by it."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    value = models.UUIDField()

    class Meta:
        db_table = "search_stamp"
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="search_stamp_one_row")]


class SearchUse(models.Model):
    """How often words of the catalogue were searched on a day, and how many items they led to. Words only, nobody's."""

    day = models.DateField()
    query = models.CharField(max_length=20)
    uses = models.PositiveIntegerField(default=1)
    hits = models.PositiveIntegerField()

    class Meta:
        db_table = "search_use"
        constraints = [models.UniqueConstraint(fields=["day", "query"], name="search_use_day_query")]


class SearchMiss(models.Model):
    """What was searched on a day and led to nothing, so that words can be added. Only queries without digits are kept, none older than
    35 days, and none that fewer than `rules.LEAST_SHOWN_MISSES` visits typed is ever shown: nobody's own words."""

    day = models.DateField()
    query = models.CharField(max_length=20)
    uses = models.PositiveIntegerField(default=1)

    class Meta:
        db_table = "search_miss"
        constraints = [models.UniqueConstraint(fields=["day", "query"], name="search_miss_day_query")]


class SearchClick(models.Model):
    """How often an item was opened from the results of a query on a day, and at which places: no person, no address, no time of day."""

    day = models.DateField()
    query = models.CharField(max_length=20)
    item_code = models.CharField(max_length=12)
    clicks = models.PositiveIntegerField(default=1)
    places = models.PositiveIntegerField()

    class Meta:
        db_table = "search_click"
        constraints = [models.UniqueConstraint(fields=["day", "query", "item_code"], name="search_click_once")]


class HotWord(models.Model):
    """What an administrator decided about a hot word: pinned ones stand first in their order, barred ones never show."""

    word = models.CharField(max_length=20, primary_key=True)
    is_barred = models.BooleanField()
    order = models.PositiveSmallIntegerField(default=0)
    decided_by = models.CharField(max_length=60)
    decided_at = models.DateTimeField()

    class Meta:
        db_table = "search_hot_word"


class SearchRating(models.Model):
    """A grade that an item got, kept here so that its mean outlives every rebuild of the index. Of the rating only its number is known."""

    rating_id = models.BigIntegerField(primary_key=True)
    item_code = models.CharField(max_length=12, db_index=True)
    grade = models.PositiveSmallIntegerField()

    class Meta:
        db_table = "search_rating"


class SearchPassage(models.Model):
    """A text of an item's guide: a material, a question with its answer, a part of the guide. `grams` are its pairs of characters.

    Kept as arrays under a GIN index, not as a tsvector: pairs need no dictionary, and what was typed is found wherever it stands.
    """

    entry = models.ForeignKey(SearchEntry, on_delete=models.CASCADE)
    kind = models.CharField(max_length=12)
    title = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    grams = ArrayField(models.CharField(max_length=2), default=list)

    class Meta:
        db_table = "search_passage"
        indexes = [GinIndex(fields=["grams"], name="search_passage_grams")]
