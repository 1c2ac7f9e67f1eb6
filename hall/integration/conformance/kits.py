"""Which rules a plugin of a group is tried on: the common ones, and those of its port."""

from collections.abc import Mapping
from importlib import metadata
from typing import Any

from hall.integration.conformance import checks, kit, licences, lookups, messages
from hall.integration.conformance.kit import Outcome, Report, Rule
from hall.integration.plugins import ports
from hall.integration.ports.check import FormCheck
from hall.integration.ports.licence import LicenceSource
from hall.integration.ports.lookup import NameRegister
from hall.integration.ports.message import MessageChannel
from hall.integration.simulators import frame

OF_PORT: Mapping[str, tuple[Rule, ...]] = {
    MessageChannel.group: messages.RULES,
    LicenceSource.group: licences.RULES,
    NameRegister.group: lookups.RULES,
    FormCheck.group: checks.RULES,
}


def rules_of(group: str) -> tuple[Rule, ...]:
    """The rules of a group, the common ones first; these alone for ports that have no kit of their own yet."""
    return (*kit.COMMON, *OF_PORT.get(group, ()))


def report_on(point: metadata.EntryPoint, *, rig: Any = None) -> Report:
    """Every rule tried on one installed plugin, before its far side. Never raises, whatever the plugin does."""
    return Report(point.group, point.name, tuple(tried(point, rule, rig=rig) for rule in rules_of(point.group)))


def tried(point: metadata.EntryPoint, rule: Rule, *, rig: Any = None) -> Outcome:
    """One rule tried on one plugin. Never raises. `rig`: its far side, else the one that its package brings."""
    port = ports.known().get(point.group)
    try:
        bench = kit.bench_of(point, port.protocol if port else None, rig)
    except (Exception, SystemExit) as fault:  # someone else's code
        return Outcome(rule, False, f"不能装载：{type(fault).__name__}：{fault}"[:300])
    return kit.tried(rule, bench)


def example_signature(key: str, stamp: str, body: str) -> str:
    """`X-Hall-Signature` of a body, computed by what the simulators check with."""
    return frame.hmac_of(key.encode(), f"{stamp}.{body}".encode())
