"""Reading look-ups: by whoever hands a licence in or examines it, and by the holder: who looked."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from hall.services.licences import source
from hall.services.licences.models import Consent, Lookup
from hall.services.licences.rows import AccessRow, Looked
from hall.services.licences.rules import Asker, Ground
from hall.support.access.actors import Actor, Role
from hall.support.identity import protection

SEALED = "licence"  # purpose of the sealed facts
is_ready = source.is_ready


def row_of(lookup: Lookup) -> Looked:
    """One look-up that is at hand. No SQL unless it repeats another whose row is not loaded."""
    facts = protection.decrypt_json(bytes(lookup.licence), purpose=SEALED) if lookup.licence is not None else {}
    answered_by = lookup.repeats if lookup.repeats_id else lookup
    assert answered_by is not None
    return Looked(
        lookup_id=lookup.pk,
        request_id=lookup.request_id.hex,
        asked_at=lookup.asked_at,
        answered_at=answered_by.answered_at,
        cert_type=lookup.cert_type,
        cert_name=lookup.cert_name,
        code=lookup.code,
        source_request_id=answered_by.request_id.hex,
        number=facts.get("number", ""),
        holder_name=facts.get("holder_name", ""),
        issuer=facts.get("issuer", ""),
        issued_on=_day(facts.get("issued_on")),
        valid_to=_day(facts.get("valid_to")),
        is_found=bool(facts),
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def looked_up(lookup_ids: Iterable[int]) -> dict[int, Looked]:
    """Look-ups by id, for the drafts and cases that hold them; the caller has checked whose those are. One SQL query, none for none."""
    wanted = list(lookup_ids)
    if not wanted:
        return {}
    return {row.pk: row_of(row) for row in Lookup.objects.filter(pk__in=wanted).select_related("repeats")}


def own_consent(actor: Actor) -> dict[str, Any]:
    """The condition of "the actor's standing agreement"."""
    return {"account_id": actor.account_id, "enterprise_id": actor.enterprise_id, "withdrawn_at": None}


def consent_given_at(actor: Actor) -> datetime | None:
    """Since when the actor lets the hall look licences up without asking each time; None when not. One SQL query."""
    if not actor.has(Role.CITIZEN):
        return None
    return Consent.objects.filter(**own_consent(actor)).values_list("given_at", flat=True).first()


def accesses(actor: Actor, digest: str, *, before: int | None, limit: int) -> list[AccessRow]:
    """Who looked at the licences of the holder with this digest, newest first, keyset by `before`. One SQL query.

    The caller passes the digest of the actor's own identity number, or of the enterprise acted for.
    """
    rows = Lookup.objects.filter(holder_digest=digest).order_by("-pk")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    columns = ("pk", "asked_at", "asker", "ground", "account_id", "department_code", "cert_name", "purpose", "code")
    return [
        AccessRow(
            lookup_id=row["pk"],
            at=row["asked_at"],
            asker=Asker(row["asker"]),
            ground=Ground(row["ground"]),
            is_by_me=row["asker"] == Asker.SELF and row["account_id"] == actor.account_id,
            department_code=row["department_code"],
            cert_name=row["cert_name"],
            purpose=row["purpose"],
            code=row["code"],
        )
        for row in rows.values(*columns)[:limit]
    ]
