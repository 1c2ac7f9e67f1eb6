"""Blank forms and samples of an item's materials: the department's own file, else a PDF made from the item's application form (§5.1)."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.http.response import HttpResponseBase
from django.utils.http import parse_etags
from django.views.decorators.http import require_safe

from hall.services.catalogue import blanks
from hall.services.catalogue.blanks import Shown
from hall.services.catalogue.queries import MaterialRow
from hall.support.documents.render import render_blank_form
from hall.support.filestore.response import document_response, file_response
from hall.support.refusals import NotFound

# A made form weighs some 110 kB; a version never changes, so what was made stays right.
MOST_KEPT = 64


@dataclass(frozen=True, slots=True)
class _Form:
    """What is printed; two are the same when version, material, audience and kind are."""

    version_id: int
    key: str
    audience: str
    is_sample: bool
    shown: Shown = field(compare=False, repr=False)
    material: MaterialRow = field(compare=False, repr=False)


@lru_cache(maxsize=MOST_KEPT)
def _made(form: _Form) -> bytes | None:
    content = blanks.form_content(form.shown, form.material, form.audience, is_sample=form.is_sample)
    return render_blank_form(content) if content is not None else None


@require_safe
def blank_form(request: HttpRequest, code: str, key: str) -> HttpResponseBase:
    """The blank form, to be saved. One SQL query while the version is kept, one more for an uploaded file. Raises: NotFound."""
    return _paper(request, code, key, is_sample=False)


@require_safe
def sample(request: HttpRequest, code: str, key: str) -> HttpResponseBase:
    """The sample, to be looked at. One SQL query while the version is kept, one more for an uploaded file. Raises: NotFound."""
    return _paper(request, code, key, is_sample=True)


def _paper(request: HttpRequest, code: str, key: str, *, is_sample: bool) -> HttpResponseBase:
    shown = blanks.shown_version(code)
    material = next((one for one in shown.version.materials if one.key == key), None) if shown else None
    if shown is None or material is None:
        raise NotFound
    uploaded = blanks.uploaded_file(material, is_sample=is_sample)
    if uploaded is not None:
        return file_response(uploaded, inline=is_sample)
    audience = request.GET.get("for", "") or blanks.first_audience(shown.version)
    pdf = _made(_Form(shown.version.version_id, key, audience, is_sample, shown, material))
    if pdf is None:
        raise NotFound
    name = f"{material.name}{'（示例样表）' if is_sample else '（空白表格）'}.pdf"
    return _unless_known(request, pdf, lambda: document_response(pdf, name, inline=is_sample))


def _unless_known(request: HttpRequest, content: bytes, answer: Callable[[], HttpResponse]) -> HttpResponse:
    """The answer, or 304 when the visitor has the same bytes already."""
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    given = request.META.get("HTTP_IF_NONE_MATCH", "")
    response = HttpResponseNotModified() if given and tag in parse_etags(given) else answer()
    response["ETag"] = tag
    response["Cache-Control"] = "public, max-age=300"
    return response
