"""Signatures: the standards' own vectors, keys that rotate, codes and papers in which no byte can be changed unseen."""

import base64
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import segno
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as some

from hall.support.signing import algorithms, codes, keys, papers
from hall.support.signing.algorithms import Algorithm, Pair
from hall.support.signing.codes import Claims, NotOurs
from hall.support.signing.papers import Seal
from tests.make.files import make_pdf

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
CLAIMS = Claims(
    "ABCD-EFGH-JKMN-PQRS",
    "鲁市场监管局证字〔2026〕12号",
    1,
    "食品经营许可证",
    "山东鲁味源食品有限公司",
    "山东省市场监督管理局",
    NOW.date(),
    date(2031, 11, 22),
)
BOTH = pytest.mark.parametrize("algorithm", list(Algorithm))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> Iterator[Path]:
    settings.SIGNING_KEYS_DIR, settings.SIGNING = tmp_path / "keys", "ed25519"
    yield tmp_path / "keys"


def test_rfc_8032_vector() -> None:
    pair = Pair(
        bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"),
        bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"),
    )
    signature = bytes.fromhex(
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )
    assert algorithms.sign(Algorithm.ED25519, pair, b"\x72") == signature
    assert algorithms.is_signed(Algorithm.ED25519, pair.public, b"\x72", signature)


def test_gb_t_32918_vector() -> None:
    """GB/T 32918.5-2017 A.2: the curve of the standard, the default signer id, message digest."""
    public = bytes.fromhex(
        "09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
    )
    signature = bytes.fromhex(
        "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa"
    )
    assert algorithms.is_signed(Algorithm.SM2, public, b"message digest", signature)
    assert not algorithms.is_signed(Algorithm.SM2, public, b"message digesu", signature)


def test_gb_t_32905_vector() -> None:
    assert algorithms.digest(Algorithm.SM2, b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"


@pytest.mark.parametrize(("plain", "encoded"), [(b"AB", "BB8"), (b"Hello!!", "%69 VD92EX0"), (b"base-45", "UJCLQE7W581"), (b"", "")])
def test_rfc_9285_vectors(plain: bytes, encoded: str) -> None:
    assert codes.to_base45(plain) == encoded and codes.from_base45(encoded) == plain


@given(some.binary(max_size=60))
def test_base45_comes_back(content: bytes) -> None:
    assert codes.from_base45(codes.to_base45(content)) == content


@pytest.mark.parametrize("text", ["A", "a", "GGW1", ":::", "AAAA", "严"])
def test_what_is_not_base45_is_refused(text: str) -> None:
    with pytest.raises(NotOurs):
        codes.from_base45(text)


@BOTH
def test_a_key_signs_and_only_its_own_message_fits(algorithm: Algorithm) -> None:
    key = keys.make_key(algorithm, now=NOW)
    other = keys.make_key(algorithm, now=NOW)
    signature = key.sign(b"one")
    assert len(signature) == 64 and key.is_signed(b"one", signature)
    assert not key.is_signed(b"two", signature) and not other.is_signed(b"one", signature)
    assert not key.is_signed(b"one", b"") and not key.is_signed(b"one", b"\0" * 64)


def test_the_newest_key_signs_the_older_ones_verify_and_a_retired_one_has_no_private_half(folder: Path, settings: Any) -> None:
    assert keys.signing_key() is None
    first = keys.make_key(Algorithm.ED25519, now=NOW)
    second = keys.make_key(Algorithm.ED25519, now=NOW + timedelta(days=1))
    assert keys.signing_key() == second
    code = codes.signed_code(CLAIMS, first)
    for _ in range(2):
        keys.retire_key(first.key_id, now=NOW + timedelta(days=2))
    assert codes.read_code(code, keys.all_keys()).key_id == first.key_id
    assert "private" not in json.loads((folder / f"{first.key_id}.json").read_text())
    keys.retire_key(second.key_id, now=NOW)
    assert keys.signing_key() is None and keys.retire_key("nothing", now=NOW) is None
    settings.SIGNING = "sm2"
    national = keys.make_key(Algorithm.SM2, now=NOW)
    assert keys.signing_key() == national and len(keys.all_keys()) == 3


def test_key_files_are_their_owners_alone_and_the_published_half_holds_no_secret(folder: Path) -> None:
    key = keys.make_key(Algorithm.ED25519, now=NOW)
    (path,) = folder.iterdir()
    assert path.stat().st_mode & 0o077 == 0
    assert key.private.hex() not in json.dumps(keys.published(key)) and key.private.hex() not in repr(key)


@pytest.mark.parametrize("broken", ["", "{}", "[]", '{"key_id": "x"}'])
def test_a_broken_key_file_is_named(folder: Path, broken: str) -> None:
    key = keys.make_key(Algorithm.ED25519, now=NOW)
    (folder / f"{key.key_id}.json").write_text(broken)
    with pytest.raises(keys.KeyBroken, match=key.key_id):
        keys.all_keys()


def test_a_key_under_anothers_name_is_named(folder: Path) -> None:
    first, second = (keys.make_key(Algorithm.ED25519, now=NOW) for _ in range(2))
    (folder / f"{first.key_id}.json").write_bytes((folder / f"{second.key_id}.json").read_bytes())
    with pytest.raises(keys.KeyBroken):
        keys.all_keys()


@BOTH
def test_a_code_says_what_was_signed_and_stays_small(algorithm: Algorithm) -> None:
    key = keys.make_key(algorithm, now=NOW)
    text = codes.signed_code(CLAIMS, key)
    assert codes.read_code(f" {text}\n", keys.all_keys()) == codes.Read(CLAIMS, key.key_id)
    drawn = segno.make_qr(text, error="m", boost_error=False)
    assert drawn.mode == "alphanumeric" and drawn.version <= 15


def test_the_longest_names_are_cut_and_still_fit() -> None:
    key = keys.make_key(Algorithm.ED25519, now=NOW)
    long = Claims("ABCD-EFGH-JKMN-PQRS", "鲁" * 60, 99, "证" * 120, "人" * 120, "部" * 120, NOW.date(), date(2031, 11, 22))
    text = codes.signed_code(long, key)
    read = codes.read_code(text, keys.all_keys()).claims
    assert read.holder.endswith("…") and long.holder.startswith(read.holder[:-1])
    assert segno.make_qr(text, error="m", boost_error=False).version <= 15


@effort(max_examples=150)
@given(some.integers(0, 5000), some.sampled_from(codes._ALPHABET))
def test_no_sign_of_a_code_can_be_changed(place: int, sign: str) -> None:
    text, known = _signed()
    place = len(codes.PREFIX) + place % (len(text) - len(codes.PREFIX))
    changed = text[:place] + sign + text[place + 1 :]
    if changed != text:
        with pytest.raises(NotOurs):
            codes.read_code(changed, known)


_made: list[tuple[str, dict[str, keys.Key]]] = []


def _signed() -> tuple[str, dict[str, keys.Key]]:
    if not _made:
        pair = algorithms.generate(Algorithm.ED25519)
        key = keys.Key(keys.id_of(Algorithm.ED25519, pair.public), Algorithm.ED25519, pair.public, b"", NOW, private=pair.private)
        _made.append((codes.signed_code(CLAIMS, key), {key.key_id: key}))
    return _made[0]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "HL1:",
        "HL1:A",
        "HL2:ABC",
        "hl1:BB8",
        "HL1:" + "0" * 5000,
        "HL1:" + codes.to_base45(b"[]" + b"\0" * 64),
        "HL1:" + codes.to_base45(b"[" * 300 + b"\0" * 64),
    ],
)
def test_what_is_no_code_is_refused(text: str) -> None:
    with pytest.raises(NotOurs):
        codes.read_code(text, keys.all_keys())


def test_a_code_of_a_key_that_is_not_ours_is_refused() -> None:
    key = keys.make_key(Algorithm.ED25519, now=NOW)
    with pytest.raises(NotOurs):
        codes.read_code(codes.signed_code(CLAIMS, key), {})


@BOTH
def test_a_signed_paper_is_intact_and_opens(algorithm: Algorithm) -> None:
    import pikepdf

    key = keys.make_key(algorithm, now=NOW)
    plain = make_pdf()
    signed = papers.sign_paper(plain, key, reason="办理结果", now=NOW)
    assert papers.look_at(signed, keys.all_keys()) == papers.Sealed(Seal.INTACT, key.key_id, NOW)
    import io

    with pikepdf.open(io.BytesIO(signed)) as opened:
        assert len(opened.pages) == 1 and opened.Root.AcroForm.SigFlags == 3
    assert papers.look_at(plain, keys.all_keys()).seal is Seal.UNSIGNED
    assert papers.look_at(signed, {}).seal is Seal.FOREIGN
    assert papers.look_at(signed + b"\n", keys.all_keys()).seal is Seal.CHANGED


@BOTH
def test_no_byte_of_a_signed_paper_can_be_changed(algorithm: Algorithm) -> None:
    """Every seventh byte of the signature's own frame, and every fiftieth of the rest."""
    key = keys.make_key(algorithm, now=NOW)
    known = {key.key_id: key}
    signed = papers.sign_paper(make_pdf(), key, reason="办理结果", now=NOW)
    start = signed.index(b"/Contents <") + 10
    places = [
        *range(0, len(signed), 50),
        *range(start, start + 2600, 7 if algorithm is Algorithm.ED25519 else 40),
        *range(start + 2600, start + 8194, 400),
    ]
    for place in places:
        changed = bytearray(signed)
        changed[place] ^= 1
        seal = papers.look_at(bytes(changed), known).seal
        assert seal is not Seal.INTACT, place


def test_something_added_behind_the_signature_is_seen() -> None:
    """A later revision of a PDF shows other pages while the old signature still fits its own bytes."""
    import io

    import pikepdf

    key = keys.make_key(Algorithm.ED25519, now=NOW)
    signed = papers.sign_paper(make_pdf(), key, reason="办理结果", now=NOW)
    other = papers.sign_paper(make_pdf(), keys.make_key(Algorithm.ED25519, now=NOW), reason="另一份", now=NOW)
    assert papers.look_at(signed + other, keys.all_keys()).seal is Seal.CHANGED
    with pikepdf.open(io.BytesIO(signed)) as opened:
        target = io.BytesIO()
        opened.save(target)
    assert papers.look_at(target.getvalue(), keys.all_keys()).seal is Seal.CHANGED


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"%PDF-1.7",
        b"/ByteRange [ 0 1 2 3 ]",
        b"/ByteRange [0 0 0 0]",
        b"/ByteRange [ 0 23 27 0 ]<AB>",
        b"/ByteRange [ 0 9999999999 1 1 ]",
    ],
)
def test_what_is_no_signed_paper_is_never_intact(content: bytes) -> None:
    assert papers.look_at(content, keys.all_keys()).seal in {Seal.UNSIGNED, Seal.CHANGED}


def test_another_implementation_agrees() -> None:
    """pyHanko, which shares no line with ours, reads the signature and finds it whole and valid."""
    import io

    from pyhanko.keys import load_cert_from_pemder
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko_certvalidator import ValidationContext

    key = keys.make_key(Algorithm.ED25519, now=NOW)
    signed = papers.sign_paper(make_pdf(), key, reason="办理结果", now=NOW)
    from asn1crypto import x509

    assert load_cert_from_pemder
    context = ValidationContext(trust_roots=[x509.Certificate.load(key.certificate)], moment=NOW)
    (field,) = PdfFileReader(io.BytesIO(signed)).embedded_signatures
    status = validate_pdf_signature(field, context)
    assert status.intact and status.valid and status.trusted and status.bottom_line
    assert base64.b64encode(key.certificate).decode() == keys.published(key)["certificate"]
