"""开放数据: the published catalogue as files, with version, checksums and licence (§5.1). They are made by jobs, never here."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.http import http_date, parse_etags
from django.views.decorators.http import require_safe

from hall.presentation.design.cache import cacheable
from hall.services.catalogue import opendata
from hall.services.catalogue.sheet_columns import ITEMS, SHEETS
from hall.support.filestore.response import file_response
from hall.support.refusals import NotFound

NOTES = {
    "items.jsonl": ("JSON Lines", "每行一个事项，内容最全：材料、依据、条件、流程、费用都在里面。给程序用。"),
    "items.csv": ("CSV 表格", "每行一个事项，列表用“；”连接，UTF-8 编码。给统计和绘图软件用。"),
    "items.xlsx": ("Excel 工作簿", "事项、材料、依据、条件等各占一张工作表，用事项编码对应。给人看。"),
    "checksums.txt": ("校验值", "上面三个文件的 SHA-256，用 sha256sum -c 核对。"),
}


@require_safe
@cacheable(seconds=5)
def show(request: HttpRequest) -> HttpResponse:
    """What there is, how new it is and what one may do with it. One SQL query."""
    context = {
        "release": opendata.latest_release(),
        "notes": NOTES,
        "licence": settings.OPEN_LICENCE,
        "licence_address": settings.OPEN_LICENCE_ADDRESS,
        "address": settings.PUBLIC_ADDRESS,
        "columns": [
            *((column.field, column.title) for column in ITEMS.columns),
            *((sheet.field, sheet.title) for sheet in SHEETS if sheet.field),
        ],
    }
    return render(request, "storefront/opendata/page.html", context)


@require_safe
def download(request: HttpRequest, name: str) -> HttpResponseBase:
    """One file of the newest release, with its hash as tag: who has it already gets a 304. Two SQL queries. Raises: NotFound, NotMadeYet."""
    if name not in opendata.NAMES:
        raise NotFound
    release = opendata.latest_release()
    file = release.file(name) if release else None
    if release is None or file is None:
        raise opendata.NotMadeYet
    tag = f'"{file.sha256}"'
    given = request.META.get("HTTP_IF_NONE_MATCH", "")
    is_known = bool(given) and any(one.removeprefix("W/") == tag for one in parse_etags(given))
    response: HttpResponseBase = HttpResponseNotModified() if is_known else file_response(file.file_id, inline=False)
    response["ETag"] = tag
    response["Last-Modified"] = http_date(release.made_at.timestamp())
    # Anybody may keep it and any page may read it, but must ask whether it is still the newest.
    response["Cache-Control"] = "public, no-cache"
    response["Access-Control-Allow-Origin"] = "*"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response["Link"] = f'<{settings.OPEN_LICENCE_ADDRESS}>; rel="license"'
    return response
