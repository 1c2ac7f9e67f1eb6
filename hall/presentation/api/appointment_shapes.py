"""What goes in and out about visits. What is not named here is refused, so that no field of ours can be set from outside."""

from datetime import date, datetime
from typing import Literal

from django.utils import timezone
from ninja import Field, Schema
from pydantic import ConfigDict

from hall.services.appointments import drawing
from hall.services.appointments.commands import Booking
from hall.services.appointments.drawing import DrawRow


class Day(Schema):
    day: date
    free: int = Field(description="余号")


class Hall(Schema):
    """A hall; texts are empty where nothing is known."""

    code: str
    name: str
    address: str
    hours: str
    phone: str
    longitude: str
    latitude: str
    transport: str
    days: list[Day]


class PlaceList(Schema):
    places: list[Hall] = Field(description="为空表示目前不能预约")


class Slot(Schema):
    slot_id: int
    venue: str = Field(description="大厅编码")
    counter: str = Field(description="窗口；为空表示由大厅安排")
    starts_at: datetime
    ends_at: datetime
    opens_at: datetime = Field(description="开放预约的时间")
    free: int = Field(description="余号")
    state: str = Field(description="open 可约，full 约满，soon 未开放，over 已截止，closed 停用，drawn 摇号分配")


class SlotList(Schema):
    slots: list[Slot]


class BookRequest(Schema):
    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"slot_id": 4217, "item": "370121002000", "priority": "", "case": ""}]}
    )

    slot_id: int = Field(ge=1, le=2**63 - 1)
    item: str = Field(max_length=12, description="事项编码")
    priority: Literal["", "elderly", "disabled", "veteran"] = Field("", description="优先人群；证件在窗口查验")
    case: str = Field("", max_length=24, description="办件的统一申办流水号；从办件里预约时填写")


class ChangeRequest(Schema):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"slot_id": 4218}]})

    slot_id: int = Field(ge=1, le=2**63 - 1)


class CancelRequest(Schema):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"reason": "临时有事"}]})

    reason: str = Field("", max_length=200)


class Booked(Schema):
    """The answer to a booking; a repeat under the same key gets it again, letter by letter."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"code": "K7M4QX2TWE9P", "starts_at": "2026-12-03T09:00:00+08:00", "ends_at": "2026-12-03T10:00:00+08:00"}]
        }
    )

    code: str = Field(description="预约码，到场签到用")
    starts_at: datetime
    ends_at: datetime


class OwnVisit(Schema):
    """One's own booking as it is now."""

    code: str
    state: str = Field(description="booked、checked_in、served、cancelled、no_show、expired、rescheduled")
    state_name: str
    item: str
    item_name: str
    case: str
    hall: Hall
    counter: str
    starts_at: datetime
    ends_at: datetime
    cancel_until: datetime = Field(description="此前可以取消和改约")
    ticket: str = Field(description="签到后的排队号，如 A001")
    called_to: str
    reason: str
    changed_to: str = Field(description="改约后的预约码")
    can_change: bool
    can_cancel: bool


class OwnList(Schema):
    appointments: list[OwnVisit]
    next: int | None = Field(description="取下一段时填入 before；没有下一段为 null")


class DrawRecord(Schema):
    """A draw: what was promised before it, and once made everything to recompute it (docs/how-to/verify-a-draw.zh.md)."""

    algorithm: str = Field("govhall-draw-1", description="摇号规则")
    draw: str
    slot: str = Field(description="时段开始时间")
    closes_at: datetime = Field(description="登记截止和摇号时间")
    registered: int = Field(description="登记数")
    commitment: str = Field(description="登记前公布的承诺值：种子的 SHA-256")
    seed: str = Field("", description="种子，摇号后公布")
    seats: dict[str, int] = Field({}, description="各类名额数")
    entries: dict[str, list[str]] = Field({}, description="登记码和它可用的名额类别")
    void: list[str] = Field([], description="摇号时已不能预约的登记码")
    won: dict[str, str] = Field({}, description="中签的登记码和名额类别")


def booked(booking: Booking) -> Booked:
    """A booking as it is answered."""
    return Booked(code=booking.code, starts_at=timezone.localtime(booking.starts_at), ends_at=timezone.localtime(booking.ends_at))


def draw_record(found: DrawRow | None) -> DrawRecord:
    """A draw as everybody sees it. Two SQL statements. Raises: DrawMissing."""
    if found is None:
        raise drawing.DrawMissing
    before = {"draw": found.code, "slot": found.starts_at.isoformat(), "commitment": found.commitment}
    made = drawing.draw_record(found.code) or {}
    return DrawRecord.model_validate({"closes_at": found.closes_at, "registered": found.entries, **before, **made})
