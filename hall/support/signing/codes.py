"""A licence as a short signed text for a QR code, which anybody can check without the network (docs/offline/verify_licence.py).

    HL1:<base45 of payload and signature>

The payload is a JSON list in UTF-8 without spaces, in the order of `Claims` after the key id; the last 64 bytes are the signature over
`govhall licence 1`, a zero byte and the payload. Capital letters, digits and a few signs alone: a QR code packs those densely
(RFC 9285), and with the limits below it stays within version 15 at error correction M.
"""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from hall.support.signing.algorithms import SIGNATURE_BYTES
from hall.support.signing.keys import Key

PREFIX = "HL1:"
_CONTEXT = b"govhall licence 1\0"
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_MOST_CHARACTERS = 1200
# By what a name is cut, in UTF-8 bytes: a code that is too dense cannot be read from paper.
_TITLE_BYTES, _NAME_BYTES, _NUMBER_BYTES = 51, 78, 60


@dataclass(frozen=True, slots=True)
class Claims:
    """What the code says. `version` counts replacements of one result; `valid_until` None: without end."""

    verify_code: str
    number: str
    version: int
    title: str
    holder: str
    department: str
    issued_on: date
    valid_until: date | None


@dataclass(frozen=True, slots=True)
class Read:
    """A code that was read and is genuine, and the key that says so."""

    claims: Claims
    key_id: str


class NotOurs(ValueError):
    """No code of this kind, changed on the way, or signed by a key that is not known here. Nothing in it may be believed."""


def signed_code(claims: Claims, key: Key) -> str:
    """The text of the QR code. Long names are cut and end in `…`. Raises: AlgorithmMissing."""
    cut = dataclasses.replace(
        claims,
        title=_cut(claims.title, _TITLE_BYTES),
        holder=_cut(claims.holder, _NAME_BYTES),
        department=_cut(claims.department, _TITLE_BYTES),
        number=_cut(claims.number, _NUMBER_BYTES),
    )
    parts = [key.key_id, *(_plain(getattr(cut, field.name)) for field in dataclasses.fields(cut))]
    payload = json.dumps(parts, ensure_ascii=False, separators=(",", ":")).encode()
    return PREFIX + to_base45(payload + key.sign(_CONTEXT + payload))


def read_code(text: str, keys: Mapping[str, Key]) -> Read:
    """The claims of a genuine code. Nothing is looked up: whether it was revoked since is another question. Raises: NotOurs."""
    text = text.strip()
    if not text.startswith(PREFIX) or len(text) > _MOST_CHARACTERS:
        raise NotOurs("no code of ours")
    content = from_base45(text.removeprefix(PREFIX))
    payload, signature = content[:-SIGNATURE_BYTES], content[-SIGNATURE_BYTES:]
    try:
        key_id, code, number, version, title, holder, department, issued_on, valid_until = json.loads(payload)
        key = keys[key_id]
        claims = Claims(
            verify_code=str(code),
            number=str(number),
            version=int(version),
            title=str(title),
            holder=str(holder),
            department=str(department),
            issued_on=date.fromisoformat(issued_on),
            valid_until=date.fromisoformat(valid_until) if valid_until else None,
        )
    except (ValueError, TypeError, KeyError, RecursionError) as fault:
        raise NotOurs("no code of ours") from fault
    if not key.is_signed(_CONTEXT + payload, signature):
        raise NotOurs("changed, or not signed by its key")
    return Read(claims, key.key_id)


def _plain(value: object) -> str | int:
    return value.isoformat() if isinstance(value, date) else value if isinstance(value, (str, int)) else ""


def _cut(text: str, most_bytes: int) -> str:
    content = text.encode()
    return text if len(content) <= most_bytes else content[: most_bytes - 3].decode(errors="ignore") + "…"


def to_base45(content: bytes) -> str:
    """RFC 9285."""
    signs = []
    for place in range(0, len(content), 2):
        pair = content[place : place + 2]
        number = int.from_bytes(pair, "big")
        for _ in range(len(pair) + 1):
            number, rest = divmod(number, 45)
            signs.append(_ALPHABET[rest])
    return "".join(signs)


def from_base45(text: str) -> bytes:
    """RFC 9285. Raises: NotOurs for what is not base45."""
    digits = [_ALPHABET.find(sign) for sign in text]
    if -1 in digits or len(digits) % 3 == 1:
        raise NotOurs("not base45")
    content = bytearray()
    for place in range(0, len(digits), 3):
        part = digits[place : place + 3]
        number = sum(digit * 45**power for power, digit in enumerate(part))
        size = len(part) - 1
        if number >= 256**size:
            raise NotOurs("not base45")
        content += number.to_bytes(size, "big")
    return bytes(content)
