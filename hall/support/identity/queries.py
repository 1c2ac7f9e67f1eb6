"""Reading identity. Rows only; phones and identity numbers leave in full through `profile` alone."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection
from django.db.models import QuerySet

from hall.support.access.actors import Actor, Role
from hall.support.identity import masking, protection, rules
from hall.support.identity.models import Account, Agency, Department, Enterprise, StaffPost
from hall.support.refusals import NotFound

PHONE, ID_NUMBER, EMAIL = "account.phone", "account.id_number", "account.email"  # purposes of sealed fields and digests
_DEPARTMENT = ("code", "number", "name", "short_name", "category", "duties", "aliases", "phone", "address", "uscc", "division_code")
_ENTERPRISE = ("pk", "name", "uscc", "legal_representative")


@dataclass(frozen=True, slots=True)
class Profile:
    """A person's own data in full. `phone`, `id_number` and `email` are "" when not given. Never for lists or other people's pages."""

    account_id: int
    name: str
    phone: str = field(repr=False)
    id_number: str = field(repr=False)
    auth_level: int
    is_staff: bool
    email: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class EnterpriseRow:
    """An enterprise; `role` is "legal_representative" or "agent" for the person asked about, "" when nobody was asked about."""

    enterprise_id: int
    name: str
    uscc: str
    legal_representative: str
    role: str = ""
    may_appoint: bool = False


@dataclass(frozen=True, slots=True)
class AgentRow:
    """A person who acts for an enterprise. `masked_phone` as 138****0000."""

    account_id: int
    name: str
    masked_phone: str
    role: str
    authority: str
    may_appoint: bool
    started_at: datetime


@dataclass(frozen=True, slots=True)
class DepartmentRow:
    """A department. `number` is the three digits (1-999) of serial numbers, `uscc` "" when not known."""

    code: str
    number: int
    name: str
    short_name: str
    category: str
    duties: str
    aliases: tuple[str, ...]
    phone: str
    address: str
    uscc: str
    division_code: str


@dataclass(frozen=True, slots=True)
class DepartmentChanges:
    """What `upsert_departments` did, by department code."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    unchanged: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StaffRow:
    """A member of staff. `department_code` is None for the hall's own roles."""

    account_id: int
    username: str
    name: str
    roles: frozenset[Role]
    department_code: str | None
    is_enabled: bool
    signed_in_at: datetime | None = None


def actor_of(account_id: int, *, enterprise_id: int | None = None, address: str = "") -> Actor | None:
    """The actor behind an account; None when it is unknown or disabled. One SQL query, two with an enterprise.

    An enterprise that the person does not (or no longer) act for is left out: the actor is then the person alone.
    """
    account = accounts_with_posts().filter(pk=account_id).first()
    return actor_from(account, enterprise_id=enterprise_id, address=address) if account else None


def accounts_with_posts() -> "QuerySet[Account]":
    """For identity itself: accounts joined with their posts, as `actor_from` wants them."""
    return Account.objects.select_related("post")


def actor_from(account: Account, *, enterprise_id: int | None, address: str) -> Actor | None:
    """For identity itself: the actor of a loaded account. One SQL query with an enterprise, else none."""
    if not account.is_enabled:
        return None
    post: StaffPost | None = getattr(account, "post", None)
    if post is not None:
        return Actor(
            account_id=account.pk,
            name=account.name,
            roles=_roles(post.roles),
            department_code=post.department_id,
            auth_level=account.auth_level,
            address=address,
        )
    name = None
    if enterprise_id is not None:
        acting = Agency.objects.filter(account_id=account.pk, enterprise_id=enterprise_id, ended_at__isnull=True)
        name = acting.values_list("enterprise__name", flat=True).first()
    return Actor(
        account_id=account.pk,
        name=account.name,
        roles=frozenset({Role.CITIZEN}),
        enterprise_id=None if name is None else enterprise_id,
        enterprise_name=name or "",
        auth_level=account.auth_level,
        address=address,
    )


def _roles(text: str) -> frozenset[Role]:
    return frozenset(Role(word) for word in text.split(","))


# Asked with every booking and application, so in plain SQL.
_PROFILE = """
SELECT a.name, a.phone_sealed, a.id_number_sealed, a.email_sealed, a.auth_level, p.account_id
FROM identity_account a LEFT JOIN identity_staff_post p ON p.account_id = a.id WHERE a.id = %s
"""


def profile(account_id: int) -> Profile:
    """The person's own data in full, for their own pages and forms only. One SQL query. Raises: NotFound."""
    with connection.cursor() as cursor:
        cursor.execute(_PROFILE, [account_id])
        row = cursor.fetchone()
    if row is None:
        raise NotFound
    name, phone, id_number, email, auth_level, post = row
    return Profile(
        account_id=account_id,
        name=name,
        phone=protection.decrypt(phone, purpose=PHONE) if phone else "",
        id_number=protection.decrypt(id_number, purpose=ID_NUMBER) if id_number else "",
        auth_level=auth_level,
        is_staff=post is not None,
        email=protection.decrypt(email, purpose=EMAIL) if email else "",
    )


def names_of(account_ids: Iterable[int]) -> dict[int, str]:
    """Full names by account id; unknown ids are absent. One SQL query. Mask them before showing them to others."""
    return dict(Account.objects.filter(pk__in=set(account_ids)).values_list("pk", "name"))


def enterprises_of(account_id: int) -> list[EnterpriseRow]:
    """Enterprises the person acts for today, those represented by law first. One SQL query."""
    agencies = Agency.objects.filter(account_id=account_id, ended_at__isnull=True).order_by("-role", "enterprise__name", "pk")
    columns = (*(f"enterprise__{name}" for name in _ENTERPRISE), "role", "may_appoint")
    return [EnterpriseRow(*row) for row in agencies.values_list(*columns)]


def enterprise(enterprise_id: int) -> EnterpriseRow | None:
    """One enterprise. One SQL query."""
    row = Enterprise.objects.filter(pk=enterprise_id).values_list(*_ENTERPRISE).first()
    return EnterpriseRow(*row) if row else None


def agents_of(*, actor: Actor, enterprise_id: int) -> list[AgentRow]:
    """Who acts for an enterprise, for those who act for it themselves. Two SQL queries. Raises: NotAllowed, NotFound."""
    own = Agency.objects.filter(account_id=rules.account_of(actor, Role.CITIZEN), enterprise_id=enterprise_id, ended_at__isnull=True)
    if not own.exists():
        raise NotFound
    agencies = Agency.objects.filter(enterprise_id=enterprise_id, ended_at__isnull=True).order_by("-role", "pk")
    columns = ("account_id", "account__name", "account__phone_sealed", "role", "authority", "may_appoint", "started_at")
    return [
        AgentRow(account_id, name, masking.mask_phone(protection.decrypt(phone, purpose=PHONE)) if phone else "", *rest)
        for account_id, name, phone, *rest in agencies.values_list(*columns)
    ]


def agent_ids(enterprise_id: int) -> list[int]:
    """The accounts that act for an enterprise now, for the hall to tell them something. One SQL query."""
    agencies = Agency.objects.filter(enterprise_id=enterprise_id, ended_at__isnull=True)
    return list(agencies.order_by("account_id").values_list("account_id", flat=True))


def _department_rows(found: "QuerySet[Department]") -> list[DepartmentRow]:
    return [DepartmentRow(**row | {"aliases": tuple(row["aliases"]), "uscc": row["uscc"] or ""}) for row in found.values(*_DEPARTMENT)]


def department(code: str) -> DepartmentRow | None:
    """One department by its code (SD02). One SQL query."""
    return next(iter(_department_rows(Department.objects.filter(pk=code))), None)


def departments() -> list[DepartmentRow]:
    """All departments, by division and number. One SQL query."""
    return _department_rows(Department.objects.order_by("division_code", "number"))


def _staff_rows(found: "QuerySet[StaffPost]") -> list[StaffRow]:
    columns = ("account_id", "account__username", "account__name", "roles", "department_id", "account__is_enabled", "account__signed_in_at")
    return [
        StaffRow(account_id, username or "", name, _roles(roles), *rest)
        for account_id, username, name, roles, *rest in found.values_list(*columns)
    ]


def staff_of(department_code: str) -> list[StaffRow]:
    """A department's staff, disabled ones included, in the order they came. One SQL query."""
    return _staff_rows(StaffPost.objects.filter(department_id=department_code).order_by("pk"))


def staff_list(*, after: int = 0, limit: int = 50) -> list[StaffRow]:
    """All staff after an account id (keyset), for the console. One SQL query."""
    return _staff_rows(StaffPost.objects.filter(pk__gt=after).order_by("pk")[:limit])


def staff_member(account_id: int) -> StaffRow | None:
    """One member of staff. One SQL query."""
    return next(iter(_staff_rows(StaffPost.objects.filter(pk=account_id))), None)


def account_id_of_username(username: str) -> int | None:
    """The account behind a user name, for the command line and the demo world. One SQL query."""
    return Account.objects.filter(username=username.lower()).values_list("pk", flat=True).first()


def has_real_accounts() -> bool:
    """Whether anybody but people of the demo world has an account; the demo refuses to touch such a hall. One SQL query."""
    return Account.objects.filter(is_demo=False).exists()
