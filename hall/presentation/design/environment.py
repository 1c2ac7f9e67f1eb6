"""The Jinja2 environment of every page: what templates may call, and how values are written for people."""

from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.urls import reverse
from django.utils import timezone
from jinja2 import Environment, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from hall.presentation.design import sprite
from hall.presentation.design.flows import flow_pictures
from hall.services.serials import rules as serial_rules

_STATIC_URLS: dict[str, str] = {}


def environment(**options: Any) -> Environment:
    """Django's Jinja2 backend calls this once. Autoescape stays on; an unknown name is an error, never an empty space."""
    options.setdefault("trim_blocks", True)
    options.setdefault("lstrip_blocks", True)
    options["autoescape"] = True
    options["undefined"] = StrictUndefined
    result = Environment(**options)  # noqa: S701  (autoescape is set two lines above)
    result.globals.update(url=url, static=static, icon=icon, sprite_url=sprite_url, query_with=query_with, flow_pictures=flow_pictures)
    result.filters.update(
        money=money,
        date_zh=date_zh,
        day_zh=day_zh,
        datetime_zh=datetime_zh,
        clock_zh=clock_zh,
        iso=iso,
        count_zh=count_zh,
        size_zh=size_zh,
        serial_groups=serial_groups,
        first_char=first_char,
    )
    return result


def url(name: str, *args: object, query: Mapping[str, object] | None = None, **kwargs: object) -> str:
    """The address of a Django URL name such as "storefront:item", or of a path that starts with "/"; `query` is appended."""
    path = name if name.startswith("/") else _path(name, args, tuple(sorted(kwargs.items())))
    pairs = [(key, value) for key, value in (query or {}).items() if value not in (None, "")]
    return f"{path}?{urlencode(pairs, doseq=True)}" if pairs else path


@lru_cache(maxsize=4096)
def _path(name: str, args: tuple[object, ...], kwargs: tuple[tuple[str, object], ...]) -> str:
    # A list names the same addresses over and over, and looking one up costs 50 µs.
    return reverse(name, args=args or None, kwargs=dict(kwargs) or None)


def static(name: str) -> str:
    """The hashed address of a static file. Before static files were collected (unit tests): the plain one."""
    found = _STATIC_URLS.get(name)
    if found is None:
        try:
            found = _STATIC_URLS[name] = staticfiles_storage.url(name)
        except ValueError:
            return f"{settings.STATIC_URL}{name}"
    return found


def sprite_url(symbol: str) -> str:
    """Where <use> finds one symbol of the sprite. Raises: KeyError for one that is not in `sprite.ICONS` or `sprite.DRAWN`."""
    if symbol not in sprite.SYMBOLS:
        raise KeyError(f"icon {symbol!r} is not in hall/presentation/design/sprite.py: add its name to ICONS")
    return f"{static('icons.svg')}#{symbol}"


def icon(name: str, extra: str = "") -> Markup:
    """A decorative icon from the sprite, hidden from screen readers; the words beside it say the same."""
    return Markup('<svg class="i{}" aria-hidden="true"><use href="{}"/></svg>').format(f" {extra}" if extra else "", sprite_url(name))


@pass_context
def query_with(context: Context, **changes: object) -> str:
    """This page's address with some query values changed (None removes one), for filters and tabs; paging starts anew."""
    request = context["request"]
    query = request.GET.copy()
    for name in ("after", "before"):
        query.pop(name, None)
    for name, value in changes.items():
        query.pop(name, None)
        if value not in (None, ""):
            query.setlist(name, [str(part) for part in value] if isinstance(value, list | tuple) else [str(value)])
    encoded = query.urlencode()
    return f"{request.path}?{encoded}" if encoded else str(request.path)


def money(amount_fen: int) -> str:
    """Whole fen as yuan: 1250000 → "12,500 元", 50 → "0.50 元"."""
    yuan, fen = divmod(amount_fen, 100)
    return f"{yuan:,}.{fen:02d} 元" if fen else f"{yuan:,} 元"


def _local(moment: date) -> date:
    # The hall has one zone and never activates another, so the thread's own need not be asked for.
    return moment.astimezone(timezone.get_default_timezone()) if isinstance(moment, datetime) and moment.tzinfo else moment


def date_zh(moment: date | None) -> str:
    """2026-11-18; times are shown in the hall's zone."""
    return _local(moment).strftime("%Y-%m-%d") if moment else ""


def day_zh(moment: date | None) -> str:
    """11 月 26 日; a datetime adds its clock: 11 月 26 日 17:00."""
    if moment is None:
        return ""
    local = _local(moment)
    day = f"{local.month} 月 {local.day} 日"
    return f"{day} {local:%H:%M}" if isinstance(local, datetime) else day


def datetime_zh(moment: datetime | None) -> str:
    """2026-11-18 16:45 in the hall's zone."""
    return _local(moment).strftime("%Y-%m-%d %H:%M") if moment else ""


def clock_zh(moment: datetime | None) -> str:
    """14:32 in the hall's zone."""
    return _local(moment).strftime("%H:%M") if moment else ""


def iso(moment: date | None) -> str:
    """For <time datetime>: with the zone."""
    return _local(moment).isoformat() if moment else ""


def count_zh(number: int) -> str:
    """12846 → "1.28 万" (from 10,000, never rounded up), 6392 → "6,392"."""
    if number < 10_000:
        return f"{number:,}"
    hundredths = number // 100
    return f"{hundredths / 100:,.2f}".rstrip("0").rstrip(".") + " 万"


def size_zh(size_bytes: int) -> str:
    """A file's size: 42 KB, 3.2 MB."""
    if size_bytes < 1024:
        return f"{size_bytes} 字节"
    if size_bytes < 1024 * 1024:
        return f"{size_bytes / 1024:.0f} KB"
    return f"{size_bytes / 1024 / 1024:.1f} MB"


def serial_groups(serial: str) -> str:
    """A unified serial number in the groups in which people read it aloud; text that is none stays as it is."""
    return serial_rules.grouped(serial)


def first_char(name: str) -> str:
    """The one character for an avatar or a department's seal: 省市场监督管理局 → 市."""
    trimmed = name.strip()
    for prefix in ("山东省", "省"):
        if len(trimmed) > len(prefix) and trimmed.startswith(prefix):
            trimmed = trimmed.removeprefix(prefix)
            break
    return trimmed[:1]
