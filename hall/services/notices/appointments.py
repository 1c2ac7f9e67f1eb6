"""The words of notices about visits: booked, changed, cancelled, missed, soon. Pure."""

from datetime import datetime

from hall.services import events
from hall.services.notices.rules import NoticeKind, Words, titled
from hall.support.workdays.rules import CHINA


def appointment_path(code: str) -> str:
    """The person's page of a booking."""
    return f"/my/appointments/{code}"


def booked(fact: events.AppointmentBooked) -> Words:
    """A seat was taken. Source: domain §7.1, a reminder at booking."""
    body = f"您已预约 {_when(fact.starts_at)} 到{fact.venue_name or '办事大厅'}办理“{fact.item_name}”。请带好证件和材料，到场后签到取号。"
    return Words(NoticeKind.APPOINTMENT, titled("预约成功", fact.item_name), body, appointment_path(fact.code))


def changed(fact: events.AppointmentChanged) -> Words:
    """The visit is at another time."""
    body = (
        f"您的预约已从 {_when(fact.from_at)} 改到 {_when(fact.starts_at)}，地点：{fact.venue_name or '办事大厅'}，"
        f"办理“{fact.item_name}”。原来的预约码不再有效。"
    )
    return Words(NoticeKind.APPOINTMENT, titled("已改约", fact.item_name), body, appointment_path(fact.code))


def cancelled(fact: events.AppointmentCancelled) -> Words:
    """The visit will not be; by the hall with its reason, which never counts against the person."""
    if fact.is_by_hall:
        body = f"很抱歉，{_when(fact.starts_at)} 的预约由大厅取消：{fact.reason}。这次取消不计入您的取消次数，请重新选择时段。"
    else:
        body = f"{_when(fact.starts_at)} 的预约已按您的要求取消。"
    return Words(NoticeKind.APPOINTMENT, titled("预约已取消", fact.item_name), body, appointment_path(fact.code))


def missed(fact: events.AppointmentMissed) -> Words:
    """The person did not come."""
    body = f"您没有在 {_when(fact.starts_at)} 的预约时间签到，这次预约已失效。多次未到场会暂停预约资格；不能到场请提前取消。"
    return Words(NoticeKind.APPOINTMENT, titled("预约未到场", fact.item_name), body, appointment_path(fact.code))


def offered(fact: events.SeatOffered) -> Words:
    """A seat is held for the person, for a time."""
    body = (
        f"您候补的 {_when(fact.starts_at)} {fact.venue_name or '办事大厅'}“{fact.item_name}”有了名额，"
        f"为您保留到 {_when(fact.hold_until)}，请及时确认。过时转给下一位。"
    )
    return Words(NoticeKind.APPOINTMENT, titled("候补有名额", fact.item_name), body, "/my/appointments")


def barred(fact: events.BookingBarred) -> Words:
    """The person may not book for a time; walking in stays possible."""
    why = "多次预约后没有到场" if fact.reason == "no_show" else "多次取消预约"
    body = f"因{why}，您的预约资格暂停到 {_when(fact.ends_at)}。期间可以到现场取号办理；有正当理由可以申诉。"
    return Words(NoticeKind.APPOINTMENT, "预约资格暂停", body, "/my/appointments")


def bar_answered(fact: events.BarAnswered) -> Words:
    """The appeal was answered."""
    body = f"您的申诉{'成立，预约资格已恢复' if fact.is_lifted else '没有成立，暂停到期后自动恢复'}。答复：{fact.answer}"
    return Words(NoticeKind.APPOINTMENT, "预约申诉有答复", body, "/my/appointments")


def draw_ended(fact: events.DrawEnded) -> Words:
    """The draw was made."""
    when, place = _when(fact.starts_at), fact.venue_name or "办事大厅"
    if fact.code:
        body = f"您已摇中 {when} {place}“{fact.item_name}”的名额。请按时到场，不能到场请提前取消。"
        return Words(NoticeKind.APPOINTMENT, titled("摇号已中签", fact.item_name), body, appointment_path(fact.code))
    body = f"您没有摇中 {when} {place}“{fact.item_name}”的名额，已为您按摇号名次候补，有名额会通知您。摇号结果可以公开复核。"
    return Words(NoticeKind.APPOINTMENT, titled("摇号未中签", fact.item_name), body, "/my/appointments")


def reminder(*, code: str, item_name: str, venue_name: str, starts_at: str) -> Words:
    """The visit is near. Source: §5.3.1 通知提醒."""
    body = f"您预约了 {_when(starts_at)} 到{venue_name or '办事大厅'}办理“{item_name}”。不能到场请提前取消，把名额留给别人。"
    return Words(NoticeKind.APPOINTMENT, titled("预约提醒", item_name), body, appointment_path(code))


def _when(moment: str) -> str:
    local = datetime.fromisoformat(moment).astimezone(CHINA)
    return f"{local.month} 月 {local.day} 日 {local:%H:%M}"
