"""Writing identity: registering, signing in, real names, passwords; enterprises and staff from the files beside this one."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from hall.support.access import throttles
from hall.support.access.actors import Actor, Role
from hall.support.audit import trail
from hall.support.identity import guards, passwords, protection, queries, rules
from hall.support.identity.enterprises import appoint_agent, end_agency, register_enterprise
from hall.support.identity.models import Account
from hall.support.identity.staffing import (
    assign_roles,
    create_staff,
    disable_account,
    enable_account,
    reset_password,
    upsert_departments,
)

__all__ = [
    "appoint_agent",
    "assign_roles",
    "change_password",
    "create_staff",
    "disable_account",
    "enable_account",
    "end_agency",
    "register_citizen",
    "register_enterprise",
    "reset_password",
    "set_email",
    "sign_in",
    "upsert_departments",
    "verify_identity",
]

# One network may be a whole office or a service hall: generous for people, tight for machines.
SIGN_INS_A_NETWORK, REGISTRATIONS_A_NETWORK = 100, 60
PASSWORD_TRIES_AN_HOUR = 10


def _visitor(address: str) -> Actor:
    return Actor(address=address)


def _digest_of_phone(phone: str) -> str:
    return protection.lookup_digest(phone, purpose=queries.PHONE)


def _digest_of_id_number(id_number: str) -> str:
    return protection.lookup_digest(id_number, purpose=queries.ID_NUMBER)


def _refuse_taken(phone_digest: str, id_number_digest: str | None, fault: Exception | None = None) -> None:
    if Account.objects.filter(phone_digest=phone_digest).exists():
        raise rules.PhoneTaken from fault
    if id_number_digest and Account.objects.filter(id_number_digest=id_number_digest).exists():
        raise rules.IdNumberTaken from fault


def register_citizen(*, phone: str, password: str, name: str, id_number: str, address: str, now: datetime, is_demo: bool = False) -> int:
    """Open an account for a person; returns its id. With an identity number the real-name level is 2, without ("") it is 1.

    Call outside of transactions: the count of registrations from one network must outlive a refusal.
    Raises: RuleBroken (field phone, name or id_number), WeakPassword, PhoneTaken, IdNumberTaken, TooMany.
    Source: §5.3.2; domain §9, §16.
    """
    phone, name = rules.check_mobile(phone), rules.check_person_name(name)
    checked = rules.check_id_number(id_number, timezone.localdate(now)) if id_number.strip() else ""
    passwords.check_new(password, own_words=(phone, name, checked))
    if not is_demo:
        throttles.count_try(f"register:{guards.network_of(address)}", limit=REGISTRATIONS_A_NETWORK, window_seconds=3600, now=now)
    phone_digest, id_number_digest = _digest_of_phone(phone), _digest_of_id_number(checked) if checked else None
    _refuse_taken(phone_digest, id_number_digest)
    try:
        with transaction.atomic():
            account = Account.objects.create(
                name=name,
                password=passwords.hashed(password),
                phone_digest=phone_digest,
                phone_sealed=protection.encrypt(phone, purpose=queries.PHONE),
                id_number_digest=id_number_digest,
                id_number_sealed=protection.encrypt(checked, purpose=queries.ID_NUMBER) if checked else None,
                auth_level=2 if checked else 1,
                created_at=now,
                password_changed_at=now,
                is_demo=is_demo,
            )
            actor = Actor(account_id=account.pk, roles=frozenset({Role.CITIZEN}), address=address)
            trail.record(actor, "account.registered", str(account.pk), at=now)
    except IntegrityError as fault:  # somebody else was a moment earlier
        _refuse_taken(phone_digest, id_number_digest, fault)
        raise
    return account.pk


def verify_identity(*, actor: Actor, id_number: str, now: datetime) -> None:
    """Give an account of level 1 its identity number; the real-name level becomes 2.

    Raises: NotAllowed, RuleBroken, IdentityFixed, IdNumberTaken.
    """
    account_id = rules.account_of(actor, Role.CITIZEN)
    checked = rules.check_id_number(id_number, timezone.localdate(now))
    digest = _digest_of_id_number(checked)
    try:
        with transaction.atomic():
            changed = Account.objects.filter(pk=account_id, id_number_digest__isnull=True).update(
                id_number_sealed=protection.encrypt(checked, purpose=queries.ID_NUMBER), id_number_digest=digest, auth_level=2
            )
            if not changed:
                raise rules.IdentityFixed
            trail.record(actor, "account.identity_verified", str(account_id), at=now)
    except IntegrityError as fault:
        raise rules.IdNumberTaken from fault


@transaction.atomic
def set_email(*, actor: Actor, email: str, now: datetime) -> None:
    """Set where one's own notices go by mail; "" takes the address away. Raises: SignInNeeded, RuleBroken."""
    account_id = rules.account_of(actor, *(set(Role) - {Role.SYSTEM}))
    checked = rules.check_email(email) if email.strip() else ""
    sealed = protection.encrypt(checked, purpose=queries.EMAIL) if checked else None
    Account.objects.filter(pk=account_id).update(email_sealed=sealed)
    trail.record(actor, "account.email_set" if checked else "account.email_removed", str(account_id), at=now)


def sign_in(*, login: str, password: str, address: str, now: datetime) -> int:
    """The account that a login (phone or user name) and password belong to. `address` is the client's.

    Call outside of transactions: counted failures must outlive the refusal. An unknown login takes the same steps and time.
    Raises: WrongCredentials, AccountLocked, AccountDisabled, TooMany. Source: GB/T 22239 8.1.4.1.
    """
    throttles.count_try(f"sign-in:{guards.network_of(address)}", limit=SIGN_INS_A_NETWORK, window_seconds=300, now=now)
    login, is_phone = rules.normal_login(login)
    key = _digest_of_phone(login)
    guard_key = protection.lookup_digest(login, purpose="sign-in")
    guards.count_try(guard_key, address, now=now)
    found = Account.objects.filter(phone_digest=key) if is_phone else Account.objects.filter(username=login)
    account = found.only("pk", "password", "is_enabled").first()

    def upgrade(stored: str) -> None:
        Account.objects.filter(pk=account.pk).update(password=stored) if account else None

    is_right = passwords.matches(password, account.password if account else None, upgrade=upgrade)
    if account is None or not is_right:
        trail.record(_visitor(address), "account.sign_in", str(account.pk) if account else "unknown", outcome="refused", at=now)
        raise rules.WrongCredentials
    actor = Actor(account_id=account.pk, address=address)
    if not account.is_enabled:
        trail.record(actor, "account.sign_in", str(account.pk), outcome="disabled", at=now)
        raise rules.AccountDisabled
    with transaction.atomic():
        guards.succeeded(guard_key, address, now=now)
        Account.objects.filter(pk=account.pk).update(signed_in_at=now)
        trail.record(actor, "account.sign_in", str(account.pk), at=now)
    return account.pk


def _own_words(account: Account) -> tuple[str, ...]:
    phone = protection.decrypt(account.phone_sealed, purpose=queries.PHONE) if account.phone_sealed else ""
    return account.name, account.username or "", phone


def change_password(*, actor: Actor, current: str, new: str, now: datetime) -> None:
    """Change one's own password. All sessions end with it: start a new one for the caller afterwards.

    Call outside of transactions. Raises: SignInNeeded, WrongCredentials, WeakPassword, TooMany.
    """
    account_id = rules.account_of(actor, *(set(Role) - {Role.SYSTEM}))
    throttles.count_try(f"password:{account_id}", limit=PASSWORD_TRIES_AN_HOUR, window_seconds=3600, now=now)
    account = Account.objects.select_related("post").get(pk=account_id)
    if not passwords.matches(current, account.password, upgrade=lambda _stored: None):
        trail.record(actor, "account.password_changed", str(account.pk), outcome="refused", at=now)
        raise rules.WrongCredentials("现在的密码不对。", field="current")
    passwords.check_new(new, own_words=_own_words(account), is_staff=actor.is_staff)
    with transaction.atomic():
        # The old form is part of the condition: of two changes at once the second one notices.
        changed = Account.objects.filter(pk=account.pk, password=account.password).update(
            password=passwords.hashed(new), password_changed_at=now
        )
        if not changed:
            raise rules.WrongCredentials("密码刚刚被更改过，请用新密码登录。")
        trail.record(actor, "account.password_changed", str(account.pk), at=now)
