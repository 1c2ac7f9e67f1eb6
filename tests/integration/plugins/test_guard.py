"""A plugin connects to the hosts of its settings and nowhere else, whatever it or the other side does."""

import http.client
import ipaddress
import socket
import urllib.request

import pytest

from hall.integration.adapters.http_sms.simulator import SmsGateway
from hall.integration.plugins import guard
from hall.integration.plugins.guard import Forbidden, Reach
from hall.integration.simulators.frame import Asked
from tests.make.messages import sms_gateway
from tests.make.simulators import running

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))


def reach(*hosts: str, trusted: tuple[str, ...] = (), networks: tuple[guard.Network, ...] = ()) -> Reach:
    return Reach(frozenset(hosts), frozenset(trusted), networks)


@pytest.mark.parametrize(
    ("allowed", "goes"),
    [
        (reach("127.0.0.1", trusted=("127.0.0.1",)), True),
        (reach("127.0.0.1", networks=LOOPBACK), True),
        (reach("127.0.0.1"), False),
        (reach("licences.example.cn", trusted=("licences.example.cn",), networks=LOOPBACK), False),
        (reach(), False),
        (None, True),
    ],
)
def test_only_hosts_of_the_settings_and_private_ones_only_when_named(allowed: Reach | None, goes: bool) -> None:
    with sms_gateway() as gateway, guard.within(allowed):
        if goes:
            socket.create_connection(("127.0.0.1", gateway.server_port), timeout=2).close()
            return
        with pytest.raises(Forbidden):
            socket.create_connection(("127.0.0.1", gateway.server_port), timeout=2)
        with socket.socket() as plain, pytest.raises(Forbidden):
            plain.connect(("127.0.0.1", gateway.server_port))
    assert gateway.visits == 0


def test_a_name_that_leads_into_the_private_network_is_found_out_when_it_is_resolved() -> None:
    """DNS rebinding: `localhost` stands for a public name that resolves to a private address."""
    with sms_gateway() as gateway, guard.within(reach("localhost")), pytest.raises(Forbidden, match="private"):
        http.client.HTTPConnection("localhost", gateway.server_port, timeout=2).request("GET", "/")
    assert gateway.visits == 0


class Redirecting(SmsGateway):
    fault = "redirect"

    def is_ours(self, asked: Asked) -> bool:
        return True


def test_a_redirect_that_the_plugin_follows_by_itself_ends_at_the_guard() -> None:
    with running(Redirecting()) as far, guard.within(reach("127.0.0.1", trusted=("127.0.0.1",))), pytest.raises(OSError) as caught:
        urllib.request.urlopen(far.url, data=b"{}", timeout=2)
    assert far.asked == 1 and isinstance(getattr(caught.value, "reason", None), Forbidden)


def test_outside_of_a_call_nothing_is_guarded_and_nested_calls_keep_their_own() -> None:
    outer, inner = reach("a.example"), reach("b.example")
    with guard.within(outer):
        with guard.within(inner), pytest.raises(Forbidden):
            socket.getaddrinfo("a.example", 80)
        with pytest.raises(Forbidden):
            socket.getaddrinfo("b.example", 80)
    assert socket.getaddrinfo("127.0.0.1", 80)


@pytest.mark.parametrize(
    ("host", "private"),
    [
        ("10.1.2.3", True), ("172.16.0.1", True), ("192.168.1.1", True), ("169.254.169.254", True), ("100.64.0.1", True), ("0.0.0.0", True),
        ("::1", True), ("fd00::1", True), ("fe80::1%eth0", True), ("::ffff:10.0.0.1", True), ("2130706433", True), ("0x7f.1", True),
        ("017700000001", True), ("1.1.1.1", False), ("2606:4700:4700::1111", False), ("licences.example.cn", False), ("", False),
    ],
)  # fmt: skip
def test_private_addresses_are_known_however_they_are_written(host: str, private: bool) -> None:
    assert guard.is_private_literal(host) is private


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("https://Licences.example.cn/x", "licences.example.cn"), ("smtp://user:pw@mail.example.cn:587?from=a@b", "mail.example.cn"),
        ("127.0.0.1:8014", "127.0.0.1"), ("[::1]:80", "::1"), ("https://[::1", ""), ("a key with words", ""), ("", ""), ("sm2", ""),
        ("https://evil.example@good.example/", "good.example"),
    ],
)  # fmt: skip
def test_the_host_of_a_setting(text: str, host: str) -> None:
    assert guard.host_of(text) == host
