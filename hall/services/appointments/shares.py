"""Whom the seats of a slot are for (分数量): every channel, one channel, or people with priority. Pure."""

from collections.abc import Mapping
from enum import StrEnum

from hall.support.refusals import Refusal


class Channel(StrEnum):
    """Where a booking comes from."""

    WEB = "web"
    WECHAT = "wechat"
    MOBILE = "mobile"
    ONSITE = "onsite"

    @property
    def label(self) -> str:
        return _CHANNELS[self]


_CHANNELS = {Channel.WEB: "网站", Channel.WECHAT: "微信", Channel.MOBILE: "手机", Channel.ONSITE: "现场取号"}


class Share(StrEnum):
    """A part of a slot's seats."""

    OPEN = "open"
    WEB = "web"
    WECHAT = "wechat"
    MOBILE = "mobile"
    ONSITE = "onsite"
    PRIORITY = "priority"

    @property
    def label(self) -> str:
        if self is Share.OPEN:
            return "不分渠道"
        return "优先（老年人、残疾人、退役军人）" if self is Share.PRIORITY else Channel(self.value).label


class Priority(StrEnum):
    """Who may use the seats kept for people with priority (domain §7.1)."""

    ELDERLY = "elderly"
    DISABLED = "disabled"
    VETERAN = "veteran"

    @property
    def label(self) -> str:
        return {"elderly": "老年人", "disabled": "残疾人", "veteran": "退役军人"}[self.value]


class BadQuota(Refusal):
    sentence = "每个时段的名额应是 1 至 1000 的整数。"
    field = "quota"


def shares_for(channel: Channel, *, has_priority: bool) -> tuple[Share, ...]:
    """The shares that a booking may take a seat from, the narrowest first, so that the common seats last longest."""
    own = (Share(channel.value), Share.OPEN)
    return (Share.PRIORITY, *own) if has_priority else own


def split(quota: int, reserved: Mapping[str, int]) -> dict[Share, int]:
    """The seats of a slot by share: what is reserved, and the rest open to all. Raises: BadQuota."""
    if not 1 <= quota <= 1000:
        raise BadQuota
    try:
        kept = {Share(share): seats for share, seats in reserved.items() if seats}
    except ValueError:
        raise BadQuota("名额只能按渠道或优先人群预留。") from None
    if Share.OPEN in kept or any(seats < 0 for seats in kept.values()):
        raise BadQuota("预留名额应是不小于 0 的整数。")
    left = quota - sum(kept.values())
    if left < 0:
        raise BadQuota(f"各渠道预留共 {quota - left} 个，超过了时段名额 {quota} 个。")
    return {Share.OPEN: left, **kept}
