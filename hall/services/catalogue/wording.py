"""说法: the words of people for an item, synonyms and situations, as an administrator keeps them (§5.2). The import leaves them alone."""

import re
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Count, Max

from hall.services.catalogue.announcing import announce
from hall.services.catalogue.models import Item, Keyword, Situation, Synonym, SynonymItem
from hall.services.catalogue.rules import Origin, SynonymKind
from hall.support.access.actors import Actor, Role, require
from hall.support.audit import trail
from hall.support.refusals import Conflict, NotFound, Refusal

# A longer one is a sentence, not a word that stands inside other words.
LONGEST_WORD = 12
LONGEST_TERM, LONGEST_SITUATION, SHORTEST_SITUATION = 40, 120, 4
_SPACE = re.compile(r"\s+")
_READABLE = re.compile(r"[^\W_]")


class ItemMissing(NotFound):
    sentence = "没有找到这个事项，请核对事项编码。"


class WordingMissing(NotFound):
    sentence = "没有找到这条说法，可能刚刚被改过，请刷新页面。"


class TermUnfit(Refusal):
    sentence = f"俗称应为 2 至 {LONGEST_TERM} 个字；更长的请写成情形。"
    field = "term"


class SituationUnfit(Refusal):
    sentence = f"情形应为 {SHORTEST_SITUATION} 至 {LONGEST_SITUATION} 个字，用办事人自己的话写。"
    field = "text"


class WordingKnown(Conflict):
    sentence = "这个事项已经有这条说法了。"


@dataclass(frozen=True, slots=True)
class SynonymLine:
    """A synonym that leads to an item. `others` is the number of further items that it leads to: switching it concerns them too."""

    synonym_id: int
    term: str
    official_term: str
    origin: Origin
    is_off: bool
    others: int


@dataclass(frozen=True, slots=True)
class SituationLine:
    """A sentence of somebody who needs the item."""

    situation_id: int
    text: str
    origin: Origin
    is_off: bool


@dataclass(frozen=True, slots=True)
class ItemWording:
    """Everything that people call an item, those switched off last."""

    code: str
    name: str
    keywords: tuple[str, ...]
    synonyms: tuple[SynonymLine, ...]
    situations: tuple[SituationLine, ...]


def item_wording(actor: Actor, code: str) -> ItemWording | None:
    """What people call one item; None for an item that was never published. Four SQL queries. Raises: SignInNeeded, NotAllowed."""
    require(actor, Role.SYS_ADMIN)
    name = Item.objects.filter(code=code, current_version__isnull=False).values_list("current_version__name", flat=True).first()
    if name is None:
        return None
    synonyms = Synonym.objects.filter(pk__in=SynonymItem.objects.filter(item=code).values("synonym")).annotate(leads=Count("synonymitem"))
    lines = synonyms.order_by("is_off", "citizen_term", "pk").values_list(
        "pk", "citizen_term", "official_term", "origin", "is_off", "leads"
    )
    situations = Situation.objects.filter(item=code).order_by("is_off", "order", "pk").values_list("pk", "text", "origin", "is_off")
    return ItemWording(
        code=code,
        name=name,
        keywords=tuple(Keyword.objects.filter(item=code).order_by("order", "word").values_list("word", flat=True)),
        synonyms=tuple(SynonymLine(pk, term, official, Origin(origin), off, leads - 1) for pk, term, official, origin, off, leads in lines),
        situations=tuple(SituationLine(pk, text, Origin(origin), is_off) for pk, text, origin, is_off in situations),
    )


@transaction.atomic
def add_synonym(*, actor: Actor, code: str, term: str, now: datetime) -> int:
    """Let a word of people lead to an item; one that was switched off is switched on. Returns the synonym's id.

    Raises: SignInNeeded, NotAllowed, ItemMissing, TermUnfit, WordingKnown. Source: §5.2 同义词.
    """
    require(actor, Role.SYS_ADMIN)
    name = _item_name(code)
    term = _SPACE.sub("", term)
    if not 2 <= len(term) <= LONGEST_TERM or not _is_readable(term):
        raise TermUnfit
    held = Synonym.objects.filter(citizen_term=term, synonymitem__item=code).order_by("is_off", "pk").first()
    if held is not None:
        if not held.is_off:
            raise WordingKnown(field="term")
        _switch_synonym(actor, held.pk, is_off=False, now=now)
        return held.pk
    kind = SynonymKind.WORD if len(term) <= LONGEST_WORD else SynonymKind.ITEM
    made, _ = Synonym.objects.get_or_create(
        citizen_term=term, official_term=name, kind=kind, defaults={"origin": Origin.HALL, "is_off": False}
    )
    if made.origin != Origin.HALL:
        # From now on it is the hall's: a file that does not name this item would take it away again.
        Synonym.objects.filter(pk=made.pk).update(origin=Origin.HALL)
    SynonymItem.objects.get_or_create(synonym=made, item_id=code)
    trail.record(actor, "wording.synonym_added", code, detail=f"synonym {made.pk}", at=now)
    announce([code])
    return made.pk


@transaction.atomic
def switch_synonym(*, actor: Actor, synonym_id: int, is_off: bool, now: datetime) -> None:
    """Leave a synonym out of search, for every item that it leads to, or take it in again. Asked twice it happens once.

    Raises: SignInNeeded, NotAllowed, WordingMissing.
    """
    require(actor, Role.SYS_ADMIN)
    if not Synonym.objects.filter(pk=synonym_id).exists():
        raise WordingMissing
    _switch_synonym(actor, synonym_id, is_off=is_off, now=now)


def _switch_synonym(actor: Actor, synonym_id: int, *, is_off: bool, now: datetime) -> None:
    if not Synonym.objects.filter(pk=synonym_id).exclude(is_off=is_off).update(is_off=is_off):
        return
    codes = list(SynonymItem.objects.filter(synonym=synonym_id).order_by("item_id").values_list("item_id", flat=True))
    deed = "wording.synonym_off" if is_off else "wording.synonym_on"
    trail.record(actor, deed, f"synonym {synonym_id}", detail=f"items {len(codes)}", at=now)
    announce(codes)


@transaction.atomic
def add_situation(*, actor: Actor, code: str, text: str, now: datetime) -> int:
    """Add a sentence of somebody who needs the item, behind the others; one that was switched off is switched on. Returns its id.

    Raises: SignInNeeded, NotAllowed, ItemMissing, SituationUnfit, WordingKnown. Source: §5.2.
    """
    require(actor, Role.SYS_ADMIN)
    _item_name(code)
    text = _SPACE.sub(" ", text).strip()
    if not SHORTEST_SITUATION <= len(text) <= LONGEST_SITUATION or not _is_readable(text):
        raise SituationUnfit
    last = Situation.objects.filter(item=code).aggregate(last=Max("order"))["last"] or 0
    made, is_new = Situation.objects.get_or_create(item_id=code, text=text, defaults={"order": last + 1, "origin": Origin.HALL})
    if not is_new:
        if not made.is_off:
            raise WordingKnown(field="text")
        _switch_situation(actor, made.pk, code, is_off=False, now=now)
        return made.pk
    trail.record(actor, "wording.situation_added", code, detail=f"situation {made.pk}", at=now)
    announce([code])
    return made.pk


@transaction.atomic
def switch_situation(*, actor: Actor, situation_id: int, is_off: bool, now: datetime) -> None:
    """Leave a situation out of search or take it in again. Asked twice it happens once. Raises: SignInNeeded, NotAllowed, WordingMissing."""
    require(actor, Role.SYS_ADMIN)
    code = Situation.objects.filter(pk=situation_id).values_list("item_id", flat=True).first()
    if code is None:
        raise WordingMissing
    _switch_situation(actor, situation_id, code, is_off=is_off, now=now)


def _switch_situation(actor: Actor, situation_id: int, code: str, *, is_off: bool, now: datetime) -> None:
    if not Situation.objects.filter(pk=situation_id).exclude(is_off=is_off).update(is_off=is_off):
        return
    trail.record(actor, "wording.situation_off" if is_off else "wording.situation_on", code, detail=f"situation {situation_id}", at=now)
    announce([code])


def _item_name(code: str) -> str:
    name = Item.objects.filter(code=code, current_version__isnull=False).values_list("current_version__name", flat=True).first()
    if name is None:
        raise ItemMissing
    return str(name)


def _is_readable(text: str) -> bool:
    return text.isprintable() and _READABLE.search(text) is not None
