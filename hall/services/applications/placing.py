"""What the library calls a draft, and taking files off it: what came out of the library is no longer used there."""

from collections.abc import Iterable

from hall.services.applications.models import Draft, DraftMaterial, JointDraft, JointDraftMaterial
from hall.services.materials import using


def place_of(draft: Draft | JointDraft) -> str:
    """The draft's name among the places where materials are used."""
    return f"joint-draft:{draft.pk}" if isinstance(draft, JointDraft) else f"draft:{draft.pk}"


def take_off(draft: Draft | JointDraft, file: DraftMaterial | JointDraftMaterial | None) -> None:
    """Take a file off its draft; none is the same as one taken off before. Two SQL statements at most."""
    if file is None:
        return
    file.delete()
    if file.library_file_id is not None:
        using.put_back(place=place_of(draft), library_file_id=file.library_file_id, material_key=file.material_key)


def forget(draft: Draft | JointDraft) -> None:
    """The draft was thrown away: nothing is used there. One SQL statement."""
    using.forget_places(places=[place_of(draft)])


def note_handed_in(draft: Draft | JointDraft, files: Iterable[DraftMaterial] | Iterable[JointDraftMaterial], serial: str) -> None:
    """The draft was handed in with these files under this number. One SQL statement, none when nothing of it came from the library."""
    if any(file.library_file_id for file in files):
        using.note_handed_in(place=place_of(draft), serial=serial)
