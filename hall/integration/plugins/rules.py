"""How the settings of a plugin are read from a form, and what its lamp says. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from hall.integration.plugins import guard
from hall.integration.ports.plugin import Setting, SettingKind
from hall.support.refusals import Refusal

LONGEST = 2000
LONGEST_OF_LONG = 10_000
MOST_DEPARTMENTS = 200
# A lamp speaks of the last quarter of an hour; of a few calls it says little.
FEW_CALLS = 3
SLOW_MS = 1000


class BadSetting(Refusal):
    """A setting that cannot be used; its field is named."""

    sentence = "有一项设置不能用，请改好后再保存。"


class HallWideOnly(Refusal):
    sentence = "这类插件只能对全厅启用。"


class NoDepartment(Refusal):
    sentence = "请至少选择一个部门，或者选“全厅”。"
    field = "departments"


@dataclass(frozen=True, slots=True)
class Health:
    """The last quarter of an hour of a plugin: calls over all processes, and how its breakers stand."""

    calls: int = 0
    failures: int = 0
    ms_total: int = 0
    is_open: bool = False
    is_half_open: bool = False

    @property
    def mean_ms(self) -> int:
        return self.ms_total // self.calls if self.calls else 0


def lamp_of(state: str, health: Health) -> tuple[str, str]:
    """The lamp and its word: what administrators look at first."""
    named = {"paused": ("paused", "已暂停"), "broken": ("red", "坏了"), "off": ("none", "没有设置")}
    if state in named:
        return named[state]
    if health.is_open:
        return "red", "熔断"
    if health.is_half_open:
        return "yellow", "正在试探"
    if not health.calls:
        return "green", "就绪"
    if health.failures * 2 >= health.calls and health.failures >= FEW_CALLS:
        return "red", "大多失败"
    if health.failures:
        return "yellow", "有失败"
    return ("yellow", "变慢") if health.mean_ms >= SLOW_MS else ("green", "正常")


def read_settings(
    declared: tuple[Setting, ...], typed: Mapping[str, str], *, held: Mapping[str, str], cleared: frozenset[str], pinned: frozenset[str]
) -> dict[str, str]:
    """What to keep of a form. A secret left empty stays as it is held, unless cleared; what the environment pins is not touched.

    Raises: BadSetting.
    """
    kept = {}
    for one in declared:
        text = held.get(one.name, "") if one.name in pinned else typed.get(one.name, "").strip().replace("\r\n", "\n")
        if one.kind is SettingKind.SECRET and one.name not in pinned:
            text = "" if one.name in cleared else text or held.get(one.name, "")
        if text and one.name not in pinned:
            _check(one, text)
        if text:
            kept[one.name] = text
    given = {one.name for one in declared if one.name in pinned or one.name in kept}
    for one in declared:
        if given and one.is_required and one.name not in given and not one.default:
            raise BadSetting(f"请填写“{one.label}”。", field=one.name)
    return kept


def _check(one: Setting, text: str) -> None:
    letters = text.replace("\r", "").replace("\n", "") if one.is_long else text
    if len(text) > (LONGEST_OF_LONG if one.is_long else LONGEST) or any(not sign.isprintable() for sign in letters):
        raise BadSetting(f"“{one.label}”太长，或者有看不见的字符。", field=one.name)
    if one.kind is SettingKind.NUMBER and not (text.isascii() and text.isdigit() and len(text) < 10):
        raise BadSetting(f"“{one.label}”应是整数。", field=one.name)
    if one.kind is SettingKind.CHOICE and text not in dict(one.choices):
        raise BadSetting(f"“{one.label}”没有这一项，请重新选择。", field=one.name)
    if one.kind is SettingKind.URL and not guard.host_of(text):
        raise BadSetting(f"“{one.label}”应是完整的网址，例如 https://host.example.gov.cn/path。", field=one.name)


def check_reach(one: Setting, text: str, reach: guard.Reach) -> None:
    """Refuse an address within the hall's own networks already in the form, where it can be seen from its letters.

    Names are looked at when they are resolved, with every call. Raises: BadSetting.
    """
    host = guard.host_of(text)
    if not host or host in reach.trusted:
        return
    if host == "localhost" or host.endswith(".localhost"):
        host = "127.0.0.1"
    if guard.is_private_literal(host) and not guard.is_named(host, reach.networks):
        raise BadSetting(f"“{one.label}”是内网地址 {host}。要连内网，请运维人员先把它写进 HALL_PLUGIN_PRIVATE。", field=one.name)
