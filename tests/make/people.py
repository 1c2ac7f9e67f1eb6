"""People, enterprises, departments and staff for tests: rows with full defaults, and the actors behind them.

Builders write rows directly, with one password hash a process: a test that is not about passwords should not pay for them.
"""

from datetime import UTC, datetime
from functools import lru_cache
from itertools import count

from django.test import Client

from hall.support.access.actors import Actor, Role, system_actor
from hall.support.formrules import rules as formrules
from hall.support.identity import passwords, protection, queries
from hall.support.identity.models import Account, Agency, Department, Enterprise, StaffPost

PASSWORD = "Quancheng-2026"
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)  # a Monday, 9:00 in Jinan
SYSTEM = system_actor()
_numbers = count(1)


@lru_cache(maxsize=4)
def password_hash(password: str = PASSWORD) -> str:
    return passwords.hashed(password)


def make_phone() -> str:
    """A mobile number that no other call gave."""
    return f"139{next(_numbers):08d}"


def make_id_number(born_on: str = "19850615") -> str:
    """A valid identity number of 济南市历下区 that no other call gave (999 for one birth date)."""
    number = next(_numbers)
    first17 = f"37010{2 + number // 999 % 8}{born_on}{number % 999 + 1:03d}"
    return first17 + formrules.id_check_character(first17)


def make_uscc(kind: str = "91") -> str:
    """A valid unified social credit code that no other call gave."""
    first17 = f"{kind}370100MA{next(_numbers):07d}"
    return first17 + formrules.uscc_check_character(first17)


def make_citizen(
    *,
    name: str = "张三",
    phone: str | None = None,
    id_number: str | None = None,
    password: str = PASSWORD,
    is_enabled: bool = True,
    is_demo: bool = False,
) -> int:
    """A citizen; `id_number=""` leaves the real-name level at 1. Returns the account id."""
    phone = phone or make_phone()
    number = make_id_number() if id_number is None else id_number
    account = Account.objects.create(
        name=name,
        password=password_hash(password),
        phone_sealed=protection.encrypt(phone, purpose=queries.PHONE),
        phone_digest=protection.lookup_digest(phone, purpose=queries.PHONE),
        id_number_sealed=protection.encrypt(number, purpose=queries.ID_NUMBER) if number else None,
        id_number_digest=protection.lookup_digest(number, purpose=queries.ID_NUMBER) if number else None,
        auth_level=2 if number else 1,
        is_enabled=is_enabled,
        is_demo=is_demo,
        created_at=NOW,
        password_changed_at=NOW,
    )
    return account.pk


def make_enterprise(
    *,
    name: str = "济南泉城餐饮有限公司",
    uscc: str | None = None,
    legal_representative: str = "王建国",
    agent_id: int | None = None,
    may_appoint: bool = True,
) -> int:
    """An enterprise with one agent (made when none is given). Returns the enterprise id."""
    enterprise = Enterprise.objects.create(name=name, uscc=uscc or make_uscc(), legal_representative=legal_representative, created_at=NOW)
    make_agency(enterprise.pk, agent_id or make_citizen(name="李小明"), may_appoint=may_appoint)
    return enterprise.pk


def make_agency(enterprise_id: int, account_id: int, *, is_representative: bool = False, may_appoint: bool = False) -> None:
    """A person's right to act for an enterprise."""
    Agency.objects.create(
        enterprise_id=enterprise_id,
        account_id=account_id,
        role="legal_representative" if is_representative else "agent",
        may_appoint=may_appoint or is_representative,
        authority="" if is_representative else "代为办理政务服务事项",
        appointed_by_id=account_id,
        started_at=NOW,
    )


def make_department(*, code: str = "SD02", number: int | None = None, name: str | None = None, short_name: str | None = None) -> str:
    """A department, or the one that has the code already. Returns the code."""
    digits = int("".join(sign for sign in code if sign.isdigit()) or 999)
    Department.objects.get_or_create(
        code=code,
        defaults={
            "number": number or digits,
            "name": name or ("山东省发展和改革委员会" if code == "SD02" else f"山东省第{digits}厅"),
            "short_name": short_name or ("省发展改革委" if code == "SD02" else f"省{digits}厅"),
            "category": "constituent",
            "duties": "投资项目审批核准备案",
            "aliases": ["发改委", "计委"] if code == "SD02" else [],
            "division_code": "370000",
            "phone": "0531-12345",
            "address": "济南市历下区省府前街1号",
        },
    )
    return code


def make_staff(
    *roles: Role,
    department_code: str | None = None,
    username: str | None = None,
    name: str = "赵经办",
    password: str = PASSWORD,
    is_enabled: bool = True,
    is_demo: bool = False,
) -> int:
    """A member of staff, by default a clerk; a department role without a department gets SD02. Returns the account id."""
    chosen = frozenset(roles or {Role.CLERK})
    if department_code is None and not chosen.isdisjoint({Role.CLERK, Role.REVIEWER, Role.LEADER}):
        department_code = "SD02"
    if department_code:
        make_department(code=department_code)
    account = Account.objects.create(
        username=username or f"staff{next(_numbers)}",
        name=name,
        password=password_hash(password),
        is_enabled=is_enabled,
        is_demo=is_demo,
        created_at=NOW,
        password_changed_at=NOW,
    )
    StaffPost.objects.create(account=account, department_id=department_code, roles=",".join(sorted(chosen)), appointed_at=NOW)
    return account.pk


def actor_for(account_id: int, *, enterprise_id: int | None = None, address: str = "198.51.100.7") -> Actor:
    """The actor behind an account, as a request of that person would carry it."""
    actor = queries.actor_of(account_id, enterprise_id=enterprise_id, address=address)
    assert actor is not None
    return actor


def citizen_actor(*, name: str = "张三") -> Actor:
    """A new citizen, as an actor."""
    return actor_for(make_citizen(name=name))


def enterprise_actor() -> Actor:
    """A new agent acting for a new enterprise."""
    agent_id = make_citizen(name="李小明")
    return actor_for(agent_id, enterprise_id=make_enterprise(agent_id=agent_id))


def staff_actor(*roles: Role, department_code: str | None = None) -> Actor:
    """A new member of staff, as an actor."""
    return actor_for(make_staff(*roles, department_code=department_code))


def signed_in(account_id: int, client: Client | None = None) -> Client:
    """A test browser in which the person is signed in."""
    client = client or Client()
    client.force_login(Account.objects.get(pk=account_id))
    return client
