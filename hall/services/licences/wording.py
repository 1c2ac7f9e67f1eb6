"""What a look-up's answer means in a sentence, and what to do next. Pure. Source: domain.md §10, UI rule: 3xxx is never "not valid"."""

from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class PublicAnswer:
    """What anybody is told. `status` is the page's HTTP status; `is_open` keeps the form filled, to look at it again or try later."""

    title: str
    body: str
    tone: str
    status: int = 200
    is_open: bool = False


_NOT_FOUND = PublicAnswer(
    "没有查到与您填写的内容一致的证照",
    "请核对证照类型、编号和持证人，一个字都不能差。如果是别人交给您的证照，请谨慎使用，可向发证部门核实。",
    "bad",
    404,
    True,
)


def public_answer(looked: Looked, today: date) -> PublicAnswer:
    """The standing of a licence and nothing more: no date, no issuer. A wrong holder and an unknown number come to the same."""
    match looked.code_on(today):
        case LicenceCode.MATCH:
            return PublicAnswer("这份证照有效", "类型、编号和持证人与发证部门的登记一致，现在有效。", "ok")
        case LicenceCode.EXPIRED:
            return PublicAnswer("这份证照已过有效期", "类型、编号和持证人与登记一致，但有效期已经过了。", "warn")
        case LicenceCode.REVOKED:
            return PublicAnswer("这份证照已吊销或注销", "类型、编号和持证人与登记一致，但不再有效。", "bad")
        case LicenceCode.SUSPENDED:
            return PublicAnswer("这份证照已暂扣或挂失", "类型、编号和持证人与登记一致，但现在不能使用。", "bad")
        case LicenceCode.NOT_FOUND | LicenceCode.MISMATCH:
            return _NOT_FOUND
    return PublicAnswer("现在查不到", "证照库没有及时答复。这不表示证照无效，请过几分钟再试，或向发证部门核实。", "warn", 503, True)
