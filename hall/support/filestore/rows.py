"""What the hall knows about one stored file, as other modules see it."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ScanState(StrEnum):
    """Where a file stands with the virus scanner. Only the scanner itself makes a file clean."""

    NOT_SCANNED = "not_scanned"  # no scanner is configured
    HELD = "held"  # the scanner did not answer; scanned again by a job, not handed out until then
    CLEAN = "clean"
    INFECTED = "infected"  # found by a later scan; the content is gone
    MADE_HERE = "made_here"  # a document that the hall wrote itself


SCAN_STATE_NAMES: dict[ScanState, str] = {
    ScanState.NOT_SCANNED: "未扫描",
    ScanState.HELD: "等待病毒扫描",
    ScanState.CLEAN: "已扫描，未发现病毒",
    ScanState.INFECTED: "发现病毒，已删除",
    ScanState.MADE_HERE: "本厅生成",
}


@dataclass(frozen=True, slots=True)
class FileRow:
    """One stored file. `extension` has no dot; `width` and `height` are pixels of an image, or of no meaning (None).

    `name` is the sanitised original name, with the extension; `pages` counts the pages of a PDF.
    """

    file_id: uuid.UUID
    name: str
    media_type: str
    extension: str
    size_bytes: int
    sha256: str
    pages: int | None
    width: int | None
    height: int | None
    scan: ScanState
    uploaded_by: int | None
    created_at: datetime

    @property
    def scan_name(self) -> str:
        """The scan state in the words of the page."""
        return SCAN_STATE_NAMES[self.scan]

    @property
    def is_image(self) -> bool:
        return self.media_type.startswith("image/")
