"""人生路: the walk through a person's life and an organisation's, stop by stop (智能导办)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from hall.presentation.design.cache import cacheable
from hall.presentation.design.context import supply
from hall.presentation.storefront.shelves import goods
from hall.services.catalogue import life
from hall.support.refusals import NotFound

# Title, what is said below it, and the words around both walks, by audience.
WALKS = {
    "person": ("个人的一生", "从出生到身后，走到哪一步，就办哪一步的事"),
    "org": ("企业的一生", "从设立到注销，开门、建设、发展，各有各的事"),
}
# An event that the console adds gets the flag until it is drawn one.
_ICON = "flag"
ICONS = {
    "birth": "baby-carriage",
    "school": "school",
    "papers": "id",
    "service": "star",
    "qualify": "certificate",
    "work": "briefcase",
    "startup": "building-store",
    "farming": "plant-2",
    "marriage": "heart-handshake",
    "child": "users",
    "home": "home-check",
    "car": "car",
    "abroad": "plane",
    "health": "heartbeat",
    "unemployment": "compass",
    "injury": "hand-stop",
    "hardship": "package",
    "disability": "disabled",
    "dispute": "scale",
    "retirement": "cash",
    "old-age": "user",
    "death": "leaf",
    "org-start": "building",
    "org-nonprofit": "speakerphone",
    "org-staff": "users",
    "org-tax": "cash",
    "org-shop": "building-store",
    "org-factory": "settings",
    "org-care": "school",
    "org-transport": "car",
    "org-farm": "plant-2",
    "org-invest": "chart-bar",
    "org-build": "crane",
    "org-builder": "ruler-2",
    "org-environment": "leaf",
    "org-safety": "shield-check",
    "org-tech": "bulb",
    "org-ip": "license",
    "org-finance": "building-bank",
    "org-trade": "world",
    "org-event": "calendar-event",
    "org-change": "refresh",
    "org-credit": "scale",
    "org-close": "logout",
}


def icon_of(code: str) -> str:
    """The icon of an event, a flag where none was chosen for it."""
    return ICONS.get(code, _ICON)


supply("life_events", lambda: tuple(life.life_events()))


@require_safe
@cacheable()
def index(request: HttpRequest) -> HttpResponse:
    """Both walks, stage after stage. One SQL statement."""
    events = life.life_events()
    walks = [(audience, title, note, life.life_walk(events, audience)) for audience, (title, note) in WALKS.items()]
    return render(request, "storefront/life/index.html", {"walks": walks, "icon_of": icon_of})


@require_safe
@cacheable()
def show(request: HttpRequest, code: str) -> HttpResponse:
    """One event: its items in doing order and what goes with it. Nine SQL statements."""
    page = life.life_event(code)
    if page is None:
        raise NotFound
    context = {"page": page, "event": page.event, "goods": goods(page.cards), "walk": WALKS[page.event.audience][0], "icon_of": icon_of}
    return render(request, "storefront/life/page.html", context)
