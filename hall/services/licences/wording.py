"""What a look-up's answer means in a sentence, and what to do next. Pure. Source: domain.md §10, UI rule: 3xxx is never "not valid"."""

from datetime import date

from hall.integration.ports.licence import LicenceCode
from hall.services.licences.rows import Looked

LATER = "现在查不到，可以先上传。"
# In a word, for tables and tags.
CODE_NAMES: dict[LicenceCode, str] = {
    LicenceCode.MATCH: "有效",
    LicenceCode.NOT_FOUND: "没有查到",
    LicenceCode.MISMATCH: "与登记不一致",
    LicenceCode.EXPIRED: "已过有效期",
    LicenceCode.REVOKED: "已吊销或注销",
    LicenceCode.SUSPENDED: "已暂扣或挂失",
    LicenceCode.NOT_AUTHORISED: "持证人没有同意",
    LicenceCode.TIMEOUT: "没有及时答复",
    LicenceCode.UNAVAILABLE: "暂时连不上",
    LicenceCode.QUOTA: "查询次数已满",
    LicenceCode.BAD_REQUEST: "查询没有被接受",
}


def day_words(day: date) -> str:
    """`2026 年 3 月 2 日`."""
    return f"{day.year} 年 {day.month} 月 {day.day} 日"


def advice_for(looked: Looked, issuer: str, today: date) -> str:
    """The sentence under a material: what was found, and how to go on. `issuer` is the department that the item names, or empty."""
    code, name = looked.code_on(today), looked.cert_name
    place = looked.issuer or issuer or "发证部门"
    match code:
        case LicenceCode.MATCH:
            until = f"有效期至 {day_words(looked.valid_to)}" if looked.valid_to else "长期有效"
            return f"{place}签发，{until}。"
        case LicenceCode.NOT_FOUND:
            return f"证照库里没有您的{name}。请上传；如果应当有，请问{place}。"
        case LicenceCode.MISMATCH:
            return f"证照库里{name}的登记与您的姓名或证件号码不一致。请核对“我的信息”，或上传材料。"
        case LicenceCode.EXPIRED:
            until = f"已于 {day_words(looked.valid_to)} 到期" if looked.valid_to else "已过有效期"
            return f"您的{name}{until}。请先到{place}换发，再来申办；已经换发的，请上传新证。"
        case LicenceCode.REVOKED:
            return f"证照库显示您的{name}已吊销或注销，不能用于申办。有疑问请问{place}。"
        case LicenceCode.SUSPENDED:
            return f"证照库显示您的{name}已暂扣或挂失。已经解除或补办的，请上传新证；有疑问请问{place}。"
        case LicenceCode.NOT_AUTHORISED:
            return f"没有得到查询{name}的同意。可以再试，也可以上传。"
    return LATER
