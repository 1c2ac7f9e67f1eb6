"""The keys that the hall signs with: one file each, the newest signs, the older ones still verify.

A file `<key id>.json` holds the public key, its certificate and, until the key is retired, the private key; it is readable by its
owner only. Machines that only verify get the same files without `private`.
"""

import base64
import hashlib
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

from hall.support.signing import algorithms, certificates
from hall.support.signing.algorithms import Algorithm, Pair


@dataclass(frozen=True, slots=True)
class Key:
    """One key. `certificate` is DER; `private` is empty for a key that only verifies; `retired_at` None while it may sign."""

    key_id: str
    algorithm: Algorithm
    public: bytes
    certificate: bytes = field(repr=False)
    created_at: datetime
    retired_at: datetime | None = None
    private: bytes = field(default=b"", repr=False)

    @property
    def can_sign(self) -> bool:
        return bool(self.private) and self.retired_at is None

    def sign(self, message: bytes) -> bytes:
        """64 bytes. Raises: AlgorithmMissing."""
        return algorithms.sign(self.algorithm, Pair(self.public, self.private), message)

    def is_signed(self, message: bytes, signature: bytes) -> bool:
        """Whether this key signed exactly this. Raises: AlgorithmMissing."""
        return algorithms.is_signed(self.algorithm, self.public, message, signature)


class KeyBroken(Exception):
    """A key file cannot be read or does not fit its own name. A fault of the set-up, never a refusal."""


def all_keys() -> Mapping[str, Key]:
    """Every key by its id, oldest first. The folder is read again when a file in it changed."""
    folder = Path(settings.SIGNING_KEYS_DIR)
    if not folder.is_dir():
        return {}
    state = tuple(sorted((path.name, path.stat().st_mtime_ns) for path in folder.glob("*.json")))
    return _read_all(folder, state)


def signing_key() -> Key | None:
    """The newest key of the chosen algorithm that may sign; None before there is one."""
    own = [key for key in all_keys().values() if key.can_sign and key.algorithm == settings.SIGNING]
    return own[-1] if own else None


def make_key(algorithm: Algorithm, *, now: datetime) -> Key:
    """Make a key and keep it; from now on it signs. Raises: AlgorithmMissing."""
    pair = algorithms.generate(algorithm)
    key_id = id_of(algorithm, pair.public)
    certificate = certificates.self_signed(algorithm, pair, name=settings.HALL_NAME, key_id=key_id, now=now)
    key = Key(key_id, algorithm, pair.public, certificate, now, private=pair.private)
    _write(key)
    return key


def retire_key(key_id: str, *, now: datetime) -> Key | None:
    """Take the private half away for good; what it signed still verifies. None for an unknown id; retired twice is retired once."""
    key = all_keys().get(key_id)
    if key is None or key.retired_at is not None:
        return key
    retired = Key(key.key_id, key.algorithm, key.public, key.certificate, key.created_at, retired_at=now)
    _write(retired)
    return retired


def id_of(algorithm: Algorithm, public: bytes) -> str:
    """Sixteen hex digits that follow from the key itself."""
    return hashlib.sha256(algorithm.encode() + b"\0" + public).hexdigest()[:16]


def published(key: Key) -> dict[str, Any]:
    """What /open/keys.json says of a key: everything but its private half."""
    return {
        "key_id": key.key_id,
        "algorithm": key.algorithm.value,
        "public": key.public.hex(),
        "certificate": base64.b64encode(key.certificate).decode(),
        "created_at": key.created_at.isoformat(),
        "retired_at": key.retired_at.isoformat() if key.retired_at else None,
    }


def _write(key: Key) -> None:
    folder = Path(settings.SIGNING_KEYS_DIR)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    content = published(key) | ({"private": key.private.hex()} if key.private else {})
    fresh = folder / f".{key.key_id}.{secrets.token_hex(4)}"
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as target:
        json.dump(content, target, indent=1)
        target.flush()
        os.fsync(target.fileno())
    fresh.replace(folder / f"{key.key_id}.json")


@lru_cache(maxsize=2)
def _read_all(folder: Path, state: tuple[tuple[str, int], ...]) -> Mapping[str, Key]:
    keys = [_read(folder / name) for name, _ in state]
    return {key.key_id: key for key in sorted(keys, key=lambda key: (key.created_at, key.key_id))}


def _read(path: Path) -> Key:
    try:
        given = json.loads(path.read_text(encoding="utf-8"))
        key = Key(
            key_id=given["key_id"],
            algorithm=Algorithm(given["algorithm"]),
            public=bytes.fromhex(given["public"]),
            certificate=base64.b64decode(given["certificate"]),
            created_at=datetime.fromisoformat(given["created_at"]),
            retired_at=datetime.fromisoformat(given["retired_at"]) if given["retired_at"] else None,
            private=bytes.fromhex(given.get("private", "")),
        )
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise KeyBroken(f"{path}: {type(fault).__name__}") from fault
    if key.key_id != path.stem or key.key_id != id_of(key.algorithm, key.public):
        raise KeyBroken(f"{path}: its name and its key do not belong together")
    return key
