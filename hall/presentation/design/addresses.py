"""Parts of addresses that several visitors' modules share."""

from django.urls import register_converter
from django.urls.converters import REGISTERED_CONVERTERS


class ItemCode:
    """An item's code; words such as "new" or "drafts" are none, so they may stand in the same place."""

    regex = "[0-9A-Z]{12}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


def register() -> None:
    """Let addresses say <item:code>. Called where addresses are listed; twice is harmless."""
    if "item" not in REGISTERED_CONVERTERS:
        register_converter(ItemCode, "item")
