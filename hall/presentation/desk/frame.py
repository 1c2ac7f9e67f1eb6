"""What every page of the desk has around it."""

from django.http import HttpRequest

from hall.presentation.design.appnav import AppEntry
from hall.support.access.actors import DEPARTMENT_ROLES, Actor, Role, require
from hall.support.identity import queries as identity

PLACES = {Role.SUPERVISOR: "监督"}


def desk_actor(request: HttpRequest) -> Actor:
    """The signed-in member of a department, or a supervisor who may look. Raises: SignInNeeded, NotAllowed."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    require(actor, *DEPARTMENT_ROLES, Role.SUPERVISOR)
    return actor


def desk_frame(request: HttpRequest, actor: Actor, *, waiting: int | None = None, calls: int | None = None) -> dict[str, object]:
    """Navigation and place for base_console.html; how many cases and calls wait, where the page knows it. One SQL query."""
    path = request.path
    department = identity.department(actor.department_code) if actor.department_code else None
    count, to_call = (None if number is None else ("99+" if number >= 100 else str(number)) for number in (waiting, calls))
    groups = [("办件", [AppEntry("/desk", "办件队列", "inbox", count, path == "/desk" or path.startswith("/desk/cases"))])]
    groups[0][1].append(AppEntry("/desk/payments", "缴费和退款", "cash", None, path.startswith("/desk/payments")))
    if department is not None:
        groups[0][1].append(AppEntry("/desk/serials", "现场取号", "printer", None, path.startswith("/desk/serials")))
        groups[0][1].append(AppEntry("/desk/instant", "秒批抽查", "clipboard-check", None, path.startswith("/desk/instant")))
        groups.append(("事项", [AppEntry("/desk/items", "事项管理", "list-check", None, path.startswith("/desk/items"))]))
        groups.append(("表单", [AppEntry("/desk/forms", "表单设计", "layout-2", None, path.startswith("/desk/forms"))]))
        groups.append(
            (
                "预约",
                [
                    AppEntry("/desk/appointments", "今日预约", "calendar-event", None, path == "/desk/appointments"),
                    AppEntry("/desk/appointments/schedules", "预约排班", "clock", None, path.startswith("/desk/appointments/schedules")),
                    AppEntry("/desk/appointments/usage", "号源使用", "chart-bar", None, path == "/desk/appointments/usage"),
                ],
            )
        )
        groups.append(("导办", [AppEntry("/desk/guides", "智能导办", "list-check", None, path.startswith("/desk/guides"))]))
        asks = AppEntry("/desk/asks", "请求回电", "phone", to_call, path.startswith("/desk/asks"))
        groups.append(("互动", [asks, AppEntry("/desk/ratings", "评价与回复", "star", None, path.startswith("/desk/ratings"))]))
        groups.append(("店铺", [AppEntry(f"/departments/{department.code}", "本部门店铺", "building-store", None, False)]))
    groups.append(("统计", [AppEntry("/desk/reuse", "免重复提交", "chart-bar", None, path.startswith("/desk/reuse"))]))
    if actor.has(Role.SUPERVISOR):
        groups.append(("监督", [AppEntry("/console", "监督首页", "eye", None, False)]))
    return {"app_nav": groups, "place": department.short_name if department else "监督", "app_title": "办理工作台", "home": "/desk"}
