"""Search and suggestions (§5.2 §5.8.4). What is asked and opened is counted after the answer, without a word about who asked."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from hall.presentation.design.cache import cacheable
from hall.presentation.design.context import division_of, supplied, supply
from hall.presentation.storefront.shelves import Good, goods
from hall.services.cases.finding import own_cases_found
from hall.services.catalogue import queries as catalogue
from hall.services.catalogue.queries import BundleRow
from hall.services.catalogue.rules import Audience, ItemType, OnlineDepth, RegionScope
from hall.services.search import commands, grouping, queries
from hall.services.search.explaining import explanations
from hall.services.search.hot import hot_words
from hall.services.search.passages import find_passages
from hall.services.search.rows import Facet, Hit, PassageHit, SearchPage
from hall.services.search.sorting import SORT_NAMES, Sort, sort_of
from hall.support.access import throttles
from hall.support.access.actors import Actor
from hall.support.identity import queries as identity

PAGE_SIZE = 20
LONGEST = 100
# Where so few items fit by name and meaning, the texts of guides are looked through too.
FEW = 5
GUIDES, MOST_GUIDES, FEW_GUIDES = "guides", 20, 5
CLICKS, CLICK_WINDOW_SECONDS = 120, 600
WORDS = {"audience": Audience, "type": ItemType, "depth": OnlineDepth, "region": RegionScope}
SWITCHES = {"online": "网上可办", "bookable": "可以预约", "is_free": "不收费"}
MARKED = ("名称里有", "与事项名称一致")
KIND_NAMES = {"faq": "常见问题", "material": "申请材料", "guide": "办事指南"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What stands in the address: words, filters by name (None where nothing was chosen), order, and where to look."""

    q: str
    is_cut: bool
    given: dict[str, str | None]
    switches: dict[str, bool]
    sort: Sort
    after: str | None
    is_in_guides: bool

    @property
    def is_narrowed(self) -> bool:
        return any(self.given.values()) or any(self.switches.values())

    @property
    def chosen(self) -> int:
        return sum(map(bool, self.given.values())) + sum(self.switches.values())


def _asked(request: HttpRequest) -> Asked:
    typed = request.GET.get("q", "").replace("\0", "").strip()
    given: dict[str, str | None] = {name: request.GET.get(name, "")[:12] or None for name in ("department", "theme")}
    for name, words in WORDS.items():
        value = request.GET.get(name, "")
        given[name] = value if value in set(words) else None
    return Asked(
        q=typed[:LONGEST],
        is_cut=len(typed) > LONGEST,
        given=given,
        switches={name: request.GET.get(name) == "1" for name in SWITCHES},
        sort=sort_of(request.GET.get("sort", "")),
        after=request.GET.get("after", "")[:40] or None,
        is_in_guides=request.GET.get("in") == GUIDES,
    )


def _tidy(request: HttpRequest, asked: Asked) -> QueryDict:
    tidy = QueryDict(mutable=True)
    kept = {"q": asked.q, **asked.given, **{name: "1" for name, is_on in asked.switches.items() if is_on}}
    kept |= {"sort": "" if asked.sort == Sort.RELEVANCE else asked.sort.value, "in": GUIDES if asked.is_in_guides else ""}
    kept |= {"explain": "1" if request.GET.get("explain") == "1" else "", "after": asked.after}
    for name, value in kept.items():
        if value:
            tidy[name] = value
    return tidy


@never_cache
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """One page of hits with their facets, grouped with what else fits; empty queries show where to begin. Twelve SQL statements at most."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    asked = _asked(request)
    # Links on the page repeat what was understood, not everything that was sent.
    request.GET = _tidy(request, asked)  # type: ignore[assignment]
    request.META["QUERY_STRING"] = request.GET.urlencode()
    page = _found(asked)
    rows = _rows(page, division_of(request))
    is_first = asked.after is None
    is_explained = bool(asked.q) and actor.is_staff and request.GET.get("explain") == "1"
    if (
        asked.q
        and is_first
        and page.is_readable
        and not (asked.is_narrowed or asked.is_in_guides or is_explained)
        and asked.sort == Sort.RELEVANCE
    ):
        commands.count_later(asked.q, hits=page.total)
    top = [hit.code for hit in page.hits[:FEW]]
    context = {
        "q": asked.q,
        "asked": asked,
        "page": page,
        "rows": rows,
        "own_cases": own_cases_found(actor, asked.q, item_codes=top) if asked.q and is_first else [],
        "bundles": _bundles(asked) if is_first else [],
        "passages": _passages(asked, page) if is_first and page.is_readable and not is_explained else [],
        "kind_names": KIND_NAMES,
        "explained": explanations(asked.q, [hit.code for hit in page.hits]) if is_explained else {},
        "sorts": list(SORT_NAMES.items()),
        "switches": _switches(page),
        "facets": _facets(asked, page),
        "chosen": _chosen(asked, page),
        "hot": supplied("search_hot") if not asked.q and not asked.is_narrowed else None,
        "tags_of": _tags,
        "note_of": _note,
    }
    return render(request, "storefront/search/page.html", context)


def _rows(page: SearchPage, division_code: str) -> list[tuple[Hit, Good]]:
    """Hits with their cards as they are in the visitor's region. Three SQL statements."""
    if not page.hits:
        return []
    cards = catalogue.item_cards([hit.code for hit in page.hits], division_code=division_code, has_forms=True)
    found = {good.card.code: good for good in goods(cards)}
    return [(hit, found[hit.code]) for hit in page.hits if hit.code in found]


def _found(asked: Asked) -> SearchPage:
    return queries.search_items(
        q=asked.q,
        audience=asked.given["audience"],
        department=asked.given["department"],
        theme=asked.given["theme"],
        item_type=asked.given["type"],
        depth=asked.given["depth"],
        region=asked.given["region"],
        is_online=asked.switches["online"] or None,
        is_bookable=asked.switches["bookable"] or None,
        is_free=asked.switches["is_free"] or None,
        sort=asked.sort,
        limit=PAGE_SIZE,
        after=asked.after,
    )


def _passages(asked: Asked, page: SearchPage) -> list[PassageHit]:
    if not asked.q or (page.total >= FEW and not asked.is_in_guides):
        return []
    return find_passages(asked.q, limit=MOST_GUIDES if asked.is_in_guides else FEW_GUIDES)


def _bundles(asked: Asked) -> list[BundleRow]:
    if not asked.q:
        return []
    known: tuple[BundleRow, ...] = supplied("search_bundles") or ()  # type: ignore[assignment]
    by_code = {bundle.code: bundle for bundle in known}
    return [by_code[code] for code in grouping.fitting(asked.q, [(one.code, (one.name, *one.aliases)) for one in known])]


def _facets(asked: Asked, page: SearchPage) -> list[tuple[str, str, tuple[Facet, ...]]]:
    """Title, name in the address and values of each facet that has something to choose."""
    facets = page.facets
    every = [
        ("服务对象", "audience", facets.audiences),
        ("办理深度", "depth", facets.depths),
        ("实施部门", "department", facets.departments),
        ("主题", "theme", facets.themes),
        ("事项类型", "type", facets.types),
        ("通办范围", "region", facets.regions),
    ]
    # A single value narrows nothing, unless it is what was chosen.
    return [facet for facet in every if len(facet[2]) > 1 or (facet[2] and asked.given[facet[1]])]


def _switches(page: SearchPage) -> list[tuple[str, str, int]]:
    counts = {"online": page.facets.online, "bookable": page.facets.bookable, "is_free": page.facets.free}
    return [(name, title, counts[name]) for name, title in SWITCHES.items()]


def _chosen(asked: Asked, page: SearchPage) -> list[tuple[str, str]]:
    """Name in the address and title of everything that was chosen, for chips that take it away again."""
    names = {(name, one.code): one.name for _, name, entries in _facets(asked, page) for one in entries}
    names |= {(name, word.value): word.label for name, words in WORDS.items() for word in words}
    found = [(name, names.get((name, value)) or _name_of(name, value)) for name, value in asked.given.items() if value]
    return found + [(name, SWITCHES[name]) for name, is_on in asked.switches.items() if is_on]


def _name_of(name: str, code: str) -> str:
    """What was chosen and has no hit left. One SQL statement."""
    if name == "theme":
        theme = catalogue.theme(code)
        return theme.name if theme else "未知主题"
    department = identity.department(code)
    return department.short_name if department else "未知部门"


def _tags(good: Good) -> tuple[str, ...]:
    """Short facts beside the depth tag."""
    card = good.card
    facts = [RegionScope(card.region_scope).label] if card.region_scope != RegionScope.LOCAL else []
    if card.onsite_visits:
        facts.append(f"到场 {card.onsite_visits} 次")
    if card.bookable:
        facts.append("可以预约")
    if not card.charged:
        facts.append("不收费")
    return tuple(facts)


def _note(hit: Hit) -> str:
    """Why it was found, where the marks in the name do not say so already."""
    return next((why for why in hit.why if not why.startswith(MARKED)), "")


def _hot() -> tuple[tuple[str, tuple[str, ...]], ...]:
    day, week = tuple(hot_words(days=1)), tuple(hot_words())
    return (("大家在搜", week),) if day == week else (("今天搜得多", day), ("一周搜得多", week))


supply("search_bundles", lambda: tuple(catalogue.bundles()))
supply("search_hot", _hot)


KINDS = {"item": ("事项", "/items/"), "theme": ("主题", "/themes/"), "department": ("部门", "/departments/")}


@require_safe
@cacheable(seconds=60)
def suggest(request: HttpRequest) -> HttpResponse:
    """Suggestions while typing: {"suggestions": [{"text", "kind", "href", "marks"}]}, eight at most. Two SQL statements."""
    q = request.GET.get("q", "").replace("\0", "").strip()[:50]
    found = queries.suggest(q, limit=8) if q else []
    rows = [
        {
            "text": one.text,
            "kind": KINDS[one.kind][0],
            "href": f"{KINDS[one.kind][1]}{one.code}",
            "marks": [list(mark) for mark in one.marks],
        }
        for one in found
    ]
    return JsonResponse({"suggestions": rows}, json_dumps_params={"ensure_ascii": False})


@csrf_exempt  # a beacon carries no form token; it counts, changes nothing of anybody's, and must come from our own pages
@never_cache
@require_POST
def opened(request: HttpRequest) -> HttpResponse:
    """An item was opened from the results: count query, item and place, nothing else. Four SQL statements. Nothing is told back."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    place = request.POST.get("place", "")
    if not _is_own_page(request) or not (place.isascii() and place.isdecimal() and len(place) < 5):
        return HttpResponse(status=204)
    now = timezone.now()
    throttles.count_try(f"opened:{actor.address}", limit=CLICKS, window_seconds=CLICK_WINDOW_SECONDS, now=now)
    q, code = request.POST.get("q", "").replace("\0", "")[:LONGEST], request.POST.get("code", "")[:12]
    commands.count_click_later(q, item_code=code, place=int(place), now=now)
    return HttpResponse(status=204)


def _is_own_page(request: HttpRequest) -> bool:
    return urlsplit(request.headers.get("Origin", "")).netloc == request.get_host()
