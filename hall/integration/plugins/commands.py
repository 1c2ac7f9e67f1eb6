"""What an administrator does with a plugin: set it up, stop it for a while, let it go on, try it. Every deed is in the trail."""

import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib import metadata

from django.db import transaction

from hall.integration.plugins import breaker, finder, guard, rules, stored
from hall.integration.plugins.breaker import Breaker, Resting
from hall.integration.plugins.finder import Found, PluginState
from hall.integration.plugins.models import Plugin
from hall.integration.plugins.ports import all_ports
from hall.integration.ports import wire
from hall.support.access.actors import Actor, Role, require
from hall.support.audit import trail
from hall.support.identity import protection
from hall.support.identity import queries as identity
from hall.support.refusals import Conflict, NotFound, Refusal

TRY_SECONDS = 4.0
_trying: dict[str, Breaker] = {}
_trying_lock = threading.Lock()


class NotTried(Refusal):
    """There is nothing to try: it is off, broken, or this system was tried too often while it is down."""

    sentence = "现在没有可以试的：先把它设置好。"
    status = 409


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a try: `words` are a sentence for the page, with nothing of the other side's own words but what the plugin says."""

    is_good: bool
    words: str


def configure(
    *,
    actor: Actor,
    group: str,
    name: str,
    typed: Mapping[str, str],
    cleared: frozenset[str],
    departments: tuple[str, ...],
    revision: int,
    now: datetime,
) -> int:
    """Keep the settings of a plugin and where it is on; all processes take them over within seconds. Returns the new revision.

    It is made from them once before they are kept, so that what it refuses is never stored. `typed` holds texts by setting; a secret
    left empty stays. `departments` empty: the whole hall. Raises: SignInNeeded, NotAllowed, NotFound, BadSetting, HallWideOnly, Conflict.
    Source: §4 集成层 提供服务的插件化管理.
    """
    require(actor, Role.SYS_ADMIN)
    point = point_of(group, name)
    _check_departments(group, departments)
    row = Plugin.objects.filter(group=group, name=name).first()
    held = stored.of_row(row) if row else stored.Stored()
    settings = _sound(point, typed, held.settings, cleared)
    changed = sorted(key for key in settings.keys() | held.settings.keys() if settings.get(key) != held.settings.get(key))
    if frozenset(departments) != held.departments:
        changed.append("scope")
    with transaction.atomic():
        row = _locked(group, name, now, revision)
        if not changed and not held.is_unreadable:
            return row.revision
        row.settings = protection.encrypt_json(settings, purpose=stored.SEALED)
        row.departments = sorted(departments)
        _keep(row, now)
        trail.record(actor, "plugin.configured", _subject(group, name), detail="changed: " + ", ".join(changed), at=now)
    return row.revision


def pause(*, actor: Actor, group: str, name: str, now: datetime) -> None:
    """Stop calling a plugin: questions are answered as if the other side were away, messages wait. Twice is once.

    Raises: SignInNeeded, NotAllowed, NotFound.
    """
    _set_paused(actor, group, name, now, is_paused=True)


def resume(*, actor: Actor, group: str, name: str, now: datetime) -> None:
    """Call it again. Twice is once. Raises: SignInNeeded, NotAllowed, NotFound."""
    _set_paused(actor, group, name, now, is_paused=False)


def try_out(*, actor: Actor, group: str, name: str, now: datetime) -> Tried:
    """One harmless call, within four seconds; when it succeeds, the breakers of this process close. Never inside a transaction.

    Raises: SignInNeeded, NotAllowed, NotFound, NotTried.
    """
    require(actor, Role.SYS_ADMIN)
    point_of(group, name)
    finder.refresh()
    row = next((one for one in finder.found(group) if one.name == name), None)
    if row is None or row.plugin is None:
        raise NotTried
    tried = _tried(row)
    if tried.is_good:
        breaker.close(name)
    trail.record(actor, "plugin.tried", _subject(group, name), outcome="done" if tried.is_good else "failed", at=now)
    breaker.write_down()
    return tried


def point_of(group: str, name: str) -> metadata.EntryPoint:
    """The entry point behind an address of the console. Raises: NotFound for a group or name that is not installed."""
    if group not in {port.group for port in all_ports()}:
        raise NotFound
    found = [point for point in metadata.entry_points(group=group) if point.name == name]
    if not found:
        raise NotFound
    return found[0]


def _sound(point: metadata.EntryPoint, typed: Mapping[str, str], held: Mapping[str, str], cleared: frozenset[str]) -> dict[str, str]:
    declared = finder.make(point, held).settings
    pinned = frozenset(one.name for one in declared if stored.from_environment(one.name) is not None)
    settings = rules.read_settings(declared, typed, held=held, cleared=cleared, pinned=pinned)
    reach = stored.Reading(declared, settings).reach()
    for one in declared:
        if one.name in settings and one.name not in pinned:
            rules.check_reach(one, settings[one.name], reach)
    made = finder.make(point, settings)
    if made.state is PluginState.BROKEN:
        raise rules.BadSetting(f"插件不接受这些设置：{stored.masked(made.fault, declared, settings)}")
    return settings


def _check_departments(group: str, departments: tuple[str, ...]) -> None:
    if not departments:
        return
    port = next(port for port in all_ports() if port.group == group)
    if not port.is_by_department:
        raise rules.HallWideOnly
    known = {department.code for department in identity.departments()}
    if len(departments) > rules.MOST_DEPARTMENTS or not set(departments) <= known:
        raise rules.NoDepartment


def _set_paused(actor: Actor, group: str, name: str, now: datetime, *, is_paused: bool) -> None:
    require(actor, Role.SYS_ADMIN)
    point_of(group, name)
    with transaction.atomic():
        row = _locked(group, name, now)
        if row.is_paused == is_paused:
            return
        row.is_paused = is_paused
        _keep(row, now)
        trail.record(actor, "plugin.paused" if is_paused else "plugin.resumed", _subject(group, name), at=now)


def _locked(group: str, name: str, now: datetime, revision: int | None = None) -> Plugin:
    """The row, locked; made when it is the first time. Raises: Conflict when somebody was faster."""
    Plugin.objects.bulk_create([Plugin(group=group, name=name, changed_at=now)], ignore_conflicts=True)
    row = Plugin.objects.select_for_update().get(group=group, name=name)
    if revision is not None and row.revision != revision:
        raise Conflict
    return row


def _keep(row: Plugin, now: datetime) -> None:
    row.revision += 1
    row.changed_at = now
    row.save()
    # This process at once, all others with their next beat.
    transaction.on_commit(finder.refresh)


def _subject(group: str, name: str) -> str:
    return f"{group.removeprefix('hall.')} {name}"


def _tried(row: Found) -> Tried:
    with _trying_lock:
        trying = _trying.setdefault(f"{row.group} {row.name}", Breaker(row.name, TRY_SECONDS, most_at_once=2))
    trying.close()  # whoever presses the button wants it tried now; hanging tries stay limited to two

    def probe() -> str | None:
        own = getattr(row.plugin, "probe", None)
        said = own() if own is not None else None
        return said if isinstance(said, str) else _connected(row)

    try:
        said = trying.call(probe)
    except Resting:
        raise NotTried("前两次还在等对方回应，请几秒后再试。") from None
    except TimeoutError:
        return Tried(False, f"{TRY_SECONDS:.0f} 秒内没有回应。")
    except guard.Forbidden as forbidden:
        return Tried(False, _FORBIDDEN.get(str(forbidden), "这个地址不允许连接。"))
    except finder.PluginBroken:
        return Tried(False, "插件出了差错，请联系开发这个插件的人。")
    except ssl.SSLError:
        return Tried(False, "连上了，但证书验证没有通过。")
    except OSError as away:
        return Tried(False, f"连不上（{type(away).__name__}）。")
    return Tried(True, said or "它不连接外部系统，已经就绪。")


_FORBIDDEN = {
    "a private address that HALL_PLUGIN_PRIVATE does not name": "这个主机解析到内网地址，不允许连接。要连内网，请运维人员把它写进 HALL_PLUGIN_PRIVATE。",
}


def _connected(row: Found) -> str | None:
    """Opens a connection to the first address in the plugin's settings: what can be tried of a plugin that has no try of its own."""
    for host, port in guard.places_of(row.values):
        trace = wire.current_trace()
        if trace is not None:
            trace.host = host
        with socket.create_connection((host, port), timeout=3):
            return f"{host} 的 {port} 端口连得上。"
    return None
