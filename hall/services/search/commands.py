"""Keeping the index: items in, items out, and counts of use."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import uuid4

from django.db import connection, transaction
from django.db.models import Sum
from django.utils import timezone

from hall.services.catalogue import queries as catalogue
from hall.services.catalogue.rules import ItemStatus
from hall.services.search import rules, shelf, tokens, uses, vocabulary
from hall.services.search import text as texts
from hall.services.search.models import SearchEntry, SearchMiss, SearchPosting, SearchStamp, SearchVector
from hall.support.jobs import queue

_LOCK = 0x5EA4C4  # one writer at a time; readers never wait
_MANY = 50
_ENTRY_COLUMNS = (
    "name",
    "department_code",
    "themes",
    "audience",
    "item_type",
    "online_depth",
    "is_free",
    "is_bookable",
    "region_scope",
    "promised_days",
    "called",
    "sound",
    "initials",
    "prior",
)


@transaction.atomic
def reindex(codes: Iterable[str] | None = None, *, now: datetime) -> int:
    """Bring items, all or these, and the words for understanding queries in step with the catalogue; returns how many items are found now.

    Suspended and abolished items leave the index. Safe to repeat; visible to every process with the commit.
    """
    wanted = None if codes is None else sorted(set(codes))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '60s'")
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    items = list(catalogue.searchable_items(wanted))
    cards = {card.code: card for card in catalogue.item_cards([item.code for item in items])}
    items = [item for item in items if item.code in cards and cards[item.code].status == ItemStatus.PUBLISHED]
    gone = SearchEntry.objects.exclude(code__in=[item.code for item in items])
    (gone if wanted is None else gone.filter(code__in=wanted)).delete()
    segmenter = vocabulary.segmenter()
    entries = []
    postings: list[tuple[str, str, float]] = []
    for item in items:
        entries.append(_entry(item, is_free=not cards[item.code].charged))
        found = tokens.postings(
            name=item.name,
            keywords=item.keywords,
            synonyms=item.synonyms,
            department_code=item.department_code,
            themes=tuple(zip(item.themes, item.theme_names, strict=True)),
            segmenter=segmenter,
        )
        postings += [(token, item.code, weight) for token, weight in found.items()]
    SearchEntry.objects.bulk_create(
        entries, batch_size=1000, update_conflicts=True, unique_fields=["code"], update_fields=list(_ENTRY_COLUMNS)
    )
    SearchPosting.objects.filter(entry__in=[item.code for item in items]).delete()
    _write(postings)
    _keep_phrases(items)
    vocabulary.renew()
    SearchStamp.objects.update_or_create(pk=1, defaults={"value": uuid4()})
    if len(items) >= _MANY:
        _tell_planner()
    return len(items)


def _entry(item: catalogue.SearchableItem, *, is_free: bool) -> SearchEntry:
    sound, initials = tokens.sound_of(item.name)
    return SearchEntry(
        code=item.code,
        name=item.name,
        department_code=item.department_code,
        themes=list(item.themes),
        audience=list(item.audience),
        item_type=item.item_type,
        online_depth=item.online_depth,
        is_free=is_free,
        is_bookable=item.is_bookable,
        region_scope=item.region_scope,
        promised_days=item.promised_days,
        called=list(item.keywords),
        sound=sound,
        initials=initials,
        prior=len({*item.keywords, *item.synonyms}),
    )


def _write(postings: list[tuple[str, str, float]]) -> None:
    with connection.cursor() as cursor, cursor.copy("COPY search_posting (token, entry_id, weight) FROM STDIN") as copy:
        # By token: a search reads all rows of some tokens, and finds them on few pages.
        for posting in sorted(postings):
            copy.write_row(posting)


def _keep_phrases(items: Sequence[catalogue.SearchableItem]) -> None:
    """Bring the phrases whose meaning is searched in step; the meaning process works out what the new ones mean."""
    wanted: dict[tuple[str, str], str] = {}
    for item in items:
        told = [("name", [item.name]), ("called", [*item.keywords, *item.synonyms]), ("situation", item.situations)]
        for kind, phrases in told:
            for phrase in phrases:
                wanted.setdefault((item.code, phrase[:200]), kind)
    held = {
        (code, text): pk
        for pk, code, text in SearchVector.objects.filter(entry__in=[item.code for item in items]).values_list("pk", "entry_id", "text")
    }
    SearchVector.objects.filter(pk__in=[pk for key, pk in held.items() if key not in wanted]).delete()
    SearchVector.objects.bulk_create(
        [
            SearchVector(entry_id=code, kind=kind, text=text, vector=b"")
            for (code, text), kind in wanted.items()
            if (code, text) not in held
        ],
        batch_size=2000,
    )


def _tell_planner() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE search_posting, search_entry, search_term")


def count_later(q: str, *, hits: int, now: datetime | None = None) -> None:
    """Count after the answer that a query was asked and led to `hits` items, or to nothing. At most two SQL statements.

    Of what was found only the catalogue's own words are kept, of what was not only short queries without digits (`SearchMiss`);
    whatever else could name a person or a number is forgotten at once.
    """
    query, day = _solid(q), timezone.localdate(now).isoformat()
    if hits and rules.is_countable(query) and shelf.current().knows(query):
        queue.later(uses.add_use, query=query, hits=hits, day=day)
    elif not hits and rules.is_missable(query):
        queue.later(uses.add_miss, query=query, day=day)


def count_click_later(q: str, *, item_code: str, place: int, now: datetime | None = None) -> bool:
    """Count that an item was opened from the results of a query, and at which place; returns whether it is counted.

    Kept are known items only, and queries made of the catalogue's own words or typed by several people before. At most three SQL
    statements.
    """
    query, lexicon = _solid(q), shelf.current()
    if item_code not in lexicon.entries or not 1 <= place <= rules.MOST_HITS or not rules.is_countable(query):
        return False
    if not lexicon.knows(query) and any(len(word) < 2 for word in lexicon.split(query)) and not _is_asked_often(query):
        return False
    queue.later(uses.add_click, query=query, item_code=item_code, place=place, day=timezone.localdate(now).isoformat())
    return True


def _is_asked_often(query: str) -> bool:
    counted = SearchMiss.objects.filter(query=query).aggregate(sum=Sum("uses"))["sum"]
    return (counted or 0) >= rules.LEAST_SHOWN_MISSES


def _solid(q: str) -> str:
    return texts.plain_query(q).replace(" ", "")
