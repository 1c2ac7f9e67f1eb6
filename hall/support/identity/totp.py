"""One-time codes from a clock and a secret that a phone shares with us: RFC 6238 over RFC 4226, six digits, thirty seconds, SHA-1.

SHA-1 because every authenticator app reads a QR code without a named algorithm so; as an HMAC key it is not weakened by collisions.
"""

import base64
import hmac
import secrets
import struct
from datetime import datetime
from urllib.parse import quote, urlencode

STEP_SECONDS = 30
DIGITS = 6
# A phone's clock may be half a minute off, and a person needs some seconds to type.
STEPS_AROUND = 1


def new_secret() -> str:
    """160 random bits in base32, as apps take it when typed by hand."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def step_of(now: datetime) -> int:
    """The number of the half minute that a moment falls into."""
    return int(now.timestamp()) // STEP_SECONDS


def code_at(secret: str, step: int) -> str:
    """The six digits of one half minute."""
    digest = hmac.digest(base64.b32decode(secret), struct.pack(">Q", step), "sha1")
    start = digest[-1] & 0xF
    (number,) = struct.unpack(">I", digest[start : start + 4])
    return str((number & 0x7FFFFFFF) % 10**DIGITS).zfill(DIGITS)


def matching_step(secret: str, code: str, *, now: datetime) -> int | None:
    """The half minute around now whose code this is, or None. Every candidate is compared, so that the time taken tells nothing."""
    found = None
    for step in range(step_of(now) - STEPS_AROUND, step_of(now) + STEPS_AROUND + 1):
        if hmac.compare_digest(code_at(secret, step).encode(), code.encode()):
            found = step
    return found


def address(secret: str, *, account: str, issuer: str) -> str:
    """The otpauth:// address inside the QR code: what the app shows the code under."""
    label = quote(f"{issuer}:{account}", safe="")
    return f"otpauth://totp/{label}?{urlencode({'secret': secret, 'issuer': issuer}, quote_via=quote)}"
