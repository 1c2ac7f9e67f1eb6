"""What was handed in together (一件事): one page with all parts, one timeline, one bar (§5.4)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from hall.presentation.design.plans import Named, lane_heads, lanes
from hall.presentation.myspace.frame import applicant, side_nav
from hall.services.applications import joint as applications
from hall.services.applications.planning import Link, Plan, Task, make_plan
from hall.services.cases import joint as commands
from hall.services.cases import joint_queries as queries
from hall.services.cases.joint_queries import JointFile, JointRow
from hall.services.materials import queries as materials
from hall.support.identity import queries as identity
from hall.support.refusals import NotFound, Refusal

PAGE_SIZE = 10


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Everything that was handed in together, newest first. Five SQL statements."""
    actor = applicant(request)
    page = queries.my_joints(actor, before=request.GET.get("before"), limit=PAGE_SIZE, now=timezone.now())
    return render(request, "myspace/joint/index.html", {"side": side_nav("/my/cases"), "page": page, "departments": _short_names()})


def _short_names() -> dict[str, str]:
    return {row.code: row.short_name for row in identity.departments()}


def _file(request: HttpRequest, serial: str) -> JointFile:
    file = queries.joint_file(applicant(request), serial, now=timezone.now())
    if file is None:
        raise NotFound
    return file


def plan_of(row: JointRow) -> Plan:
    """The order of a whole's parts, as it was handed in."""
    codes = {part.position: part.item_code for part in row.parts}
    links = [Link(codes[first], part.item_code) for part in row.parts for first in part.waits_for]
    return make_plan([Task(part.item_code, part.promised_days) for part in row.parts], links)


def _page(request: HttpRequest, file: JointFile, *, refusal: Refusal | None = None, status: int = 200) -> HttpResponse:
    row, departments = file.row, _short_names()
    plan = plan_of(row)
    names = {
        part.item_code: Named(chr(ord("A") + part.position), part.item_name, departments.get(part.department_code, ""), part.promised_days)
        for part in row.parts
    }
    context = {
        "file": file,
        "row": row,
        "names": names,
        "departments": departments,
        "plan": plan,
        "heads": lane_heads(plan),
        "lanes": lanes(plan, names, {part.item_code: (part.tone, part.state_name) for part in row.parts}),
        "refusal": refusal,
    }
    return render(request, "myspace/joint/page.html", context, status=status)


@require_safe
def show(request: HttpRequest, serial: str) -> HttpResponse:
    """One whole. Six SQL statements."""
    return _page(request, _file(request, serial))


@require_safe
def submitted(request: HttpRequest, serial: str) -> HttpResponse:
    """The number of the whole, its query code, and the numbers of its parts, at once."""
    file = _file(request, serial)
    keeps = materials.is_agreed(applicant(request))
    context = {"file": file, "row": file.row, "departments": _short_names(), "keeps": keeps, "here": request.path}
    return render(request, "myspace/joint/submitted.html", context)


@require_POST
def leave(request: HttpRequest, serial: str, position: int) -> HttpResponse:
    """Do without a part that still waits."""
    try:
        commands.leave_part(actor=applicant(request), serial=serial, position=position, now=timezone.now())
    except NotFound:
        raise
    except Refusal as refusal:
        return _page(request, _file(request, serial), refusal=refusal, status=refusal.status)
    return redirect("myspace:joint_case", serial)


@require_POST
def go_on_alone(request: HttpRequest, serial: str, position: int) -> HttpResponse:
    """Take up a part that was left as an application of its own, with everything filled in."""
    try:
        draft_id = applications.go_on_alone(actor=applicant(request), serial=serial, position=position, now=timezone.now())
    except NotFound:
        raise
    except Refusal as refusal:
        return _page(request, _file(request, serial), refusal=refusal, status=refusal.status)
    return redirect("myspace:form", draft_id)
