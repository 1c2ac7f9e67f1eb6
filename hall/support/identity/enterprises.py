"""Enterprises and the people who act for them; reached through `commands`."""

from datetime import datetime

from django.db import transaction

from hall.support.access import throttles
from hall.support.access.actors import Actor, Role
from hall.support.audit import trail
from hall.support.identity import protection, queries, rules
from hall.support.identity.models import Account, Agency, Enterprise

APPOINTMENT_TRIES_AN_HOUR = 20


def register_enterprise(*, actor: Actor, uscc: str, name: str, legal_representative: str, now: datetime, authority: str = "") -> int:
    """Register an enterprise and become its legal representative, or its agent (经办人) when one's name is another; returns its id.

    `authority` is what the agent was authorised to do. Registering again what one already acts for returns the same id.
    Call outside of transactions: the record of a refused claim must outlive it.
    Raises: NotAllowed, RealNameNeeded, RuleBroken, EnterpriseTaken. Source: §5.5; domain §1, §9.2.
    """
    account_id = rules.account_of(actor, Role.CITIZEN)
    uscc, name = rules.check_uscc(uscc), rules.check_org_name(name)
    legal_representative = rules.check_person_name(legal_representative, field="legal_representative")
    with transaction.atomic():
        # Locked, so that the real-name level and the name do not change underneath.
        account = Account.objects.select_for_update().only("name", "auth_level").get(pk=account_id)
        if account.auth_level < 2:
            raise rules.RealNameNeeded
        defaults = {"name": name, "legal_representative": legal_representative, "created_at": now}
        enterprise, is_new = Enterprise.objects.get_or_create(uscc=uscc, defaults=defaults)
        if is_new:
            _become_first_agent(actor, account, enterprise, authority, now)
            return enterprise.pk
        if Agency.objects.filter(account=account, enterprise=enterprise, ended_at__isnull=True).exists():
            return enterprise.pk
    trail.record(actor, "enterprise.registered", str(enterprise.pk), outcome="refused", at=now)
    raise rules.EnterpriseTaken


def _become_first_agent(actor: Actor, account: Account, enterprise: Enterprise, authority: str, now: datetime) -> None:
    is_representative = account.name == enterprise.legal_representative
    Agency.objects.create(
        account=account,
        enterprise=enterprise,
        role=Agency.Role.LEGAL_REPRESENTATIVE if is_representative else Agency.Role.AGENT,
        may_appoint=True,
        authority="" if is_representative else rules.check_authority(authority),
        appointed_by=account,
        started_at=now,
    )
    detail = "as legal representative" if is_representative else "as agent"
    trail.record(actor, "enterprise.registered", str(enterprise.pk), detail=detail, at=now)


def _require_appointer(account_id: int, enterprise_id: int) -> None:
    # Locked, so that two who end each other's agency at once do not leave the enterprise without anybody.
    Enterprise.objects.select_for_update().filter(pk=enterprise_id).values_list("pk").first()
    may = Agency.objects.filter(account_id=account_id, enterprise_id=enterprise_id, ended_at__isnull=True, may_appoint=True)
    if not may.exists():
        raise rules.NotAppointer


def appoint_agent(
    *, actor: Actor, enterprise_id: int, phone: str, name: str, now: datetime, authority: str = "", may_appoint: bool = False
) -> int:
    """Let another person act for the enterprise; returns that person's account id.

    The person is found only when phone and name agree and the real name is known. Somebody whose name is the legal
    representative's becomes it, when the enterprise has none yet. Call outside of transactions.
    Raises: NotAllowed, NotAppointer, RuleBroken, AppointeeUnknown, AlreadyAgent, TooMany.
    """
    appointer = rules.account_of(actor, Role.CITIZEN)
    phone, name, authority = rules.check_mobile(phone), rules.check_person_name(name), rules.check_authority(authority)
    throttles.count_try(f"appoint:{appointer}", limit=APPOINTMENT_TRIES_AN_HOUR, window_seconds=3600, now=now)
    with transaction.atomic():
        _require_appointer(appointer, enterprise_id)
        person = Account.objects.filter(
            phone_digest=protection.lookup_digest(phone, purpose=queries.PHONE), name=name, auth_level__gte=2, is_enabled=True, post=None
        ).first()
        if person is None:
            raise rules.AppointeeUnknown
        agencies = Agency.objects.filter(enterprise_id=enterprise_id, ended_at__isnull=True)
        if agencies.filter(account=person).exists():
            raise rules.AlreadyAgent
        is_representative = (
            Enterprise.objects.filter(pk=enterprise_id, legal_representative=name).exists()
            and not agencies.filter(role=Agency.Role.LEGAL_REPRESENTATIVE).exists()
        )
        Agency.objects.create(
            account=person,
            enterprise_id=enterprise_id,
            role=Agency.Role.LEGAL_REPRESENTATIVE if is_representative else Agency.Role.AGENT,
            may_appoint=may_appoint or is_representative,
            authority="" if is_representative else authority,
            appointed_by_id=appointer,
            started_at=now,
        )
        trail.record(actor, "agent.appointed", str(enterprise_id), detail=f"account {person.pk}", at=now)
    return person.pk


@transaction.atomic
def end_agency(*, actor: Actor, enterprise_id: int, account_id: int, now: datetime) -> None:
    """End a person's right to act for the enterprise: one's own, or as somebody who may appoint. Twice is harmless.

    The legal representative leaves by own will only. Raises: NotAllowed, NotAppointer, LastAppointer.
    """
    own = rules.account_of(actor, Role.CITIZEN)
    Enterprise.objects.select_for_update().filter(pk=enterprise_id).values_list("pk").first()
    agencies = Agency.objects.filter(enterprise_id=enterprise_id, ended_at__isnull=True)
    if account_id != own:
        _require_appointer(own, enterprise_id)
        if agencies.filter(account_id=account_id, role=Agency.Role.LEGAL_REPRESENTATIVE).exists():
            raise rules.NotAppointer
    if not agencies.filter(may_appoint=True).exclude(account_id=account_id).exists():
        raise rules.LastAppointer
    if agencies.filter(account_id=account_id).update(ended_at=now):
        trail.record(actor, "agent.ended", str(enterprise_id), detail=f"account {account_id}", at=now)
