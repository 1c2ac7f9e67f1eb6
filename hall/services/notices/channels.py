"""The channels that are set up here, and the address a person has on each."""

from typing import cast

from hall.integration.plugins import finder
from hall.integration.ports.message import ChannelKind, MessageChannel
from hall.support.identity.queries import Profile


def names() -> tuple[str, ...]:
    """Names of the channels that can be used now."""
    return tuple(finder.ready(MessageChannel.group))


def named(name: str) -> MessageChannel | None:
    """The channel of this name; None when it is no longer set up."""
    return cast(MessageChannel | None, finder.ready(MessageChannel.group).get(name))


def address_of(profile: Profile, kind: ChannelKind) -> str:
    """Where a channel of this kind reaches the person; "" when nowhere."""
    return profile.phone if kind == ChannelKind.SMS else profile.email
