"""What the applicant's pages share: who is signed in, and the navigation beside every page."""

from typing import BinaryIO, cast

from django.http import HttpRequest

from hall.support.access.actors import Actor, Role, require


def applicant(request: HttpRequest) -> Actor:
    """The signed-in citizen, perhaps acting for an enterprise. Raises: SignInNeeded, NotAllowed for staff."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    require(actor, Role.CITIZEN)
    return actor


def side_nav(path: str, *, unread: int | None = None) -> list[tuple[str, list[tuple[str, str, str, str | None, bool]]]]:
    """Groups for the side navigation macro."""
    entries = (
        ("/my", "首页", "home"),
        ("/my/cases", "我的办件", "clipboard-list"),
        ("/my/serials", "窗口办件", "building"),
        ("/my/appointments", "我的预约", "calendar-event"),
        ("/my/payments", "我的缴费", "cash"),
        ("/basket", "办事清单", "list-check"),
        ("/my/sheets", "办事单", "list-check"),
        ("/my/materials", "材料库", "folder"),
        ("/my/notices", "消息", "bell"),
        ("/my/enterprises", "我的企业", "briefcase"),
        ("/my/accesses", "谁查看过我的信息", "eye"),
        ("/my/profile", "我的信息", "user"),
    )
    count = None if not unread else ("99+" if unread >= 100 else str(unread))
    rows = [
        (title, href, icon, count if href == "/my/notices" else None, path == href or (href != "/my" and path.startswith(href)))
        for href, title, icon in entries
    ]
    return [("我的大厅", rows)]


def number(text: str) -> int | None:
    """A row's number as a form sends it; None for anything else, however long."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def uploaded(request: HttpRequest) -> tuple[BinaryIO, str] | None:
    """The stream and name of the one file that was sent, None without any."""
    file = request.FILES.get("file")
    return (cast(BinaryIO, file.file), file.name or "") if file is not None else None


def is_fragment(request: HttpRequest) -> bool:
    """Whether a script asked for a part of the page (upload.js sends X-Fragment: 1)."""
    return request.headers.get("X-Fragment") == "1"
