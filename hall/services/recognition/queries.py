"""What was read of a picture."""

from dataclasses import dataclass
from uuid import UUID

from hall.services.recognition import source
from hall.services.recognition.models import Reading, State
from hall.services.recognition.rules import Paper, Stated
from hall.support.identity import protection


@dataclass(frozen=True, slots=True)
class ReadingRow:
    """A picture and what it states: None while it is waited for (`is_waiting`), and where it could not be read."""

    reading_id: UUID
    file_id: UUID
    is_waiting: bool
    stated: Stated | None


def is_ready() -> bool:
    """Whether pictures can be read here at all. No SQL."""
    return source.is_ready()


def reading_at(place: str) -> ReadingRow | None:
    """The picture that is read for this place, None without one. The caller has checked whose place it is. One SQL query."""
    row = Reading.objects.filter(place=place).first()
    if row is None:
        return None
    return ReadingRow(row.pk, row.file_id, row.state == State.WAITING, _stated(bytes(row.said)) if row.said is not None else None)


def _stated(sealed: bytes) -> Stated:
    said = protection.decrypt_json(sealed, purpose="reading")
    return Stated(Paper(said["paper"]) if said["paper"] else None, said["values"], tuple(said["unsure"]))
