"""Meaning beside words, with the real process `hall meaning` on the shipped catalogue, and what search does when it is away."""

import csv
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from hall.services.search import commands, meaning, queries
from hall.services.search.encoding import Encoder, Index, Phrase, packed
from hall.services.search.models import SearchVector
from tests.ground import servers
from tests.make import search as make

JUDGEMENTS = make.DATA / "judgements" / "queries.csv"
# What the whole set must reach; and each kind, so that none pays for another.
LEAST_HIT_AT_3, LEAST_MRR, LEAST_OF_A_KIND = 0.97, 0.93, 0.9


@pytest.fixture
def meaning_process(db: None, tmp_path: Path, settings: Any) -> Iterator[subprocess.Popen[bytes]]:
    """The process over this test's database, ready to answer about the shipped catalogue."""
    address = f"127.0.0.1:{servers.free_port()}"
    settings.MEANING_ADDRESS = address
    own = connection.settings_dict
    database = f"postgresql://{own['USER']}:{own['PASSWORD'] or ''}@{own['HOST']}:{own['PORT']}/{own['NAME']}"
    process = subprocess.Popen(
        [sys.executable, "-m", "hall.presentation.commandline", "meaning", "--listen", address],
        env=servers.environment(database, tmp_path),
        stdin=subprocess.DEVNULL,
    )
    for _ in range(600):
        assert process.poll() is None
        if meaning.near("身份证", stamp="none"):
            break
        time.sleep(0.1)  # a real process is loading; nothing else tells that it is ready
    yield process
    process.kill()
    process.wait()


@pytest.mark.shipped
def test_judged_queries_reach_their_bars_by_words_and_meaning_and_search_goes_on_without(
    meaning_process: subprocess.Popen[bytes],
) -> None:
    with JUDGEMENTS.open(encoding="utf-8", newline="") as file:
        judged = list(csv.DictReader(file))
    hits: dict[str, list[bool]] = defaultdict(list)
    gains = []
    for row in judged:
        right = set(row["right"].split())
        found = [hit.code for hit in queries.search_items(q=row["query"], limit=10).hits]
        hits[row["kind"]].append(not right.isdisjoint(found[:3]))
        gains.append(next((1 / place for place, code in enumerate(found, 1) if code in right), 0.0))
    every = [hit for kind in hits.values() for hit in kind]
    assert len(judged) >= 300
    assert sum(every) / len(every) >= LEAST_HIT_AT_3
    assert sum(gains) / len(gains) >= LEAST_MRR
    assert {kind: sum(own) / len(own) for kind, own in hits.items() if sum(own) / len(own) < LEAST_OF_A_KIND} == {}

    indirect = "妈妈瘫在床上大半年，吃饭翻身都要人"
    assert queries.search_items(q=indirect).hits[0].code == "370530003000"
    # The control: without the process the same words lead elsewhere, and plain words still lead right.
    meaning_process.kill()
    meaning_process.wait()
    meaning._kept.clear()
    queries.PAGES.clear()
    assert [hit.code for hit in queries.search_items(q=indirect).hits[:1]] != ["370530003000"]
    assert queries.search_items(q="食品经营许可").hits[0].code == "370126014000"


@pytest.mark.shipped
@pytest.mark.django_db
def test_phrases_follow_the_items_and_keep_their_vectors() -> None:
    first = SearchVector.objects.filter(entry="370708002000").first()
    assert first is not None
    SearchVector.objects.filter(pk=first.pk).update(vector=b"kept")
    commands.reindex(["370708002000"], now=make.NOW)
    assert bytes(SearchVector.objects.get(pk=first.pk).vector) == b"kept"


def test_an_index_without_phrases_answers_nothing() -> None:
    assert Index("", []).near("身份证", Encoder().encode(["身份证"])[0], most=5) == []


def test_the_phrase_that_comes_nearest_is_named() -> None:
    encoder = Encoder()
    told = [("A", "媳妇生了，想给娃落上户"), ("A", "出生登记"), ("B", "钓鱼要不要证"), ("B", "渔业捕捞许可")]
    vectors = packed(encoder.encode([text for _, text in told]))
    index = Index("", [Phrase(code, "situation", text, vector) for (code, text), vector in zip(told, vectors, strict=True)])
    query = "孩子刚出生怎么上户口"
    best = index.near(query, encoder.encode([query])[0], most=2)[0]
    assert (best.code, best.phrase) == ("A", "媳妇生了，想给娃落上户")


def test_nobody_listening_means_words_alone_and_no_waiting(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MEANING_ADDRESS = f"127.0.0.1:{servers.free_port()}"
    monkeypatch.setattr(meaning, "_away_until", 0.0)
    assert meaning.near("身份证", stamp="x") == {}
