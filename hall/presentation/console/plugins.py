"""Plugins and interfaces (§4 插件化管理): what is installed and how it does, its settings, a try, a pause, its last hundred calls."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from hall.integration.plugins import commands, queries, rules
from hall.integration.plugins.commands import Tried
from hall.integration.plugins.ports import port_named
from hall.integration.plugins.queries import PluginPage
from hall.presentation.console import plugin_charts
from hall.presentation.console.frame import console_actor, console_frame
from hall.support.access.actors import Actor, Role
from hall.support.identity import queries as identity
from hall.support.refusals import NotFound, Refusal

STATES = {"ready": "可用", "paused": "已暂停", "off": "没有设置", "broken": "坏了"}
BREAKERS = {"closed": ("闭合", "full"), "half_open": ("半开", "book"), "open": ("断开", "bad")}
OUTCOMES = {
    "ok": ("green", "成功"),
    "refused": ("green", "对方拒收"),
    "timeout": ("red", "超时"),
    "away": ("red", "连不上或答错"),
    "forbidden": ("red", "不许连接"),
    "broken": ("red", "插件出错"),
}
DONE = {"saved": "设置已保存，各个进程几秒内生效。", "paused": "已暂停，几秒内不再调用它。", "resumed": "已恢复，几秒内开始调用。"}


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Every plugin with its lamp and the last hour. Seven SQL statements."""
    actor = console_actor(request, Role.SYS_ADMIN)
    rows = queries.plugins(now=timezone.now())
    kinds = sorted({(row.word, row.kind) for row in rows})
    kind, state = request.GET.get("kind", ""), request.GET.get("state", "")
    shown = [row for row in rows if kind in {"", row.word} and state in {"", row.state}]
    context = {
        **console_frame(request, actor),
        "rows": shown,
        "total": len(rows),
        "well": sum(row.state == "ready" and row.lamp == "green" for row in rows),
        "kinds": kinds,
        "asked": {"kind": kind, "state": state},
        "states": STATES,
        "breakers": BREAKERS,
        "spark": plugin_charts.spark,
        "seconds_zh": plugin_charts.seconds_zh,
    }
    return render(request, "console/plugins/index.html", context)


@require_safe
def show(request: HttpRequest, word: str, name: str) -> HttpResponse:
    """One plugin. Nine SQL statements."""
    return _page(request, console_actor(request, Role.SYS_ADMIN), word, name)


@sensitive_post_parameters()
@require_POST
def configure(request: HttpRequest, word: str, name: str) -> HttpResponse:
    """Keep the settings; a refusal shows the form again with what was typed, secrets excepted."""
    actor = console_actor(request, Role.SYS_ADMIN)
    is_limited = request.POST.get("scope") == "departments"
    departments = tuple(request.POST.getlist("departments")[:300]) if is_limited else ()
    revision = request.POST.get("revision", "")
    try:
        if is_limited and not departments:
            raise rules.NoDepartment
        commands.configure(
            actor=actor,
            group=_group(word),
            name=name,
            typed={key: value for key, value in request.POST.dict().items() if isinstance(value, str)},
            cleared=frozenset(request.POST.getlist("clear")),
            departments=departments,
            revision=int(revision) if revision.isascii() and revision.isdigit() and len(revision) < 9 else -1,
            now=timezone.now(),
        )
    except NotFound:
        raise
    except Refusal as refusal:
        return _page(request, actor, word, name, refusal=refusal)
    return _done(word, name, "saved")


@require_POST
def pause(request: HttpRequest, word: str, name: str) -> HttpResponse:
    """Stop calling it."""
    commands.pause(actor=console_actor(request, Role.SYS_ADMIN), group=_group(word), name=name, now=timezone.now())
    return _done(word, name, "paused")


@require_POST
def resume(request: HttpRequest, word: str, name: str) -> HttpResponse:
    """Call it again."""
    commands.resume(actor=console_actor(request, Role.SYS_ADMIN), group=_group(word), name=name, now=timezone.now())
    return _done(word, name, "resumed")


@require_POST
def try_out(request: HttpRequest, word: str, name: str) -> HttpResponse:
    """One harmless call, and what came of it."""
    actor = console_actor(request, Role.SYS_ADMIN)
    try:
        tried = commands.try_out(actor=actor, group=_group(word), name=name, now=timezone.now())
    except NotFound:
        raise
    except Refusal as refusal:
        return _page(request, actor, word, name, refusal=refusal)
    return _page(request, actor, word, name, tried=tried)


def _group(word: str) -> str:
    port = port_named(word)
    if port is None:
        raise NotFound
    return port.group


def _done(word: str, name: str, deed: str) -> HttpResponse:
    response = redirect("console:plugin", word, name)
    response["Location"] += f"?done={deed}"
    return response


def _page(
    request: HttpRequest, actor: Actor, word: str, name: str, *, refusal: Refusal | None = None, tried: Tried | None = None
) -> HttpResponse:
    page = queries.plugin(group=_group(word), name=name, now=timezone.now())
    if page is None:
        raise NotFound
    context = {
        **console_frame(request, actor),
        "page": page,
        "row": page.row,
        "chart": plugin_charts.chart(page.row.steps),
        "typed": _typed(request, page) if refusal else {},
        "chosen": set(request.POST.getlist("departments")) if refusal else page.row.departments,
        "departments": identity.departments() if page.is_by_department else [],
        "errors": [(refusal.at_field or "", refusal.shown)] if refusal else [],
        "done": "" if refusal or tried else DONE.get(request.GET.get("done", ""), ""),
        "tried": tried,
        "states": STATES,
        "breakers": BREAKERS,
        "outcomes": OUTCOMES,
        "seconds_zh": plugin_charts.seconds_zh,
    }
    return render(request, "console/plugins/page.html", context, status=refusal.status if refusal else 200)


def _typed(request: HttpRequest, page: PluginPage) -> dict[str, str]:
    return {one.setting.name: request.POST.get(one.setting.name, "") for one in page.settings if one.setting.kind != "secret"}
