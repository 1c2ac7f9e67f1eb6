"""The words that queries are understood with, brought into the terms table; part of `commands`. Needs the big dictionaries."""

import re
from collections.abc import Iterator

from django.db import connection

from hall.services.catalogue import queries as catalogue
from hall.services.search import text as texts
from hall.services.search import tokens
from hall.services.search.models import SearchEntry, SearchTerm
from hall.services.search.tokens import Segmenter
from hall.support.identity import queries as identity

Key = tuple[str, str, str]  # kind, text, target
Told = tuple[str, tuple[str, ...]]  # shown, codes

_PREFIXES = ("山东省", "省")
_STEM = re.compile(r"省(.{2,4}?)(?:局|厅|委|办)")


def segmenter() -> Segmenter:
    """Words are cut the way the catalogue's own terms go. Two SQL statements."""
    own: set[str] = set()
    for row in catalogue.synonyms():
        own.add(texts.solid(row.official_term))
        # An item's own keyword may be a whole sentence; a word is one.
        if row.kind == "word":
            own.add(texts.solid(row.citizen_term))
    for department in identity.departments():
        own |= set(_names(department))
    return Segmenter(own)


def _names(department: identity.DepartmentRow) -> Iterator[str]:
    for name in (department.name, department.short_name, *department.aliases):
        plain = texts.solid(name)
        yield plain
        for prefix in _PREFIXES:
            if plain.startswith(prefix) and len(plain) > len(prefix) + 1:
                yield plain.removeprefix(prefix)
                break


def _wanted() -> dict[Key, Told]:
    found: dict[Key, Told] = {}
    leads: dict[str, dict[str, None]] = {}
    for code, name, called in SearchEntry.objects.order_by("code").values_list("code", "name", "called"):
        found["name", texts.solid(name), ""] = (name, ())
        for keyword in called:
            leads.setdefault(texts.solid(keyword), {})[code] = None
    found |= {("keyword", keyword, ""): ("", tuple(codes)) for keyword, codes in leads.items()}
    listed = set(SearchEntry.objects.values_list("code", flat=True))
    for row in catalogue.synonyms():
        codes = tuple(code for code in row.item_codes if code in listed)
        # A word whose items are all gone leads nowhere; one that never had any still translates.
        if row.kind == "word" and (codes or not row.item_codes):
            found["synonym", texts.solid(row.citizen_term), row.official_term] = ("", codes)
    for department in identity.departments():
        for name in _names(department):
            found.setdefault(("department", name, department.code), (department.short_name or department.name, ()))
        # 民政 for 省民政厅: people drop the last word.
        if stem := _STEM.fullmatch(texts.solid(department.short_name)):
            found["stem", stem[1], department.code] = (department.short_name, ())
    for theme in catalogue.themes():
        found["theme", texts.solid(theme.name), theme.code] = (theme.name, ())
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT substr(token, 3) FROM search_posting WHERE token LIKE 'w:%'")
        found |= {("word", word, ""): ("", ()) for (word,) in cursor.fetchall()}
    return {key: told for key, told in found.items() if key[1] and len(key[1]) <= 200}


def renew() -> None:
    """Bring the terms table in step with entries, postings, synonyms, departments and themes. Writes what differs only."""
    wanted = _wanted()
    held: dict[Key, Told] = {}
    stale = []
    for pk, kind, text, target, shown, listed in SearchTerm.objects.exclude(kind="reading").values_list(
        "pk", "kind", "text", "target", "shown", "codes"
    ):
        if wanted.get((kind, text, target)) == (shown, tuple(listed)):
            held[kind, text, target] = (shown, tuple(listed))
        else:
            stale.append(pk)
    SearchTerm.objects.filter(pk__in=stale).delete()
    fresh = []
    for (kind, text, target), (shown, codes) in wanted.items():
        if (kind, text, target) not in held:
            sound, initials = tokens.sound_of(text)
            fresh.append(SearchTerm(kind=kind, text=text, target=target, shown=shown, codes=list(codes), sound=sound, initials=initials))
    if not SearchTerm.objects.filter(kind="reading").exists():
        fresh += [SearchTerm(kind="reading", text=syllable, target=characters) for syllable, characters in tokens.readings().items()]
    SearchTerm.objects.bulk_create(fresh, batch_size=2000)
