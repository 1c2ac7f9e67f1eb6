"""What every page of the console has around it: who may be there, and where else that person may go."""

from django.http import HttpRequest

from hall.presentation.design.appnav import AppEntry
from hall.support.access.actors import ROLE_NAMES, Actor, Role, require

LARGEST_ID = 2**63 - 1
# Heading, address, title, icon, and who may go there. No role reaches what another one watches over (三员分立).
PAGES: tuple[tuple[str, str, str, str, frozenset[Role]], ...] = (
    ("监督", "/console", "办件监督", "eye", frozenset({Role.SUPERVISOR})),
    ("监督", "/console/ratings", "差评", "star", frozenset({Role.SUPERVISOR, Role.MEDIATOR})),
    ("缴费", "/console/payments", "缴费订单", "cash", frozenset({Role.FINANCE})),
    ("缴费", "/console/payments/days", "每日对账", "scale", frozenset({Role.FINANCE})),
    ("管理", "/console/accounts", "工作人员", "users", frozenset({Role.SYS_ADMIN})),
    ("管理", "/console/clients", "接口账号", "key", frozenset({Role.SYS_ADMIN})),
    ("预约", "/console/appointments", "预约规则", "calendar-event", frozenset({Role.SYS_ADMIN})),
    ("预约", "/console/appointments/usage", "号源使用", "chart-bar", frozenset({Role.SYS_ADMIN, Role.SUPERVISOR})),
    ("预约", "/console/appointments/appeals", "预约申诉", "scale", frozenset({Role.SYS_ADMIN, Role.MEDIATOR})),
    ("管理", "/console/search", "检索与热词", "search", frozenset({Role.SYS_ADMIN})),
    ("事项", "/console/items/review", "事项审核", "clipboard-check", frozenset({Role.SYS_ADMIN})),
    ("事项", "/console/items", "全部事项", "list-check", frozenset({Role.SYS_ADMIN})),
    ("事项", "/console/forms", "表单设计", "layout-2", frozenset({Role.SYS_ADMIN})),
    ("事项", "/console/tags", "分类标签", "category", frozenset({Role.SYS_ADMIN})),
    ("事项", "/console/relations", "事项关系", "compass", frozenset({Role.SYS_ADMIN})),
    ("事项", "/console/exchange", "导入导出", "file-spreadsheet", frozenset({Role.SYS_ADMIN})),
    ("管理", "/console/guides", "智能导办", "list-check", frozenset({Role.SYS_ADMIN})),
    ("管理", "/console/plugins", "插件与接口", "plug", frozenset({Role.SYS_ADMIN})),
    ("管理", "/console/papers", "文书文字", "file-text", frozenset({Role.SYS_ADMIN})),
    ("审计", "/console/trail", "审计记录", "history", frozenset({Role.AUDITOR})),
)


def console_actor(request: HttpRequest, *roles: Role) -> Actor:
    """The signed-in person with one of the roles. Raises: SignInNeeded, NotAllowed."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    require(actor, *roles)
    return actor


def console_frame(request: HttpRequest, actor: Actor) -> dict[str, object]:
    """Navigation and place for base_console.html. No SQL."""
    groups: dict[str, list[AppEntry]] = {}
    own = [entry for entry in PAGES if actor.has(*entry[4])]
    # The longest address that the page stands below: /console/items/review is not also /console/items.
    below = [href for _, href, *_ in own if request.path == href or (href != "/console" and request.path.startswith(f"{href}/"))]
    here = max(below, key=len, default="")
    for heading, href, title, icon, _ in own:
        groups.setdefault(heading, []).append(AppEntry(href, title, icon, None, href == here))
    place = "、".join(ROLE_NAMES[role] for role in sorted(actor.roles))
    return {"app_nav": list(groups.items()), "place": place, "app_title": "管理与监督", "home": "/console"}


def row_id(text: str) -> int | None:
    """A keyset cursor that is a row's id; None for anything else."""
    return min(int(text), LARGEST_ID) if text.isascii() and text.isdecimal() and len(text) < 20 else None
