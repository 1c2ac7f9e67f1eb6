"""受理回执: the slip for who came to the counter, with the number as text, bars and QR code (§6.2 (2))."""

from datetime import datetime

from django.conf import settings
from django.utils import timezone

from hall.services.serials import queries, rules
from hall.services.serials.queries import DeskSerial
from hall.support.access.actors import Actor
from hall.support.audit import trail
from hall.support.documents.render import SlipContent, render_slip
from hall.support.documents.wording import time_words
from hall.support.identity import queries as identity

_NOTES = (
    "凭号码和查询码，可以在大厅网站或手机大厅的“进度查询”查看办理进度。",
    "查询码请妥善保管，不要告诉他人。",
)


def slip_pdf(actor: Actor, serial: str, *, now: datetime) -> bytes | None:
    """The slip of one of the department's own numbers; None outside of it, or when the number is void. That it was printed goes on record.

    Four SQL statements. Raises: SignInNeeded, NotAllowed.
    """
    found = queries.desk_serial(actor, serial)
    if found is None or found.row.handed_out_at is None:
        return None
    pdf = render_slip(_content(found, now))
    trail.record(actor, "serial.slip_printed", serial, at=now)
    return pdf


def _content(found: DeskSerial, now: datetime) -> SlipContent:
    row = found.row
    department = identity.department(row.department_code)
    assert department is not None and row.handed_out_at is not None
    facts = [("申请人", found.applicant)] if found.applicant else []
    facts += [("办理事项", row.item_name)] if row.item_name else []
    facts += [("受理部门", department.name), ("受理时间", time_words(row.handed_out_at))]
    return SlipContent(
        title="受理回执",
        number_title=rules.serial_title(row.channel),
        serial=rules.grouped(row.serial),
        digits=row.serial,
        query_code=found.query_code,
        facts=tuple(facts),
        notes=_NOTES,
        progress_address=f"{settings.PUBLIC_ADDRESS}/progress?serial={row.serial}",
        made_at=timezone.localtime(now),
    )
