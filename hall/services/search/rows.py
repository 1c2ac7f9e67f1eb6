"""What search answers with: frozen rows."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a name; `is_match` stretches are what was searched for."""

    text: str
    is_match: bool


@dataclass(frozen=True, slots=True)
class Hit:
    """An item found. `why` are short sentences for people: what of the query it answers to."""

    code: str
    score: int
    why: tuple[str, ...]
    name: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Facet:
    """A value to narrow by, and how many hits are left when it alone is chosen beside the other filters."""

    code: str
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Facets:
    """Values with hits, most first."""

    departments: tuple[Facet, ...] = ()
    themes: tuple[Facet, ...] = ()
    audiences: tuple[Facet, ...] = ()
    depths: tuple[Facet, ...] = ()
    types: tuple[Facet, ...] = ()
    regions: tuple[Facet, ...] = ()
    online: int = 0
    bookable: int = 0
    free: int = 0


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A line under the search box. `kind`: item, theme, department; `marks` are (start, end) of what was typed in `text`."""

    kind: str
    text: str
    code: str
    marks: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class SearchPage:
    """A stretch of hits, best first. `next_cursor` asks for the stretch behind it, None at the end.

    `total` is exact up to 1,000 (`is_more_than_total` says that there are more). `interpreted` are the words that were understood,
    `did_you_mean` a mended query. With nothing found `nearest` offers items, themes and departments to go on with.
    `places` are departments and themes that the query names, `first_place` the place of the first hit among all, from 1;
    `is_readable` is False when something was typed and nothing in it can be looked up, such as punctuation alone.
    """

    hits: tuple[Hit, ...] = ()
    facets: Facets = Facets()
    total: int = 0
    is_more_than_total: bool = False
    next_cursor: str | None = None
    did_you_mean: str | None = None
    interpreted: tuple[str, ...] = ()
    nearest: tuple[Suggestion, ...] = ()
    places: tuple[Suggestion, ...] = ()
    first_place: int = 1
    is_readable: bool = True


@dataclass(frozen=True, slots=True)
class PassageHit:
    """A text of an item that holds the words asked for: `kind` is faq, material or guide; `others` more items have the same one."""

    kind: str
    title: tuple[Part, ...]
    text: tuple[Part, ...]
    item_code: str
    item_name: str
    others: int
