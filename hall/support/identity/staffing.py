"""Staff, their roles, and the departments they work for; reached through `commands`."""

import re
from collections.abc import Iterable
from datetime import datetime

from django.db import IntegrityError, transaction

from hall.support.access.actors import Actor, NotAllowed, Role, require
from hall.support.audit import trail
from hall.support.identity import passwords, queries, rules
from hall.support.identity.models import Account, Department, StaffPost
from hall.support.identity.queries import DepartmentChanges, DepartmentRow
from hall.support.refusals import NotFound

_USERNAME = re.compile(r"[a-z][a-z0-9._-]{2,39}")


def create_staff(
    *,
    actor: Actor,
    username: str,
    name: str,
    password: str,
    department_code: str | None,
    roles: frozenset[Role],
    now: datetime,
    is_demo: bool = False,
) -> int:
    """Open an account for a member of staff; returns its id. User names are kept in small letters.

    Raises: NotAllowed, WrongUsername, UsernameTaken, RuleBroken, WeakPassword, WrongRoles. Source: §7.1.
    """
    require(actor, Role.SYS_ADMIN, Role.SYSTEM)
    username, name = username.strip().lower(), rules.check_person_name(name)
    if not _USERNAME.fullmatch(username):
        raise rules.WrongUsername
    role_text = rules.check_roles(roles, department_code)
    passwords.check_new(password, own_words=(username, name), is_staff=True)
    try:
        with transaction.atomic():
            _check_department(department_code)
            account = Account.objects.create(
                username=username,
                name=name,
                password=passwords.hashed(password),
                created_at=now,
                password_changed_at=now,
                is_demo=is_demo,
            )
            StaffPost.objects.create(account=account, department_id=department_code or None, roles=role_text, appointed_at=now)
            trail.record(actor, "staff.created", str(account.pk), detail=f"{role_text} {department_code or ''}".strip(), at=now)
    except IntegrityError as fault:
        if Account.objects.filter(username=username).exists():
            raise rules.UsernameTaken from fault
        raise
    return account.pk


def _check_department(code: str | None) -> None:
    if code and not Department.objects.filter(pk=code).exists():
        raise rules.WrongRoles("没有找到所选的部门，请重新选择。", field="department_code")


def lock_account(actor: Actor, account_id: int) -> Account:
    """The account to change, locked together with the administrator's own: of two who disable each other one is refused."""
    require(actor, Role.SYS_ADMIN, Role.SYSTEM)
    if account_id == actor.account_id:
        raise rules.NotOneself
    wanted = {account_id} | ({actor.account_id} if actor.account_id else set())
    locked = {account.pk: account for account in Account.objects.select_for_update().filter(pk__in=wanted).order_by("pk")}
    if actor.account_id and not (actor.account_id in locked and locked[actor.account_id].is_enabled):
        raise NotAllowed
    if account_id not in locked:
        raise NotFound
    return locked[account_id]


@transaction.atomic
def assign_roles(*, actor: Actor, account_id: int, department_code: str | None, roles: frozenset[Role], now: datetime) -> None:
    """Give a member of staff other roles, another department, or both; valid from the next request on.

    Raises: NotAllowed, NotOneself, NotFound, WrongRoles. Source: §7.1.
    """
    lock_account(actor, account_id)
    role_text = rules.check_roles(roles, department_code)
    _check_department(department_code)
    if not StaffPost.objects.filter(pk=account_id).update(department_id=department_code or None, roles=role_text, appointed_at=now):
        raise NotFound
    trail.record(actor, "staff.roles_assigned", str(account_id), detail=f"{role_text} {department_code or ''}".strip(), at=now)


@transaction.atomic
def disable_account(*, actor: Actor, account_id: int, now: datetime) -> None:
    """Shut an account, a citizen's or staff's; its sessions end with the next request. Twice is harmless.

    Raises: NotAllowed, NotOneself, NotFound.
    """
    _switch(actor, account_id, is_enabled=False, deed="account.disabled", now=now)


@transaction.atomic
def enable_account(*, actor: Actor, account_id: int, now: datetime) -> None:
    """Open a shut account again. Twice is harmless. Raises: NotAllowed, NotOneself, NotFound."""
    _switch(actor, account_id, is_enabled=True, deed="account.enabled", now=now)


def _switch(actor: Actor, account_id: int, *, is_enabled: bool, deed: str, now: datetime) -> None:
    account = lock_account(actor, account_id)
    if account.is_enabled == is_enabled:
        return
    account.is_enabled = is_enabled
    account.save(update_fields=["is_enabled"])
    trail.record(actor, deed, str(account_id), at=now)


@transaction.atomic
def reset_password(*, actor: Actor, account_id: int, password: str, now: datetime) -> None:
    """Give a member of staff who forgot it a new password; all their sessions end.

    Citizens' passwords are out of an administrator's reach: he could enter as them.
    Raises: NotAllowed, NotOneself, NotFound, WeakPassword.
    """
    account = lock_account(actor, account_id)
    if not StaffPost.objects.filter(pk=account_id).exists():
        raise NotAllowed
    passwords.check_new(password, own_words=(account.name, account.username or ""), is_staff=True)
    account.password, account.password_changed_at = passwords.hashed(password), now
    account.save(update_fields=["password", "password_changed_at"])
    trail.record(actor, "account.password_reset", str(account_id), at=now)


@transaction.atomic
def upsert_departments(rows: Iterable[DepartmentRow]) -> DepartmentChanges:
    """Bring the departments in line with the rows, by code; others stay. The same rows again change nothing.

    An empty phone or address means "not in the source" and leaves what the hall entered. For imports, which check the
    permission and record the deed. Two SQL queries, and one for each new or changed department.
    """
    present = {row.code: row for row in queries.departments()}
    added, changed, unchanged = [], [], []
    for row in rows:
        old = present.get(row.code)
        values = {name: getattr(row, name) for name in ("number", "name", "short_name", "category", "duties", "division_code")}
        values |= {"aliases": list(row.aliases), "uscc": row.uscc or None}
        values |= {"phone": row.phone or (old.phone if old else ""), "address": row.address or (old.address if old else "")}
        if old is None:
            Department.objects.create(code=row.code, **values)
            added.append(row.code)
        elif values == {name: getattr(old, name) for name in values} | {"aliases": list(old.aliases), "uscc": old.uscc or None}:
            unchanged.append(row.code)
        else:
            Department.objects.filter(pk=row.code).update(**values)
            changed.append(row.code)
    return DepartmentChanges(tuple(added), tuple(changed), tuple(unchanged))
