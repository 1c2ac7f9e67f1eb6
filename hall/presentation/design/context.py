"""What every page knows: who is there, how they want to read, what the hall is called, where they can go."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from django.conf import settings
from django.db import Error
from django.http import HttpRequest

from hall.services.catalogue import implementing
from hall.services.catalogue.implementing import Region
from hall.support.access.actors import VISITOR, Actor

logger = logging.getLogger(__name__)

MODE_COOKIE = "hall_mode"
CONTRAST_COOKIE = "hall_contrast"
REGION_COOKIE = "hall_region"


@dataclass(frozen=True, slots=True)
class Link:
    """One entry of a navigation: where, what it is called, and which pages it stands for: those below it (unless `is_exact`) and `covers`."""

    path: str
    title: str
    icon: str = ""
    covers: tuple[str, ...] = ()
    query: str = ""
    is_exact: bool = False

    @property
    def href(self) -> str:
        return f"{self.path}?{self.query}" if self.query else self.path

    def is_current(self, request: HttpRequest | None) -> bool:
        """Whether the visitor is on this entry's page or below it."""
        if request is None:
            return False
        if self.query:
            return request.path == self.path and self.query in request.META.get("QUERY_STRING", "").split("&")
        below = self.covers if self.is_exact else (self.path, *self.covers)
        return request.path == self.path or any(request.path == prefix or request.path.startswith(f"{prefix}/") for prefix in below)


NAV = (
    Link("/", "首页", is_exact=True),
    Link("/themes", "个人办事", query="audience=personal"),
    Link("/themes", "企业办事", query="audience=enterprise"),
    Link("/departments", "部门旗舰店"),
    Link("/bundles", "一件事"),
    Link("/appointments", "网上预约"),
    Link("/progress", "进度查询"),
    Link("/verify", "证照验真"),
    Link("/my/cases", "我的办件"),
)
TABBAR = (
    Link("/", "首页", "home", is_exact=True),
    Link("/themes", "分类", "category", covers=("/search", "/items", "/departments", "/bundles", "/life")),
    Link("/progress", "进度", "search"),
    Link("/my/cases", "办件", "clipboard-list", covers=("/my/applications",)),
    Link("/my", "我的", "user", covers=("/my/notices", "/my/profile", "/my/enterprises", "/my/appointments"), is_exact=True),
)

_suppliers: dict[str, tuple[Callable[[], object], float]] = {}
_supplied: dict[str, tuple[float, object]] = {}
_lock = Lock()


def supply(name: str, supplier: Callable[[], object], *, seconds: float = 60) -> None:
    """Let a page module add one value to every page, asked for at most once in `seconds` per process.

    Example: storefront supplies "hot_words". When the supplier fails, pages keep the last value, or go without.
    """
    _suppliers[name] = (supplier, seconds)
    _supplied.pop(name, None)


def supplied(name: str) -> object:
    """The present value of one supply, None when there is none."""
    if name not in _suppliers:
        return None
    supplier, seconds = _suppliers[name]
    now = time.monotonic()
    until, value = _supplied.get(name, (0.0, None))
    if now < until:
        return value
    with _lock:
        _supplied[name] = (now + seconds, value)  # others go on with the old value while we ask
    try:
        value = supplier()
    except Exception as fault:
        logger.warning("event=page.supply_failed name=%s fault=%s", name, type(fault).__name__)
    _supplied[name] = (now + seconds, value)
    return value


def mode_of(request: HttpRequest | None) -> str:
    """ "elder" or "", from the cookie; anything else in it counts as nothing."""
    return "elder" if request is not None and request.COOKIES.get(MODE_COOKIE) == "elder" else ""


def contrast_of(request: HttpRequest | None) -> str:
    """ "high" or "", from the cookie."""
    return "high" if request is not None and request.COOKIES.get(CONTRAST_COOKIE) == "high" else ""


def region_of(request: HttpRequest | None) -> Region | None:
    """The city or county in the cookie; anything else in it counts as nothing, and so does all of it while no region is known."""
    code = request.COOKIES.get(REGION_COOKIE) if request is not None else None
    if not code:
        return None
    try:
        return implementing.regions().choice(code)
    except Error:
        return None


def division_of(request: HttpRequest) -> str:
    """The code of the visitor's region for queries, "" without one."""
    region = region_of(request)
    return region.code if region else ""


def session_seconds(request: HttpRequest) -> int:
    """Seconds that the visitor surely stays signed in without doing anything; the session is renewed at most every five minutes."""
    return max(request.session.get_expiry_age() - 300, 60)


def frame(request: HttpRequest | None) -> dict[str, object]:
    """The part of the context that needs no database: error pages are made of this alone."""
    return {
        "request": request,
        "actor": VISITOR,
        "mode": mode_of(request),
        "contrast": contrast_of(request),
        "chosen_region": region_of(request),
        "hall_name": settings.HALL_NAME,
        "hotline": settings.HOTLINE,
        "public_address": settings.PUBLIC_ADDRESS,
        "nav": NAV,
        "tabbar": TABBAR,
        "hot_words": (),
        "session_seconds": 0,
    }


def page(request: HttpRequest) -> dict[str, object]:
    """Jinja2 context processor: the frame, plus the actor and what page modules supply."""
    actor: Actor = getattr(request, "actor", VISITOR)
    return {
        **frame(request),
        "actor": actor,
        "hot_words": supplied("hot_words") or (),
        "session_seconds": session_seconds(request) if actor.is_signed_in else 0,
    }
