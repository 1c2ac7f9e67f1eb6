"""What goes in and out about waiting for a seat, draws, times without booking and the limits. What is not named here is refused."""

from datetime import datetime
from typing import Literal

from ninja import Field, Schema
from pydantic import ConfigDict
from pydantic.config import JsonDict

_SLOT = Field(ge=1, le=2**63 - 1, description="时段编号，见 appointment_slots")
_WISH: JsonDict = {"slot_id": 4217, "item": "370121002000", "priority": "elderly", "case": ""}


class LineRequest(Schema):
    """A slot to wait for, or to enter the draw of."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_WISH]})

    slot_id: int = _SLOT
    item: str = Field(max_length=12, description="事项编码")
    priority: Literal["", "elderly", "disabled", "veteran"] = Field("", description="优先人群；证件在窗口查验")
    case: str = Field("", max_length=24, description="办件的统一申办流水号；从办件里来时填写")


class AppealRequest(Schema):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"text": "当天突发急病住院，有住院记录。"}]})

    text: str = Field(max_length=600, description="情况说明，最多 300 字")


class Waiting(Schema):
    """One's own place in line."""

    entry: int
    state: str = Field(description="waiting 候补中，offered 号已留、等您确认，taken 已约上，lapsed 留号已过时，left 已退出")
    state_name: str
    item: str
    item_name: str
    venue: str = Field(description="大厅编码")
    starts_at: datetime
    ends_at: datetime
    joined_at: datetime
    ahead: int = Field(description="候补时前面的人数")
    hold_until: datetime | None = Field(description="号留到什么时候；没有留号为 null")
    booking: str = Field(description="约上以后的预约码")


class WaitingList(Schema):
    places: list[Waiting]
    next: int | None = Field(description="取下一段时填入 before；没有下一段为 null")


class Entry(Schema):
    """One's own entry in a draw, and what came of it."""

    entry: int
    code: str = Field(description="登记码，公开记录里只有它")
    draw: str = Field(description="摇号编号，公开记录见 appointment_draw")
    state: str = Field(description="entered 已登记，won 摇中，lost 没摇中（自动转候补），void 没参加摇号，left 已取消登记")
    state_name: str
    item_name: str
    starts_at: datetime = Field(description="时段开始时间")
    closes_at: datetime = Field(description="登记截止和摇号时间")
    place: int | None = Field(description="摇出的顺序；摇号前为 null")
    booking: str = Field(description="摇中以后的预约码")


class EntryList(Schema):
    entries: list[Entry]
    next: int | None = Field(description="取下一段时填入 before；没有下一段为 null")


class Bar(Schema):
    """A time without booking."""

    bar: int
    reason: str = Field(description="no_show 约了没来次数多，cancel 取消次数多")
    reason_name: str
    started_at: datetime
    ends_at: datetime
    is_running: bool
    can_appeal: bool
    appeal: str = Field(description="本人的申诉")
    appealed_at: datetime | None
    answer: str
    answered_at: datetime | None
    is_lifted: bool = Field(description="申诉后已恢复预约")


class BarList(Schema):
    bars: list[Bar] = Field(description="最近 10 次，新的在前")


class Limits(Schema):
    """Limits, times and reminders of every booking."""

    model_config = ConfigDict(extra="forbid")

    max_open_per_person: int = Field(description="每人未办理的预约数")
    max_open_per_org: int = Field(description="每家企业未办理的预约数")
    max_per_day: int = Field(description="每人每天的预约数")
    checkin_early_minutes: int = Field(description="最早提前签到分钟数")
    checkin_late_minutes: int = Field(description="最晚迟到签到分钟数")
    hold_minutes: int = Field(description="候补名额保留分钟数")
    counted_days: int = Field(description="爽约和取消的统计天数")
    no_show_limit: int = Field(description="限制预约的爽约次数")
    cancel_limit: int = Field(description="限制预约的取消次数")
    barred_days: int = Field(description="限制预约天数")
    barred_days_again: int = Field(description="第三次起限制预约天数")
    tell_booked: bool = Field(description="约好后马上通知")
    remind_minutes: list[int] = Field(max_length=20, description="办理前多少分钟提醒，如 1440、120")
