"""Historic materials in an application (§5.3.4): offered, taken on one click, noted, never by themselves; and never twice."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection

from hall.services.applications import commands, joint, queries, reusing
from hall.services.applications.models import Draft, DraftMaterial
from hall.services.applications.rules import AlreadySubmitted, TooManyFiles
from hall.services.cases.queries import case_file
from hall.services.catalogue.queries import ItemVersionRow
from hall.services.materials import commands as library
from hall.services.materials import queries as libraries
from hall.services.materials import rules, using
from hall.services.materials.models import Space, Use, Version
from hall.services.materials.rows import MaterialRow
from hall.support.access.actors import Actor
from hall.support.filestore import disk
from hall.support.filestore.models import StoredFile
from hall.support.filestore.rules import FileMissing
from hall.support.jobs import queue
from hall.support.refusals import NotFound
from tests.make import people
from tests.make.cases import make_case, make_draft
from tests.make.catalogue import make_cert_type, make_item, material_row
from tests.make.crowds import at_once
from tests.make.joint import make_joint_draft, page_of
from tests.make.materials import TODAY, make_material, paper, row_of
from tests.make.people import NOW

pytestmark = pytest.mark.django_db
LEASE = material_row(name="租赁合同（复印件）", kind="venue", reusable=True)


def _item(**changes: object) -> ItemVersionRow:
    return make_item(materials=[LEASE, material_row(seq=2, name="申请书", kind="form")], **changes)  # type: ignore[arg-type]


def _draft(actor: Actor, item: ItemVersionRow) -> int:
    return commands.start_draft(actor=actor, item_code=item.code, now=NOW)


def _offered(actor: Actor, draft_id: int) -> dict[str, list[str]]:
    page = queries.draft_page(actor, draft_id, now=NOW)
    assert page is not None
    return {key: [one.row.name for one in found] for key, found in reusing.offers_for(actor, page, today=TODAY).items() if found}


def _use(actor: Actor, draft_id: int, row: MaterialRow, key: str = "m1") -> None:
    reusing.use_material(actor=actor, draft_id=draft_id, material_key=key, version_id=row.version_id, now=NOW)


def _uses(actor: Actor, row: MaterialRow) -> list[tuple[str, str]]:
    page = libraries.material_page(actor, row.material_id)
    assert page is not None
    return [(use.item_name, use.serial) for use in page.uses]


def test_a_material_is_offered_taken_and_noted_with_the_number_of_the_case() -> None:
    zhang, item = people.citizen_actor(), _item()
    row, draft_id = make_material(zhang), _draft(zhang, item)
    assert _offered(zhang, draft_id) == {"m1": ["租赁合同"]}
    assert not DraftMaterial.objects.exists(), "nothing is attached by itself"
    _use(zhang, draft_id, row)
    _use(zhang, draft_id, row)
    page = queries.draft_page(zhang, draft_id, now=NOW)
    assert page is not None and [(file.material_key, file.grade) for file in page.files] == [("m1", "C")]
    assert page.files[0].file.sha256 == StoredFile.objects.get(pk=row.files[0].file_id).sha256
    assert _offered(zhang, draft_id) == {} and _uses(zhang, row) == [(item.name, "")]
    commands.remove_material(actor=zhang, draft_id=draft_id, file_id=page.files[0].file.file_id, now=NOW)
    assert _uses(zhang, row) == [] and _offered(zhang, draft_id) == {"m1": ["租赁合同"]}


def test_what_was_used_is_told_with_the_serial_and_stays_with_the_case() -> None:
    zhang, item = people.citizen_actor(), _item()
    row = make_material(zhang)
    draft_id, revision = make_draft(zhang, item.code)
    file = DraftMaterial.objects.get(draft_id=draft_id, material_key="m1")
    commands.remove_material(actor=zhang, draft_id=draft_id, file_id=file.file_id, now=NOW)
    _use(zhang, draft_id, row)
    done = commands.submit_application(actor=zhang, draft_id=draft_id, revision=revision, now=NOW)
    assert _uses(zhang, row) == [(item.name, done.serial)]
    assert libraries.shelf(zhang).saved == 1
    library.delete_material(actor=zhang, material_id=row.material_id, now=NOW)
    case = case_file(zhang, done.serial, now=NOW)
    assert case is not None
    given = next(one for one in case.materials if one.key == "m1")
    assert given.grade == "C" and StoredFile.objects.filter(pk=given.file_id).exists()
    with pytest.raises(AlreadySubmitted):
        reusing.use_material(actor=zhang, draft_id=draft_id, material_key="m1", version_id=row.version_id, now=NOW)


def test_what_is_not_worth_enough_is_neither_offered_nor_taken() -> None:
    zhang = people.citizen_actor()
    item = make_item(materials=[{**LEASE, "trust_grade": "B"}])
    assert item.materials[0].trust_grade == "B" and "B 窗口核过以上" in item.materials[0].trust_words
    row, draft_id = make_material(zhang), _draft(zhang, item)
    assert _offered(zhang, draft_id) == {}
    with pytest.raises(rules.NotUsable, match="窗口核对过原件"):
        _use(zhang, draft_id, row)
    Version.objects.filter(pk=row.version_id).update(grade="B")
    assert _offered(zhang, draft_id) == {"m1": ["租赁合同"]}
    _use(zhang, draft_id, row)


def test_the_same_type_of_licence_comes_first_then_the_better_grade() -> None:
    make_cert_type("ID_CARD", name="居民身份证")
    zhang = people.citizen_actor()
    item = make_item(materials=[material_row(name="申请人身份证明", kind="id", cert_type="ID_CARD", reusable=True)])
    named = make_material(zhang, name="申请人身份证明", text="named")
    card = make_material(zhang, name="我的身份证", text="card", cert_type="ID_CARD")
    older = make_material(zhang, name="申请人身份证明", text="older")
    Version.objects.filter(pk=named.version_id).update(grade="B")
    draft_id = _draft(zhang, item)
    page = queries.draft_page(zhang, draft_id, now=NOW)
    assert page is not None
    found = reusing.offers_for(zhang, page, today=TODAY)["m1"]
    assert [one.row.material_id for one in found] == [card.material_id, named.material_id, older.material_id]
    assert [one.match for one in found] == [rules.Match.CERT, rules.Match.NAME, rules.Match.NAME]


def test_what_was_handed_in_before_is_offered_for_the_same_item() -> None:
    zhang, item = people.citizen_actor(), make_item(materials=[material_row(name="平面图", kind="drawing", reusable=False)])
    library.agree_to_keep(actor=zhang, now=NOW)
    case = make_case(applicant=zhang, item=item)
    queue.run_due_now()
    draft_id = _draft(zhang, item)
    page = queries.draft_page(zhang, draft_id, now=NOW)
    assert page is not None
    (offer,) = reusing.offers_for(zhang, page, today=TODAY)["m1"]
    assert (offer.match, offer.row.serial, offer.row.item_name) == (rules.Match.SAME_ITEM, case.serial, item.name)
    other = _draft(zhang, make_item(name="别的事项", materials=[material_row(name="平面图", kind="drawing", reusable=False)]))
    assert _offered(zhang, other) == {}, "the department says that it does not serve again"


def test_the_persons_papers_are_not_offered_to_the_enterprise_nor_the_other_way_round() -> None:
    company = people.enterprise_actor()
    assert company.account_id is not None
    himself = people.actor_for(company.account_id)
    item = _item(audience=["person", "org"])
    mine, ours = make_material(himself, text="mine"), make_material(company, text="ours")
    for actor, foreign in ((himself, ours), (company, mine)):
        draft_id = _draft(actor, item)
        assert _offered(actor, draft_id) == {"m1": ["租赁合同"]}
        with pytest.raises(rules.NotThere):
            _use(actor, draft_id, foreign)
    assert not DraftMaterial.objects.exists()


def test_bad_wishes_are_refused_and_change_nothing() -> None:
    zhang, li = people.citizen_actor(), people.citizen_actor(name="李四")
    row, foreign = make_material(zhang, valid_until="2026-12-01"), make_material(li)
    draft_id = _draft(zhang, _item())
    for wrong in (foreign.version_id, 0, 999_999_999):
        with pytest.raises(rules.NotThere):
            reusing.use_material(actor=zhang, draft_id=draft_id, material_key="m1", version_id=wrong, now=NOW)
    for key in ("m9", "", "<script>", "x" * 1000):
        with pytest.raises(NotFound):
            reusing.use_material(actor=zhang, draft_id=draft_id, material_key=key, version_id=row.version_id, now=NOW)
    with pytest.raises(NotFound):
        reusing.use_material(actor=li, draft_id=draft_id, material_key="m1", version_id=foreign.version_id, now=NOW)
    with pytest.raises(rules.NotUsable, match="过期"):
        reusing.use_material(actor=zhang, draft_id=draft_id, material_key="m1", version_id=row.version_id, now=NOW + timedelta(days=30))
    library.replace_material(actor=zhang, material_id=row.material_id, number=1, files=[paper("Newer")], valid_until="", now=NOW)
    with pytest.raises(rules.VersionChanged):
        _use(zhang, draft_id, row)
    assert not DraftMaterial.objects.exists() and StoredFile.objects.count() == 3


def test_content_that_changed_or_is_gone_is_neither_offered_nor_handed_on() -> None:
    zhang, draft_id = people.citizen_actor(), 0
    row = make_material(zhang, text="soon spoilt")
    draft_id = _draft(zhang, _item())
    path = disk.content_path(row.files[0].sha256)
    whole = path.read_bytes()
    path.chmod(0o600)
    path.write_bytes(whole + b"%")
    with pytest.raises(FileMissing, match="和存入时不一样"):
        _use(zhang, draft_id, row)
    path.unlink()
    assert _offered(zhang, draft_id) == {}
    with pytest.raises(rules.NotUsable, match="打不开"):
        _use(zhang, draft_id, row)


def test_the_holder_may_use_it_under_another_name_but_not_where_it_cannot_serve() -> None:
    zhang = people.citizen_actor()
    row, word = make_material(zhang, name="房东的合同"), make_material(zhang, name="说明", text="word", is_own_word=True)
    draft_id = _draft(zhang, _item())
    page = libraries.material_page(zhang, row.material_id)
    assert page is not None
    found = [(one.material_key, one.is_match) for one in reusing.openings_for(zhang, page.offer, today=TODAY)]
    assert found == [("m1", False), ("m2", False)]
    _use(zhang, draft_id, row)
    with pytest.raises(rules.NotUsable, match="不能代替"):
        _use(zhang, draft_id, word)


def test_a_joint_draft_is_offered_and_takes_materials_too() -> None:
    zhang = people.citizen_actor()
    items = [_item(name="事项甲"), _item(name="事项乙", department_code="SD26")]
    row = make_material(zhang)
    draft_id = make_joint_draft(zhang, items, has_files=False)
    page = page_of(zhang, draft_id)
    offers = reusing.offers_for_joint(zhang, page, today=TODAY)
    (key,) = [key for key, found in offers.items() if found]
    held = libraries.material_page(zhang, row.material_id)
    assert held is not None
    assert [(one.is_joint, one.material_key) for one in reusing.openings_for(zhang, held.offer, today=TODAY) if one.is_match] == [
        (True, key)
    ]
    for _ in range(2):
        reusing.use_material_jointly(actor=zhang, draft_id=draft_id, material_key=key, version_id=row.version_id, now=NOW)
    page = page_of(zhang, draft_id)
    assert [file.grade for file in page.files_of(key)] == ["C"] and _uses(zhang, row) == [("开办餐馆", "")]
    joint.remove_material(actor=zhang, draft_id=draft_id, file_id=page.files_of(key)[0].file.file_id, now=NOW)
    assert _uses(zhang, row) == []
    reusing.use_material_jointly(actor=zhang, draft_id=draft_id, material_key=key, version_id=row.version_id, now=NOW)
    joint.discard_joint(actor=zhang, draft_id=draft_id, now=NOW)
    assert _uses(zhang, row) == []


def test_more_files_than_fit_are_refused_whole() -> None:
    zhang = people.citizen_actor()
    files = [paper(str(n), name=f"{n}.pdf") for n in range(4)]
    row = row_of(zhang, library.upload_material(actor=zhang, files=files, said=library.Description("租赁合同"), now=NOW))
    other = make_material(zhang, name="另一份", text="other")
    draft_id = _draft(zhang, _item())
    _use(zhang, draft_id, other)
    second = make_material(zhang, name="再一份", text="again")
    _use(zhang, draft_id, second)
    with pytest.raises(TooManyFiles):
        _use(zhang, draft_id, row)
    assert DraftMaterial.objects.count() == 2


# --- at once ----------------------------------------------------------------------------------------------------------------------

ROUNDS, PEOPLE = 6, 4


def _use_at_once() -> list[int]:
    """How often one candidate taken several times at once came to hang on the draft, in each round."""
    item, hung = _item(), []
    for round_ in range(ROUNDS):
        zhang = people.citizen_actor()
        row, draft_id = make_material(zhang, text=f"round {round_ % 2}"), _draft(zhang, item)
        at_once([partial(_use, zhang, draft_id, row)] * PEOPLE)
        hung.append(DraftMaterial.objects.filter(draft_id=draft_id).count())
    return hung


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_the_same_candidate_taken_several_times_at_once_hangs_there_once() -> None:
    assert set(_use_at_once()) == {1}


@contextmanager
def _without_constraints() -> Iterator[None]:
    names = ["draft_material_from_library_once", "draft_material_place", "material_use_once"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT conrelid::regclass, conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = ANY(%s)", [names])
        found = cursor.fetchall()
        for table, name, _ in found:
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    try:
        yield
    finally:
        DraftMaterial.objects.all().delete()
        Use.objects.all().delete()
        with connection.cursor() as cursor:
            for table, name, definition in found:
                cursor.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_control_without_lock_and_constraint_it_hangs_there_several_times(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "open_draft", lambda actor, draft_id: Draft.objects.get(pk=draft_id))
    monkeypatch.setattr(using, "locked_space", lambda holder: Space.objects.get(**holder.condition))
    with _without_constraints():
        assert max(_use_at_once()) > 1


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_deleting_while_it_is_taken_leaves_either_a_whole_file_or_none() -> None:
    item = _item()
    for round_ in range(ROUNDS):
        zhang = people.citizen_actor()
        row, draft_id = make_material(zhang, text=f"round {round_ % 2}"), _draft(zhang, item)
        delete = partial(library.delete_material, actor=zhang, material_id=row.material_id, now=NOW)
        used, deleted = at_once([partial(_use, zhang, draft_id, row), delete])
        assert deleted is None and (used is None or isinstance(used, rules.NotThere)), (used, deleted)
        hung = list(DraftMaterial.objects.filter(draft_id=draft_id).values_list("file_id", flat=True))
        assert len(hung) == (used is None) == StoredFile.objects.filter(pk__in=hung).count()
