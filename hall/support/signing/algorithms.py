"""The two ways to sign: Ed25519 (RFC 8032) and SM2 with SM3 (GB/T 32918.2, 32905), behind the same four functions.

Keys and signatures are raw bytes: an Ed25519 public key has 32, an SM2 one 64 (x and y); a signature always 64.
"""

import hashlib
import importlib.util
from dataclasses import dataclass, field
from enum import StrEnum
from types import ModuleType

from asn1crypto.core import Integer, Sequence
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

SIGNATURE_BYTES = 64
SM2_MISSING = "SM2 needs the package gmssl-pyx: install the hall with its extra, pip install 'govhall[sm]'"


class Algorithm(StrEnum):
    """What HALL_SIGNING chooses for new keys."""

    ED25519 = "ed25519"
    SM2 = "sm2"


@dataclass(frozen=True, slots=True)
class Pair:
    """A fresh key pair."""

    public: bytes
    private: bytes = field(repr=False)


class AlgorithmMissing(Exception):
    """The algorithm's package is not installed here."""


def is_there(algorithm: Algorithm) -> bool:
    """Whether this machine can sign and verify with it."""
    return algorithm is Algorithm.ED25519 or importlib.util.find_spec("gmssl_pyx") is not None


def generate(algorithm: Algorithm) -> Pair:
    """A new key pair. Raises: AlgorithmMissing."""
    if algorithm is Algorithm.ED25519:
        key = Ed25519PrivateKey.generate()
        return Pair(key.public_key().public_bytes_raw(), key.private_bytes_raw())
    public, private = _gmssl().sm2_key_generate()
    return Pair(public, private)


def sign(algorithm: Algorithm, pair: Pair, message: bytes) -> bytes:
    """64 bytes. Some 50 µs with Ed25519, 1 ms with SM2. Raises: AlgorithmMissing."""
    if algorithm is Algorithm.ED25519:
        return Ed25519PrivateKey.from_private_bytes(pair.private).sign(message)
    first, second = _Pair.load(_gmssl().sm2_sign(pair.private, pair.public, message)).native.values()
    return bytes(first.to_bytes(32, "big") + second.to_bytes(32, "big"))


def is_signed(algorithm: Algorithm, public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the signature is this key's over exactly this message. Raises: AlgorithmMissing."""
    if len(signature) != SIGNATURE_BYTES:
        return False
    if algorithm is Algorithm.ED25519:
        try:
            Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True
    return bool(_gmssl().sm2_verify(public, message, der_of(signature)))


def der_of(signature: bytes) -> bytes:
    """An SM2 signature as certificates and CMS carry it."""
    halves = {"r": int.from_bytes(signature[:32], "big"), "s": int.from_bytes(signature[32:], "big")}
    return bytes(_Pair(halves).dump())


def raw_of(der: bytes) -> bytes:
    """The 64 bytes of a DER signature. Raises: ValueError for anything that is none."""
    first, second = _Pair.load(der, strict=True).native.values()
    try:
        return bytes(first.to_bytes(32, "big") + second.to_bytes(32, "big"))
    except OverflowError as fault:
        raise ValueError("not a signature") from fault


def digest(algorithm: Algorithm, content: bytes) -> bytes:
    """SHA-512 beside Ed25519 (RFC 8419 wants it in CMS), SM3 beside SM2."""
    return hashlib.new("sha512" if algorithm is Algorithm.ED25519 else "sm3", content).digest()


class _Pair(Sequence):  # type: ignore[misc]
    _fields = [("r", Integer), ("s", Integer)]


def _gmssl() -> ModuleType:
    if not is_there(Algorithm.SM2):
        raise AlgorithmMissing(SM2_MISSING)
    return importlib.import_module("gmssl_pyx")
