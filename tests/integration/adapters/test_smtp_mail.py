from pathlib import Path

import pytest
from aiosmtpd.smtp import AuthResult, LoginPassword

from hall.integration.adapters.smtp_mail import SmtpMail
from hall.integration.ports.message import Message, MessageRejected
from tests.make.messages import mail_server
from tests.make.tls import self_signed, server_tls

MESSAGE = Message(to="zhang@example.cn", subject="办理有进展：食品经营许可", text="已受理。", key="moved:7/smtp_mail")


def channel(port: int, *, user: str = "", password: str = "", host: str = "127.0.0.1", is_tls_first: bool = False) -> SmtpMail:
    return SmtpMail(
        host=host,
        port=port,
        sender="hall@example.cn",
        user=user,
        password=password,
        is_tls_first=is_tls_first,
        step_seconds=2,
        whole_seconds=4,
    )


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    return self_signed(tmp_path)


def test_the_mail_is_well_formed() -> None:
    with mail_server() as server:
        channel(server.port).send(MESSAGE)
    (mail,) = server.raw
    assert server.received[0].subject == MESSAGE.subject
    for header in (b"From: hall@example.cn", b"To: zhang@example.cn", b"Date: ", b"Auto-Submitted: auto-generated"):
        assert header in mail
    assert all(len(line) <= 998 for line in mail.splitlines())
    assert server.received[0].key.endswith("@example.cn>")


def test_a_line_break_in_the_subject_adds_no_header() -> None:
    with mail_server() as server:
        channel(server.port).send(Message(to=MESSAGE.to, subject="进展\r\nBcc: li@example.cn", text="x", key="k"))
    assert b"\nBcc:" not in server.raw[0]


def test_tls_is_used_when_offered(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with mail_server(tls_context=server_tls(certificate)) as server:
        channel(server.port).send(MESSAGE)
    assert server.received[0].is_private


def test_a_certificate_that_nobody_vouches_for_is_not_trusted(certificate: Path) -> None:
    with mail_server(tls_context=server_tls(certificate)) as server, pytest.raises(OSError, match="SSL"):
        channel(server.port).send(MESSAGE)
    assert server.received == []


def test_a_certificate_of_another_name_is_not_trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with mail_server(tls_context=server_tls(certificate)) as server, pytest.raises(OSError, match="SSL"):
        channel(server.port, host="localhost").send(MESSAGE)
    assert server.received == []


def test_tls_from_the_first_byte(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with mail_server(ssl_context=server_tls(certificate)) as server:
        channel(server.port, is_tls_first=True).send(MESSAGE)
    assert len(server.received) == 1


def _signs_in(right: bytes) -> dict[str, object]:
    def check(_server: object, _session: object, _envelope: object, _mechanism: str, given: object) -> AuthResult:
        assert isinstance(given, LoginPassword)
        return AuthResult(success=given.password == right, handled=False)

    return {"authenticator": check, "auth_require_tls": False}


def test_it_signs_in_when_it_has_a_password() -> None:
    with mail_server(**_signs_in(b"secret")) as server:
        channel(server.port, user="hall", password="secret").send(MESSAGE)
    assert len(server.received) == 1


def test_a_wrong_password_is_our_fault_and_not_the_mails() -> None:
    with mail_server(**_signs_in(b"secret")) as server, pytest.raises(OSError, match="535"):
        channel(server.port, user="hall", password="other").send(MESSAGE)


def test_a_password_never_goes_over_an_open_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hall.integration.adapters.smtp_mail._LOOPBACK", set())
    with mail_server(**_signs_in(b"secret")) as server, pytest.raises(OSError, match="ConnectionError"):
        channel(server.port, user="hall", password="secret").send(MESSAGE)
    assert server.received == []


@pytest.mark.parametrize(("reply", "kind"), [("452 full", OSError), ("554 looks like spam", MessageRejected)])
def test_the_servers_word_about_the_content_decides(reply: str, kind: type[Exception]) -> None:
    with mail_server() as server:
        server.data_reply = reply
        with pytest.raises(kind):
            channel(server.port).send(MESSAGE)


@pytest.mark.parametrize(
    "address", ["smtp://mail.example.cn", "http://mail.example.cn?from=a@b.cn", "smtp://?from=a@b.cn", "smtp://mail.example.cn?from=nobody"]
)
def test_a_wrong_setting_is_named(address: str) -> None:
    with pytest.raises(ValueError, match="HALL_SMTP_URL"):
        SmtpMail.configured({"HALL_SMTP_URL": address}.get)


def test_user_and_password_may_hold_any_sign() -> None:
    made = SmtpMail.configured({"HALL_SMTP_URL": "smtp://hall%40x:p%3Aw%2F@mail.example.cn?from=hall@example.cn"}.get)
    assert made is not None
    assert (made._user, made._password, made._port) == ("hall@x", "p:w/", 587)
