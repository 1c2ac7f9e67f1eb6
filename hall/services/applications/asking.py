"""Asking the registers what the checks of a draft want to know: outside of every transaction, and remembered with the draft."""

import time
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from hall.services.applications.applicants import applicant_of, definition_of, locked_answers
from hall.services.applications.around import Around
from hall.services.applications.commands import own
from hall.services.applications.models import Draft, DraftLookup
from hall.services.catalogue import queries as catalogue
from hall.services.forms import checking, register
from hall.services.forms.register_words import Match, Register
from hall.support.access.actors import Actor, Role, require
from hall.support.audit import trail
from hall.support.identity import protection

_LEAST_SECONDS = 0.3


def look_up(*, actor: Actor, draft_id: int, now: datetime) -> int:
    """Ask the registers whatever the draft's checks want to know and do not yet; returns how many answered.

    Waits 1.8 seconds at most for all of them; what is not known stays so and is asked again next time. Must not be called inside a
    transaction. Doing it twice is harmless. Source: §5.3.2 专业信息校验.
    """
    require(actor, Role.CITIZEN)
    draft = Draft.objects.filter(pk=draft_id, submitted_at=None, **own(actor)).first()
    version = catalogue.item_version(draft.item_version_id) if draft is not None else None
    if draft is None or version is None:
        return 0
    applicant = applicant_of(actor)
    definition = definition_of(applicant, version)
    if not definition.checks:
        return 0
    today = timezone.localdate(now)
    answers = {**protection.decrypt_json(bytes(draft.answers)), **locked_answers(applicant, definition)}
    around = Around(draft, draft.item_code, applicant.key)
    checking.run(definition, definition.check(answers, today).values, around, today)
    ends_at, said = time.monotonic() + register.SECONDS, 0
    for (kind, digest), (name, number) in around.wanted.items():
        seconds = ends_at - time.monotonic()
        if seconds < _LEAST_SECONDS:
            break
        match = register.ask(kind, name, number, seconds=seconds, department_code=version.department_code)
        said += match is not Match.UNKNOWN
        _remember(actor, draft, kind, digest, match, now)
    return said


@transaction.atomic
def _remember(actor: Actor, draft: Draft, kind: Register, digest: str, match: Match, now: datetime) -> None:
    """Only an answer is kept; that somebody asked is always recorded."""
    if match is not Match.UNKNOWN:
        DraftLookup.objects.get_or_create(
            draft=draft, register=kind.value, digest=digest, defaults={"match": match.value, "looked_at": now}
        )
    trail.record(actor, "draft.name_checked", f"draft {draft.pk}", detail=f"{kind.value} {match.value}", at=now)
