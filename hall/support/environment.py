"""How settings read the environment: typed, with `…_FILE` for secrets; a wrong value stops the start."""

import ipaddress
import os
from collections.abc import Callable
from pathlib import Path
from typing import overload

from django.core.exceptions import ImproperlyConfigured

_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off", ""}


def _raw(name: str) -> str | None:
    path = os.environ.get(f"{name}_FILE")
    if path:
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as fault:
            raise ImproperlyConfigured(f"{name}_FILE={path}: {fault.strerror}") from fault
    return os.environ.get(name)


@overload
def env(name: str, default: str) -> str: ...
@overload
def env(name: str, default: None = None) -> str | None: ...
def env(name: str, default: str | None = None) -> str | None:
    """The text of one variable, or the content of the file that `<name>_FILE` points to."""
    value = _raw(name)
    return default if value is None else value


def env_number(name: str, default: int, *, at_least: int = 0) -> int:
    """A whole number. Raises: ImproperlyConfigured when it is none, or below `at_least`."""
    return _convert(name, default, int, lambda number: number >= at_least, f"a whole number of at least {at_least}")


def env_flag(name: str, default: bool) -> bool:
    """Yes or no: 1/0, true/false, yes/no, on/off. Raises: ImproperlyConfigured otherwise."""
    value = _raw(name)
    if value is None:
        return default
    if value.lower() in _TRUE:
        return True
    if value.lower() in _FALSE:
        return False
    raise ImproperlyConfigured(f"{name}={value!r}: expected yes or no")


def env_list(name: str, default: tuple[str, ...]) -> list[str]:
    """Comma-separated words."""
    value = _raw(name)
    return list(default) if value is None else [word.strip() for word in value.split(",") if word.strip()]


Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def env_networks(name: str) -> tuple[tuple[Network, ...], frozenset[str]]:
    """Comma-separated addresses and networks (10.0.0.0/8), and beside them the words that are host names."""
    networks: list[Network] = []
    hosts = set()
    for word in env_list(name, ()):
        try:
            networks.append(ipaddress.ip_network(word, strict=False))
        except ValueError:
            if "/" in word or " " in word:
                raise ImproperlyConfigured(f"{name}: {word!r} is neither a network nor a host") from None
            hosts.add(word.lower().rstrip("."))
    return tuple(networks), frozenset(hosts)


def _convert(name: str, default: int, kind: Callable[[str], int], accept: Callable[[int], bool], wanted: str) -> int:
    value = _raw(name)
    if value is None:
        return default
    try:
        number = kind(value)
    except ValueError:
        number = None
    if number is None or not accept(number):
        raise ImproperlyConfigured(f"{name}={value!r}: expected {wanted}")
    return number
