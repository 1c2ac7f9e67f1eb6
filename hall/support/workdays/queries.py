import threading
import time
from datetime import date

from hall.support.workdays.models import Holiday
from hall.support.workdays.rules import Calendar

# The table changes once a year; another process learns of it within a minute.
KEEP_SECONDS = 60.0
_kept: list[tuple[float, Calendar]] = []  # one entry or none
_lock = threading.Lock()


def calendar() -> Calendar:
    """The working days of China as the table has them. One SQL query a minute and process, else none.

    The table bounds whole years, from the first day of its first year to the last of its last.
    """
    with _lock:
        if not _kept or time.monotonic() - _kept[0][0] > KEEP_SECONDS:
            _kept[:] = [(time.monotonic(), _read())]
        return _kept[0][1]


def forget_calendar() -> None:
    """Read the table anew at the next call of `calendar`."""
    with _lock:
        _kept.clear()


def _read() -> Calendar:
    rows = list(Holiday.objects.order_by("day").values_list("day", "kind"))
    if not rows:
        return Calendar()
    return Calendar(
        off_days=frozenset(day for day, kind in rows if kind == "off"),
        work_days=frozenset(day for day, kind in rows if kind == "work"),
        first_day=date(rows[0][0].year, 1, 1),
        last_day=date(rows[-1][0].year, 12, 31),
    )


def coverage_warning(today: date) -> str | None:
    """What to tell the operators when holidays of the next 60 days are not known; None when all is well."""
    known = calendar()
    if known.last_day is None:
        return "还没有导入节假日表，期限按周一至周五计算。"
    left = (known.last_day - today).days
    if left >= 60:
        return None
    if left < 0:
        return f"节假日表只到 {known.last_day}，之后的期限按周一至周五计算，请导入新的节假日表。"
    return f"节假日表只到 {known.last_day}，还有 {left} 天，请导入下一年的节假日表。"
