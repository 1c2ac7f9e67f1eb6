"""Keeping the index: items in, items out, and counts of use."""

from collections.abc import Iterable
from datetime import datetime
from uuid import uuid4

from django.db import connection, transaction
from django.utils import timezone

from hall.services.catalogue import queries as catalogue
from hall.services.catalogue.rules import ItemStatus
from hall.services.search import rules, shelf, tokens, uses, vocabulary
from hall.services.search import text as texts
from hall.services.search.models import SearchEntry, SearchPosting, SearchStamp
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
        called=list(item.keywords),
        sound=sound,
        initials=initials,
        prior=len({*item.keywords, *item.synonyms}),
    )


def _write(postings: list[tuple[str, str, float]]) -> None:
    with connection.cursor() as cursor, cursor.copy("COPY search_posting (token, entry_id, weight) FROM STDIN") as copy:
        for posting in postings:
            copy.write_row(posting)


def _tell_planner() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE search_posting, search_entry, search_term")


def count_later(q: str, *, hits: int, now: datetime | None = None) -> None:
    """Count after the answer that a query was asked and led to `hits` items. At most two SQL statements.

    Only the catalogue's own words are kept; whatever could name a person or a number is forgotten at once.
    """
    query = texts.plain_query(q).replace(" ", "")
    if hits and rules.is_countable(query) and shelf.current().knows(query):
        queue.later(uses.add_use, query=query, hits=hits, day=timezone.localdate(now).isoformat())
