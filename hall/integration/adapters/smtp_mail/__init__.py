"""Mail by SMTP, with STARTTLS when the server offers it.

HALL_SMTP_URL is smtp://user:password@host:port?from=hall@example.gov.cn, or smtps:// for TLS from the first byte. A private
certificate authority is named by SSL_CERT_FILE, as OpenSSL has it. A password is never sent over an open line.
"""

import contextlib
import hashlib
import smtplib
import socket
import ssl
import threading
from email.message import EmailMessage
from email.utils import format_datetime, localtime, parseaddr
from typing import Self
from urllib.parse import parse_qs, unquote, urlsplit

from hall.integration.ports.message import ChannelKind, Message, MessageChannel, MessageRejected
from hall.integration.ports.plugin import ReadSetting, Setting, SettingKind

STEP_SECONDS = 8.0
WHOLE_SECONDS = 25.0
PROBE_SECONDS = 2.0
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class SmtpMail(MessageChannel):
    """One connection for each message: notices are few, and nothing stays open that could break overnight."""

    name = "smtp_mail"
    title = "邮件"
    kind = ChannelKind.MAIL
    settings = (
        Setting(
            "HALL_SMTP_URL",
            "邮件服务器",
            SettingKind.SECRET,
            "形如 smtp://用户:密码@主机:端口?from=发件地址；里面有密码，保存后不再显示",
            is_required=True,
        ),
    )

    def __init__(
        self,
        *,
        host: str,
        port: int,
        sender: str,
        user: str = "",
        password: str = "",
        is_tls_first: bool = False,
        step_seconds: float = STEP_SECONDS,
        whole_seconds: float = WHOLE_SECONDS,
    ) -> None:
        self._host, self._port, self._sender = host, port, sender
        self._user, self._password = user, password
        self._is_tls_first = is_tls_first
        self._step_seconds, self._whole_seconds = step_seconds, whole_seconds
        self._tls = ssl.create_default_context()

    @classmethod
    def configured(cls, read: ReadSetting) -> Self | None:
        """Made from HALL_SMTP_URL; None without it. Raises: ValueError."""
        address = read("HALL_SMTP_URL")
        if not address:
            return None
        parts = urlsplit(address)
        sender = parse_qs(parts.query).get("from", [""])[0]
        if parts.scheme not in {"smtp", "smtps"} or not parts.hostname or not _is_address(sender):
            raise ValueError("HALL_SMTP_URL must look like smtp://user:password@host:port?from=hall@example.gov.cn")
        is_tls_first = parts.scheme == "smtps"
        return cls(
            host=parts.hostname,
            port=parts.port or (465 if is_tls_first else 587),
            sender=sender,
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            is_tls_first=is_tls_first,
        )

    def send(self, message: Message) -> None:
        """Hand one mail over. Raises: OSError (away, slow, 4xx, our own sign-in refused), MessageRejected (5xx for this mail)."""
        mail = self._mail(message)
        smtp = (
            smtplib.SMTP_SSL(timeout=self._step_seconds, context=self._tls)
            if self._is_tls_first
            else smtplib.SMTP(timeout=self._step_seconds)
        )

        def hang_up() -> None:
            if smtp.sock is not None:
                with contextlib.suppress(OSError):
                    smtp.sock.shutdown(socket.SHUT_RDWR)

        # A server that sends one byte now and then outlives every timeout of a single step.
        watchdog = threading.Timer(self._whole_seconds, hang_up)
        watchdog.daemon = True
        watchdog.start()
        try:
            fault = self._hand_over(smtp, mail, message.to)
        finally:
            watchdog.cancel()
            smtp.close()
        if fault is not None:
            raise fault

    def probe(self) -> str:
        """Greets the server and signs in; no mail is sent. Raises: OSError."""
        smtp = smtplib.SMTP_SSL(timeout=PROBE_SECONDS, context=self._tls) if self._is_tls_first else smtplib.SMTP(timeout=PROBE_SECONDS)
        try:
            self._open(smtp)
            smtp.noop()
        except smtplib.SMTPException as refused:
            raise OSError(f"smtp: {type(refused).__name__}") from None
        finally:
            smtp.close()
        return "连得上，可以登录" if self._user else "连得上"

    def _hand_over(self, smtp: smtplib.SMTP, mail: EmailMessage, to: str) -> Exception | None:
        """What to raise, in words of our own: smtplib's exceptions quote the recipient."""
        try:
            self._open(smtp)
            smtp.send_message(mail, from_addr=self._sender, to_addrs=[to])
        except smtplib.SMTPRecipientsRefused as refused:
            ((code, _text),) = refused.recipients.values()
            return _verdict("recipient refused", code)
        except smtplib.SMTPDataError as refused:
            return _verdict("content refused", refused.smtp_code)
        except smtplib.SMTPNotSupportedError:
            return MessageRejected("smtp: the server cannot carry this address")
        except smtplib.SMTPResponseException as refused:
            # Greeting, sign-in or our own sender address: a fault of the set-up, not of this mail.
            return OSError(f"smtp: {type(refused).__name__} {refused.smtp_code}")
        except OSError as away:
            return OSError(f"smtp: {type(away).__name__}")
        with contextlib.suppress(OSError):  # taken over already; a server that hangs up now changes nothing
            smtp.quit()
        return None

    def _open(self, smtp: smtplib.SMTP) -> None:
        # smtplib checks the certificate against this name; its constructor sets it only when it connects by itself.
        smtp._host = self._host  # type: ignore[attr-defined]
        smtp.connect(self._host, self._port)
        smtp.ehlo_or_helo_if_needed()
        is_private = self._is_tls_first
        if not is_private and smtp.has_extn("starttls"):
            smtp.starttls(context=self._tls)
            smtp.ehlo()
            is_private = True
        if self._user:
            if not is_private and self._host not in _LOOPBACK:
                raise ConnectionError("no TLS for the password")
            smtp.login(self._user, self._password)

    def _mail(self, message: Message) -> EmailMessage:
        if not _is_address(message.to):
            raise MessageRejected("smtp: not a mail address")
        mail = EmailMessage()
        mail["From"] = self._sender
        mail["To"] = message.to
        mail["Subject"] = " ".join(message.subject.split())
        mail["Date"] = format_datetime(localtime())
        # The same message keeps its id, so that servers and mail programs can drop a repeat.
        mail["Message-ID"] = f"<{hashlib.sha256(message.key.encode()).hexdigest()[:40]}@{self._sender.rpartition('@')[2]}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(message.text)
        return mail


def _is_address(text: str) -> bool:
    local, at, domain = text.rpartition("@")
    is_plain = all(sign.isprintable() and not sign.isspace() for sign in text) and parseaddr(text) == ("", text)
    return bool(local and at and domain) and is_plain and len(text) <= 254


def _verdict(what: str, code: int) -> Exception:
    return MessageRejected(f"smtp: {what}, {code}") if 500 <= code < 600 else OSError(f"smtp: {what}, {code}")
