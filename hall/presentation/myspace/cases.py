"""我的办件: like an order list, and one case with its timeline and clocks (§5.5.1 §5.8.1)."""

from uuid import UUID

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from hall.presentation.myspace.frame import applicant, side_nav
from hall.presentation.myspace.stages import stages_of, tone_of
from hall.services.applications import joint_queries as joint_applications
from hall.services.applications import queries as applications
from hall.services.appointments import queries as appointments
from hall.services.cases import commands, joint_queries, queries, receipts
from hall.services.cases.rows import CaseFile
from hall.services.cases.rules import CaseState
from hall.services.materials import queries as materials
from hall.services.payments import queries as payments
from hall.services.ratings import queries as ratings
from hall.services.ratings import rules as rating_rules
from hall.support.access.actors import Actor
from hall.support.filestore.response import file_response
from hall.support.formrules.definition import FormDefinition
from hall.support.identity import masking
from hall.support.identity import queries as identity
from hall.support.refusals import NotFound, Refusal

PAGE_SIZE = 10
MOST_JOINTS = 5
MASKS = {"id_number": masking.mask_id_number, "phone": masking.mask_phone, "bank_card": lambda text: f"**** {text[-4:]}"}


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The list with its tabs. Nine SQL statements. What was handed in together stands first, as one, on the first page."""
    actor = applicant(request)
    tab = request.GET.get("tab", "all")
    tab = tab if tab in queries.TABS else "all"
    page = queries.my_cases(actor, tab=tab, before=request.GET.get("before"), limit=PAGE_SIZE, now=timezone.now())
    is_first = tab in {"all", "running"} and not request.GET.get("before")
    counts = queries.my_counts(actor)
    names = {row.code: row.short_name for row in identity.departments()}
    context = {
        "side": side_nav(request.path),
        "tab": tab,
        "tabs": [(key, title, counts[key]) for key, (title, _) in queries.TABS.items()],
        "page": page,
        "departments": names,
        "drafts": applications.drafts_of(actor) if tab == "all" else [],
        "joint_drafts": joint_applications.joint_drafts_of(actor) if tab == "all" else [],
        "joints": joint_queries.my_joints(actor, tab=tab, limit=MOST_JOINTS, now=timezone.now()) if is_first else None,
        "stages_of": stages_of,
        "tone_of": tone_of,
    }
    return render(request, "myspace/cases/index.html", context)


def own_case(request: HttpRequest, serial: str) -> tuple[Actor, CaseFile]:
    """One of the actor's cases. Raises: SignInNeeded, NotFound."""
    actor = applicant(request)
    file = queries.case_file(actor, serial, now=timezone.now())
    if file is None:
        raise NotFound
    return actor, file


def show_case(request: HttpRequest, actor: Actor, file: CaseFile, *, refusal: Refusal | None = None, status: int = 200) -> HttpResponse:
    """The case's page, also when something was refused."""
    definition = FormDefinition.from_schema(file.version.form_schemas["org" if file.enterprise_id else "person"])
    rating = ratings.rating_of_case(actor, file.row.serial) if file.row.state is CaseState.CLOSED else None
    context = {
        "file": file,
        "case": file.row,
        "department": identity.department(file.row.department_code),
        "answers": definition.answers(file.answers, MASKS),
        "stages": stages_of(file.row),
        "tone": tone_of(file.row),
        "refusal": refusal,
        # Nothing to look for where the item takes no fee.
        "bills": payments.bill_rows_of_case(actor, file.row.serial) if file.version.charged else (),
        "rating": rating,
        "rating_until": rating_rules.rate_until(file.row.closed_at) if file.row.state is CaseState.CLOSED and file.row.closed_at else None,
        "visits": appointments.appointments_of_case(actor, file.row.serial, now=timezone.now()) if file.version.bookable else [],
        "now": timezone.now(),
    }
    return render(request, "myspace/cases/page.html", context, status=status)


@require_safe
def show(request: HttpRequest, serial: str) -> HttpResponse:
    """One case: what is due, what happened, what was handed in. Twelve SQL statements at most."""
    actor, file = own_case(request, serial)
    return show_case(request, actor, file)


@require_safe
def submitted(request: HttpRequest, serial: str) -> HttpResponse:
    """Step 5: serial number and query code, at once."""
    actor, file = own_case(request, serial)
    context = {
        "file": file,
        "case": file.row,
        "department": identity.department(file.row.department_code),
        "keeps": materials.is_agreed(actor),
        "here": request.path,
    }
    return render(request, "myspace/cases/submitted.html", context)


@require_safe
def receipt(request: HttpRequest, serial: str) -> FileResponse:
    """The receipt as the case stands now: dated, versioned, with a QR code."""
    return file_response(receipts.receipt_for(actor=applicant(request), serial=serial, now=timezone.now()), inline=True)


@require_safe
def document(request: HttpRequest, serial: str, document_id: int) -> FileResponse:
    """One document of one's own case. Raises: NotFound."""
    file_id = queries.document_file(applicant(request), serial, document_id)
    if file_id is None:
        raise NotFound
    return file_response(file_id, inline=True)


@require_safe
def download(request: HttpRequest, serial: str, file_id: UUID) -> FileResponse:
    """One file that was handed in. Raises: NotFound."""
    if queries.material_file(applicant(request), serial, file_id) is None:
        raise NotFound
    return file_response(file_id, inline=True)


@require_POST
def withdraw(request: HttpRequest, serial: str) -> HttpResponse:
    """Take the application back, before the decision."""
    actor = applicant(request)
    try:
        commands.withdraw_case(actor=actor, serial=serial, reason=request.POST.get("reason", ""), now=timezone.now())
    except NotFound:
        raise
    except Refusal as refusal:
        actor, file = own_case(request, serial)
        return show_case(request, actor, file, refusal=refusal, status=refusal.status)
    return redirect("myspace:case", serial)
