"""Pictures of pages for looking at files inside a page. Always drawn by us: nothing of the original reaches the reader's browser."""

import io
import os
import secrets
from pathlib import Path
from uuid import UUID

from django.conf import settings

from hall.support.filestore import apart, disk, images, rules
from hall.support.filestore.rows import FileRow
from hall.support.filestore.store import preview_source, resolve

# A few widths only, so that nobody fills the disk by asking for every number.
WIDTHS = (200, 400, 800, 1200, 1600)


def page_png(file: FileRow | UUID, page: int = 1, width: int = 800) -> bytes:
    """One page (from 1) of a PDF, or an image turned upright, as a PNG at most `width` pixels wide; kept on the disk.

    The width is rounded up to the next of `WIDTHS`. No SQL for a row, one query for an id. Some 30-300 ms the first time, then one
    file read. Raises: NoPreview for other formats, FileMissing (also for a page that is not there), UnreadableFile.
    """
    row = resolve(file)
    snug = next((step for step in WIDTHS if step >= width), WIDTHS[-1])
    if not 1 <= page <= (row.pages or 1):
        raise rules.FileMissing("这份文件没有这一页。")
    source = preview_source(row)
    kept = Path(settings.FILES_DIR) / "previews" / f"{row.sha256}-{page}-{snug}.png"
    try:
        return kept.read_bytes()
    except FileNotFoundError:
        content = _draw(source, row, page, snug)
    _keep(kept, content)
    return content


def _draw(source: Path, file: FileRow, page: int, width: int) -> bytes:
    if file.pages is not None:
        return apart.draw(source, page=page, width=width)
    if not file.is_image:
        raise rules.NoPreview
    target = io.BytesIO()
    images.thumbnail(source, width).save(target, "PNG")
    return target.getvalue()


def _keep(path: Path, content: bytes) -> None:
    """Keeping a preview is a courtesy: on a full disk the picture is shown all the same."""
    fresh = path.with_suffix(f".{secrets.token_hex(8)}")
    try:
        disk.check_space()
        with disk.full_disk_is_a_refusal():
            path.parent.mkdir(exist_ok=True, mode=0o700)
            fresh.write_bytes(content)
            os.replace(fresh, path)
    except rules.DiskFull:
        fresh.unlink(missing_ok=True)
