"""Every plugin that we ship keeps every rule of its port, and the rules find plugins that do not."""

from importlib import metadata
from importlib.metadata import EntryPoint
from typing import Any, Self

import pytest

from hall.integration.adapters.http_licences import HttpLicences
from hall.integration.adapters.http_licences.rig import Rig as LicenceRig
from hall.integration.adapters.http_sms import HttpSms
from hall.integration.adapters.http_sms.rig import Rig as SmsRig
from hall.integration.adapters.smtp_mail import SmtpMail
from hall.integration.conformance import kits
from hall.integration.plugins import ports
from hall.integration.ports.licence import LicenceCode, LicenceReply
from tests.make.messages import mail_server


class MailRig:
    """A mail server of the tests' own: aiosmtpd is none of the hall's dependencies."""

    good_address = "zhang@example.cn"
    bad_addresses = ("", "zhang", "@example.cn", "a@b\r\nBcc: c@d", "a@b, c@d", "zhang <a@b.cn>", "a b@c.cn")
    _replies = {"none": "", "error": "451 4.2.0 mailbox of zhang@example.cn busy", "rejected": "550 5.1.1 no such user zhang@example.cn"}

    def __enter__(self) -> Self:
        self._server = mail_server()
        self._far = self._server.__enter__()
        self.settings = {"HALL_SMTP_URL": f"smtp://127.0.0.1:{self._far.port}?from=hall@example.cn"}
        return self

    def __exit__(self, *fault: Any) -> None:
        self._server.__exit__(None, None, None)

    def plugin(self) -> SmtpMail:
        return SmtpMail(host="127.0.0.1", port=self._far.port, sender="hall@example.cn", step_seconds=0.5, whole_seconds=1)

    def misbehave(self, kind: str) -> bool:
        if kind in self._replies:
            self._far.answer.reply = self._replies[kind]
        return kind in self._replies

    def received(self) -> list[tuple[str, str, str]]:
        return [(one.to, one.text, one.key) for one in self._far.received]


RIGS = {"smtp_mail": MailRig}
POINTS = [point for port in ports.known() for point in metadata.entry_points(group=port)]
TRIALS = [(point, rule) for point in POINTS for rule in kits.rules_of(point.group)]


@pytest.mark.parametrize(("point", "rule"), TRIALS, ids=[f"{point.name}-{rule.name}" for point, rule in TRIALS])
def test_what_we_ship_keeps_the_rules(point: EntryPoint, rule: Any) -> None:
    rig = RIGS.get(point.name)
    outcome = kits.tried(point, rule, rig=rig() if rig else None)
    is_word = rule.name == "title" and point.group not in kits.OF_PORT  # its own port asks for it, or does not
    if outcome.is_good is None or is_word:
        pytest.skip(outcome.reason)
    assert outcome.is_good, f"{rule.sentence}：{outcome.reason}"


class Sloppy(HttpSms):
    """Breaks one rule after the other."""

    name = "another_name"
    title = ""
    settings = HttpSms.settings[:1]

    def __repr__(self) -> str:
        return f"Sloppy({self._key!r})"

    def send(self, message: Any) -> None:
        try:
            super().send(message)
        except Exception as fault:
            raise RuntimeError(f"{message.to}: {fault}") from fault


class SloppyRig(SmsRig):
    def plugin(self) -> HttpSms:
        return Sloppy(url=self._gateway.url, key="a-key-for-trying-things-out", step_seconds=0.2, whole_seconds=0.3)


class WrongLicences(HttpLicences):
    def find(self, question: Any) -> Any:
        return LicenceReply(LicenceCode.NOT_FOUND, "0" * 32)


class WrongRig(LicenceRig):
    def plugin(self) -> HttpLicences:
        return WrongLicences(url=self._service.url, key="a-key-for-trying-things-out", whole_seconds=0.3)


@pytest.mark.parametrize(
    ("kind", "group", "rig", "broken"),
    [
        (
            "Sloppy",
            "hall.message",
            SloppyRig,
            {"name", "title", "declared", "secrets", "later", "never", "address", "hang", "close", "down", "redirect"},
        ),
        ("WrongLicences", "hall.licence", WrongRig, {"name", "codes", "quota", "threads"}),
    ],
)
def test_the_rules_find_what_is_wrong(kind: str, group: str, rig: Any, broken: set[str]) -> None:
    import sys
    from types import SimpleNamespace

    sys.modules["tests_kit_plugins"] = SimpleNamespace(Sloppy=Sloppy, WrongLicences=WrongLicences)  # type: ignore[assignment]
    report = kits.report_on(EntryPoint("sloppy", f"tests_kit_plugins:{kind}", group), rig=rig())
    found = {one.rule.name for one in report.outcomes if one.is_good is False}
    assert broken <= found, found
    assert report.percent < 100


def test_a_plugin_that_cannot_even_be_loaded_gets_a_report() -> None:
    report = kits.report_on(EntryPoint("nowhere", "no_such_module_at_all:Thing", "hall.message"))
    assert report.percent == 0 and "ModuleNotFoundError" in report.outcomes[0].reason


def test_a_port_that_nobody_knows_is_tried_on_the_common_rules() -> None:
    assert kits.rules_of("hall.strange") == kits.kit.COMMON
