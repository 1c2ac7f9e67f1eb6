"""Where a plugin may connect to while it is called: the hosts of its own settings, and private networks only where somebody said so.

It watches Python's own audit events, so it holds for plugins that open their connections themselves too, and across redirects. It
is a guard against mistakes and against addresses that are led elsewhere (SSRF), no prison: a plugin is code that the hall runs, and
what it does in threads of its own is not seen here.
"""

import contextlib
import ipaddress
import re
import socket
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from hall.integration.ports import wire

_CONNECT = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
_RESOLVE = frozenset({"socket.getaddrinfo", "socket.gethostbyname"})
_HOST_PORT = re.compile(r"\[?(?P<host>[A-Za-z0-9._:-]+?)\]?:[0-9]{1,5}")
_here = threading.local()
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Forbidden(ConnectionError):
    """The plugin wanted to connect where it may not. Nothing was sent."""


@dataclass(frozen=True, slots=True)
class Reach:
    """The hosts a plugin may connect to. Of `trusted` ones the addresses may be private; `networks` are private ones anybody may reach."""

    hosts: frozenset[str] = frozenset()
    trusted: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()


def host_of(text: str) -> str:
    """The host that a setting names: of a URL, or of `host:port`; "" for anything else."""
    try:
        host = urlsplit(text).hostname if "://" in text else None
    except ValueError:
        return ""
    found = None if host or "://" in text else _HOST_PORT.fullmatch(text)
    return (host or (found["host"] if found else "")).lower().rstrip(".")


_PORTS = {"https": 443, "http": 80, "smtp": 587, "smtps": 465, "redis": 6379}


def places_of(values: Mapping[str, str]) -> Iterator[tuple[str, int]]:
    """Hosts and ports that settings name, of those with a port of their own or a well-known one."""
    for text in values.values():
        host = host_of(text)
        try:
            parts = urlsplit(text if "://" in text else f"//{text}")
            port = parts.port or _PORTS.get(parts.scheme)
        except ValueError:
            continue
        if host and port:
            yield host, port


def reach_of(values: Mapping[str, str], *, trusted: Mapping[str, str], networks: tuple[Network, ...], hosts: frozenset[str]) -> Reach:
    """What these settings allow. `trusted` are those that come from the environment; `hosts` are names that the environment trusts."""
    own = frozenset(filter(None, map(host_of, values.values())))
    return Reach(own, frozenset(filter(None, map(host_of, trusted.values()))) | (own & hosts), networks)


def is_private(address: str) -> bool:
    """Whether an IP address is none of the public internet: private, loopback, link-local, shared, reserved. Scope ids are dropped."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    mapped = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
    return not (mapped or ip).is_global


def is_private_literal(host: str) -> bool:
    """Whether a host is written as an address, and a private one, in any of the ways in which sockets take it (2130706433, 0x7f.1)."""
    try:
        return is_private(host)
    except ValueError:
        pass
    try:
        return is_private(socket.inet_ntoa(socket.inet_aton(host)))
    except (OSError, ValueError):
        return False


def is_named(address: str, networks: tuple[Network, ...]) -> bool:
    """Whether an address lies in one of these networks."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return any(ip in network for network in networks)


@contextlib.contextmanager
def within(reach: Reach | None) -> Iterator[None]:
    """Within it, this thread connects only where the reach allows; None: anywhere."""
    before = getattr(_here, "reach", None)
    _here.reach, _here.resolved = reach, ""
    try:
        yield
    finally:
        _here.reach = before


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if event not in _CONNECT and event not in _RESOLVE:
        return
    reach: Reach | None = getattr(_here, "reach", None)
    if reach is None:
        return
    if event in _RESOLVE:
        _check_name(reach, arguments[0])
    elif arguments[0].family in {socket.AF_INET, socket.AF_INET6} and len(arguments) > 1 and isinstance(arguments[1], tuple):
        _check_address(reach, str(arguments[1][0]))


def _check_name(reach: Reach, given: Any) -> None:
    if given is None:
        return
    host = (given.decode("ascii", "replace") if isinstance(given, bytes) else str(given)).lower().rstrip(".")
    if host not in reach.hosts:
        raise Forbidden("a host that is in none of the plugin's settings")
    _here.resolved = host
    trace = wire.current_trace()
    if trace is not None and not trace.host:
        trace.host = host


def _check_address(reach: Reach, address: str) -> None:
    resolved = getattr(_here, "resolved", "")
    host = resolved or address.lower()
    if host not in reach.hosts:
        raise Forbidden("an address that is in none of the plugin's settings")
    try:
        is_inside = is_private(address)
    except ValueError:
        return  # a name: it is resolved next, and that is seen
    if is_inside and host not in reach.trusted and not is_named(address, reach.networks):
        raise Forbidden("a private address that HALL_PLUGIN_PRIVATE does not name")


sys.addaudithook(_watch)
