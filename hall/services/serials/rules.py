"""The 24 digits of a unified serial number: division 6, department 3, date 8, channel 1, sequence 5, check 1 (domain.md §9.7)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import IntEnum, StrEnum

from hall.support.refusals import Refusal

LENGTH = 24
MOST_A_DAY = 99_999


class Channel(IntEnum):
    """Where the application came in."""

    WEB = 1
    WECHAT = 2
    MOBILE = 3
    WINDOW = 4
    DEPARTMENT = 5
    MIGRATION = 6
    KIOSK = 7
    HOTLINE = 8


CHANNEL_NAMES: dict[Channel, str] = {
    Channel.WEB: "网上申报",
    Channel.WECHAT: "微信申报",
    Channel.MOBILE: "手机申报",
    Channel.WINDOW: "现场申报",
    Channel.DEPARTMENT: "部门业务系统",
    Channel.MIGRATION: "历史数据",
    Channel.KIOSK: "自助终端",
    Channel.HOTLINE: "热线",
}
# What is taken outside of the web hall: by a department's counter, or by its own system. Source: §6.2 (2) 现场申报.
OUTSIDE = frozenset({Channel.WINDOW, Channel.DEPARTMENT})
MOST_AT_ONCE = 100  # numbers of one request
MOST_IN_A_BLOCK = 500
LONGEST_BLOCK = timedelta(days=7)
EARLIEST_YEAR = 2000
CLOCK_TOLERANCE = timedelta(minutes=5)  # how far another machine's clock may be ahead of ours
_REQUEST_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")


def serial_title(channel: Channel) -> str:
    """What the number is called. Source: §6.2 (2): at a counter 统一受理回执号, else 统一申办流水号."""
    return "统一受理回执号" if channel is Channel.WINDOW else "统一申办流水号"


class State(StrEnum):
    """How far a matter outside of the web hall is, as its department says. In the order of the work: of two told for the same
    moment the later one stands."""

    ACCEPTED = "accepted"
    CORRECTION = "correction"
    REVIEWING = "reviewing"
    SPECIAL = "special"
    DECIDED = "decided"
    DELIVERING = "delivering"
    CLOSED = "closed"
    NOT_ACCEPTED = "not_accepted"
    WITHDRAWN = "withdrawn"
    VOID = "void"


# Source: domain.md §4.1, the words of the web hall's own cases.
STATE_NAMES: dict[State, str] = {
    State.ACCEPTED: "已受理",
    State.CORRECTION: "待您补正",
    State.REVIEWING: "审查中",
    State.SPECIAL: "特别程序",
    State.DECIDED: "已作出决定",
    State.DELIVERING: "待领取",
    State.CLOSED: "已办结",
    State.NOT_ACCEPTED: "不予受理",
    State.WITHDRAWN: "已撤回",
    State.VOID: "已终止",
}


class Status(StrEnum):
    """What became of a number of channel 4 or 5."""

    ISSUED = "issued"
    RESERVED = "reserved"
    RETURNED = "returned"
    LAPSED = "lapsed"


STATUS_NAMES: dict[Status, str] = {
    Status.ISSUED: "已发出",
    Status.RESERVED: "已预留，等待窗口上报",
    Status.RETURNED: "已退回作废",
    Status.LAPSED: "过期未用，已作废",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One told state. `at` is by the department's clock."""

    at: datetime
    state: State
    event_id: str


def in_order(steps: Iterable[Step]) -> list[Step]:
    """Steps as they happened, whatever the order in which they were told; the last one stands."""
    ranks = list(State)
    return sorted(steps, key=lambda step: (step.at, ranks.index(step.state), step.event_id))


class SerialsUsedUp(Refusal):
    """More than 99,999 applications for one department, day and channel."""

    sentence = "今天的申办编号已用完，您填写的内容已保存，请明天再提交。"
    status = 503


def check_digit(digits: str) -> str:
    """The ISO 7064 MOD 11,10 check digit over decimal digits."""
    product = 10
    for digit in digits:
        total = (product + int(digit)) % 10 or 10
        product = total * 2 % 11
    return str((11 - product) % 10)


def compose(*, division_code: str, department_number: int, issued_on: date, channel: Channel, sequence: int) -> str:
    """The whole number, check digit included. Raises: SerialsUsedUp past 99,999."""
    if sequence > MOST_A_DAY:
        raise SerialsUsedUp
    digits = f"{division_code}{department_number:03d}{issued_on:%Y%m%d}{channel:d}{sequence:05d}"
    return digits + check_digit(digits)


def is_valid(serial: str) -> bool:
    """Whether the text is 24 plain digits with the right check digit."""
    return len(serial) == LENGTH and serial.isascii() and serial.isdigit() and check_digit(serial[:-1]) == serial[-1]


def normalised(text: str) -> str:
    """The digits of a number as people type or paste it: with dashes, spaces or full-width digits."""
    return "".join(str(int(c)) for c in text if c.isdecimal())[: LENGTH + 1]


def grouped(serial: str) -> str:
    """The number in groups, for people: 370000-013-20261123-1-00001-8."""
    if len(serial) != LENGTH:
        return serial
    return "-".join((serial[:6], serial[6:9], serial[9:17], serial[17], serial[18:23], serial[23]))


class WrongOrder(Refusal):
    """What was sent does not make a number, a block or a step; the sentence names the place."""


class RequestReused(Refusal):
    """A request id that was used for something else."""

    sentence = "这个请求编号已经用过，内容与上次不同。请换一个编号。"


class ItemNotYours(Refusal):
    sentence = "事项编码不是本部门已公布的事项，请核对。"
    field = "item"


class NumberVoid(Refusal):
    sentence = "这个号码已退回作废，不能再登记。"
    status = 409


def check_request_id(text: str) -> str:
    """Raises: WrongOrder."""
    if not _REQUEST_ID.fullmatch(text):
        raise WrongOrder("request_id 为 1 至 64 位字母、数字和 . _ : -，以字母或数字开头。不要用身份证号等个人信息。", field="request_id")
    return text


def check_time(at: datetime, now: datetime, name: str) -> datetime:
    """A time told by another machine: with its zone, of our days, and not ahead of our clock. Raises: WrongOrder."""
    if at.tzinfo is None:
        raise WrongOrder(f"{name} 要带时区，如 2026-12-01T09:30:00+08:00。", field=name)
    if at.year < EARLIEST_YEAR:
        raise WrongOrder(f"{name} 早于 {EARLIEST_YEAR} 年，请核对。", field=name)
    if at > now + CLOCK_TOLERANCE:
        raise WrongOrder(f"{name} 晚于现在，请核对贵系统的时钟。", field=name)
    return at


@dataclass(frozen=True, slots=True)
class Parts:
    """What a whole number says by itself."""

    division_code: str
    department_number: int
    issued_on: date
    channel: Channel
    sequence: int


def fault_of(text: str) -> str:
    """Why a text is no serial number, in a sentence; empty when it is a well-formed one."""
    serial = normalised(text)
    if len(serial) != LENGTH:
        return f"流水号应为 {LENGTH} 位数字，现在{f'是 {len(serial)} 位' if len(serial) < LENGTH else '多了'}。"
    if not is_valid(serial):
        return "校验位不对，至少有一位数字错了。"
    return "" if parts_of(serial) else "日期、渠道或序号不对，不是流水号。"


def parts_of(serial: str) -> Parts | None:
    """The parts of a whole number; None where it has a day, a channel or a sequence that there is not."""
    if not is_valid(serial):
        return None
    try:
        issued_on = date(int(serial[9:13]), int(serial[13:15]), int(serial[15:17]))
        channel = Channel(int(serial[17]))
    except ValueError:
        return None
    sequence = int(serial[18:23])
    return Parts(serial[:6], int(serial[6:9]), issued_on, channel, sequence) if sequence else None
