"""Masks for lists and public pages; the full value stays with the person it belongs to. Pure. Source: domain §16."""

import re

STAR = "*"
# Marks inside names of minority nationalities and foreigners (阿卜杜拉·买买提, Jean-Luc Picard): shown, never counted as letters.
_NAME_MARKS = frozenset("·•・‧.．-－' 　")
_HAN = "一-鿿"
# 小区, 社区, 园区 … end in 区 but are no district, they tell where somebody lives.
_ADDRESS = re.compile(
    rf"^(?P<province>[{_HAN}]{{2,8}}?(?:省|自治区|特别行政区))?"
    rf"(?P<city>[{_HAN}][^路街巷号村镇乡道省\W\da-zA-Z]{{1,9}}?(?:自治州|地区|市|盟))?"
    rf"(?P<district>[{_HAN}][^路街巷号村镇乡道省\W\da-zA-Z]{{0,9}}?(?:自治县|自治旗|(?<![小社园校厂院片景宅库])区|县|市|旗))?"
)


def _stars(count: int) -> str:
    return STAR * count


def _ends(text: str, first: int, last: int) -> str:
    return text[:first] + _stars(len(text) - first - last) + text[len(text) - last :]


def mask_name(name: str) -> str:
    """A person's name: 张三 → 张*, 李小明 → 李*明, 欧阳娜娜 → 欧**娜, 阿卜杜拉·买买提 → 阿***·**提. One letter alone is hidden."""
    name = name.strip()
    letters = [place for place, sign in enumerate(name) if sign not in _NAME_MARKS]
    keep = {letters[0], letters[-1]} if len(letters) > 2 else set(letters[: len(letters) - 1])
    return "".join(sign if sign in _NAME_MARKS or place in keep else STAR for place, sign in enumerate(name))


def mask_party_name(name: str, *, is_enterprise: bool) -> str:
    """The name of an applicant: an enterprise's is public and stays whole, a person's is masked."""
    return name if is_enterprise else mask_name(name)


def mask_id_number(number: str) -> str:
    """An identity number: 370102198506151235 → 3701**********1235. Other papers show their two ends, short ones nothing."""
    number = number.strip()
    if len(number) >= 15:
        return _ends(number, 4, 4)
    return _ends(number, 1, 1) if len(number) >= 6 else _stars(len(number))


def mask_phone(phone: str) -> str:
    """A mobile number: 13812340000 → 138****0000. Shorter numbers show less, very short ones nothing."""
    phone = phone.strip()
    if len(phone) >= 11:
        return _ends(phone, 3, 4)
    return _ends(phone, 2, 2) if len(phone) >= 7 else _stars(len(phone))


def mask_uscc(uscc: str) -> str:
    """A unified social credit code with its last four signs hidden."""
    uscc = uscc.strip()
    return _ends(uscc, max(len(uscc) - 4, 0), 0)


def public_uscc(uscc: str) -> str:
    """The code as the public may see it: whole for companies and organs, masked for a one-person business (kind 92)."""
    return mask_uscc(uscc) if uscc.strip()[:2] == "92" else uscc.strip()


def mask_email(email: str) -> str:
    """An e-mail address: zhang@x.cn → z***@x.cn."""
    local, at, domain = email.strip().rpartition("@")
    if not at or not domain:
        return _stars(3)
    return f"{local[:1] if len(local) > 1 else ''}***@{domain}"


def mask_address(address: str) -> str:
    """An address down to its district: 山东省济南市历下区经十路1号 → 山东省济南市历下区****. Nothing is shown that is not surely a district."""
    found = _ADDRESS.match(address.strip())
    return (found.group() if found else "") + "****"
