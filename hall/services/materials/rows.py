"""The frozen rows that the queries of materials return."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from hall.services.materials import rules
from hall.services.materials.rules import Grade, Match, Offer, Origin, Source


@dataclass(frozen=True, slots=True)
class FileLine:
    """One file of a material, to open."""

    file_id: UUID
    name: str
    extension: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class MaterialRow:
    """One material as it is now. `uses` counts the applications that it was used in, `last_use` names the latest one's item."""

    material_id: int
    version_id: int
    number: int
    name: str
    source: Source
    folder_id: int | None
    origin: Origin
    cert_type: str
    tags: tuple[str, ...]
    grade: Grade
    issuer: str
    serial: str
    item_name: str
    document_number: str
    valid_until: date | None
    made_at: datetime
    files: tuple[FileLine, ...] = ()
    uses: int = 0
    last_use: str = ""

    @property
    def is_result(self) -> bool:
        return self.origin is Origin.RESULT

    @property
    def size_bytes(self) -> int:
        return sum(file.size_bytes for file in self.files)

    def lamp(self, today: date) -> str:
        """ "r" when it has ended, "y" when it ends within thirty days, else "g"."""
        if self.valid_until is not None and self.valid_until < today:
            return "r"
        return "y" if rules.is_soon(self.valid_until, today) else "g"


@dataclass(frozen=True, slots=True)
class FolderRow:
    """One place of the library with the number of materials in it: a source word, or the number of a folder, as `place`."""

    place: str
    name: str
    count: int
    is_custom: bool


@dataclass(frozen=True, slots=True)
class Shelf:
    """What every page of a library shows. `is_agreed` is None while nobody was asked yet."""

    folders: tuple[FolderRow, ...]
    held: int
    used_bytes: int
    quota_bytes: int
    is_agreed: bool | None
    saved: int

    @property
    def used_percent(self) -> int:
        return min(100, -(-100 * self.used_bytes // self.quota_bytes))


@dataclass(frozen=True, slots=True)
class LibraryPage:
    """One page of the list; `before` is the key to go on from, None at the end. `ending` ends next of those that end soon."""

    shelf: Shelf
    rows: tuple[MaterialRow, ...]
    before: int | None
    ending: MaterialRow | None


@dataclass(frozen=True, slots=True)
class VersionLine:
    """One version in the history of a material."""

    number: int
    is_current: bool
    grade: Grade
    valid_until: date | None
    made_at: datetime
    files: tuple[FileLine, ...]


@dataclass(frozen=True, slots=True)
class UseLine:
    """One use: by whom (a name, for enterprises), for what, when; without a number while it hangs on a draft."""

    item_name: str
    at: datetime
    serial: str
    version_number: int
    by: str
    is_joint: bool


@dataclass(frozen=True, slots=True)
class MaterialPage:
    """One material with its history and its uses, newest first; `offer` is what it is for the applications that may need it."""

    row: MaterialRow
    offer: Offer
    versions: tuple[VersionLine, ...]
    uses: tuple[UseLine, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A material that suits one that is asked for, and why."""

    row: MaterialRow
    match: Match
