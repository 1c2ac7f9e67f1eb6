"""Where to send a visitor back to: paths of this hall only (trust row 25)."""

from urllib.parse import urlsplit

from django.utils.http import url_has_allowed_host_and_scheme


def safe_path(wanted: str | None, default: str = "/") -> str:
    """The wanted path with its query when it is one of ours, else the default. Other hosts, schemes and tricks with slashes are not."""
    if not wanted or not wanted.startswith("/") or any(ord(character) < 33 or character == "\\" for character in wanted):
        return default
    if wanted.startswith("//") or not url_has_allowed_host_and_scheme(wanted, allowed_hosts=None):
        return default
    parts = urlsplit(wanted)
    return default if parts.scheme or parts.netloc else wanted
