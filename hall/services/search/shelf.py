"""The lexicon that this process holds, and its loading when the index has changed."""

from uuid import UUID

from django.db import connection

from hall.services.search import lexicon as lexicons
from hall.services.search import text as texts
from hall.services.search.lexicon import Entry, Lexicon, Term
from hall.services.search.models import SearchEntry, SearchStamp

_held: list[Lexicon] = [Lexicon(None)]

_TERMS = """
SELECT t.kind, t.text, t.target, t.shown, t.codes, t.sound, t.initials, COALESCE(u.uses, 0)
FROM search_term t
LEFT JOIN (SELECT substr(token, 3) AS word, count(*) AS uses FROM search_posting WHERE token LIKE 'w:%' GROUP BY token) u
  ON t.kind = 'word' AND u.word = t.text
ORDER BY t.kind, t.text, t.target
"""


def current() -> Lexicon:
    """The lexicon of the index as it is now. One SQL statement; two more in a process that has not seen this state yet."""
    stamp: UUID | None = SearchStamp.objects.values_list("value", flat=True).first()
    held = _held[0]
    if held.stamp != stamp:
        held = _held[0] = _load(stamp)
    return held


def _load(stamp: UUID | None) -> Lexicon:
    columns = (
        "code",
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
    )
    figures = ("is_bookable", "region_scope", "promised_days", "popularity", "prior")
    entries = []
    for code, name, department, themes, audience, kind, depth, is_free, called, sound, initials, *own in SearchEntry.objects.order_by(
        "-popularity", "-prior", "code"
    ).values_list(*columns, *figures):
        entries.append(
            Entry(
                code=code,
                name=name,
                department_code=department,
                themes=tuple(themes),
                audience=tuple(audience),
                item_type=kind,
                online_depth=depth,
                is_free=is_free,
                called=tuple(called),
                plain=texts.solid(name),
                letters=texts.flat_letters(sound.replace(" ", "")),
                initials=initials,
                **dict(zip(figures, own, strict=True)),
            )
        )
    with connection.cursor() as cursor:
        cursor.execute(_TERMS)
        rows = cursor.fetchall()
    readings = [(text, target) for kind, text, target, *_ in rows if kind == "reading"]
    terms = (
        Term(kind, text, target, shown, tuple(codes), sound, short, uses) for kind, text, target, shown, codes, sound, short, uses in rows
    )
    return lexicons.build(stamp, entries, (term for term in terms if term.kind != "reading"), readings)
