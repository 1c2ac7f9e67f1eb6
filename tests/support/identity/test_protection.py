from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hall.support.identity import protection

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)


@given(TEXTS, st.text("abc.", max_size=12))
def test_what_was_sealed_opens_again(text: str, purpose: str) -> None:
    assert protection.decrypt(protection.encrypt(text, purpose=purpose), purpose=purpose) == text


@given(st.dictionaries(TEXTS, st.one_of(TEXTS, st.integers(), st.lists(TEXTS, max_size=3), st.none()), max_size=5))
def test_mappings_open_again(values: dict[str, object]) -> None:
    assert protection.decrypt_json(protection.encrypt_json(values)) == values


@given(TEXTS, st.data())
def test_a_changed_bit_or_a_cut_is_noticed(text: str, data: st.DataObject) -> None:
    sealed = protection.encrypt(text)
    place = data.draw(st.integers(0, len(sealed) - 1))
    changed = bytearray(sealed)
    changed[place] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(protection.Unreadable):
        protection.decrypt(bytes(changed))
    with pytest.raises(protection.Unreadable):
        protection.decrypt(sealed[:place])


@given(TEXTS)
def test_sealing_twice_gives_other_bytes_and_the_digest_stays(text: str) -> None:
    assert protection.encrypt(text) != protection.encrypt(text)
    assert protection.lookup_digest(text) == protection.lookup_digest(text)
    assert len(protection.lookup_digest(text)) == 64


def test_a_field_opens_only_for_its_own_purpose() -> None:
    with pytest.raises(protection.Unreadable):
        protection.decrypt(protection.encrypt("13812340000", purpose="account.phone"), purpose="account.id_number")
    assert protection.lookup_digest("1", purpose="a") != protection.lookup_digest("1", purpose="b")


def test_another_key_neither_opens_nor_finds(settings: Any) -> None:
    sealed, digest = protection.encrypt("张三"), protection.lookup_digest("张三")
    for number in range(3):
        settings.FIELD_KEY = f"{number}" * 40
        with pytest.raises(protection.Unreadable):
            protection.decrypt(sealed)
        assert protection.lookup_digest("张三") != digest
