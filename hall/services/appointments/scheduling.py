"""Writing schedules (分类别、分时间段、分数量): create, change, special days, closing. By a department's leader for its own, or the administrator."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db import connection, transaction
from django.utils import timezone

from hall.services.appointments import making, patterns, policies
from hall.services.appointments.making import Made
from hall.services.appointments.models import Desk, Schedule, ScheduleWindow, Slot, SpecialDay
from hall.services.appointments.patterns import BadSchedule, Pattern, Window
from hall.services.appointments.policy import PolicyRow
from hall.services.appointments.rules import ItemNotBookable, SlotMissing, check_key, check_reason
from hall.services.catalogue import bookable
from hall.services.catalogue import queries as catalogue
from hall.support.access.actors import Actor, NotAllowed, Role, require
from hall.support.audit import trail
from hall.support.identity import queries as identity
from hall.support.refusals import Conflict, NotFound

MANAGERS = (Role.LEADER, Role.SYS_ADMIN)
KINDS = ("item", "department", "theme")


class ScheduleMissing(NotFound):
    sentence = "没有找到这个排班。"


class ScheduleChanged(Conflict):
    sentence = "排班刚刚被修改过，请刷新页面后再改。"


@dataclass(frozen=True, slots=True)
class ScheduleForm:
    """A schedule as somebody writes it. `kind` and `code`: one item, all bookable items of a department, or a theme (类别).

    `counter` "" means that the hall serves this subject beside its named counters. With `is_drawn` the seats are drawn
    `draw_hours` before the slot starts.
    """

    name: str
    venue_code: str
    kind: str
    code: str
    department_code: str
    pattern: Pattern
    counter: str = ""
    auth_level: int = 2
    is_drawn: bool = False
    draw_hours: int = 24

    @property
    def subject(self) -> str:
        return f"{self.kind}:{self.code}"


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A written schedule, and what happened to its slots."""

    schedule_id: int
    revision: int
    made: Made


@transaction.atomic
def create_schedule(*, actor: Actor, form: ScheduleForm, request_key: str, now: datetime) -> Scheduled:
    """Write a schedule and make its first slots; the same key again gets the same one.

    Raises: SignInNeeded, NotAllowed, BadSchedule, BadQuota, SchedulesOverlap, ItemNotBookable, BadKey. Source: §5.3.1.
    """
    _require(actor, form.department_code)
    found = Schedule.objects.filter(request_key=check_key(request_key)).first()
    if found is not None:
        _require(actor, found.department_id)
        return Scheduled(found.pk, found.revision, Made())
    _check_form(actor, form, now)
    desk, _ = Desk.objects.get_or_create(
        venue_id=form.venue_code, counter=form.counter.strip(), subject="" if form.counter.strip() else form.subject
    )
    _check_apart(desk.pk, form.pattern)
    schedule = Schedule.objects.create(
        desk=desk,
        subject=form.subject,
        department_id=form.department_code,
        request_key=request_key,
        created_at=now,
        is_drawn=form.is_drawn,
        **_columns(form),
    )
    _write_windows(schedule, form.pattern)
    made = making.make_slots_of(schedule, now=now)
    trail.record(actor, "schedule.created", f"schedule {schedule.pk}", detail=form.subject, at=now)
    return Scheduled(schedule.pk, schedule.revision, made)


@transaction.atomic
def change_schedule(*, actor: Actor, schedule_id: int, revision: int, form: ScheduleForm, now: datetime) -> Scheduled:
    """Change hours, seats and times of a schedule. Hall, counter and subject stay: for others write another schedule.

    Special days are kept. What is booked is never touched; `made.kept` counts booked slots that are not offered any more.

    Raises: SignInNeeded, NotAllowed, ScheduleMissing, ScheduleChanged, BadSchedule, BadQuota (fewer seats than booked), SchedulesOverlap.
    """
    schedule = _locked(actor, schedule_id, revision)
    desk = schedule.desk
    if (form.subject, form.venue_code, form.counter.strip()) != (schedule.subject, desk.venue_id, desk.counter):
        raise BadSchedule("大厅、窗口和事项不能改，请另建排班。", field="venue_code")
    if form.is_drawn != schedule.is_drawn:
        raise BadSchedule("先到先得和摇号不能互换，请另建排班。", field="is_drawn")
    _check_form(actor, form, now)
    special = [window for window in making.pattern_of(schedule).windows if window.day is not None]
    weekly = tuple(window for window in form.pattern.windows if window.day is None)
    pattern = replace(form.pattern, windows=(*weekly, *special))
    patterns.check_pattern(pattern, today=timezone.localdate(now))
    _check_apart(desk.pk, pattern, but=schedule.pk)
    for name, value in _columns(form).items():
        setattr(schedule, name, value)
    _write_windows(schedule, pattern)
    return _save(actor, schedule, "schedule.changed", now)


@transaction.atomic
def set_special_day(
    *, actor: Actor, schedule_id: int, revision: int, day: date, windows: Iterable[Window] = (), reason: str, now: datetime
) -> Scheduled:
    """Let one day differ: closed without windows, else open at those hours only, holiday or not.

    Raises: as change_schedule, ReasonNeeded.
    """
    schedule = _locked(actor, schedule_id, revision)
    today = timezone.localdate(now)
    if not max(today, schedule.valid_from) <= day <= (schedule.valid_until or date.max):
        raise BadSchedule("特殊日期应在排班有效期内，且不早于今天。", field="day")
    reason = check_reason(reason, is_needed=True)[:80]
    own = tuple(replace(window, day=day, weekday=None) for window in windows)
    pattern = making.pattern_of(schedule)
    kept = tuple(window for window in pattern.windows if window.day != day)
    pattern = replace(pattern, windows=(*kept, *own), special_days=pattern.special_days | {day})
    patterns.check_pattern(pattern, today=today)
    _check_apart(schedule.desk_id, replace(pattern, windows=own), but=schedule.pk)
    SpecialDay.objects.update_or_create(schedule=schedule, day=day, defaults={"reason": reason})
    _write_windows(schedule, pattern)
    return _save(actor, schedule, "schedule.special_day", now)


@transaction.atomic
def remove_special_day(*, actor: Actor, schedule_id: int, revision: int, day: date, now: datetime) -> Scheduled:
    """Let a day be as its weekday again. Raises: as change_schedule."""
    schedule = _locked(actor, schedule_id, revision)
    SpecialDay.objects.filter(schedule=schedule, day=day).delete()
    schedule.windows.filter(day=day).delete()
    return _save(actor, schedule, "schedule.special_day_removed", now)


@transaction.atomic
def end_schedule(*, actor: Actor, schedule_id: int, revision: int, now: datetime) -> Scheduled:
    """Offer no more slots of a schedule, for good. What is booked stays. Raises: as change_schedule."""
    schedule = _locked(actor, schedule_id, revision)
    schedule.is_ended = True
    return _save(actor, schedule, "schedule.ended", now)


@transaction.atomic
def close_slot(*, actor: Actor, slot_id: int, reason: str, now: datetime) -> None:
    """Take no more bookings in a slot; those that are there stay (`counter.cancel_slot` ends them). Twice is once.

    Raises: SignInNeeded, NotAllowed, SlotMissing, ReasonNeeded.
    """
    _set_closed(actor, slot_id, reason=check_reason(reason, is_needed=True)[:80], now=now)


@transaction.atomic
def reopen_slot(*, actor: Actor, slot_id: int, now: datetime) -> None:
    """Take bookings in a closed slot again. Raises: SignInNeeded, NotAllowed, SlotMissing, SchedulesOverlap."""
    _set_closed(actor, slot_id, reason="", now=now)


@transaction.atomic
def set_policy(*, actor: Actor, policy: PolicyRow, now: datetime) -> None:
    """Set the limits that hold for every booking from now on. Raises: SignInNeeded, NotAllowed, BadPolicy."""
    require(actor, Role.SYS_ADMIN)
    policies.write(policy)
    trail.record(actor, "booking_policy.set", "appointments", at=now)


def _set_closed(actor: Actor, slot_id: int, *, reason: str, now: datetime) -> None:
    require(actor, *MANAGERS)
    slot = Slot.objects.select_for_update().filter(pk=slot_id).first()
    if slot is None or not _is_own(actor, slot.department_code):
        raise SlotMissing
    if slot.is_closed == bool(reason):
        return
    if (
        not reason
        and Slot.objects.filter(desk_id=slot.desk_id, is_closed=False, starts_at__lt=slot.ends_at, ends_at__gt=slot.starts_at).exists()
    ):
        raise patterns.SchedulesOverlap("这个窗口在此时间已有别的时段，不能恢复。")
    Slot.objects.filter(pk=slot.pk).update(is_closed=bool(reason), close_reason=reason)
    trail.record(actor, "slot.closed" if reason else "slot.reopened", f"slot {slot.pk}", at=now)


def _is_own(actor: Actor, department_code: str) -> bool:
    return actor.has(Role.SYS_ADMIN) or actor.department_code == department_code


def _require(actor: Actor, department_code: str) -> None:
    require(actor, *MANAGERS)
    if not _is_own(actor, department_code):
        raise NotAllowed


def _locked(actor: Actor, schedule_id: int, revision: int) -> Schedule:
    require(actor, *MANAGERS)
    schedule = Schedule.objects.select_for_update(of=("self",)).select_related("desk").filter(pk=schedule_id).first()
    if schedule is None or not _is_own(actor, schedule.department_id):
        raise ScheduleMissing
    if schedule.revision != revision or schedule.is_ended:
        raise ScheduleChanged
    return schedule


def _save(actor: Actor, schedule: Schedule, deed: str, now: datetime) -> Scheduled:
    schedule.revision += 1
    schedule.save()
    made = making.make_slots_of(schedule, now=now)
    trail.record(actor, deed, f"schedule {schedule.pk}", detail=f"{made.added} new, {made.closed} closed, {made.kept} kept", at=now)
    return Scheduled(schedule.pk, schedule.revision, made)


def _columns(form: ScheduleForm) -> dict[str, object]:
    pattern = form.pattern
    return {
        "name": form.name.strip(),
        "valid_from": pattern.valid_from,
        "valid_until": pattern.valid_until,
        "slot_minutes": pattern.slot_minutes,
        "horizon_days": pattern.horizon_days,
        "release_at": pattern.release_at,
        "book_cutoff_minutes": pattern.book_cutoff_minutes,
        "cancel_cutoff_minutes": pattern.cancel_cutoff_minutes,
        "on_holidays": pattern.on_holidays,
        "auth_level": form.auth_level,
        "draw_hours": form.draw_hours,
    }


def _write_windows(schedule: Schedule, pattern: Pattern) -> None:
    schedule.windows.all().delete()
    ScheduleWindow.objects.bulk_create(
        ScheduleWindow(
            schedule=schedule,
            weekday=window.weekday,
            day=window.day,
            starts=window.starts,
            ends=window.ends,
            quota=window.quota,
            reserved={share: seats for share, seats in window.reserved.items() if seats},
        )
        for window in pattern.windows
    )


def _check_form(actor: Actor, form: ScheduleForm, now: datetime) -> None:
    name, counter = form.name.strip(), form.counter.strip()
    if not name or len(name) > 80 or not name.isprintable():
        raise BadSchedule("请填写排班名称，最多 80 字。", field="name")
    if len(counter) > 60 or (counter and not counter.isprintable()):
        raise BadSchedule("窗口最多 60 字。", field="counter")
    if form.auth_level not in range(1, 5):
        raise BadSchedule("实名等级应是 1 至 4。", field="auth_level")
    if form.is_drawn and not 1 <= form.draw_hours <= 24 * form.pattern.horizon_days:
        raise BadSchedule("摇号时间应在开放之后、办理前 1 小时之前。", field="draw_hours")
    patterns.check_pattern(form.pattern, today=timezone.localdate(now))
    if form.venue_code not in bookable.venues([form.venue_code]):
        raise BadSchedule("没有这个办事大厅，请先登记大厅。", field="venue_code")
    _check_subject(actor, form)


def _check_subject(actor: Actor, form: ScheduleForm) -> None:
    if identity.department(form.department_code) is None:
        raise BadSchedule("没有这个部门。", field="department_code")
    if form.kind == "item":
        item = bookable.bookable_item(form.code)
        if item is None or item.department_code != form.department_code:
            raise BadSchedule("本部门没有这个事项，请核对事项编码。", field="code")
        if not item.is_bookable:
            raise ItemNotBookable("这个事项没有开通预约，请先在事项中选择“支持预约”。", field="code")
    elif form.kind == "department":
        if form.code != form.department_code:
            raise BadSchedule("部门排班只能安排本部门。", field="code")
    elif form.kind == "theme":
        # A theme's counter serves items of several departments, so only the administrator sets one up.
        require(actor, Role.SYS_ADMIN)
        if catalogue.theme(form.code) is None:
            raise BadSchedule("没有这个主题。", field="code")
    else:
        raise BadSchedule("请选择按事项、按部门或按主题排班。", field="kind")


def _check_apart(desk_id: int, pattern: Pattern, *, but: int = 0) -> None:
    # One schedule of a desk at a time: two that are written at once see each other.
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM appointments_desk WHERE id = %s FOR UPDATE", [desk_id])
    others = Schedule.objects.filter(desk_id=desk_id, is_ended=False).exclude(pk=but).prefetch_related("windows", "special_days")
    patterns.check_apart(pattern, [(other.name, making.pattern_of(other)) for other in others])
