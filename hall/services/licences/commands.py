"""Looking licences up: written down before anything is asked, asked outside of every transaction, the answer kept by a command."""

import dataclasses
import time
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import uuid4

from django.db import IntegrityError, transaction
from django.utils import timezone

from hall.integration.ports.licence import Licence, LicenceQuestion, LicenceReply
from hall.services.licences import queries, rules, source
from hall.services.licences.models import Consent, Lookup
from hall.services.licences.rows import Holder, Looked
from hall.services.licences.rules import Asker, Ground
from hall.support.access.actors import DEPARTMENT_ROLES, Actor, Role, require
from hall.support.audit import trail
from hall.support.identity import protection

# What the service hears of our ground: it knows three.
_AUTHORITY = {Ground.ONCE: "consent", Ground.STANDING: "consent", Ground.DUTY: "duty", Ground.HELD: "public"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A type of licence, by its code and name."""

    cert_type: str
    cert_name: str


def look_up_own(
    *,
    actor: Actor,
    holder: Holder,
    wanted: Wanted,
    purpose: str,
    ground: Ground,
    now: datetime,
    seconds: float = source.SECONDS,
    department_code: str = "",
) -> Looked:
    """The applicant's own licence of a type. Their press of the button is the agreement, or a standing one; an answer that is fresh
    still is taken again. Must not be called inside a transaction: it waits for the service, `seconds` at most.

    `holder` is the applicant as identity knows them, never as typed; `department_code` is the item's. Raises: SignInNeeded, NotAllowed.
    Source: §5.3.3; domain.md §10.
    """
    require(actor, Role.CITIZEN)
    return _look_up(actor, Asker.SELF, ground, wanted, purpose, now, seconds, holder=holder, department_code=department_code)


def look_up_again(*, actor: Actor, holder: Holder, wanted: Wanted, purpose: str, now: datetime) -> Looked:
    """A department asks anew about the licence of a case that it examines; never answered from what is kept.

    The caller has found the case in the actor's scope. Raises: SignInNeeded, NotAllowed.
    """
    require(actor, *DEPARTMENT_ROLES)
    department = actor.department_code or ""
    return _look_up(
        actor, Asker.DESK, Ground.DUTY, wanted, purpose, now, source.SECONDS, holder=holder, is_anew=True, department_code=department
    )


def verify_by_number(*, actor: Actor, wanted: Wanted, number: str, holder_name: str, now: datetime) -> Looked:
    """Anybody who has a licence in hand asks whether it holds; a wrong holder and an unknown number come to the same.

    Raises: WrongNumber, WrongHolder.
    """
    number, holder_name = number.strip(), holder_name.strip()
    if not 2 <= len(number) <= 60:
        raise rules.WrongNumber
    if not 1 <= len(holder_name) <= 100:
        raise rules.WrongHolder
    holder = Holder(kind="", key="", name=holder_name)
    return _look_up(actor, Asker.PUBLIC, Ground.HELD, wanted, "公众验真", now, source.SECONDS, holder=holder, number=number, is_anew=True)


def _look_up(
    actor: Actor,
    asker: Asker,
    ground: Ground,
    wanted: Wanted,
    purpose: str,
    now: datetime,
    seconds: float,
    *,
    holder: Holder,
    number: str = "",
    is_anew: bool = False,
    department_code: str = "",
) -> Looked:
    lookup, is_answered = _write_down(actor, asker, ground, wanted, purpose, now, holder=holder, number=number, is_anew=is_anew)
    if is_answered:
        return queries.row_of(lookup)
    question = LicenceQuestion(
        request_id=lookup.request_id.hex,
        cert_type=wanted.cert_type,
        purpose=lookup.purpose,
        authority=_AUTHORITY[ground],
        holder_name=holder.name,
        holder_key=holder.key,
        number=number,
    )
    began = time.monotonic()
    reply = source.ask(question, today=timezone.localdate(now), seconds=seconds, department_code=department_code)
    return _keep_answer(lookup.pk, reply, now=now + timedelta(seconds=time.monotonic() - began))


@transaction.atomic
def _write_down(
    actor: Actor,
    asker: Asker,
    ground: Ground,
    wanted: Wanted,
    purpose: str,
    now: datetime,
    *,
    holder: Holder,
    number: str,
    is_anew: bool,
) -> tuple[Lookup, bool]:
    """The look-up's row, before anything is asked: whoever looked is on record even when the answer never comes."""
    lookup = Lookup(
        request_id=uuid4(),
        asked_at=now,
        asker=asker,
        ground=ground,
        account_id=actor.account_id,
        department_code=actor.department_code or "",
        purpose=purpose[:200],
        cert_type=wanted.cert_type,
        cert_name=wanted.cert_name,
        holder_digest=holder_digest(holder.key) if holder.key else "",
        number_digest=protection.lookup_digest(rules.plain(number), purpose="licence.number") if number else "",
    )
    earlier = None if is_anew else _fresh_answer(lookup, now)
    if earlier is not None:
        lookup.repeats, lookup.code, lookup.licence, lookup.answered_at = earlier, earlier.code, earlier.licence, now
    lookup.save()
    trail.record(actor, "licence.asked", lookup.request_id.hex, detail=f"{wanted.cert_type} {ground}", at=now)
    return lookup, earlier is not None


def _fresh_answer(lookup: Lookup, now: datetime) -> Lookup | None:
    """The last answer that the service itself gave to the same question, while it holds."""
    asked = Lookup.objects.filter(
        holder_digest=lookup.holder_digest,
        cert_type=lookup.cert_type,
        number_digest=lookup.number_digest,
        repeats__isnull=True,
        answered_at__isnull=False,
        answered_at__gt=now - rules.VALID_FOR,
    )
    last = asked.order_by("-pk").first()
    return last if last is not None and last.answered_at and rules.is_fresh(last.code, last.answered_at, now) else None


@transaction.atomic
def _keep_answer(lookup_id: int, reply: LicenceReply, *, now: datetime) -> Looked:
    lookup = Lookup.objects.select_for_update().get(pk=lookup_id)
    lookup.code, lookup.answered_at = reply.code, now
    if reply.licence is not None:
        lookup.licence = _sealed(reply.licence)
        # Who holds it is known only now when it was asked for by number.
        lookup.holder_digest = lookup.holder_digest or holder_digest(reply.licence.holder_key)
    lookup.save(update_fields=["code", "answered_at", "licence", "holder_digest"])
    return queries.row_of(lookup)


def holder_digest(key: str) -> str:
    """By what a holder's look-ups are found: a keyed digest of identity number or credit code."""
    return protection.lookup_digest(rules.plain(key), purpose="licence.holder")


def _sealed(licence: Licence) -> bytes:
    facts = {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in ((field.name, getattr(licence, field.name)) for field in dataclasses.fields(licence))
    }
    return protection.encrypt_json(facts, purpose=queries.SEALED)


@transaction.atomic
def give_consent(*, actor: Actor, now: datetime) -> None:
    """Let the hall look licences up for the actor's own applications from now on; given twice it is one."""
    require(actor, Role.CITIZEN)
    assert actor.account_id is not None
    try:
        with transaction.atomic():
            Consent.objects.create(account_id=actor.account_id, enterprise_id=actor.enterprise_id, given_at=now)
    except IntegrityError:
        return
    trail.record(actor, "licence.consent_given", f"account {actor.account_id}", at=now)


@transaction.atomic
def withdraw_consent(*, actor: Actor, now: datetime) -> None:
    """End the standing agreement; what was looked up before stays with its applications. Withdrawn twice is withdrawn once."""
    require(actor, Role.CITIZEN)
    if Consent.objects.filter(**queries.own_consent(actor)).update(withdrawn_at=now):
        trail.record(actor, "licence.consent_withdrawn", f"account {actor.account_id}", at=now)
