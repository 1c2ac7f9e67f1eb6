"""Several people on one draft at the same moment: one save, one publication, one draft an item. Each guard has a control without it."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from django.db import connection

from hall.services.catalogue import drafting
from hall.services.catalogue.draft_refusals import DraftClosed, StaleDraft
from hall.services.catalogue.drafting import Published, Saved
from hall.services.catalogue.models import Item, ItemDraft, ItemVersion, Tally
from hall.support.access.actors import Actor
from tests.make.catalogue import import_folder, item_row, make_item, write_items
from tests.make.crowds import at_once
from tests.make.drafts import clerk_of, make_draft, make_submitted, reviewer, revision_of
from tests.make.people import NOW, make_department

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
ROUNDS, PEOPLE = 10, 4


def _saves(actors: list[Actor]) -> list[Saved | Exception]:
    draft_id = make_draft(actors[0], make_item().code)

    def save(actor: Actor, number: int) -> Saved:
        return drafting.save_draft(actor=actor, draft_id=draft_id, revision=0, changes={"name": f"名称{number}"}, now=NOW)

    return at_once([partial(save, actor, number) for number, actor in enumerate(actors)])


def test_of_several_saves_at_once_one_is_kept_and_the_others_are_told() -> None:
    actors = [clerk_of() for _ in range(PEOPLE)]
    for _ in range(ROUNDS):
        outcomes = _saves(actors)
        assert sum(isinstance(outcome, Saved) for outcome in outcomes) == 1, outcomes
        assert sum(isinstance(outcome, StaleDraft) for outcome in outcomes) == PEOPLE - 1, outcomes
    assert set(ItemDraft.objects.values_list("revision", flat=True)) == {1}


def _publications(admins: list[Actor]) -> tuple[str, list[Published | Exception]]:
    code = make_item().code
    draft_id = make_submitted(clerk_of(), code)
    revision = revision_of(draft_id)
    call = partial(drafting.publish_draft, draft_id=draft_id, revision=revision, now=NOW)
    return code, at_once([partial(call, actor=admin) for admin in admins])


def test_a_draft_is_published_once() -> None:
    admins = [reviewer() for _ in range(PEOPLE)]
    for _ in range(ROUNDS):
        code, outcomes = _publications(admins)
        assert sum(isinstance(outcome, Published) for outcome in outcomes) == 1, outcomes
        assert sum(isinstance(outcome, DraftClosed) for outcome in outcomes) == PEOPLE - 1, outcomes
        assert ItemVersion.objects.filter(item=code).count() == 2


def _unlocked(draft_id: int, **scope: Any) -> ItemDraft:
    return ItemDraft.objects.get(pk=draft_id, **scope)


def test_control_without_the_lock_several_saves_are_told_that_they_were_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafting, "locked", _unlocked)
    actors = [clerk_of() for _ in range(PEOPLE)]
    kept = [sum(isinstance(outcome, Saved) for outcome in _saves(actors)) for _ in range(ROUNDS)]
    assert max(kept) > 1


def test_control_without_the_locks_the_same_draft_is_published_again_or_breaks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafting, "locked", _unlocked)
    monkeypatch.setattr(drafting, "lock_relations", lambda: None)
    admins = [reviewer() for _ in range(PEOPLE)]
    outcomes = [outcome for _ in range(ROUNDS) for outcome in _publications(admins)[1]]
    assert not all(isinstance(outcome, Published | DraftClosed) for outcome in outcomes)


@contextmanager
def _without_one_open_draft() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = 'item_draft_one_open'")
        (definition,) = cursor.fetchone()
        cursor.execute("DROP INDEX item_draft_one_open")
    try:
        yield
    finally:
        ItemDraft.objects.all().delete()
        with connection.cursor() as cursor:
            cursor.execute(definition)


def _starts() -> int:
    people, code = [clerk_of() for _ in range(PEOPLE)], make_item().code
    outcomes = at_once([partial(drafting.start_draft, actor=person, item_code=code, now=NOW) for person in people])
    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)], outcomes
    return len(set(outcomes))


def _circles() -> list[Published | Exception]:
    clerk, admins = clerk_of(), [reviewer(), reviewer()]
    first, second = make_item().code, make_item().code
    related = ((first, {"prerequisite": [second]}), (second, {"prerequisite": [first]}))
    drafts = [make_submitted(clerk, code, related=links) for code, links in related]
    calls = [
        partial(drafting.publish_draft, actor=admin, draft_id=draft, revision=1, now=NOW)
        for admin, draft in zip(admins, drafts, strict=True)
    ]
    return at_once(calls)


def test_two_publications_at_once_close_no_circle() -> None:
    for _ in range(ROUNDS):
        outcomes = _circles()
        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["NotReady", "Published"], outcomes


def test_control_without_the_lock_they_close_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafting, "lock_relations", lambda: None)
    assert any(all(isinstance(outcome, Published) for outcome in _circles()) for _ in range(ROUNDS))


def test_several_who_start_at_once_write_on_one_draft() -> None:
    assert {_starts() for _ in range(ROUNDS)} == {1}


def test_control_without_the_constraint_they_write_on_several() -> None:
    with _without_one_open_draft():
        assert max(_starts() for _ in range(ROUNDS)) > 1


def test_tallies_count_publications_of_different_items_at_once_exactly() -> None:
    admins, clerk = [reviewer() for _ in range(PEOPLE)], clerk_of()
    codes = [make_item().code for _ in range(PEOPLE)]
    Tally.objects.create(scope="all", key="", items=PEOPLE, applicable=PEOPLE, full_online=PEOPLE)
    for _ in range(3):
        drafts = [make_submitted(clerk, code, online_depth="prelim", onsite_visits=1) for code in codes]
        calls = [
            partial(drafting.publish_draft, actor=admin, draft_id=draft, revision=1, now=NOW)
            for admin, draft in zip(admins, drafts, strict=True)
        ]
        outcomes = at_once(calls)
        assert all(isinstance(outcome, Published) for outcome in outcomes), outcomes
        tally = Tally.objects.get(scope="all")
        assert (tally.items, tally.full_online) == (PEOPLE, 0)
        back = [make_submitted(clerk, code, online_depth="full", onsite_visits=0) for code in codes]
        for draft in back:
            drafting.publish_draft(actor=admins[0], draft_id=draft, revision=1, now=NOW)
        assert Tally.objects.get(scope="all").full_online == PEOPLE


def test_a_publication_and_an_import_do_not_get_into_each_others_way(tmp_path: Any) -> None:
    make_department()
    admin, clerk = reviewer(), clerk_of()
    for number in range(1, 6):
        row = item_row(code=f"3701000005{number:02d}")
        write_items(tmp_path, [row])
        import_folder(tmp_path)
        draft_id = make_submitted(clerk, row["code"], promised_days=7, flow_steps=[])
        write_items(tmp_path, [row | {"promised_days": 3}])
        publish = partial(drafting.publish_draft, actor=admin, draft_id=draft_id, revision=1, now=NOW)
        published, imported = at_once([publish, partial(import_folder, tmp_path)])
        assert not isinstance(imported, Exception), imported
        # Whoever came first, the other one saw it: the import kept the department's, or the draft was overtaken.
        if isinstance(published, Published):
            assert Item.objects.get(code=row["code"]).current_version_id == published.version_id
        else:
            assert type(published).__name__ in {"ImportUnderWay", "NewerVersion"}, published
