"""The rules that hold for every booking, with the values of domain §7.1 until the administrator sets others. Pure."""

from dataclasses import dataclass, fields

from hall.support.refusals import Refusal


class BadPolicy(Refusal):
    sentence = "请填写允许范围内的整数。"


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """Limits, times and reminders. Minutes, days and counts as the names say; `remind_minutes` lie before the slot.

    Barred: `no_show_limit` missed or `cancel_limit` late changes of mind within `counted_days` bar for `barred_days`, from the
    third time on for `barred_days_again`.
    """

    max_open_per_person: int = 2
    max_open_per_org: int = 5
    max_per_day: int = 2
    checkin_early_minutes: int = 30
    checkin_late_minutes: int = 15
    hold_minutes: int = 30
    counted_days: int = 30
    no_show_limit: int = 2
    cancel_limit: int = 5
    barred_days: int = 30
    barred_days_again: int = 90
    tell_booked: bool = True
    remind_minutes: tuple[int, ...] = (24 * 60, 2 * 60)


DEFAULTS = PolicyRow()
# What each may be: (least, most).
BOUNDS = {
    "max_open_per_person": (1, 20),
    "max_open_per_org": (1, 200),
    "max_per_day": (1, 20),
    "checkin_early_minutes": (0, 480),
    "checkin_late_minutes": (0, 240),
    "hold_minutes": (5, 1440),
    "counted_days": (1, 365),
    "no_show_limit": (1, 100),
    "cancel_limit": (1, 100),
    "barred_days": (1, 365),
    "barred_days_again": (1, 365),
}
NAMES = {
    "max_open_per_person": "每人未办理的预约数",
    "max_open_per_org": "每家企业未办理的预约数",
    "max_per_day": "每人每天的预约数",
    "checkin_early_minutes": "最早提前签到分钟数",
    "checkin_late_minutes": "最晚迟到签到分钟数",
    "hold_minutes": "候补名额保留分钟数",
    "counted_days": "爽约和取消的统计天数",
    "no_show_limit": "限制预约的爽约次数",
    "cancel_limit": "限制预约的取消次数",
    "barred_days": "限制预约天数",
    "barred_days_again": "第三次起限制预约天数",
    "remind_minutes": "提前提醒分钟数",
}
MOST_REMINDERS = 5


def check_policy(row: PolicyRow) -> None:
    """Raises: BadPolicy, at the field that is wrong."""
    for name, (least, most) in BOUNDS.items():
        if not least <= getattr(row, name) <= most:
            raise BadPolicy(f"“{NAMES[name]}”应是 {least} 至 {most} 的整数。", field=name)
    if len(row.remind_minutes) > MOST_REMINDERS or not all(10 <= minutes <= 14 * 1440 for minutes in row.remind_minutes):
        raise BadPolicy(f"提醒最多 {MOST_REMINDERS} 次，每次在办理前 10 分钟至 14 天。", field="remind_minutes")


FIELD_NAMES = tuple(field.name for field in fields(PolicyRow))
