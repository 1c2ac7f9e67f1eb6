"""The channels that are set up here, and the address a person has on each."""

from typing import cast

from hall.integration.plugins import finder
from hall.integration.plugins.finder import PluginState
from hall.integration.ports.message import ChannelKind, MessageChannel
from hall.support.identity.queries import Profile


class Paused(OSError):
    """The channel was stopped for a while in the console; its messages wait."""


def names() -> tuple[str, ...]:
    """Names of the channels that are set up; messages for one that is paused wait until it goes on."""
    usable = (PluginState.READY, PluginState.PAUSED)
    return tuple(row.name for row in finder.found(MessageChannel.group) if row.state in usable)


def named(name: str) -> MessageChannel | None:
    """The channel of this name; None when it is no longer set up. Raises: Paused."""
    row = next((one for one in finder.found(MessageChannel.group) if one.name == name), None)
    if row is not None and row.state is PluginState.PAUSED:
        raise Paused(f"{name} is paused")
    return cast(MessageChannel, row.plugin) if row is not None and row.state is PluginState.READY else None


def address_of(profile: Profile, kind: ChannelKind) -> str:
    """Where a channel of this kind reaches the person; "" when nowhere."""
    return profile.phone if kind == ChannelKind.SMS else profile.email
