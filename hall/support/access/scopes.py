"""What a department's own system may do at the machine door; a client holds some of these, a token some of the client's."""

from enum import StrEnum

from hall.support.access.actors import Actor, Role, SignInNeeded
from hall.support.refusals import Refusal


class Scope(StrEnum):
    """One permission of a machine client. Names are lower-case words with a colon, as OAuth wants them."""

    SERIALS_ISSUE = "serials:issue"
    SERIALS_RECEIPT = "serials:receipt"
    SERIALS_READ = "serials:read"
    CASES_PUSH = "cases:push"


SCOPE_NAMES: dict[Scope, str] = {
    Scope.SERIALS_ISSUE: "取统一申办流水号（部门业务系统）",
    Scope.SERIALS_RECEIPT: "取统一受理回执号（部门窗口）",
    Scope.SERIALS_READ: "核验和查询流水号",
    Scope.CASES_PUSH: "推送办理进展",
}


class ScopeMissing(Refusal):
    sentence = "这个接口账号没有开通此项权限，请联系大厅系统管理员。"
    status = 403


def require_scope(actor: Actor, scope: Scope) -> None:
    """Let a machine client pass that holds the scope; default deny. Raises: SignInNeeded for anybody else, ScopeMissing."""
    if not actor.has(Role.MACHINE):
        raise SignInNeeded
    if scope not in actor.scopes:
        raise ScopeMissing(f"这个接口账号没有开通“{SCOPE_NAMES[scope]}”（{scope}），请联系大厅系统管理员。")
