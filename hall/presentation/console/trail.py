"""The auditor's page: the trail entry by entry, whether its chain holds, and the shown entries as a table file (§7.1 安全审计)."""

import csv
import re

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from hall.presentation.console.frame import console_actor, console_frame, row_id
from hall.support.access.actors import ROLE_NAMES, Actor, Role
from hall.support.audit import trail
from hall.support.audit.trail import EntryRow, Verdict

PAGE_SIZE = 50
COLUMNS = ("编号", "时间", "账号", "角色", "部门", "地址", "行为", "对象", "结果", "说明")
_HASH = re.compile(r"[0-9a-f]{64}")
# A table program takes a cell that begins so for a formula and runs it; the full-width signs too, in Chinese programs.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """The newest entries, keyset, of one subject if asked. Three SQL statements."""
    return _page(request, console_actor(request, Role.AUDITOR))


@require_POST
def verify(request: HttpRequest) -> HttpResponse:
    """Recompute the whole chain now; a head noted down earlier must still be on it. Reads every entry, changes nothing."""
    actor = console_actor(request, Role.AUDITOR)
    noted = request.POST.get("head", "").strip().lower()
    if noted and not _HASH.fullmatch(noted):
        return _page(request, actor, noted=noted, errors=[("head", "校验值是 64 位的数字和字母 a 至 f，请核对。")], status=422)
    return _page(request, actor, noted=noted, verdict=trail.verify(expected_head=noted or None))


@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """The entries of the shown page as CSV that table programs open without running anything in it."""
    console_actor(request, Role.AUDITOR)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="trail-{timezone.localtime():%Y%m%d-%H%M%S}.csv"'
    response.write("\ufeff")  # without it Excel takes UTF-8 for another code
    lines = csv.writer(response)
    lines.writerow(COLUMNS)
    for row in _rows(request):
        cells = (row.entry_id, timezone.localtime(row.at).isoformat(), row.actor_id or "", row.actor_roles, row.department_code)
        lines.writerow([harmless(str(cell)) for cell in (*cells, row.address, row.deed, row.subject, row.outcome, row.detail)])
    return response


def harmless(cell: str) -> str:
    """The cell as text, whatever it begins with."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _subject(request: HttpRequest) -> str:
    return request.GET.get("subject", "").replace("\0", "").replace(" ", "")[:80]


def _rows(request: HttpRequest) -> list[EntryRow]:
    return trail.entries_before(before=row_id(request.GET.get("before", "")), subject=_subject(request), limit=PAGE_SIZE)


def _page(
    request: HttpRequest,
    actor: Actor,
    *,
    noted: str = "",
    verdict: Verdict | None = None,
    errors: list[tuple[str, str]] | None = None,
    status: int = 200,
) -> HttpResponse:
    rows = _rows(request)
    context = {
        **console_frame(request, actor),
        "rows": rows,
        "next_before": rows[-1].entry_id if len(rows) == PAGE_SIZE else None,
        "subject": _subject(request),
        "verdict": verdict,
        "noted": noted,
        "errors": errors or [],
        "roles_of": roles_of,
        "query": request.GET.urlencode(),
    }
    return render(request, "console/trail/page.html", context, status=status)


def roles_of(text: str) -> str:
    """Role words of an entry as people read them."""
    return "、".join(ROLE_NAMES[Role(word)] if word in set(Role) else word for word in text.split(",") if word)
