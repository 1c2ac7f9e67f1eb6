"""The second factor of staff: a code from their own phone after the password. Reached through this module by the sign-in pages.

Who must have one says `settings.SECOND_FACTOR_ROLES`; everybody else on the staff may. Demo accounts never must: their password is
printed in the readme. Source: GB/T 22239 8.1.4.1 d).
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.conf import settings
from django.db import transaction

from hall.support.access import throttles
from hall.support.access.actors import Actor, NotAllowed
from hall.support.audit import trail
from hall.support.identity import protection, staffing, totp
from hall.support.identity.models import Account, RecoveryCode, SecondFactor, StaffPost
from hall.support.refusals import Refusal

PURPOSE = "second factor"
RECOVERY_CODES = 8
TRIES, TRIES_SECONDS = 6, 300
# Without letters and digits that are taken for one another.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


class Need(StrEnum):
    """What still stands between a right password and a session."""

    NOTHING = "nothing"
    CODE = "code"
    ENROLMENT = "enrolment"


class WrongCode(Refusal):
    sentence = "动态口令不对，或已经用过。请看手机上最新的 6 位数字再填。"
    field = "code"


class AlreadyEnrolled(Refusal):
    sentence = "这个账号已经绑定了手机上的动态口令。要换手机，请联系系统管理员重置。"
    status = 409


class NothingBegun(Refusal):
    sentence = "请先用手机扫描二维码，再填动态口令。"
    status = 409


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What the phone has to learn: the secret to type and the address to scan."""

    secret: str
    address: str


def need_of(account_id: int) -> Need:
    """What this account has to show after its password. One SQL query for citizens, two at most for staff."""
    post = StaffPost.objects.select_related("account").filter(pk=account_id).first()
    if post is None:
        return Need.NOTHING
    if is_enrolled(account_id):
        return Need.CODE
    must = not post.account.is_demo and not settings.SECOND_FACTOR_ROLES.isdisjoint(post.roles.split(","))
    return Need.ENROLMENT if must else Need.NOTHING


def is_enrolled(account_id: int) -> bool:
    """Whether a phone is bound to this account. One SQL query."""
    return SecondFactor.objects.filter(pk=account_id, confirmed_at__isnull=False).exists()


@transaction.atomic
def begin(*, account_id: int) -> Enrolment:
    """A secret for the account's phone; until it is confirmed, asking again gives the same one. Raises: NotAllowed, AlreadyEnrolled."""
    if not StaffPost.objects.filter(pk=account_id).exists():
        raise NotAllowed
    account = Account.objects.select_for_update(no_key=True).get(pk=account_id)
    made, _ = SecondFactor.objects.get_or_create(
        account=account, defaults={"secret_sealed": protection.encrypt(totp.new_secret(), purpose=PURPOSE)}
    )
    if made.confirmed_at is not None:
        raise AlreadyEnrolled
    secret = protection.decrypt(made.secret_sealed, purpose=PURPOSE)
    return Enrolment(secret, totp.address(secret, account=account.username or account.name, issuer=settings.HALL_NAME))


def confirm(*, account_id: int, code: str, address: str, now: datetime) -> list[str]:
    """Bind the phone by its first code; returns the recovery codes, which nobody can read again.

    Call outside of transactions. Raises: NothingBegun, AlreadyEnrolled, WrongCode, TooMany.
    """
    _count_try(account_id, now)
    found = SecondFactor.objects.filter(pk=account_id).first()
    if found is None:
        raise NothingBegun
    step = _step(found, code, now)
    actor = Actor(account_id=account_id, address=address)
    codes = [_new_code() for _ in range(RECOVERY_CODES)]
    with transaction.atomic():
        # Of two confirmations at once one binds; the other's recovery codes were never anybody's.
        if not SecondFactor.objects.filter(pk=account_id, confirmed_at__isnull=True).update(confirmed_at=now, last_step=step):
            raise AlreadyEnrolled
        RecoveryCode.objects.filter(account_id=account_id).delete()
        RecoveryCode.objects.bulk_create(RecoveryCode(account_id=account_id, digest=_digest(account_id, one)) for one in codes)
        trail.record(actor, "account.second_factor_bound", str(account_id), at=now)
    return codes


def check(*, account_id: int, code: str, address: str, now: datetime) -> int | None:
    """Take a code of the bound phone, or one of the recovery codes; each opens once. Returns how many recovery codes are left when one
    was used, else None.

    Call outside of transactions: counted tries must outlive the refusal. Raises: WrongCode, NothingBegun, TooMany.
    """
    _count_try(account_id, now)
    actor = Actor(account_id=account_id, address=address)
    found = SecondFactor.objects.filter(pk=account_id, confirmed_at__isnull=False).first()
    if found is None:
        raise NothingBegun
    try:
        step = _step(found, code, now)
    except WrongCode:
        with transaction.atomic():
            if RecoveryCode.objects.filter(account_id=account_id, digest=_digest(account_id, code)).delete()[0]:
                trail.record(actor, "account.recovery_code_used", str(account_id), at=now)
                return RecoveryCode.objects.filter(account_id=account_id).count()
        trail.record(actor, "account.second_factor", str(account_id), outcome="refused", at=now)
        raise
    with transaction.atomic():
        is_new = _take(account_id, step)
        trail.record(actor, "account.second_factor", str(account_id), outcome="done" if is_new else "replayed", at=now)
    if not is_new:
        raise WrongCode
    return None


@transaction.atomic
def reset(*, actor: Actor, account_id: int, now: datetime) -> bool:
    """Unbind the phone of a member of staff who lost it; the next sign-in binds another where one is required. Whether there was one.

    Raises: NotAllowed, NotOneself, NotFound.
    """
    account = staffing.lock_account(actor, account_id)
    RecoveryCode.objects.filter(account=account).delete()
    had = bool(SecondFactor.objects.filter(account=account).delete()[0])
    if had:
        trail.record(actor, "account.second_factor_reset", str(account_id), at=now)
    return had


def enrolled_among(account_ids: Iterable[int]) -> frozenset[int]:
    """Which of these accounts have a phone bound. One SQL query."""
    return frozenset(SecondFactor.objects.filter(pk__in=list(account_ids), confirmed_at__isnull=False).values_list("pk", flat=True))


def _count_try(account_id: int, now: datetime) -> None:
    throttles.count_try(f"second-factor:{account_id}", limit=TRIES, window_seconds=TRIES_SECONDS, now=now)


def _step(factor: SecondFactor, code: str, now: datetime) -> int:
    step = totp.matching_step(protection.decrypt(factor.secret_sealed, purpose=PURPOSE), _plain(code), now=now)
    if step is None:
        raise WrongCode
    return step


def _take(account_id: int, step: int) -> bool:
    # Forward only: a code seen over somebody's shoulder, or sent twice at the same moment, opens nothing a second time.
    return bool(SecondFactor.objects.filter(pk=account_id, last_step__lt=step).update(last_step=step))


def _plain(code: str) -> str:
    return "".join(code.split()).replace("-", "").lower()


def _new_code() -> str:
    letters = "".join(secrets.choice(_LETTERS) for _ in range(12))
    return "-".join((letters[:4], letters[4:8], letters[8:]))


def _digest(account_id: int, code: str) -> str:
    return protection.lookup_digest(f"{account_id}:{_plain(code)}", purpose=PURPOSE)
