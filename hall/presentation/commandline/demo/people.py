"""Who lives in the demo world, and the one password they share (README.md shows the same table)."""

from dataclasses import dataclass
from datetime import datetime

from hall.support.access.actors import Actor, Role, system_actor
from hall.support.identity import commands, enterprises, queries, staffing

PASSWORD = "Taishan-2026"  # noqa: S105  (public on purpose; the demo refuses to run beside real accounts)
MARKET, HEALTH = "SD26", "SD21"  # 省市场监管局, 省卫生健康委


@dataclass(frozen=True, slots=True)
class Staff:
    """One member of staff."""

    username: str
    name: str
    department: str | None
    role: Role


STAFF = (
    Staff("market.clerk", "张磊", MARKET, Role.CLERK),
    Staff("market.reviewer", "刘敏", MARKET, Role.REVIEWER),
    Staff("market.leader", "陈国强", MARKET, Role.LEADER),
    Staff("health.clerk", "孙丽", HEALTH, Role.CLERK),
    Staff("health.reviewer", "赵红", HEALTH, Role.REVIEWER),
    Staff("health.leader", "周建华", HEALTH, Role.LEADER),
    Staff("supervisor", "郑义", None, Role.SUPERVISOR),
    Staff("mediator", "何平", None, Role.MEDIATOR),
    Staff("finance", "冯财", None, Role.FINANCE),
    Staff("admin", "吴管", None, Role.SYS_ADMIN),
    Staff("auditor", "钱审", None, Role.AUDITOR),
)


@dataclass(frozen=True, slots=True)
class Citizen:
    """A citizen; `id_number` has a right check digit and belongs to nobody known."""

    phone: str
    name: str
    id_number: str


CITIZEN = Citizen("13800001234", "王建国", "370102195603120817")
AGENT = Citizen("13900005678", "李晓梅", "370102198506151235")
# They have handed in cases too, so that the departments' queues look like a real day.
NEIGHBOURS = (
    Citizen("13700000001", "马春生", "370102198803150016"),
    Citizen("13700000002", "高秀兰", "370203197707220023"),
    Citizen("13700000003", "欧阳雪", "370303199512010020"),
    Citizen("13700000004", "徐志强", "370602198001010010"),
)
ENTERPRISE_NAME = "山东鲁味源食品有限公司"


def check_digit(first_17: str) -> str:
    """The check digit of an identity number (GB 11643)."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return "10X98765432"[sum(int(d) * w for d, w in zip(first_17, weights, strict=True)) % 11]


def with_check_digit(number: str) -> str:
    """The number with its last digit made right."""
    return number[:17] + check_digit(number[:17])


def enterprise_uscc() -> str:
    """A credit code with a right check digit (GB 32100)."""
    alphabet, body = "0123456789ABCDEFGHJKLMNPQRTUWXY", "91370102MA3DEMC01"
    total = sum(alphabet.index(c) * pow(3, i, 31) for i, c in enumerate(body))
    return body + alphabet[(31 - total % 31) % 31]


@dataclass(frozen=True, slots=True)
class Cast:
    """The actors of the world, ready to act."""

    citizen: Actor
    company: Actor
    neighbours: tuple[Actor, ...]
    staff: dict[tuple[str, Role], Actor]


def settle(now: datetime) -> Cast:
    """Register everybody."""
    system = system_actor("示范")
    made = {
        person.phone: commands.register_citizen(
            phone=person.phone,
            password=PASSWORD,
            name=person.name,
            id_number=with_check_digit(person.id_number),
            address="",
            now=now,
            is_demo=True,
        )
        for person in (CITIZEN, AGENT, *NEIGHBOURS)
    }
    agent = _actor(made[AGENT.phone])
    enterprise_id = enterprises.register_enterprise(
        actor=agent,
        uscc=enterprise_uscc(),
        name=ENTERPRISE_NAME,
        legal_representative="鲁德海",
        authority="办理市场监管、卫生健康事项",
        now=now,
    )
    staff = {}
    for one in STAFF:
        account_id = staffing.create_staff(
            actor=system,
            username=one.username,
            name=one.name,
            password=PASSWORD,
            department_code=one.department,
            roles=frozenset({one.role}),
            now=now,
            is_demo=True,
        )
        staff[one.department or "", one.role] = _actor(account_id)
    return Cast(
        citizen=_actor(made[CITIZEN.phone]),
        company=_actor(made[AGENT.phone], enterprise_id),
        neighbours=tuple(_actor(made[person.phone]) for person in NEIGHBOURS),
        staff=staff,
    )


def _actor(account_id: int, enterprise_id: int | None = None) -> Actor:
    actor = queries.actor_of(account_id, enterprise_id=enterprise_id)
    assert actor is not None
    return actor


def accounts_table() -> list[tuple[str, str, str]]:
    """Login, name and part of every account that the README names."""
    rows = [(CITIZEN.phone, CITIZEN.name, "申请人（个人）"), (AGENT.phone, AGENT.name, f"经办人（{ENTERPRISE_NAME}）")]
    parts = {Role.CLERK: "窗口经办", Role.REVIEWER: "审查人员", Role.LEADER: "部门领导", Role.SUPERVISOR: "监督人员"}
    parts |= {Role.MEDIATOR: "调解员", Role.FINANCE: "财务人员", Role.SYS_ADMIN: "系统管理员", Role.AUDITOR: "审计员"}
    places = {MARKET: "省市场监管局", HEALTH: "省卫生健康委", None: "大厅"}
    return rows + [(one.username, one.name, f"{places[one.department]} {parts[one.role]}") for one in STAFF]
