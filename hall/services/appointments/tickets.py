"""预约凭证 for one's own booking: a PDF with a QR code, and a calendar entry with reminders."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone

from hall.services.appointments import policies, queries
from hall.services.appointments.patterns import WEEKDAYS
from hall.services.appointments.policy import PolicyRow
from hall.services.appointments.rows import AppointmentRow
from hall.services.appointments.rules import State
from hall.support.access.actors import Actor
from hall.support.documents.render import TicketContent, render_ticket

_LINE_BYTES = 75  # RFC 5545, 3.1


def ticket_pdf(actor: Actor, code: str, *, now: datetime) -> bytes | None:
    """The ticket of one's own booking; None for any other. Three SQL queries, some 15 ms."""
    row = queries.appointment(actor, code, now=now)
    return None if row is None else render_ticket(_content(row, policies.current(), now))


def ticket_calendar(actor: Actor, code: str, *, now: datetime) -> str | None:
    """The booking as an iCalendar file (RFC 5545), cancelled when it is; None for any other's. Three SQL queries."""
    row = queries.appointment(actor, code, now=now)
    return None if row is None else calendar_text(row, policies.current().remind_minutes, now=now)


def _content(row: AppointmentRow, policy: PolicyRow, now: datetime) -> TicketContent:
    venue = row.venue
    facts = [("状态", row.state.label), ("窗口", row.counter or "到场后按叫号"), ("地址", venue.address), ("电话", venue.phone)]
    facts += [("交通", venue.transport), ("办件流水号", row.case_serial), ("优先", row.priority.label if row.priority else "")]
    early, late = policy.checkin_early_minutes, policy.checkin_late_minutes
    notes = [
        f"请在开始前 {early} 分钟至开始后 {late} 分钟内签到：出示二维码、报预约码或手机号，取排队号后等候叫号。",
        "请带好身份证件和办事指南列明的材料；优先办理请带相应证件。",
        f"不能到场请在 {row.cancel_until:%m 月 %d 日 %H:%M} 前取消，把名额留给别人。",
    ]
    return TicketContent(
        title="预约凭证",
        code=row.code,
        item_name=row.item_name,
        day=f"{row.starts_at.year} 年 {row.starts_at.month} 月 {row.starts_at.day} 日（{WEEKDAYS[row.starts_at.weekday()]}）",
        time=f"{row.starts_at:%H:%M}-{row.ends_at:%H:%M}",
        place=venue.name,
        facts=tuple((name, value) for name, value in facts if value),
        notes=tuple(notes),
        made_at=timezone.localtime(now),
    )


def calendar_text(row: AppointmentRow, remind_minutes: tuple[int, ...], *, now: datetime) -> str:
    """The lines of the calendar entry; `remind_minutes` before the visit the calendar rings."""
    is_off = row.state in {State.CANCELLED, State.RESCHEDULED}
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//govhall//appointments//ZH",
        f"METHOD:{'CANCEL' if is_off else 'PUBLISH'}",
        "BEGIN:VEVENT",
        f"UID:{row.code}@{urlsplit(settings.PUBLIC_ADDRESS).hostname}",
        f"DTSTAMP:{_utc(now)}",
        f"DTSTART:{_utc(row.starts_at)}",
        f"DTEND:{_utc(row.ends_at)}",
        f"SEQUENCE:{int(is_off)}",
        f"STATUS:{'CANCELLED' if is_off else 'CONFIRMED'}",
        f"SUMMARY:{_escaped(f'到{row.venue.name}办理：{row.item_name}')}",
        f"LOCATION:{_escaped(' '.join(filter(None, (row.venue.name, row.venue.address, row.counter))))}",
        f"DESCRIPTION:{_escaped(f'预约码 {row.code}。到场后签到取号。电话 {row.venue.phone or settings.HOTLINE}')}",
        f"URL:{settings.PUBLIC_ADDRESS}/my/appointments/{row.code}",
    ]
    if not is_off:
        for minutes in remind_minutes:
            trigger = f"TRIGGER:-PT{int(timedelta(minutes=minutes).total_seconds() // 60)}M"
            lines += ["BEGIN:VALARM", "ACTION:DISPLAY", trigger, f"DESCRIPTION:{_escaped(row.item_name)}", "END:VALARM"]
    lines += ["END:VEVENT", "END:VCALENDAR"]
    return "".join(_folded(line) for line in lines)


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _escaped(text: str) -> str:
    for sign in ("\\", ";", ","):
        text = text.replace(sign, f"\\{sign}")
    return " ".join(text.split())


def _folded(line: str) -> str:
    """At most 75 bytes a line, never inside a character."""
    parts, size = [""], 0
    for sign in line:
        width = len(sign.encode())
        if size + width > _LINE_BYTES:
            parts.append(" ")
            size = 1
        parts[-1] += sign
        size += width
    return "\r\n".join(parts) + "\r\n"
