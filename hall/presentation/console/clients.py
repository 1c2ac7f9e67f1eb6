"""接口账号 (§6): which departments' own systems may call the machine door, with what permissions; secrets are shown once."""

from uuid import uuid4

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hall.presentation.console.frame import LARGEST_ID, console_actor, console_frame, row_id
from hall.support.access.actors import Actor, Role
from hall.support.access.scopes import SCOPE_NAMES
from hall.support.identity import clients
from hall.support.identity import queries as identity
from hall.support.identity.clients import ClientRow, NewSecret
from hall.support.refusals import NotFound, Refusal

PAGE_SIZE = 30
DONE = {"ended": "旧密钥已停用，用它取得的令牌同时失效。", "revoked": "账号已吊销，对方的下一次请求就会被拒绝。"}


class ClientForm(forms.Form):
    """What it takes to open an account; the finer rules are the command's."""

    title = forms.CharField(error_messages={"required": "请填写系统名称。"})
    department_code = forms.CharField(error_messages={"required": "请选择部门。"})
    scopes = forms.MultipleChoiceField(
        choices=[(scope.value, name) for scope, name in SCOPE_NAMES.items()],
        error_messages={"required": "请至少选择一项权限。", "invalid_choice": "没有这项权限，请重新选择。"},
    )
    key = forms.CharField(max_length=80, error_messages={"required": "请刷新页面后再提交。"})


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """All clients in the order they came, keyset. Five SQL statements."""
    actor = console_actor(request, Role.SYS_ADMIN)
    rows = clients.clients(after=row_id(request.GET.get("after", "")) or 0, limit=PAGE_SIZE + 1)
    context = {
        **console_frame(request, actor),
        "rows": rows[:PAGE_SIZE],
        "next_after": rows[PAGE_SIZE - 1].row_id if len(rows) > PAGE_SIZE else None,
        "departments": {department.code: department.short_name for department in identity.departments()},
        "scope_names": SCOPE_NAMES,
    }
    return render(request, "console/clients/index.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """Open an account; the answer shows its secret, once. Sent again it says so."""
    actor = console_actor(request, Role.SYS_ADMIN)
    errors: list[tuple[str, str]] = []
    status = 200
    if request.method == "POST":
        form = ClientForm(request.POST)
        if form.is_valid():
            typed = form.cleaned_data
            try:
                made = clients.create_client(
                    actor=actor,
                    department_code=typed["department_code"],
                    title=typed["title"],
                    scopes=typed["scopes"],
                    request_key=typed["key"],
                    now=timezone.now(),
                )
            except Refusal as refusal:
                errors, status = [(refusal.at_field or "title", refusal.shown)], refusal.status
            else:
                return _page(request, actor, _client(made.row_id), made=made)
        else:
            errors, status = [(name, str(told[0])) for name, told in form.errors.items()], 422
    context = {
        **console_frame(request, actor),
        "errors": errors,
        "typed": {name: request.POST.get(name, "") for name in ("title", "department_code")},
        "chosen": request.POST.getlist("scopes"),
        "scopes": [(scope.value, f"{name}　{scope.value}") for scope, name in SCOPE_NAMES.items()],
        "departments": [(department.code, department.name) for department in identity.departments()],
        "key": str(uuid4()),
    }
    return render(request, "console/clients/new.html", context, status=status)


@require_safe
def show(request: HttpRequest, row_id: int) -> HttpResponse:
    """One client with its secrets' last letters and last uses. Five SQL statements."""
    return _page(request, console_actor(request, Role.SYS_ADMIN), _client(row_id))


@require_POST
def rotate(request: HttpRequest, row_id: int) -> HttpResponse:
    """A second secret beside the first; the answer shows it, once."""
    actor, row = console_actor(request, Role.SYS_ADMIN), _client(row_id)
    try:
        made = clients.add_secret(
            actor=actor, row_id=row_id, request_key=request.POST.get("key", "")[:80] or str(uuid4()), now=timezone.now()
        )
    except Refusal as refusal:
        return _page(request, actor, row, refusal=refusal)
    return _page(request, actor, _client(row_id), made=made)


@require_POST
def end(request: HttpRequest, row_id: int, secret_id: int) -> HttpResponse:
    """End one of two secrets."""
    actor, row = console_actor(request, Role.SYS_ADMIN), _client(row_id)
    try:
        clients.end_secret(actor=actor, row_id=row_id, secret_id=min(secret_id, LARGEST_ID), now=timezone.now())
    except Refusal as refusal:
        return _page(request, actor, row, refusal=refusal)
    return HttpResponseRedirect(f"{reverse('console:client', args=[row_id])}?done=ended")


@require_POST
def revoke(request: HttpRequest, row_id: int) -> HttpResponse:
    """Shut the account for good."""
    actor = console_actor(request, Role.SYS_ADMIN)
    _client(row_id)
    clients.revoke_client(actor=actor, row_id=row_id, now=timezone.now())
    return HttpResponseRedirect(f"{reverse('console:client', args=[row_id])}?done=revoked")


def _client(number: int) -> ClientRow:
    row = clients.client(number) if number <= LARGEST_ID else None
    if row is None:
        raise NotFound
    return row


def _page(
    request: HttpRequest, actor: Actor, row: ClientRow, *, refusal: Refusal | None = None, made: NewSecret | None = None
) -> HttpResponse:
    context = {
        **console_frame(request, actor),
        "row": row,
        "department": identity.department(row.department_code),
        "scope_names": SCOPE_NAMES,
        "errors": [(refusal.at_field or "", refusal.shown)] if refusal else [],
        "done": "" if refusal or made else DONE.get(request.GET.get("done", ""), ""),
        "made": made,
        "key": str(uuid4()),
    }
    return render(request, "console/clients/page.html", context, status=refusal.status if refusal else 200)
