"""Certificates that say whose a key is. Self-signed here; a department's certification authority may issue others for the same key."""

from datetime import datetime, timedelta

from asn1crypto import algos, keys, x509
from asn1crypto.core import OctetBitString
from cryptography import x509 as build
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from hall.support.signing import algorithms
from hall.support.signing.algorithms import Algorithm, Pair

YEARS = 10
# GB/T 33560: SM2 with SM3, and the curve of SM2.
SM2_WITH_SM3, SM2_CURVE = "1.2.156.10197.1.501", "1.2.156.10197.1.301"
keys.NamedCurve.register("sm2p256v1", SM2_CURVE, 32)


def self_signed(algorithm: Algorithm, pair: Pair, *, name: str, key_id: str, now: datetime) -> bytes:
    """DER, for ten years, for signing documents. Raises: AlgorithmMissing."""
    if algorithm is Algorithm.ED25519:
        return _ed25519(pair, name, key_id, now)
    return _sm2(pair, name, key_id, now)


def _ed25519(pair: Pair, name: str, key_id: str, now: datetime) -> bytes:
    private = Ed25519PrivateKey.from_private_bytes(pair.private)
    subject = build.Name([build.NameAttribute(NameOID.COMMON_NAME, name[:60]), build.NameAttribute(NameOID.SERIAL_NUMBER, key_id)])
    usage = build.KeyUsage(True, True, False, False, False, False, False, False, False)
    made = (
        build.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private.public_key())
        .serial_number(int(key_id, 16))
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=365 * YEARS))
        .add_extension(build.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .sign(private, None)
    )
    return made.public_bytes(Encoding.DER)


def _sm2(pair: Pair, name: str, key_id: str, now: datetime) -> bytes:
    """By hand: the library that the rest is made with does not know the curve."""
    subject = x509.Name.build({"common_name": name[:60], "serial_number": key_id})
    algorithm = algos.SignedDigestAlgorithm({"algorithm": SM2_WITH_SM3})
    point = keys.ECPointBitString(b"\x04" + pair.public)
    body = x509.TbsCertificate(
        {
            "version": "v3",
            "serial_number": int(key_id, 16),
            "signature": algorithm,
            "issuer": subject,
            "validity": {
                "not_before": x509.Time({"general_time": now - timedelta(minutes=5)}),
                "not_after": x509.Time({"general_time": now + timedelta(days=365 * YEARS)}),
            },
            "subject": subject,
            "subject_public_key_info": {
                "algorithm": {"algorithm": "ec", "parameters": keys.ECDomainParameters("named", "sm2p256v1")},
                "public_key": point,
            },
            "extensions": [{"extn_id": "key_usage", "critical": True, "extn_value": {"digital_signature", "non_repudiation"}}],
        }
    )
    signature = algorithms.der_of(algorithms.sign(Algorithm.SM2, pair, body.dump()))
    return bytes(
        x509.Certificate({"tbs_certificate": body, "signature_algorithm": algorithm, "signature_value": OctetBitString(signature)}).dump()
    )


def public_of(certificate: bytes) -> tuple[Algorithm, bytes]:
    """Algorithm and raw public key inside a certificate. Raises: ValueError for other kinds of keys."""
    info = x509.Certificate.load(certificate, strict=True)["tbs_certificate"]["subject_public_key_info"]
    if info.algorithm == "ed25519":
        return Algorithm.ED25519, bytes(info["public_key"].native)
    if info.algorithm == "ec" and info["algorithm"]["parameters"].chosen.dotted == SM2_CURVE:
        return Algorithm.SM2, bytes(info["public_key"].native)[1:]
    raise ValueError("another kind of key")
