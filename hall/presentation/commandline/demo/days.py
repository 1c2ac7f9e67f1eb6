"""Time in the demo world: moments within office hours, some working days ago, never in the future."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.utils import timezone

from hall.support.workdays import queries as workdays
from hall.support.workdays.rules import CHINA


@dataclass
class Diary:
    """Walks forward from some working days ago; each step takes hours or days, and stops short of now."""

    moment: datetime
    now: datetime

    @classmethod
    def from_days_ago(cls, days: int, now: datetime, minute: int) -> "Diary":
        """Start `days` working days ago, at half past nine and some minutes."""
        day = workdays.calendar().add(timezone.localdate(now), -days)
        start = datetime.combine(day, time(9, 30), CHINA) + timedelta(minutes=minute)
        return cls(min(start, now - timedelta(hours=2)), now)

    def later(self, *, days: int = 0, minutes: int = 37) -> datetime:
        """Go on by working days and minutes."""
        moment = self.moment + timedelta(minutes=minutes)
        if days:
            day = workdays.calendar().add(moment.astimezone(CHINA).date(), days)
            moment = datetime.combine(day, moment.astimezone(CHINA).time(), CHINA)
        self.moment = min(moment, max(self.now - timedelta(minutes=1), self.moment + timedelta(seconds=1)))
        return self.moment
