"""Holding a guided conversation: it is kept sealed, under a token that only the browser has, and forgotten after a day (§5.4).

Free words stand in no address and no log; nobody's account is bound to a talk.
"""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hall.services.guidance import dialogue
from hall.services.guidance.dialogue_library import CatalogueLibrary
from hall.services.guidance.dialogue_state import Talk, from_plain, to_plain
from hall.services.guidance.talk_models import AskTalk
from hall.support.access import throttles
from hall.support.access.actors import Actor
from hall.support.identity import protection
from hall.support.refusals import Conflict

KEPT = timedelta(days=1)
_SEALED_FOR = "talk"
_LONGEST_TOKEN = 64
# A family or an office behind one address talks a lot; a machine talks more.
TURNS, TURNS_WINDOW_SECONDS = 120, 60
TRIES, LONGEST_CHOICE = 5, 80


@dataclass(frozen=True, slots=True)
class Held:
    """A talk with its token."""

    token: str
    talk: Talk


class TalkBusy(Conflict):
    """Several pages of one talk answered all at once, again and again."""

    sentence = "这次对话正在别的页面里进行，请刷新后再说。"


def talk_of(token: str, *, now: datetime) -> Talk | None:
    """The talk under a token; None for an unknown one and after a day. One SQL query, none without a token."""
    row = _row(token, now)
    return _opened(row) if row else None


def go_on(
    *,
    actor: Actor,
    token: str,
    sentence: str = "",
    choice: str = "",
    seen: int | None = None,
    division_code: str = "",
    topic: str = "",
    now: datetime,
) -> Held:
    """Say a sentence, or take one of the offered choices, in the talk under the token or in a new one; and get the answer.

    `seen` is how many messages the page showed: what is sent twice from one page is answered once. `topic` ("item:code") is what the
    page was about before anything was said. Three SQL statements beside those of the library.
    Raises: TooMany, TalkBusy.
    """
    throttles.count_try(f"ask:{actor.address}", limit=TURNS, window_seconds=TURNS_WINDOW_SECONDS, now=now)
    library = CatalogueLibrary(division_code=division_code)
    mark = "" if seen is None else protection.lookup_digest(f"{seen} {choice} {sentence}", purpose="talk-sent")
    for _ in range(TRIES):
        # Search may ask the meaning process, so no row is held meanwhile: whoever answered first has raised `turn`, and we answer anew.
        row = _row(token, now)
        talk = _opened(row) if row else dialogue.opening()
        if mark and mark == talk.sent:
            return Held(token, talk)
        talk = _turned(talk, topic, library)
        after = dialogue.chose(talk, choice[:LONGEST_CHOICE], library) if choice else dialogue.said(talk, sentence, library)
        content = protection.encrypt_json(to_plain(replace(after, sent=mark)), purpose=_SEALED_FOR)
        if row is None:
            fresh = secrets.token_urlsafe(32)
            AskTalk.objects.create(token_digest=_digest(fresh), content=content, started_at=now, touched_at=now)
            return Held(fresh, after)
        if AskTalk.objects.filter(pk=row.pk, turn=row.turn).update(content=content, turn=row.turn + 1, touched_at=now):
            return Held(token, after)
    raise TalkBusy


def begun_with(topic: str, *, talk: Talk | None = None, division_code: str = "") -> Talk:
    """A talk that turns to a topic ("item:code", "bundle:code"), not kept: what a link from an item's page shows."""
    return _turned(talk or dialogue.opening(), topic, CatalogueLibrary(division_code=division_code))


def _turned(talk: Talk, topic: str, library: CatalogueLibrary) -> Talk:
    kind, _, code = topic.partition(":")
    is_other = kind in {"item", "bundle"} and code and (kind, code) != talk.topic
    return dialogue.chose(talk, topic[:LONGEST_CHOICE], library) if is_other else talk


def _row(token: str, now: datetime) -> AskTalk | None:
    return AskTalk.objects.filter(token_digest=_digest(token), touched_at__gt=now - KEPT).first() if _is_token(token) else None


def _opened(row: AskTalk) -> Talk:
    return from_plain(protection.decrypt_json(row.content, purpose=_SEALED_FOR))


def forget(token: str) -> None:
    """Forget the talk under the token, now. One SQL statement."""
    if _is_token(token):
        AskTalk.objects.filter(token_digest=_digest(token)).delete()


def topic_name(talk: Talk, *, division_code: str = "") -> str:
    """What the talk is about, in the catalogue's words; "" where it is about nothing, or that is gone. Two SQL queries at most."""
    kind, code = talk.topic
    library = CatalogueLibrary(division_code=division_code)
    if kind == "item":
        near = library.near([code])
        return near[0].card.name if near else ""
    bundle = library.bundle(code) if kind == "bundle" else None
    return bundle.bundle.name if bundle else ""


def department_of(talk: Talk, *, division_code: str = "") -> str:
    """The department that handles what the talk is about; "" where it is about nothing yet. Two SQL queries at most."""
    kind, code = talk.topic
    if not code:
        return ""
    library = CatalogueLibrary(division_code=division_code)
    if kind == "item":
        near = library.near([code])
        return near[0].card.department_code if near else ""
    bundle = library.bundle(code)
    return bundle.cards[0].department_code if bundle and bundle.cards else ""


def question_of(talk: Talk, most: int) -> str:
    """What the person said so far, for the form: whole sentences, the last ones first to stay."""
    spoken = list(talk.own_words)
    while spoken and len("\n".join(spoken)) > most:
        spoken.pop(0)
    return "\n".join(spoken)


def _is_token(token: str) -> bool:
    return 20 <= len(token) <= _LONGEST_TOKEN and token.isascii()


def _digest(token: str) -> str:
    return protection.lookup_digest(token, purpose=_SEALED_FOR)
