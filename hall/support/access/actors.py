"""Who acts: one frozen value that commands and queries take, made once per request."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from hall.support.refusals import Refusal


class Role(StrEnum):
    """Requirement §7.1's four base roles, split where one person must not do both, plus mediator, finance and auditor."""

    CITIZEN = "citizen"  # 申请人, for oneself or for an enterprise
    CLERK = "clerk"  # 委局业务处理：受理、补正、制证、送达
    REVIEWER = "reviewer"  # 委局业务处理：审查
    LEADER = "dept_leader"  # 部门领导：决定，看本部门
    SUPERVISOR = "supervisor"  # 监督：只读看全部
    MEDIATOR = "mediator"  # 大厅调解员
    FINANCE = "finance"  # 财务人员：对账、差错，不看办件内容
    SYS_ADMIN = "sys_admin"  # 系统管理员：账号与参数，不看办件内容
    AUDITOR = "auditor"  # 审计员：只看审计记录
    MACHINE = "machine"  # 部门业务系统, by client credentials
    SYSTEM = "system"  # the hall itself: jobs, imports


ROLE_NAMES: dict[Role, str] = {
    Role.CITIZEN: "申请人",
    Role.CLERK: "窗口经办",
    Role.REVIEWER: "审查人员",
    Role.LEADER: "部门领导",
    Role.SUPERVISOR: "监督人员",
    Role.MEDIATOR: "调解员",
    Role.FINANCE: "财务人员",
    Role.SYS_ADMIN: "系统管理员",
    Role.AUDITOR: "审计员",
    Role.MACHINE: "部门业务系统",
    Role.SYSTEM: "系统",
}
DEPARTMENT_ROLES = frozenset({Role.CLERK, Role.REVIEWER, Role.LEADER})
STAFF_ROLES = DEPARTMENT_ROLES | {Role.SUPERVISOR, Role.MEDIATOR, Role.FINANCE, Role.SYS_ADMIN, Role.AUDITOR}


class NotAllowed(Refusal):
    """The actor's roles do not cover this; shown as 403, after which nothing has changed."""

    sentence = "您没有办理这一步的权限。"
    status = 403


class SignInNeeded(Refusal):
    """Nobody is signed in; the view sends the visitor to the sign-in page and back."""

    sentence = "请先登录。"
    status = 401


@dataclass(frozen=True, slots=True)
class Actor:
    """The one who acts. `department_code` is the scope of department staff; `enterprise_id` is set while acting for one.

    `auth_level` 0-4 is domain.md's real-name level (实名认证等级). `address` is the client's IP, for the audit trail only.
    `client_id` and `scopes` are set for a department's own system, which is no account and holds the role MACHINE alone.
    """

    account_id: int | None = None
    name: str = ""
    roles: frozenset[Role] = field(default_factory=frozenset)
    department_code: str | None = None
    enterprise_id: int | None = None
    enterprise_name: str = ""
    auth_level: int = 0
    address: str = ""
    client_id: str = ""
    scopes: frozenset[str] = field(default_factory=frozenset)

    @property
    def is_signed_in(self) -> bool:
        return self.account_id is not None

    def has(self, *roles: Role) -> bool:
        """Whether the actor holds at least one of the roles."""
        return not self.roles.isdisjoint(roles)

    @property
    def is_staff(self) -> bool:
        return not self.roles.isdisjoint(STAFF_ROLES)


VISITOR = Actor()


def system_actor(name: str = "系统") -> Actor:
    """The hall itself, for jobs and imports. Never made from a request."""
    return Actor(name=name, roles=frozenset({Role.SYSTEM}))


def require(actor: Actor, *roles: Role) -> None:
    """Let the actor pass only with one of the roles; default deny.

    Raises: SignInNeeded when nobody is signed in, NotAllowed otherwise.
    """
    if actor.has(*roles):
        return
    if not actor.is_signed_in and Role.SYSTEM not in actor.roles:
        raise SignInNeeded
    raise NotAllowed


def require_department(actor: Actor, department_code: str, roles: Iterable[Role] = DEPARTMENT_ROLES) -> None:
    """Let staff pass for their own department only. Raises: SignInNeeded, NotAllowed."""
    require(actor, *roles)
    if actor.department_code != department_code:
        raise NotAllowed
