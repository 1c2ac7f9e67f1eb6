"""The icon sprite: outline icons of the PyPI package pytablericons (Tabler Icons, MIT), only those used, and a few of our own."""

import importlib.util
import re
from pathlib import Path

# Names as on tabler.io/icons. A template may use these only; add a name here when a page needs one more.
ICONS = (
    "alert-circle",
    "alert-triangle",
    "arrow-down",
    "arrow-left",
    "arrow-right",
    "arrow-up",
    "baby-carriage",
    "bell",
    "briefcase",
    "building",
    "building-bank",
    "building-store",
    "bulb",
    "calculator",
    "calendar-event",
    "camera",
    "car",
    "cash",
    "category",
    "certificate",
    "chart-bar",
    "check",
    "chevron-down",
    "chevron-left",
    "chevron-right",
    "chevron-up",
    "circle-check",
    "clipboard-check",
    "clipboard-list",
    "clock",
    "coin",
    "compass",
    "contrast",
    "copy",
    "crane",
    "credit-card",
    "device-laptop",
    "device-mobile",
    "disabled",
    "download",
    "external-link",
    "eye",
    "file-check",
    "file-spreadsheet",
    "file-text",
    "file-type-pdf",
    "filter",
    "flag",
    "folder",
    "gavel",
    "hand-stop",
    "heart-handshake",
    "heartbeat",
    "help-circle",
    "history",
    "home",
    "home-check",
    "id",
    "inbox",
    "info-circle",
    "key",
    "layout-2",
    "leaf",
    "license",
    "list-check",
    "list-details",
    "loader-2",
    "lock",
    "logout",
    "mail",
    "map-2",
    "map-pin",
    "message-circle",
    "package",
    "pencil",
    "phone",
    "photo",
    "plane",
    "plant-2",
    "player-pause",
    "player-play",
    "plug",
    "plus",
    "printer",
    "qrcode",
    "refresh",
    "rotate-clockwise",
    "ruler-2",
    "scale",
    "school",
    "search",
    "send",
    "settings",
    "shield-check",
    "signature",
    "speakerphone",
    "star",
    "table",
    "text-size",
    "thumb-up",
    "tools-kitchen-2",
    "trash",
    "upload",
    "user",
    "user-check",
    "user-share",
    "users",
    "volume",
    "world",
    "x",
    "zoom-in",
    "zoom-out",
)


def _star(left: int) -> str:
    return f"M{10 + left} 1.6l2.6 5.3 5.8.8-4.2 4.1 1 5.8-5.2-2.7-5.2 2.7 1-5.8-4.2-4.1 5.8-.8z"


# Filled shapes of our own: the five stars of a score, one star, and the deadline lamps, which differ by shape as well as by colour.
DRAWN = {
    "stars": ("0 0 100 20", f'<path d="{"".join(_star(20 * at) for at in range(5))}" fill="currentColor"/>'),
    "star-full": ("0 0 20 20", f'<path d="{_star(0)}" fill="currentColor" stroke="none"/>'),
    "lamp-green": ("0 0 16 16", '<circle cx="8" cy="8" r="7" fill="currentColor"/>'),
    "lamp-yellow": ("0 0 16 16", '<path d="M8 1l7.5 14H.5z" fill="currentColor"/>'),
    "lamp-red": ("0 0 16 16", '<path d="M1 1h14v14H1z" fill="currentColor"/>'),
    "lamp-paused": ("0 0 16 16", '<path d="M2 1h4v14H2zM10 1h4v14h-4z" fill="currentColor"/>'),
    "lamp-none": ("0 0 16 16", '<path d="M2 7h12v2H2z" fill="currentColor"/>'),
}
SYMBOLS = frozenset(ICONS) | frozenset(DRAWN)


def _outline(name: str) -> str:
    # Found, not imported: the package's Python half wants pygame, which the hall does not install.
    spec = importlib.util.find_spec("pytablericons")
    if spec is None or spec.origin is None:
        raise LookupError("pytablericons is not installed")
    path = Path(spec.origin).parent / "icons" / "outline" / f"{name}.svg"
    inside = path.read_text(encoding="utf-8").split(">", 2)[2] if path.exists() else ""
    shapes = re.findall(r"<(?:path|circle|rect|line|polyline|ellipse)\b[^>]*/>", inside)
    if not shapes:
        raise LookupError(f"pytablericons carries no outline icon {name!r}")
    return "".join(re.sub(r"\s+/>", "/>", shape) for shape in shapes)


def build() -> str:
    """The text of icons.svg: one <symbol> for each name. Raises: LookupError for a name that the package does not carry."""
    symbols = [f'<symbol id="{name}" viewBox="0 0 24 24">{_outline(name)}</symbol>' for name in ICONS]
    symbols += [f'<symbol id="{name}" viewBox="{box}">{shapes}</symbol>' for name, (box, shapes) in DRAWN.items()]
    return f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(symbols)}</svg>\n'
