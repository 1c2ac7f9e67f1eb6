"""What the processes of a crowd do. Imported before Django is set up there, so what needs it is imported inside."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ReadyDraft:
    """A draft that only has to be handed in."""

    account_id: int
    draft_id: int
    revision: int


def issue(run: str, client: int, count: int, departments: int) -> list[str]:
    """So many serial numbers, each in a transaction of its own."""
    from hall.services.serials import commands
    from hall.services.serials.rules import Channel

    return [
        commands.issue(
            division_code="370000",
            department_number=1 + client % departments,
            channel=Channel.WEB,
            request_id=f"{run}:{client}:{number}",
            now=NOW,
        )
        for number in range(count)
    ]


def submit(drafts: Sequence[ReadyDraft]) -> tuple[list[float], float]:
    """Hand the drafts in through the real command; seconds of each, and seconds of processor that this process used for all."""
    from django.utils import timezone

    from hall.services.applications import commands
    from hall.support.identity import queries

    actors = {draft.account_id: queries.actor_of(draft.account_id) for draft in drafts}
    times = []
    used = time.process_time()
    for draft in drafts:
        actor = actors[draft.account_id]
        assert actor is not None
        began = time.perf_counter()
        commands.submit_application(actor=actor, draft_id=draft.draft_id, revision=draft.revision, now=timezone.now())
        times.append(time.perf_counter() - began)
    return times, time.process_time() - used
