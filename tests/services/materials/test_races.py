"""A library under many hands: the quota, one content, a version replaced twice. Each guard has a control without it that must fail."""

from functools import partial

import pytest

from hall.services.materials import commands, rules, spaces
from hall.services.materials.commands import Description
from hall.services.materials.models import Material, Space, Version
from hall.support.access.actors import Actor
from hall.support.filestore import store
from tests.make import people
from tests.make.crowds import at_once
from tests.make.files import make_pdf
from tests.make.people import NOW

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
ROUNDS, PEOPLE = 8, 4


def _add(actor: Actor, content: bytes, name: str) -> int:
    """An upload from where its files are stored on: what races is the library."""
    row = store.store_bytes(content=content, name="租赁合同.pdf", media_type="application/pdf", now=NOW)
    return commands._add(actor, spaces.holder_of(actor), [row], Description(name), NOW)


def _fill_up(settings: object) -> list[int]:
    """How many bytes each of several libraries held more than its quota after many uploads at once."""
    content = make_pdf()
    settings.MATERIALS_PERSON_BYTES = quota = 2 * len(content) + 20  # type: ignore[attr-defined]
    over = []
    for _ in range(ROUNDS):
        zhang = people.citizen_actor()
        _add(zhang, content, "第一份")
        at_once([partial(_add, zhang, content, f"又一份 {n}") for n in range(PEOPLE)])
        held = sum(Version.objects.filter(material__space__account_id=zhang.account_id).values_list("counted_bytes", flat=True))
        over.append(held - quota)
    return over


def test_many_uploads_at_once_do_not_exceed_the_quota(settings: object) -> None:
    assert max(_fill_up(settings)) <= 0
    for space in Space.objects.all():
        counted = Version.objects.filter(material__space=space).values_list("counted_bytes", flat=True)
        assert (space.used_bytes, space.held) == (sum(counted), Material.objects.filter(space=space).count())


def test_control_a_quota_that_is_only_looked_at_is_exceeded(settings: object, monkeypatch: pytest.MonkeyPatch) -> None:
    def look(holder: spaces.Holder, space: Space, *, size_bytes: int, materials: int = 1) -> None:
        if space.used_bytes + size_bytes > holder.quota_bytes:
            raise rules.LibraryFull
        Space.objects.filter(pk=space.pk).update(used_bytes=space.used_bytes + size_bytes)

    monkeypatch.setattr(commands, "take_room", look)
    monkeypatch.setattr(commands, "locked_space", _unlocked)
    assert max(_fill_up(settings)) > 0


def _unlocked(holder: spaces.Holder) -> Space:
    return Space.objects.get_or_create(**holder.condition)[0]


def _same_upload_at_once() -> int:
    """In how many rounds an upload sent several times at once came to stand more than once."""
    doubled = 0
    for _ in range(ROUNDS):
        zhang = people.citizen_actor()
        Space.objects.create(account_id=zhang.account_id)
        outcomes = at_once([partial(_add, zhang, make_pdf(), "租赁合同")] * PEOPLE)
        assert not any(isinstance(outcome, Exception) for outcome in outcomes), outcomes
        doubled += Material.objects.filter(space__account_id=zhang.account_id).count() > 1
    return doubled


def test_the_same_upload_sent_several_times_at_once_is_one() -> None:
    assert _same_upload_at_once() == 0


def test_control_without_the_lock_the_same_upload_stands_several_times(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "locked_space", _unlocked)
    monkeypatch.setattr(commands, "take_room", lambda *args, **kwargs: None)
    assert _same_upload_at_once() > 0


def test_of_several_replacements_of_one_version_one_stands_and_the_others_are_told() -> None:
    for round_ in range(ROUNDS):
        zhang = people.citizen_actor()
        material_id = _add(zhang, make_pdf(), "租赁合同")
        outcomes = at_once([partial(_replace, zhang, material_id, f"{round_} new {n}") for n in range(PEOPLE)])
        assert outcomes.count(2) == 1, outcomes
        assert sum(isinstance(outcome, rules.VersionChanged) for outcome in outcomes) == PEOPLE - 1, outcomes
        assert Version.objects.filter(material_id=material_id, is_current=True).get().number == 2


def _replace(actor: Actor, material_id: int, text: str) -> int:
    row = store.store_bytes(content=make_pdf(text=text), name="租赁合同.pdf", media_type="application/pdf", now=NOW)
    return commands._replace(actor, spaces.holder_of(actor), material_id, 1, [row], None, NOW)
