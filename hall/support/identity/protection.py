"""Personal fields at rest: sealed with AES-256-GCM, found again by a keyed digest.

A sealed field is `key id (1 byte) · nonce (12) · ciphertext · tag (16)`. The purpose word is authenticated with it, so that a
sealed phone put into the column of identity numbers does not open. Source: domain §16, GB/T 22239 8.1.4.8.
"""

import hmac
import json
import os
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

_NONCE_BYTES = 12
_TAG_BYTES = 16


class Unreadable(Exception):
    """A sealed field was changed, cut, sealed for another purpose or under another key. A fault, never a refusal."""


class _Keys(NamedTuple):
    key_id: bytes
    cipher: AESGCM
    lookup: bytes


@lru_cache(maxsize=4)
def _keys_from(secret: str) -> _Keys:
    def derive(word: str, length: int) -> bytes:
        return HKDF(algorithm=SHA256(), length=length, salt=None, info=f"govhall/{word}/1".encode()).derive(secret.encode())

    # The id comes from the key itself: a restored database with a foreign key says so instead of looking damaged.
    return _Keys(derive("key-id", 1), AESGCM(derive("seal", 32)), derive("lookup", 32))


def _keys() -> _Keys:
    return _keys_from(settings.FIELD_KEY)


def encrypt(text: str, *, purpose: str = "field") -> bytes:
    """Seal a text; sealing it again gives other bytes."""
    keys = _keys()
    nonce = os.urandom(_NONCE_BYTES)
    return keys.key_id + nonce + keys.cipher.encrypt(nonce, text.encode(), keys.key_id + purpose.encode())


def decrypt(sealed: bytes | memoryview, *, purpose: str = "field") -> str:
    """The text behind a sealed field, under the purpose it was sealed for. Raises: Unreadable."""
    sealed, keys = bytes(sealed), _keys()
    if len(sealed) < 1 + _NONCE_BYTES + _TAG_BYTES:
        raise Unreadable("the sealed field is cut short")
    if sealed[:1] != keys.key_id:
        raise Unreadable("the field was sealed under another key: check HALL_FIELD_KEY")
    nonce, body = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
    try:
        return keys.cipher.decrypt(nonce, body, keys.key_id + purpose.encode()).decode()
    except InvalidTag as fault:
        raise Unreadable("the sealed field was changed, or sealed for another purpose") from fault


def encrypt_json(values: Mapping[str, Any], *, purpose: str = "json") -> bytes:
    """Seal a mapping of plain JSON values, such as the contents of a form."""
    return encrypt(json.dumps(values, ensure_ascii=False, separators=(",", ":")), purpose=purpose)


def decrypt_json(sealed: bytes | memoryview, *, purpose: str = "json") -> dict[str, Any]:
    """The mapping behind a sealed one. Raises: Unreadable."""
    values: dict[str, Any] = json.loads(decrypt(sealed, purpose=purpose))
    return values


def lookup_digest(text: str, *, purpose: str = "lookup") -> str:
    """64 hex digits by which an equal text is found again without being stored in clear. Normalise the text before."""
    return hmac.digest(_keys().lookup, f"{purpose}\0{text}".encode(), "sha256").hex()
