"""通知通道 · §5.3.1 通知提醒, §5.5.1 进度提醒: text messages and mail."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from hall.integration.ports.plugin import Plugin


class ChannelKind(StrEnum):
    """What kind of address a channel sends to."""

    SMS = "sms"  # a mobile number
    MAIL = "mail"  # an e-mail address


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one person. `key` (printable ASCII, up to 130 signs) is the same whenever the same message is sent
    again; the other side may use it to drop repeats.

    `subject` is one line, for mail; a text message is `text` alone.
    """

    to: str
    subject: str
    text: str
    key: str


class MessageRejected(Exception):
    """This message will never be taken: a bad address, a refused content. Its text holds neither the address nor the content."""


class MessageChannel(Plugin, Protocol):
    """短信与邮件通道. OSError means try again later; MessageRejected means never.

    `send` returns once the other side has taken the message over, within 30 seconds in any case, and may be called from several
    threads. No exception's text holds the address or the content: it goes into the log.
    """

    group: str = "hall.message"  # entry-point group
    promised_seconds: float = 30
    kind: ChannelKind

    def send(self, message: Message) -> None:
        """Hand one message over. Raises: OSError, MessageRejected."""
        ...
