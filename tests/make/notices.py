"""Notices for tests, and a channel that keeps what it is given."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import count
from typing import Self

from hall.integration.plugins import breaker, finder
from hall.integration.plugins.finder import Found, PluginState
from hall.integration.ports.message import ChannelKind, Message, MessageChannel
from hall.integration.ports.plugin import ReadSetting
from hall.services.notices import commands, rules
from hall.services.notices.models import Notice, NoticeDelivery
from tests.make.people import NOW

_numbers = count(1)


class KeptMessages(MessageChannel):
    """A channel of either kind; `fault` is raised instead of sending, `before` runs while the message is on its way."""

    def __init__(self, kind: ChannelKind = ChannelKind.SMS) -> None:
        self.name, self.kind = f"kept_{kind}", kind
        self.sent: list[Message] = []
        self.tries = 0
        self.fault: Exception | None = None
        self.before: Callable[[], None] = lambda: None
        self._lock = threading.Lock()

    @classmethod
    def configured(cls, read: ReadSetting) -> Self | None:
        return cls()

    def send(self, message: Message) -> None:
        with self._lock:
            self.tries += 1
        self.before()
        if self.fault is not None:
            raise self.fault
        with self._lock:
            self.sent.append(message)


@contextmanager
def channels_set_up(*channels: KeptMessages, is_paused: bool = False) -> Iterator[None]:
    """Within it exactly these channels are set up here, and nothing is held against them yet."""
    state = PluginState.PAUSED if is_paused else PluginState.READY
    found = tuple(Found(channel.name, state, channel) for channel in channels)
    real = finder.found
    finder.found = lambda group: found if group == MessageChannel.group else ()  # type: ignore[assignment]
    breaker.forget()
    try:
        yield
    finally:
        finder.found = real


def make_notice(
    account_id: int, *, body: str = "您申办的“食品经营许可”已受理。", serial: str = "", now: datetime = NOW, key: str | None = None
) -> int:
    """A notice, told by the real command; queued on the channels that are set up. Returns its id."""
    key = key or f"test:{next(_numbers)}"
    words = rules.Words(rules.NoticeKind.MOVED, "办理有进展：食品经营许可", body, "/my/cases/1")
    commands.tell(account_id=account_id, serial=serial, words=words, effect_key=key, now=now)
    return Notice.objects.get(effect_key=key).pk


def delivery_of(notice_id: int) -> int:
    """The id of the notice's only delivery."""
    return NoticeDelivery.objects.get(notice_id=notice_id).pk
