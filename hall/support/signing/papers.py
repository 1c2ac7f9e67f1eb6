"""Signatures inside PDFs (ISO 32000-2 §12.8, PAdES-B-B): made once the paper is finished, checked over every byte of it."""

import hashlib
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

import pikepdf
from asn1crypto import algos, cms, tsp, x509
from pikepdf import Array, Dictionary, Name, String

from hall.support.signing import algorithms, certificates
from hall.support.signing.algorithms import Algorithm
from hall.support.signing.keys import Key

_SM3 = "1.2.156.10197.1.401"
_DIGESTS = {Algorithm.ED25519: "sha512", Algorithm.SM2: _SM3}
_ROOM_BYTES = 4096
_BLANK = 9_999_999_999
_RANGE = re.compile(rb"/ByteRange ?\[ ?(\d{1,10}) +(\d{1,10}) +(\d{1,10}) +(\d{1,10}) *\]")
_HEX = re.compile(rb"<[0-9A-Fa-f]+>")


class Seal(StrEnum):
    """What a look at a PDF comes to."""

    INTACT = "intact"  # signed by a key of ours, not one byte changed since
    CHANGED = "changed"  # there is a signature, and it does not fit the bytes
    FOREIGN = "foreign"  # signed with a key that is not ours
    UNSIGNED = "unsigned"


@dataclass(frozen=True, slots=True)
class Sealed:
    """The verdict. `key_id` and `signed_at` only with INTACT."""

    seal: Seal
    key_id: str = ""
    signed_at: datetime | None = None


def sign_paper(pdf: bytes, key: Key, *, reason: str, now: datetime) -> bytes:
    """The same paper with an invisible signature field. Some 20 ms. Raises: AlgorithmMissing."""
    prepared = _with_room(pdf, reason=reason, now=now)
    hole = b"<" + b"0" * (2 * _ROOM_BYTES) + b">"
    start = prepared.index(hole)
    end = start + len(hole)
    blank = re.search(rb"/ByteRange ?\[ ?0 +9999999999 +9999999999 +9999999999 *\]", prepared)
    assert blank is not None
    words = b"/ByteRange [ 0 %d %d %d" % (start, end, len(prepared) - end)
    prepared = prepared[: blank.start()] + words.ljust(blank.end() - blank.start() - 1) + b"]" + prepared[blank.end() :]
    attributes = _attributes(key, prepared[:start] + prepared[end:], now)
    content = _cms(key, attributes, key.sign(attributes.dump())).hex().upper().encode()
    assert len(content) <= 2 * _ROOM_BYTES
    return prepared[: start + 1] + content.ljust(2 * _ROOM_BYTES, b"0") + prepared[end - 1 :]


def _with_room(pdf: bytes, *, reason: str, now: datetime) -> bytes:
    with pikepdf.open(io.BytesIO(pdf)) as paper:
        signature = Dictionary(
            Type=Name.Sig,
            Filter=Name("/Adobe.PPKLite"),
            SubFilter=Name("/ETSI.CAdES.detached"),
            ByteRange=Array([0, _BLANK, _BLANK, _BLANK]),
            Contents=String(b"\0" * _ROOM_BYTES),
            M=String(now.astimezone(UTC).strftime("D:%Y%m%d%H%M%S+00'00'")),
            Reason=String(reason),
        )
        field = Dictionary(
            Type=Name.Annot,
            Subtype=Name.Widget,
            FT=Name.Sig,
            T=String("Signature1"),
            V=paper.make_indirect(signature),
            Rect=Array([0, 0, 0, 0]),
            F=132,  # printed and locked, as PDF/A wants it
            P=paper.pages[0].obj,
        )
        widget = paper.make_indirect(field)
        annotations = paper.pages[0].obj.get(Name.Annots)
        paper.pages[0].obj[Name.Annots] = Array([*(annotations or []), widget])
        paper.Root[Name.AcroForm] = paper.make_indirect(Dictionary(Fields=Array([widget]), SigFlags=3))
        target = io.BytesIO()
        # Written plainly: the bytes that are signed must be found again where they stand.
        paper.save(target, object_stream_mode=pikepdf.ObjectStreamMode.disable, deterministic_id=True)
        return target.getvalue()


def _attributes(key: Key, content: bytes, now: datetime) -> cms.CMSAttributes:
    identity = tsp.ESSCertIDv2({"cert_hash": hashlib.sha256(key.certificate).digest()})
    return cms.CMSAttributes(
        [
            cms.CMSAttribute({"type": "content_type", "values": ["data"]}),
            cms.CMSAttribute({"type": "signing_time", "values": [cms.Time({"utc_time": now.astimezone(UTC).replace(microsecond=0)})]}),
            cms.CMSAttribute({"type": "message_digest", "values": [algorithms.digest(key.algorithm, content)]}),
            cms.CMSAttribute({"type": "signing_certificate_v2", "values": [tsp.SigningCertificateV2({"certs": [identity]})]}),
        ]
    )


def _cms(key: Key, attributes: cms.CMSAttributes, signature: bytes) -> bytes:
    certificate = x509.Certificate.load(key.certificate)
    digest = algos.DigestAlgorithm({"algorithm": _DIGESTS[key.algorithm]})
    signer = cms.SignerInfo(
        {
            "version": "v1",
            "sid": cms.SignerIdentifier(
                "issuer_and_serial_number",
                cms.IssuerAndSerialNumber({"issuer": certificate.issuer, "serial_number": certificate.serial_number}),
            ),
            "digest_algorithm": digest,
            "signed_attrs": attributes,
            "signature_algorithm": {"algorithm": "ed25519" if key.algorithm is Algorithm.ED25519 else certificates.SM2_WITH_SM3},
            "signature": signature if key.algorithm is Algorithm.ED25519 else algorithms.der_of(signature),
        }
    )
    signed = cms.SignedData(
        {
            "version": "v1",
            "digest_algorithms": [digest],
            "encap_content_info": {"content_type": "data"},
            "certificates": [certificate],
            "signer_infos": [signer],
        }
    )
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": signed}).dump())


def look_at(pdf: bytes, keys: Mapping[str, Key]) -> Sealed:
    """Whether a PDF is signed by one of our keys and unchanged since, to the last byte. Never raises for what is in it.

    Nothing in the file is followed: the signature must cover every byte but its own digits, so nothing can be added behind it.
    """
    ranges = list(_RANGE.finditer(pdf))
    if not ranges:
        return Sealed(Seal.UNSIGNED)
    first, start, end, rest = (int(number) for number in ranges[-1].groups())
    hole = pdf[start:end]
    if first != 0 or not start < end or end + rest != len(pdf) or not _HEX.fullmatch(hole):
        return Sealed(Seal.CHANGED)
    try:
        return _verdict(bytes.fromhex(hole[1:-1].decode()), pdf[:start] + pdf[end:], keys)
    except (ValueError, TypeError, KeyError, IndexError, OverflowError):
        return Sealed(Seal.CHANGED)


def _verdict(content: bytes, covered: bytes, keys: Mapping[str, Key]) -> Sealed:
    signed = cms.ContentInfo.load(content)["content"]
    (signer,) = signed["signer_infos"]
    (certificate,) = signed["certificates"]
    algorithm, public = certificates.public_of(certificate.chosen.dump())
    key = next((one for one in keys.values() if one.algorithm is algorithm and one.public == public), None)
    if key is None:
        return Sealed(Seal.FOREIGN)
    attributes = signer["signed_attrs"].untag()
    named = {attribute["type"].native: attribute["values"][0] for attribute in attributes}
    given = bytes(signer["signature"].native)
    signature = given if algorithm is Algorithm.ED25519 else algorithms.raw_of(given)
    # Made again from what is signed, it must come out the same to the last byte: the frame around a signature is not signed itself.
    expected = _cms(key, attributes, signature).ljust(_ROOM_BYTES, b"\0")
    is_intact = (
        content == expected
        and named["message_digest"].native == algorithms.digest(algorithm, covered)
        and key.is_signed(attributes.dump(), signature)
    )
    return Sealed(Seal.INTACT, key.key_id, named["signing_time"].native) if is_intact else Sealed(Seal.CHANGED)
