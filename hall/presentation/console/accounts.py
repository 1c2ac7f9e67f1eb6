"""Staff accounts: list, open, shut, new passwords (§7.1 系统管理员). Nothing of any case is reachable from here."""

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hall.presentation.console.frame import LARGEST_ID, console_actor, console_frame, row_id
from hall.support.access.actors import DEPARTMENT_ROLES, ROLE_NAMES, STAFF_ROLES, Actor, Role
from hall.support.identity import commands, second_factor
from hall.support.identity import queries as identity
from hall.support.identity.queries import StaffRow
from hall.support.refusals import NotFound, Refusal

PAGE_SIZE = 30
Errors = list[tuple[str, str]]
# Those of a department first, in the order of the work.
ROLES = [(role, ROLE_NAMES[role]) for role in Role if role in DEPARTMENT_ROLES] + [
    (role, ROLE_NAMES[role]) for role in Role if role in STAFF_ROLES - DEPARTMENT_ROLES
]
DONE = {
    "created": "账号已开通，请把用户名和初始密码当面告诉本人。",
    "disabled": "账号已停用，对方下一次点击就会退出。",
    "enabled": "账号已恢复使用。",
    "second_factor": "已解除手机绑定，对方下次登录时可以重新绑定。",
    "password": "新密码已生效，请当面告诉本人；原来的登录都已退出。",
}


class StaffForm(forms.Form):
    """What it takes to open an account; the finer rules are the command's."""

    username = forms.CharField(error_messages={"required": "请填写用户名。"})
    name = forms.CharField(error_messages={"required": "请填写姓名。"})
    department_code = forms.CharField(required=False)
    roles = forms.MultipleChoiceField(
        choices=ROLES, error_messages={"required": "请至少选择一个角色。", "invalid_choice": "没有这个角色，请重新选择。"}
    )
    password = forms.CharField(strip=False, error_messages={"required": "请填写初始密码。"})


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """All staff in the order they came, keyset. Four SQL statements."""
    actor = console_actor(request, Role.SYS_ADMIN)
    rows = identity.staff_list(after=row_id(request.GET.get("after", "")) or 0, limit=PAGE_SIZE + 1)
    context = {
        **console_frame(request, actor),
        "rows": rows[:PAGE_SIZE],
        "next_after": rows[PAGE_SIZE - 1].account_id if len(rows) > PAGE_SIZE else None,
        "departments": {department.code: department.short_name for department in identity.departments()},
        "role_names": ROLE_NAMES,
    }
    return render(request, "console/accounts/index.html", context)


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """Open an account. A refusal shows the form again with everything typed but the password."""
    actor = console_actor(request, Role.SYS_ADMIN)
    errors: Errors = []
    status = 200
    if request.method == "POST":
        form = StaffForm(request.POST)
        if form.is_valid():
            try:
                account_id = commands.create_staff(
                    actor=actor,
                    username=form.cleaned_data["username"],
                    name=form.cleaned_data["name"],
                    password=form.cleaned_data["password"],
                    department_code=form.cleaned_data["department_code"] or None,
                    roles=frozenset(Role(role) for role in form.cleaned_data["roles"]),
                    now=timezone.now(),
                )
            except Refusal as refusal:
                errors, status = [(refusal.at_field or "username", refusal.shown)], refusal.status
            else:
                return _done(account_id, "created")
        else:
            errors, status = [(name, str(told[0])) for name, told in form.errors.items()], 422
    context = {
        **console_frame(request, actor),
        "errors": errors,
        "typed": {name: request.POST.get(name, "") for name in ("username", "name", "department_code")},
        "chosen": request.POST.getlist("roles"),
        "roles": ROLES,
        "departments": [(department.code, department.name) for department in identity.departments()],
    }
    return render(request, "console/accounts/new.html", context, status=status)


@require_safe
def show(request: HttpRequest, account_id: int) -> HttpResponse:
    """One member of staff. Five SQL statements."""
    actor = console_actor(request, Role.SYS_ADMIN)
    return _page(request, actor, _member(account_id))


@require_POST
def disable(request: HttpRequest, account_id: int) -> HttpResponse:
    """Shut an account; its sessions end with the next request."""
    actor = console_actor(request, Role.SYS_ADMIN)
    member = _member(account_id)
    try:
        commands.disable_account(actor=actor, account_id=account_id, now=timezone.now())
    except Refusal as refusal:
        return _page(request, actor, member, refusal)
    return _done(account_id, "disabled")


@require_POST
def enable(request: HttpRequest, account_id: int) -> HttpResponse:
    """Open a shut account again."""
    actor = console_actor(request, Role.SYS_ADMIN)
    member = _member(account_id)
    try:
        commands.enable_account(actor=actor, account_id=account_id, now=timezone.now())
    except Refusal as refusal:
        return _page(request, actor, member, refusal)
    return _done(account_id, "enabled")


@sensitive_post_parameters("password")
@require_POST
def password(request: HttpRequest, account_id: int) -> HttpResponse:
    """Give a member of staff who forgot it a new password."""
    actor = console_actor(request, Role.SYS_ADMIN)
    member = _member(account_id)
    try:
        commands.reset_password(actor=actor, account_id=account_id, password=request.POST.get("password", "")[:200], now=timezone.now())
    except Refusal as refusal:
        return _page(request, actor, member, refusal)
    return _done(account_id, "password")


@require_POST
def reset_second_factor(request: HttpRequest, account_id: int) -> HttpResponse:
    """Unbind the phone of a member of staff who lost it."""
    actor = console_actor(request, Role.SYS_ADMIN)
    member = _member(account_id)
    try:
        second_factor.reset(actor=actor, account_id=account_id, now=timezone.now())
    except Refusal as refusal:
        return _page(request, actor, member, refusal)
    return _done(account_id, "second_factor")


def _member(account_id: int) -> StaffRow:
    """Staff only: a citizen's account is out of an administrator's reach. Raises: NotFound."""
    member = identity.staff_member(account_id) if account_id <= LARGEST_ID else None
    if member is None:
        raise NotFound
    return member


def _done(account_id: int, deed: str) -> HttpResponseRedirect:
    return HttpResponseRedirect(f"{reverse('console:account', args=[account_id])}?done={deed}")


def _page(request: HttpRequest, actor: Actor, member: StaffRow, refusal: Refusal | None = None) -> HttpResponse:
    department = identity.department(member.department_code) if member.department_code else None
    context = {
        **console_frame(request, actor),
        "member": member,
        "department": department,
        "role_names": ROLE_NAMES,
        "errors": [(refusal.at_field or "", refusal.shown)] if refusal else [],
        "done": "" if refusal else DONE.get(request.GET.get("done", ""), ""),
        "is_bound": second_factor.is_enrolled(member.account_id),
        "is_oneself": member.account_id == actor.account_id,
    }
    return render(request, "console/accounts/page.html", context, status=refusal.status if refusal else 200)
