"""热词: what most people search, and what an administrator decided about single words; reading and deciding (§5.2)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max, Sum
from django.utils import timezone

from hall.services.search import rules
from hall.services.search import text as texts
from hall.services.search.models import HotWord, SearchUse
from hall.support.access.actors import Actor, Role, require
from hall.support.audit import trail
from hall.support.refusals import Refusal

WEEK = 7
# What is decided and what is used come together: the decided first, in their order, then the used, most used first.
_HOT = """
SELECT word, is_barred, true FROM (SELECT word, is_barred FROM search_hot_word ORDER BY is_barred, "order", word) decided
UNION ALL
SELECT query, false, false FROM (
  SELECT query FROM search_use WHERE day >= %s AND day <= %s AND hits > 0 GROUP BY query HAVING sum(uses) >= %s
  ORDER BY sum(uses) DESC, query LIMIT %s
) used
"""
_MOST_USED = 100


class WordUnfit(Refusal):
    sentence = "热词应为 2 至 12 个字，不能有数字。"
    field = "word"


@dataclass(frozen=True, slots=True)
class HotRow:
    """A word with its uses of the last day and week; `decision` is pin, bar or "" for none; `order` counts among the pinned."""

    word: str
    day_uses: int
    week_uses: int
    decision: str
    order: int


def hot_words(*, limit: int = 8, days: int = WEEK, now: datetime | None = None) -> list[str]:
    """What to show as searched by many: words pinned by an administrator, then what most people searched and found in the last
    days, then the shipped list; never a barred one. One SQL statement."""
    today = timezone.localdate(now)
    with connection.cursor() as cursor:
        cursor.execute(_HOT, [today - timedelta(days=days - 1), today, rules.LEAST_HOT_USES, _MOST_USED])
        rows = cursor.fetchall()
    barred = {word for word, is_barred, _ in rows if is_barred}
    words = [word for word, is_barred, _ in rows if not is_barred]
    return [word for word in dict.fromkeys([*words, *_shipped()]) if _plain(word) not in barred][:limit]


def hot_table(*, now: datetime, limit: int = 50) -> list[HotRow]:
    """For the console: every word that was decided on, then the used ones, most used in the week first. Two SQL statements."""
    today = timezone.localdate(now)
    decided = {word.word: word for word in HotWord.objects.order_by("is_barred", "order", "word")}
    week = _uses(today - timedelta(days=WEEK - 1), today)
    words = [*decided, *(word for word in week if word not in decided)][: max(limit, len(decided))]
    return [
        HotRow(
            word,
            *week.get(word, (0, 0)),
            decision=("bar" if decided[word].is_barred else "pin") if word in decided else "",
            order=decided[word].order if word in decided else 0,
        )
        for word in words
    ]


def _uses(first: date, today: date) -> dict[str, tuple[int, int]]:
    rows = SearchUse.objects.filter(day__gte=first, day__lte=today, hits__gt=0).values("query", "day").annotate(sum=Sum("uses"))
    counts: dict[str, list[int]] = {}
    for row in rows:
        day_and_week = counts.setdefault(row["query"], [0, 0])
        day_and_week[0] += row["sum"] * (row["day"] == today)
        day_and_week[1] += row["sum"]
    kept = {word: (day, week) for word, (day, week) in counts.items() if week >= rules.LEAST_HOT_USES}
    return dict(sorted(kept.items(), key=lambda one: (-one[1][1], one[0])))


def _shipped() -> list[str]:
    path = settings.DATA_DIR / "hot_words.txt"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


@transaction.atomic
def pin_hot_word(*, actor: Actor, word: str, now: datetime) -> None:
    """Show a word among the first, behind those pinned before; one pinned already stays where it is. Raises: NotAllowed, WordUnfit."""
    require(actor, Role.SYS_ADMIN)
    word = _fit(word)
    held = HotWord.objects.select_for_update().filter(pk=word).first()
    if held is not None and not held.is_barred:
        return
    last = HotWord.objects.filter(is_barred=False).aggregate(last=Max("order"))["last"] or 0
    _decide(actor, word, now, is_barred=False, order=last + 1)


@transaction.atomic
def bar_hot_word(*, actor: Actor, word: str, now: datetime) -> None:
    """Never show a word, however often it is searched. Raises: NotAllowed, WordUnfit."""
    require(actor, Role.SYS_ADMIN)
    _decide(actor, _fit(word), now, is_barred=True, order=0)


@transaction.atomic
def free_hot_word(*, actor: Actor, word: str, now: datetime) -> None:
    """Leave a word to its use again. Raises: NotAllowed."""
    require(actor, Role.SYS_ADMIN)
    if HotWord.objects.filter(pk=_plain(word)).delete()[0]:
        trail.record(actor, "search.hot_word_freed", _plain(word), at=now)


def _plain(word: str) -> str:
    return texts.plain_query(word).replace(" ", "")


def _fit(word: str) -> str:
    plain = _plain(word)
    if not rules.is_countable(plain):
        raise WordUnfit
    return plain


def _decide(actor: Actor, word: str, now: datetime, *, is_barred: bool, order: int) -> None:
    decision = {"is_barred": is_barred, "order": order, "decided_by": actor.name, "decided_at": now}
    HotWord.objects.update_or_create(pk=word, defaults=decision)
    trail.record(actor, "search.hot_word_barred" if is_barred else "search.hot_word_pinned", word, at=now)
