"""What goes in and out about serial numbers. What is not named here is refused."""

from datetime import datetime
from enum import StrEnum

from ninja import Field, Schema
from pydantic import ConfigDict

from hall.services.serials import rules
from hall.services.serials.rules import State

EXAMPLE = "370000013202612015000014"


class Kind(StrEnum):
    """By which door an application came to the department."""

    WINDOW = "window"
    DEPARTMENT = "department"


_CHANNEL = Field(Kind.DEPARTMENT, description="department 部门业务系统（统一申办流水号），window 部门窗口（统一受理回执号）")
_REQUEST = Field(max_length=64, description="贵系统给这次请求的编号，重试时不变；不要用身份证号等个人信息", examples=["2026-000123"])
_ITEM = Field("", max_length=12, description="事项编码，本部门已公布的事项；可以为空", examples=["370126014000"])


class _Request(Schema):
    model_config = ConfigDict(extra="forbid")


class OneNumber(_Request):
    request_id: str = _REQUEST
    channel: Kind = _CHANNEL
    item: str = _ITEM


class NumberWanted(_Request):
    request_id: str = _REQUEST
    item: str = _ITEM


class ManyNumbers(_Request):
    channel: Kind = _CHANNEL
    requests: list[NumberWanted] = Field(min_length=1, max_length=rules.MOST_AT_ONCE)


class Number(Schema):
    """A number that was given; asked again under the same request_id it is given again, letter by letter."""

    request_id: str
    serial: str = Field(description="24 位流水号", examples=[EXAMPLE])
    grouped: str = Field(description="分段写法，印在回执上", examples=[rules.grouped(EXAMPLE)])
    title: str = Field(description="号码名称：统一申办流水号或统一受理回执号")
    query_code: str = Field(description="6 位查询码，交给申请人；凭它和流水号查进度")
    issued_at: datetime


class Numbers(Schema):
    numbers: list[Number] = Field(description="与 requests 顺序一致")


class BlockWanted(_Request):
    request_id: str = _REQUEST
    channel: Kind = Field(Kind.WINDOW, description="同取号")
    count: int = Field(ge=1, le=rules.MOST_IN_A_BLOCK, description="号数，连续")
    counter: str = Field(max_length=40, description="窗口名称", examples=["一楼 3 号窗口"])
    hours: int = Field(24, ge=1, le=rules.LONGEST_BLOCK.days * 24, description="有效小时数，过期不能再发出")


class BlockNumber(Schema):
    serial: str
    grouped: str
    query_code: str


class BlockGiven(Schema):
    block: int = Field(description="号段编号，上报时用")
    counter: str
    expires_at: datetime
    numbers: list[BlockNumber]


class NumberUsed(_Request):
    serial: str = Field(max_length=40)
    used_at: datetime = Field(description="窗口发出的时间，带时区")
    item: str = _ITEM


class BlockReport(_Request):
    used: list[NumberUsed] = Field([], max_length=rules.MOST_IN_A_BLOCK, description="已发出的号")
    returned: list[str] = Field([], max_length=rules.MOST_IN_A_BLOCK, description="没有用的号；退回后作废，不再发给任何人")
    is_final: bool = Field(False, description="true：没有列出的号都没有用")


class BlockState(Schema):
    block: int
    issued: int = Field(description="已发出")
    reserved: int = Field(description="还没有上报")
    returned: int = Field(description="已退回作废")
    lapsed: int = Field(description="过期没有上报，暂按作废；有效期内发出的仍可补报")


class Looked(Schema):
    """What the hall knows of a number. The state is told to the number's own department alone."""

    serial: str
    is_valid: bool = Field(description="24 位、校验位和各段都对")
    fault: str = Field(description="不是流水号的原因；是则为空")
    is_issued: bool
    is_void: bool = Field(description="已退回或过期作废")
    issued_at: datetime | None
    channel: str = Field(description="来源渠道；不是流水号时为空")
    title: str
    department: str = Field(description="部门编码；没有这个部门时为空")
    department_name: str
    is_own: bool = Field(description="是否本部门的号")
    item: str = Field(description="事项编码，只对本部门")
    state: str = Field(description="办理状态，只对本部门；没有则为空")
    state_name: str
    state_at: datetime | None


class StateTold(_Request):
    event_id: str = Field(min_length=1, max_length=64, description="这次变动在贵系统的编号，重试时不变", examples=["evt-20261201-0007"])
    state: State = Field(description="；".join(f"{state} {name}" for state, name in rules.STATE_NAMES.items()))
    at: datetime = Field(description="变动发生的时间，带时区；先到后到都可以，以时间晚的为准")


class Stands(Schema):
    serial: str
    state: str = Field(description="现在的状态")
    state_name: str
    state_at: datetime
    is_latest: bool = Field(description="false：此前已收到更晚的变动，这一条只进入经过")
