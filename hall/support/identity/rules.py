"""What identity allows, and how it says no. Pure."""

from collections.abc import Callable
from datetime import date

from hall.support.access.actors import DEPARTMENT_ROLES, ROLE_NAMES, STAFF_ROLES, Actor, Role, SignInNeeded, require
from hall.support.formrules import rules as formrules
from hall.support.refusals import Conflict, Refusal

# 三员分立 and impartiality: each of these watches over or serves others' work, so whoever holds one holds nothing else.
_ALONE = STAFF_ROLES - DEPARTMENT_ROLES


class WrongCredentials(Refusal):
    """The one answer to every wrong login or password."""

    sentence = "手机号（用户名）或密码不对。"
    status = 422


class AccountDisabled(Refusal):
    """Said only to somebody who knew the password."""

    sentence = "这个账号已停用，请联系大厅管理人员。"
    status = 403


class PhoneTaken(Conflict):
    sentence = "这个手机号已注册，请直接登录。"
    field = "phone"


class IdNumberTaken(Conflict):
    sentence = "这个身份证号已用于实名，请用原来的账号登录；不是您本人登记的，请拨打大厅热线。"
    field = "id_number"


class UsernameTaken(Conflict):
    sentence = "这个用户名已被使用，请换一个。"
    field = "username"


class WrongUsername(Refusal):
    sentence = "用户名用小写字母开头，3 至 40 位，可含小写字母、数字、点、横线和下划线。"
    field = "username"


class WrongRoles(Refusal):
    sentence = "请至少选择一个角色。"
    field = "roles"


class NotOneself(Refusal):
    sentence = "不能停用自己的账号或更改自己的角色，请由另一位系统管理员办理。"
    status = 403


class IdentityFixed(Conflict):
    sentence = "您已完成实名认证，不需要再次填写身份证号。"
    field = "id_number"


class RealNameNeeded(Refusal):
    sentence = "请先填写身份证号完成实名认证，再办理企业事务。"
    status = 403


class EnterpriseTaken(Conflict):
    sentence = "这家企业已登记，请联系企业的法定代表人或管理人员为您授权。"
    field = "uscc"


class AppointeeUnknown(Refusal):
    sentence = "没有找到姓名和手机号都相符的实名用户，请对方先注册并完成实名认证。"
    field = "phone"


class AlreadyAgent(Conflict):
    sentence = "这个人已经可以为企业办事，不需要再次授权。"
    field = "phone"


class NotAppointer(Refusal):
    """Also the answer about an enterprise that one does not act for, or that is not there."""

    sentence = "只有企业的法定代表人或管理人员可以办理授权。"
    status = 403


class LastAppointer(Refusal):
    sentence = "企业至少要有一位能够授权的人，请先授权另一位，再结束这一位。"


DEFAULT_AUTHORITY = "代为办理政务服务事项：填报、提交和补正申请，签收文书和结果。"


def check_mobile(text: str) -> str:
    """The phone in its stored form. Raises: RuleBroken at the field `phone`."""
    return _at("phone", formrules.check_mobile, text)


def check_email(text: str) -> str:
    """The e-mail address in its stored form. Raises: RuleBroken at the field `email`."""
    return _at("email", formrules.check_email, text)


def check_person_name(text: str, *, field: str = "name") -> str:
    """A person's name. Raises: RuleBroken at the field."""
    return _at(field, formrules.check_name_zh, text)


def check_org_name(text: str) -> str:
    """An enterprise's name. Raises: RuleBroken at the field `name`."""
    return _at("name", formrules.check_org_name, text)


def check_id_number(text: str, today: date) -> str:
    """The identity number in its stored form. Raises: RuleBroken at the field `id_number`."""
    return _at("id_number", lambda typed: formrules.check_id_number(typed, today), text)


def check_authority(text: str) -> str:
    """What an agent is authorised to do; the usual text when left empty. Raises: RuleBroken at the field `authority`."""
    text = " ".join(_printable(text).split())
    if len(text) > 500:
        raise formrules.RuleBroken(f"授权内容最多 500 个字，现在是 {len(text)} 个", field="authority")
    return text or DEFAULT_AUTHORITY


def check_uscc(text: str) -> str:
    """The unified social credit code. Raises: RuleBroken at the field `uscc`."""
    return _at("uscc", formrules.check_uscc, text)


def _at(field: str, check: Callable[[str], str], text: str) -> str:
    try:
        return check(text)
    except formrules.RuleBroken as broken:
        raise formrules.RuleBroken(broken.shown, field=field) from None


def _printable(text: str) -> str:
    # A zero byte or half a character would be a fault in the database.
    return "".join(sign if sign.isprintable() else " " for sign in text)


def account_of(actor: Actor, *roles: Role) -> int:
    """The account of an actor who has one of the roles. Raises: SignInNeeded, NotAllowed."""
    require(actor, *roles)
    if actor.account_id is None:
        raise SignInNeeded
    return actor.account_id


def normal_login(text: str) -> tuple[str, bool]:
    """What was typed as a login, as it is stored, and whether it is a phone. Never refuses: a wrong login is merely unknown."""
    try:
        return formrules.check_mobile(text), True
    except formrules.RuleBroken:
        return _printable(text).strip().lower()[:60], False


def check_roles(roles: frozenset[Role], department_code: str | None) -> str:
    """The roles as they are stored, when one person may hold them together.

    System administrator, finance, auditor, supervisor and mediator stand alone and without a department; department roles need one.
    Raises: WrongRoles. Source: §7.1; GB/T 22239 三员分立.
    """
    if not roles:
        raise WrongRoles
    if not roles <= STAFF_ROLES:
        raise WrongRoles("这个角色不能授予工作人员。")
    alone = roles & _ALONE
    if alone and len(roles) > 1:
        names = "、".join(ROLE_NAMES[role] for role in sorted(alone))
        raise WrongRoles(f"{names}必须单独担任，不能与其他角色合并。")
    if alone and department_code:
        raise WrongRoles(f"{ROLE_NAMES[min(alone)]}不属于任何部门，请不要选择部门。")
    if not alone and not department_code:
        raise WrongRoles("部门角色需要选择所在部门。", field="department_code")
    return ",".join(sorted(roles))
