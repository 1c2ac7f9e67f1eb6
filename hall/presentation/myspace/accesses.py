"""谁查看过我的信息: who looked one's licences up, and which staff opened one's cases; from what was recorded when it happened (§7.1, domain §16)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from hall.presentation.myspace.frame import applicant, number, side_nav
from hall.services.applications.applicants import applicant_of
from hall.services.applications.licence_commands import holder_of
from hall.services.applications.rules import RealNameNeeded
from hall.services.cases import reading
from hall.services.licences import queries as licences
from hall.services.licences.commands import holder_digest
from hall.services.licences.rules import Asker, Ground
from hall.services.licences.wording import CODE_NAMES
from hall.support.access.actors import Actor
from hall.support.identity import queries as identity

PAGE_SIZE = 20
TABS = {"licences": "查过我的证照", "cases": "看过我的办件"}
GROUNDS = {
    Ground.ONCE: "您当时点了同意",
    Ground.STANDING: "您同意过自动查询",
    Ground.DUTY: "部门审查办件",
    Ground.HELD: "对方持有证照编号和持证人姓名",
}


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """The page with its two lists, newest first. Seven SQL statements."""
    actor = applicant(request)
    tab = request.GET.get("tab", "")
    tab = tab if tab in TABS else "licences"
    before = number(request.GET.get("before", ""))
    names = {row.code: row.name for row in identity.departments()}
    rows = _licences(actor, before, names) if tab == "licences" else _cases(actor, before, names)
    context = {
        "side": side_nav(request.path),
        "tab": tab,
        "tabs": TABS,
        "rows": rows[:PAGE_SIZE],
        "after": rows[PAGE_SIZE - 1]["key"] if len(rows) > PAGE_SIZE else None,
        "is_first": before is None,
        "agreed_at": licences.consent_given_at(actor),
    }
    return render(request, "myspace/accesses/page.html", context)


def _licences(actor: Actor, before: int | None, names: dict[str, str]) -> list[dict[str, object]]:
    try:
        digest = holder_digest(holder_of(applicant_of(actor)).key)
    except RealNameNeeded:
        return []
    today = timezone.localdate()
    return [
        {
            "key": row.lookup_id,
            "at": row.at,
            "who": names.get(row.department_code, "") or ("您本人" if row.is_by_me else _WHO[row.asker]),
            "what": row.cert_name,
            "why": f"{row.purpose}，{GROUNDS[row.ground]}",
            "came": CODE_NAMES[row.code_on(today)],
            "href": "",
        }
        for row in licences.accesses(actor, digest, before=before, limit=PAGE_SIZE + 1)
    ]


_WHO = {Asker.SELF: "您的经办人", Asker.DESK: "部门", Asker.PUBLIC: "公众验真"}
_READ = {"case page": "办件内容", "material": "提交的材料"}


def _cases(actor: Actor, before: int | None, names: dict[str, str]) -> list[dict[str, object]]:
    return [
        {
            "key": row.entry_id,
            "at": row.at,
            "who": names.get(row.department_code, "") or "监督人员",
            "what": _READ.get(row.what, "办件"),
            "why": row.item_name,
            "came": "",
            "href": f"/my/cases/{row.serial}",
        }
        for row in reading.readings_of(actor, before=before, limit=PAGE_SIZE + 1)
    ]
