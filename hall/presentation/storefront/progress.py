"""Progress by serial number and query code, for anybody who holds both (§5.8.1 自助查询, §6.2)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from hall.services.cases import joint_queries
from hall.services.cases import queries as cases
from hall.services.serials import queries as outside
from hall.services.serials import rules as serials
from hall.services.serials.progress import count_look
from hall.services.serials.queries import OutsideRow
from hall.support.access.actors import Actor
from hall.support.identity import queries as identity


@require_safe
@never_cache
def show(request: HttpRequest) -> HttpResponse:
    """The form, and the public timeline when number and code fit: of a case, of several handed in together, or of what a counter or
    a department's own system took in. Seven SQL statements. A link on a slip fills in the number alone and asks nothing yet.
    """
    actor: Actor = request.actor  # type: ignore[attr-defined]
    typed, code = request.GET.get("serial", "").strip()[:60], request.GET.get("code", "").strip()[:12]
    serial = serials.normalised(typed)
    errors: list[tuple[str, str]] = []
    found = whole = None
    elsewhere: OutsideRow | None = None
    if code or (typed and "code" in request.GET):
        if not serials.is_valid(serial):
            errors.append(
                (
                    "serial",
                    f"流水号应为 24 位数字，现在是 {len(serial)} 位，请对照回执核对"
                    if len(serial) != serials.LENGTH
                    else "流水号有一位不对，请对照回执核对",
                )
            )
        if not (code.isascii() and code.isdigit() and len(code) == 6):
            errors.append(("code", "查询码是回执上的 6 位数字"))
        if not errors:
            now = timezone.now()
            count_look(address=actor.address, serial=serial, now=now)
            found = cases.public_case(serial=serial, query_code=code, now=now)
            whole = joint_queries.public_joint(serial=serial, query_code=code, now=now) if found is None else None
            elsewhere = outside.public_serial(serial=serial, query_code=code) if found is None and whole is None else None
            if found is None and whole is None and elsewhere is None:
                errors.append(("serial", "没有找到：流水号或查询码不对，请对照回执核对"))
    shown = found or elsewhere
    department = identity.department(shown.department_code) if shown else None
    departments = {row.code: row.short_name for row in identity.departments()} if whole else {}
    context = {
        "typed": typed,
        "code": code,
        "errors": errors,
        "found": found,
        "department": department,
        "whole": whole,
        "elsewhere": elsewhere,
        "channel_name": serials.CHANNEL_NAMES[elsewhere.channel] if elsewhere else "",
        "number_title": serials.serial_title(elsewhere.channel) if elsewhere else "",
        "state_names": serials.STATE_NAMES,
        "departments": departments,
    }
    return render(request, "storefront/progress/page.html", context, status=422 if errors else 200)
