"""Handing a stored file to a browser so that it can only be looked at, never run in the hall's name."""

from urllib.parse import quote
from uuid import UUID

from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase

from hall.support.filestore.rows import FileRow
from hall.support.filestore.store import check_may_leave, preview_source, resolve

# What a browser may show by itself; everything else is a download.
_SHOWABLE = {"application/pdf", "image/jpeg", "image/png"}
# No `sandbox` for PDF: with it Chromium's viewer shows an empty page. A PDF with programs has been refused at the door.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; base-uri 'none'; form-action 'none'"


def file_response(file: FileRow | UUID, *, inline: bool) -> FileResponse:
    """The file with its name, type and a policy of its own. No SQL for a row, one query for an id.

    The caller has checked who may read it. Raises: FileHeld, FileMissing.
    """
    row = resolve(file)
    check_may_leave(row)
    is_shown = inline and row.media_type in _SHOWABLE
    # The response closes the file; opened last so that nothing can fail in between.
    response = FileResponse(preview_source(row).open("rb"), content_type=row.media_type)
    response["Content-Length"] = str(row.size_bytes)
    response["Content-Disposition"] = disposition(row.name, is_inline=is_shown)
    _protect(response, _POLICY if row.media_type == "application/pdf" else f"sandbox; {_POLICY}")
    return response


def image_response(content: bytes) -> HttpResponse:
    """A preview picture made by `preview.page_png`."""
    response = HttpResponse(content, content_type="image/png")
    _protect(response, f"sandbox; {_POLICY}")
    return response


def document_response(content: bytes, name: str, *, inline: bool) -> HttpResponse:
    """A PDF that the hall made for anybody and does not keep. `name` carries the extension."""
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = disposition(name.replace("/", "／"), is_inline=inline)
    _protect(response, _POLICY)
    return response


def _protect(response: HttpResponseBase, policy: str) -> None:
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = policy
    response["X-Frame-Options"] = "SAMEORIGIN"  # the desk shows files beside the form; old browsers know only this one
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, no-store"


def disposition(name: str, *, is_inline: bool) -> str:
    """`Content-Disposition` for a name in any script (RFC 6266, RFC 8187), with a plain one for old readers."""
    kind = "inline" if is_inline else "attachment"
    extension = name.rpartition(".")[2]
    return f"{kind}; filename=\"file.{extension}\"; filename*=UTF-8''{quote(name, safe='')}"
