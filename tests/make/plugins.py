"""Plugins of strangers for tests: put behind an entry point for a while, well-behaved and otherwise."""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import metadata
from importlib.metadata import EntryPoint, EntryPoints
from itertools import count
from types import SimpleNamespace
from typing import Any

from hall.integration.plugins import breaker, exchanges
from hall.integration.ports.licence import LicenceCode, LicenceQuestion, LicenceReply
from hall.integration.ports.plugin import ReadSetting, Setting, SettingKind

_numbers = count(1)
URL, KEY, KIND = "HALL_STRANGE_URL", "HALL_STRANGE_KEY", "HALL_STRANGE_KIND"


class Strange:
    """A licence source of somebody else, with settings of each kind. `does` is what a look-up does."""

    name = "strange"
    title = "外来的证照库"
    settings = (
        Setting(URL, "地址", SettingKind.URL, is_required=True),
        Setting(KEY, "密钥", SettingKind.SECRET, is_required=True),
        Setting("HALL_STRANGE_NUMBER", "每秒次数", SettingKind.NUMBER, default="20"),
        Setting(KIND, "方式", SettingKind.CHOICE, default="a", choices=(("a", "甲"), ("b", "乙"))),
    )
    does: Callable[[LicenceQuestion], Any]

    def __init__(self, url: str, key: str, kind: str) -> None:
        self.url, self.key, self.kind = url, key, kind

    @classmethod
    def configured(cls, read: ReadSetting) -> "Strange | None":
        url = read(URL)
        if url and "refuse-me" in url:
            raise ValueError(f"not {url} with {read(KEY)}")
        return cls(url, read(KEY) or "", read(KIND) or "") if url else None

    def find(self, question: LicenceQuestion) -> Any:
        return type(self).does(question)


def answers(question: LicenceQuestion) -> LicenceReply:
    return LicenceReply(LicenceCode.NOT_FOUND, question.request_id)


@contextmanager
def plugged(group: str, *kinds: type, alone: bool = True) -> Iterator[None]:
    """Within it these classes are the plugins of the group, by their `name`; without `alone` beside those that are installed."""
    module = f"tests_plugged_{next(_numbers)}"
    sys.modules[module] = SimpleNamespace(**{kind.__name__: kind for kind in kinds})  # type: ignore[assignment]
    ours = [EntryPoint(kind.name, f"{module}:{kind.__name__}", group) for kind in kinds]  # type: ignore[attr-defined]
    real = metadata.entry_points

    def entry_points(**wanted: Any) -> Any:
        if not wanted:
            return SimpleNamespace(groups=set(real().groups) | {group})
        found = list(real(**wanted))
        return EntryPoints(([] if alone else found) + ours) if wanted.get("group") == group else EntryPoints(found)

    metadata.entry_points = entry_points  # type: ignore[assignment]
    breaker.forget()
    exchanges._waiting.clear()
    try:
        yield
    finally:
        metadata.entry_points = real
        del sys.modules[module]
        breaker.forget()
        exchanges._waiting.clear()


@contextmanager
def strange(does: Callable[[LicenceQuestion], Any] = answers) -> Iterator[None]:
    """The strange licence source alone, doing so."""
    Strange.does = staticmethod(does)  # type: ignore[assignment]
    with plugged("hall.licence", Strange):
        yield


def hang(release: threading.Event) -> Callable[[Any], Any]:
    """Waits until it is released."""
    return lambda _: release.wait(20)
