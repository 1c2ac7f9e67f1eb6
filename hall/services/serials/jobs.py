"""What happens to numbers by themselves."""

from datetime import datetime

from hall.services.serials.models import OutsideSerial
from hall.services.serials.rules import Status
from hall.support.jobs.queue import every


@every("7,22,37,52 * * * *")
def lapse_blocks(*, now: datetime) -> int:
    """Void what ended blocks said nothing about; returns how many. A report that comes late is still taken in. Twice is harmless."""
    return OutsideSerial.objects.filter(status=Status.RESERVED, block__expires_at__lt=now).update(status=Status.LAPSED)
