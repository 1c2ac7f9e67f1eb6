"""Rules, the bench that they are tried on, and the report. The common rules hold for every port, also for ones the hall does not know."""

import contextlib
import inspect
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import metadata
from typing import Any, Protocol, Self

from hall.integration.ports.plugin import Setting, SettingKind


class Rig(Protocol):
    """The far side of a plugin while it is tested: a simulator, entered and left like any context manager.

    A package brings one by an entry point of the group `hall.rig` under the plugin's name; it needs no import of ours. Each port's kit
    says what else it asks for. A method `plugin` may make the plugin with less patience, for far sides that never answer.
    """

    settings: Mapping[str, str]

    def misbehave(self, kind: str) -> bool:
        """Behave like this from now on (none, slow, hang, drip, error, down, …); False: this far side has no such fault."""
        ...

    def __enter__(self) -> Self: ...
    def __exit__(self, *fault: object) -> None: ...


class Broken(Exception):
    """A rule does not hold; the text says how."""


class Skipped(Exception):
    """The rule could not be tried; the text says why."""


@dataclass
class Bench:
    """One plugin on trial. `rig` is None for plugins whose package brings none: rules that need one are skipped."""

    group: str
    name: str
    kind: Any
    protocol: Any = None
    rig: Any = None

    def made(self) -> Any:
        """The plugin in front of its far side, as the hall makes it. Raises: Skipped without one."""
        if self.rig is None:
            raise Skipped("没有对端模拟（hall.rig）")
        plugin = self.kind.configured(dict(self.rig.settings).get)
        if plugin is None:
            raise Broken("按对端模拟给的设置，它仍然没有启用")
        return plugin

    def impatient(self) -> Any:
        """The same with the rig's own patience, for far sides that never answer: a test should not take minutes."""
        own = getattr(self.rig, "plugin", None)
        return own() if own is not None else self.made()

    def misbehave(self, kind: str) -> None:
        """Have the far side misbehave. Raises: Skipped when it cannot."""
        if self.rig is None or not self.rig.misbehave(kind):
            raise Skipped(f"对端模拟没有“{kind}”这种故障")


Check = Callable[[Bench], None]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: a short name, what it asks in a sentence, and its check, which raises Broken."""

    name: str
    sentence: str
    check: Check


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a rule came to: `is_good` None when it was skipped; `reason` says why it is not good."""

    rule: Rule
    is_good: bool | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """All outcomes of one plugin."""

    group: str
    name: str
    outcomes: tuple[Outcome, ...] = field(default=())

    @property
    def tried(self) -> int:
        return sum(one.is_good is not None for one in self.outcomes)

    @property
    def good(self) -> int:
        return sum(one.is_good is True for one in self.outcomes)

    @property
    def percent(self) -> int:
        """Of the rules that were tried, rounded down: a hundred only when all are kept."""
        return 100 * self.good // self.tried if self.tried else 0


def tried(rule: Rule, bench: Bench) -> Outcome:
    """One rule. Whatever the plugin does, it is an outcome."""
    try:
        with bench.rig or contextlib.nullcontext():
            rule.check(bench)
    except Skipped as skipped:
        return Outcome(rule, None, str(skipped))
    except Broken as broken:
        return Outcome(rule, False, str(broken))
    except (Exception, SystemExit) as fault:  # someone else's code
        return Outcome(rule, False, f"{type(fault).__name__}：{fault}"[:300])
    return Outcome(rule, True)


def demand(is_so: object, reason: str) -> None:
    """Raises: Broken when it is not so."""
    if not is_so:
        raise Broken(reason)


@contextlib.contextmanager
def raising(*kinds: type[Exception], secrets: tuple[str, ...] = (), within: float | None = None) -> Iterator[None]:
    """What is done within must raise one of these in time, in words without secrets. Raises: Broken."""
    began = time.monotonic()
    try:
        yield
    except kinds as fault:
        told = [one for one in secrets if one and one in str(fault)]
        demand(not told, "异常的文字里有个人信息")
    else:
        raise Broken(f"应当抛出 {' 或 '.join(kind.__name__ for kind in kinds)}，却没有")
    finally:
        if within is not None:
            demand(time.monotonic() - began < within, f"超过了 {within:g} 秒")


class _Recorder:
    """Reads settings like the hall, and remembers the names."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values
        self.asked: set[str] = set()

    def __call__(self, name: str) -> str | None:
        self.asked.add(name)
        return self._values.get(name)


def _has_name(bench: Bench) -> None:
    name = getattr(bench.kind, "name", "")
    demand(isinstance(name, str) and name.isidentifier(), "类上没有 name，或者不是标识符")
    demand(name == bench.name, f"name 是 {name}，入口点却叫 {bench.name}")


def _has_title(bench: Bench) -> None:
    demand(str(getattr(bench.kind, "title", "") or "").strip(), "类上没有 title，管理员不知道它是什么")


def _is_off_without_settings(bench: Bench) -> None:
    plugin = bench.kind.configured({}.get)
    required = [one.label for one in _settings(bench) if one.is_required]
    demand(plugin is None or not required, f"必填的设置（{'、'.join(required)}）没有给，它却启用了")


def _declares_settings(bench: Bench) -> None:
    if not _settings(bench):
        raise Skipped("没有声明设置，管理员的表单只能按读到的名字生成")
    values = dict(getattr(bench.rig, "settings", {}) or {})
    values |= {one.name: _example(one) for one in _settings(bench) if one.name not in values}
    readers = _Recorder({}), _Recorder(values)
    for reader in readers:
        with contextlib.suppress(ValueError):
            bench.kind.configured(reader)
    hidden = (readers[0].asked | readers[1].asked) - {one.name for one in _settings(bench)}
    demand(not hidden, f"读了没有声明的设置：{'、'.join(sorted(hidden))}")


def _settings_are_sound(bench: Bench) -> None:
    names = [one.name for one in _settings(bench)]
    demand(len(set(names)) == len(names), "设置的名字有重复")
    for one in _settings(bench):
        demand(one.name.startswith("HALL_") and one.name.isupper(), f"设置 {one.name} 应以 HALL_ 开头，全部大写")
        demand(one.label, f"设置 {one.name} 没有中文名")
        demand(one.kind is not SettingKind.CHOICE or one.choices, f"设置 {one.name} 是选项，却没有选项")


def _refuses_nonsense(bench: Bench) -> None:
    for one in _settings(bench):
        values = {other.name: _example(other) for other in _settings(bench)} | {one.name: "nonsense \x00"}
        try:
            bench.kind.configured(values.get)
        except ValueError as refused:
            demand(one.name in str(refused) or len(_settings(bench)) > 1, f"拒绝 {one.name} 时没有说是哪一项")
            demand(one.kind is not SettingKind.SECRET or "nonsense" not in str(refused), "拒绝的话里写出了密钥")
        else:
            demand(one.kind not in {SettingKind.URL, SettingKind.NUMBER, SettingKind.CHOICE}, f"{one.name} 乱填也启用了")


def _keeps_secrets(bench: Bench) -> None:
    plugin = bench.made()
    values = dict(getattr(bench.rig, "settings", {}) or {})
    open_ones = {one.name for one in _settings(bench) if one.kind is not SettingKind.SECRET}
    secrets = [value for name, value in values.items() if name not in open_ones and len(value) > 8]
    demand(not any(secret in repr(plugin) for secret in secrets), "repr 里有密钥")


def _has_methods(bench: Bench) -> None:
    if bench.protocol is None:
        raise Skipped("大厅不认识这个接口")
    for name, method in inspect.getmembers(bench.protocol, inspect.isfunction):
        if name.startswith("_") or name in {"configured", "probe"}:
            continue
        own = getattr(bench.kind, name, None)
        demand(callable(own) and own is not method, f"没有方法 {name}")
        wanted, has = (list(inspect.signature(one).parameters) for one in (method, own))  # type: ignore[arg-type]
        demand(has[: len(wanted)] == wanted, f"方法 {name} 的参数应是（{'、'.join(wanted[1:])}）")


def _probes(bench: Bench) -> None:
    plugin = bench.made()
    probe = getattr(plugin, "probe", None)
    if probe is None:
        raise Skipped("没有 probe")
    began = time.monotonic()
    said = probe()
    demand(said is None or isinstance(said, str), "probe 应返回一句话或 None")
    demand(time.monotonic() - began < 3, "probe 超过了 3 秒")
    if bench.rig is not None and bench.rig.misbehave("down"):
        # One that only connects may still come out well; anything but OSError is a fault of its own.
        with contextlib.suppress(OSError):
            probe()
        demand(time.monotonic() - began < 6, "对方断线时 probe 超过了 3 秒")


def _settings(bench: Bench) -> tuple[Setting, ...]:
    return tuple(getattr(bench.kind, "settings", ()))


def _example(one: Setting) -> str:
    """A value that a setting of this kind may have."""
    if one.default:
        return one.default
    examples = {SettingKind.URL: "https://example.gov.cn/", SettingKind.SECRET: "a-secret-of-32-characters-length", SettingKind.NUMBER: "3"}
    return one.choices[0][0] if one.choices else examples.get(one.kind, "text")


COMMON = (
    Rule("name", "类的 name 就是入口点的名字", _has_name),
    Rule("title", "有给管理员看的中文名", _has_title),
    Rule("methods", "接口的方法都有，参数一致", _has_methods),
    Rule("settings", "设置的名字、中文名和选项齐全", _settings_are_sound),
    Rule("declared", "读到的设置都声明过", _declares_settings),
    Rule("off", "必填的设置没给时不启用，也不抛异常", _is_off_without_settings),
    Rule("nonsense", "乱填的设置用 ValueError 拒绝，并说明是哪一项", _refuses_nonsense),
    Rule("secrets", "打印自己时不露密钥", _keeps_secrets),
    Rule("probe", "试一次（probe）3 秒内有结果，对方断线时不抛 OSError 以外的异常", _probes),
)


def bench_of(point: metadata.EntryPoint, protocol: Any, rig: Any = None) -> Bench:
    """The bench for an entry point. `rig`: its far side, else the one that its package brings."""
    if rig is None:
        rigs = [one for one in metadata.entry_points(group="hall.rig") if one.name == point.name]
        rig = rigs[0].load()() if rigs else None
    return Bench(point.group, point.name, point.load(), protocol, rig)
