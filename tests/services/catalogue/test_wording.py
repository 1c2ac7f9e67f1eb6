"""What people call an item, kept in the console: search follows, the import leaves it alone, only the administrator may."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from hall.services.catalogue import commands, wording
from hall.services.catalogue.models import Situation, Synonym
from hall.services.search import commands as search_commands
from hall.services.search import queries as search
from hall.support.access.actors import Actor, NotAllowed, Role, SignInNeeded
from hall.support.audit.models import TrailEntry
from hall.support.jobs import queue
from hall.support.refusals import Refusal
from tests.make.catalogue import SMALL_ITEMS, write_small_data
from tests.make.people import NOW, SYSTEM, actor_for, make_citizen, make_staff
from tests.make.search import make_item, make_synonym

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> Actor:
    return actor_for(make_staff(Role.SYS_ADMIN))


@pytest.fixture
def dog() -> str:
    code = make_item("犬类准养登记", keywords=["养狗证"])
    for other in ("居民身份证申领", "出生登记", "机动车驾驶证补证", "旅馆业许可"):
        make_item(other)
    search_commands.reindex(now=NOW)
    return code


def _codes(q: str) -> list[str]:
    return [hit.code for hit in search.search_items(q=q).hits]


def test_a_word_added_is_found_by_everybody_within_two_seconds(admin: Actor, dog: str) -> None:
    assert dog not in _codes("毛孩子")
    started = time.monotonic()
    synonym_id = wording.add_synonym(actor=admin, code=dog, term=" 毛孩子 ", now=NOW)
    queue.run_due_now()
    assert _codes("毛孩子")[0] == dog
    assert time.monotonic() - started < 2
    wording.switch_synonym(actor=admin, synonym_id=synonym_id, is_off=True, now=NOW)
    queue.run_due_now()
    assert dog not in _codes("毛孩子")
    assert wording.add_synonym(actor=admin, code=dog, term="毛孩子", now=NOW) == synonym_id
    queue.run_due_now()
    assert _codes("毛孩子")[0] == dog


def test_a_situation_added_is_kept_behind_the_others_and_switched_off_and_on(admin: Actor, dog: str) -> None:
    first = wording.add_situation(actor=admin, code=dog, text="朋友送了只金毛，\n要不要办证", now=NOW)
    second = wording.add_situation(actor=admin, code=dog, text="小区不让没证的狗进", now=NOW)
    found = wording.item_wording(admin, dog)
    assert found is not None
    assert [(one.situation_id, one.text, one.is_off) for one in found.situations] == [
        (first, "朋友送了只金毛， 要不要办证", False),
        (second, "小区不让没证的狗进", False),
    ]
    wording.switch_situation(actor=admin, situation_id=first, is_off=True, now=NOW)
    wording.switch_situation(actor=admin, situation_id=first, is_off=True, now=NOW)
    assert wording.add_situation(actor=admin, code=dog, text="朋友送了只金毛， 要不要办证", now=NOW) == first
    deeds = list(TrailEntry.objects.order_by("pk").values_list("deed", flat=True))
    assert deeds == ["wording.situation_added", "wording.situation_added", "wording.situation_off", "wording.situation_on"]


def test_an_items_words_are_shown_with_where_they_come_from(admin: Actor, dog: str) -> None:
    other = make_item("养殖场备案")
    make_synonym("狗证", "犬类准养登记", [dog, other])
    wording.add_synonym(actor=admin, code=dog, term="毛孩子", now=NOW)
    found = wording.item_wording(admin, dog)
    assert found is not None
    assert (found.name, found.keywords) == ("犬类准养登记", ("养狗证",))
    assert [(one.term, one.origin.value, one.others) for one in found.synonyms] == [("毛孩子", "hall", 0), ("狗证", "file", 1)]
    assert wording.item_wording(admin, "379999999999") is None


@pytest.mark.parametrize("term", ["", "狗", "，。！", "长" * 41, "狗\x00证", "——"])
def test_a_word_that_says_nothing_is_refused(admin: Actor, dog: str, term: str) -> None:
    with pytest.raises(wording.TermUnfit):
        wording.add_synonym(actor=admin, code=dog, term=term, now=NOW)
    assert not Synonym.objects.exists()


@pytest.mark.parametrize("text", ["", "养狗", "，。！？", "长" * 121, "养狗\x07要办证吗"])
def test_a_situation_that_says_nothing_is_refused(admin: Actor, dog: str, text: str) -> None:
    with pytest.raises(wording.SituationUnfit):
        wording.add_situation(actor=admin, code=dog, text=text, now=NOW)
    assert not Situation.objects.exists()


def test_what_is_there_already_and_what_is_not_there_are_refused(admin: Actor, dog: str) -> None:
    wording.add_synonym(actor=admin, code=dog, term="毛孩子", now=NOW)
    wording.add_situation(actor=admin, code=dog, text="养狗要办证吗", now=NOW)
    refused: list[tuple[type[Refusal], Callable[[], object]]] = [
        (wording.WordingKnown, lambda: wording.add_synonym(actor=admin, code=dog, term="毛孩子", now=NOW)),
        (wording.WordingKnown, lambda: wording.add_situation(actor=admin, code=dog, text="养狗要办证吗", now=NOW)),
        (wording.ItemMissing, lambda: wording.add_synonym(actor=admin, code="379999999999", term="毛孩子", now=NOW)),
        (wording.ItemMissing, lambda: wording.add_situation(actor=admin, code="379999999999", text="养狗要办证吗", now=NOW)),
        (wording.WordingMissing, lambda: wording.switch_synonym(actor=admin, synonym_id=999_999, is_off=True, now=NOW)),
        (wording.WordingMissing, lambda: wording.switch_situation(actor=admin, situation_id=999_999, is_off=True, now=NOW)),
    ]
    for kind, command in refused:
        with pytest.raises(kind):
            command()


def test_only_the_administrator_reads_and_writes_them(dog: str) -> None:
    people = [actor_for(make_citizen()), actor_for(make_staff(Role.LEADER, department_code="SD07")), actor_for(make_staff(Role.SUPERVISOR))]
    for actor, refusal in [*((one, NotAllowed) for one in people), (Actor(), SignInNeeded)]:
        for command in (
            lambda actor=actor: wording.item_wording(actor, dog),
            lambda actor=actor: wording.add_synonym(actor=actor, code=dog, term="毛孩子", now=NOW),
            lambda actor=actor: wording.switch_synonym(actor=actor, synonym_id=1, is_off=True, now=NOW),
            lambda actor=actor: wording.add_situation(actor=actor, code=dog, text="养狗要办证吗", now=NOW),
            lambda actor=actor: wording.switch_situation(actor=actor, situation_id=1, is_off=True, now=NOW),
        ):
            with pytest.raises(refusal):
                command()


def test_the_next_import_keeps_what_was_added_and_what_was_switched_off(admin: Actor, tmp_path: Path) -> None:
    folder = write_small_data(tmp_path)
    commands.import_catalogue(folder=folder, actor=SYSTEM, now=NOW)
    code = SMALL_ITEMS[0]
    wording.add_synonym(actor=admin, code=code, term="财政盖楼", now=NOW)
    wording.add_situation(actor=admin, code=code, text="镇里要盖新的卫生院", now=NOW)
    before = wording.item_wording(admin, code)
    assert before is not None
    from_file = [one for one in before.synonyms if one.origin.value == "file"]
    if from_file:
        wording.switch_synonym(actor=admin, synonym_id=from_file[0].synonym_id, is_off=True, now=NOW)
    after_switch = wording.item_wording(admin, code)
    report = commands.import_catalogue(folder=folder, actor=SYSTEM, now=NOW)
    assert not report.is_changed
    assert wording.item_wording(admin, code) == after_switch
