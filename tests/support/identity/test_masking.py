import pytest
from hypothesis import given
from hypothesis import strategies as st

from hall.support.identity import masking

HAN = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5)
NAMES = st.text(HAN, min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("张三", "张*"),
        ("李小明", "李*明"),
        ("欧阳娜娜", "欧**娜"),
        ("司马光", "司*光"),
        ("阿卜杜拉·买买提", "阿***·**提"),
        ("Jean-Luc Picard", "J***-*** *****d"),
        ("甲·乙", "甲·*"),
        ("张", "*"),
        ("", ""),
    ],
)
def test_names_keep_their_ends(name: str, masked: str) -> None:
    assert masking.mask_name(name) == masked


@given(st.lists(NAMES, min_size=1, max_size=4).map("·".join))
def test_a_masked_name_is_as_long_and_shows_two_letters_at_most(name: str) -> None:
    masked = masking.mask_name(name)
    shown = [letter for letter in masked if letter not in "*·"]
    assert len(masked) == len(name)
    assert len(shown) <= 2
    assert "*" in masked


@given(st.text(max_size=40))
def test_any_text_is_masked_without_a_fault(text: str) -> None:
    for mask in (
        masking.mask_name,
        masking.mask_id_number,
        masking.mask_phone,
        masking.mask_uscc,
        masking.mask_email,
        masking.mask_address,
    ):
        assert isinstance(mask(text), str)


def test_the_name_of_a_company_is_public_and_a_persons_is_not() -> None:
    assert masking.mask_party_name("济南泉城餐饮有限公司", is_enterprise=True) == "济南泉城餐饮有限公司"
    assert masking.mask_party_name("李小明", is_enterprise=False) == "李*明"


def test_identity_numbers_phones_and_codes_as_the_domain_shows_them() -> None:
    assert masking.mask_id_number("370102198506151235") == "3701**********1235"
    assert masking.mask_phone("13812340000") == "138****0000"
    assert masking.mask_email("zhang@x.cn") == "z***@x.cn"
    assert masking.mask_uscc("92370000MA3C00001C") == "92370000MA3C00****"
    assert masking.public_uscc("92370000MA3C00001C") == "92370000MA3C00****"
    assert masking.public_uscc("91370000MA3C00001C") == "91370000MA3C00001C"


@given(st.text("0123456789X", max_size=18))
def test_less_than_half_of_an_identity_number_shows_and_never_the_birth_date(number: str) -> None:
    masked = masking.mask_id_number(number)
    assert len(masked) == len(number)
    assert sum(sign != "*" for sign in masked) <= 8
    if len(number) == 18:
        assert set(masked[4:14]) == {"*"}


@given(st.text("0123456789", max_size=15))
def test_a_masked_phone_hides_at_least_three_digits_or_all(phone: str) -> None:
    assert masking.mask_phone(phone).count("*") >= min(3, len(phone))


@given(st.emails())
def test_of_a_mail_address_one_sign_and_the_domain_show(email: str) -> None:
    local, _, domain = email.rpartition("@")
    masked = masking.mask_email(email)
    assert masked.endswith(f"***@{domain}")
    assert len(masked) <= len(domain) + 5
    assert len(local) < 2 or masked.startswith(local[0])


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("山东省济南市历下区经十路1号", "山东省济南市历下区****"),
        ("山东省济南市市中区纬二路2号", "山东省济南市市中区****"),
        ("北京市朝阳区建国路", "北京市朝阳区****"),
        ("内蒙古自治区呼和浩特市新城区1号", "内蒙古自治区呼和浩特市新城区****"),
        ("山东省烟台市龙口市东城街道", "山东省烟台市龙口市****"),
        ("济南市幸福小区3号", "济南市****"),
        ("黔东南苗族侗族自治州黎平县德凤镇", "黔东南苗族侗族自治州黎平县****"),
        ("王小二家里", "****"),
        ("", "****"),
    ],
)
def test_addresses_show_down_to_the_district(address: str, masked: str) -> None:
    assert masking.mask_address(address) == masked


@given(
    st.sampled_from(["山东省济南市历下区", "青岛市市南区", "历城区", ""]), st.text("路街巷号院单元室0123456789", min_size=1, max_size=20)
)
def test_nothing_after_the_district_shows(district: str, rest: str) -> None:
    assert masking.mask_address(district + rest) == district + "****"
