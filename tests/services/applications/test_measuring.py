"""The measure "nothing twice": counted with each submission, seen by whom it concerns, the same when counted again (§5.3.4)."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hall.services.applications import commands, joint, measuring, reusing, rules
from hall.services.applications.models import DraftMaterial, ReuseRecord
from hall.services.catalogue.queries import ItemVersionRow
from hall.support.access.actors import Actor, NotAllowed, Role
from tests.make import people
from tests.make.cases import make_case, make_draft
from tests.make.catalogue import make_item, material_row
from tests.make.joint import make_joint_draft, page_of
from tests.make.materials import make_material
from tests.make.people import NOW

MONTH = date(2026, 11, 1)
KEYS = st.sampled_from(["m1", "m2", "m3", "m4"])


@given(st.lists(KEYS, unique=True), st.lists(st.tuples(KEYS, st.booleans())), st.sets(KEYS))
def test_only_what_is_there_counts_and_an_upload_outweighs(required: list[str], given_: list[tuple[str, bool]], covered: set[str]) -> None:
    there, reused = rules.reuse_of(required, given_, covered)
    assert 0 <= reused <= there <= len(required)
    assert there == sum(key in covered or any(key == one for one, _ in given_) for key in required)
    uploaded = {key for key, is_reused in given_ if not is_reused}
    assert reused == sum((key in covered or (key, True) in given_) and key not in uploaded for key in required)


def _item(**changes: object) -> ItemVersionRow:
    rows = [material_row(name="租赁合同", kind="venue"), material_row(seq=2, name="平面图", kind="drawing")]
    return make_item(materials=rows, **changes)  # type: ignore[arg-type]


def _handed_in(zhang: Actor, item: ItemVersionRow) -> None:
    """One of two materials out of the library."""
    row = make_material(zhang)
    draft_id, revision = make_draft(zhang, item.code)
    file = DraftMaterial.objects.get(draft_id=draft_id, material_key="m1")
    commands.remove_material(actor=zhang, draft_id=draft_id, file_id=file.file_id, now=NOW)
    reusing.use_material(actor=zhang, draft_id=draft_id, material_key="m1", version_id=row.version_id, now=NOW)
    commands.submit_application(actor=zhang, draft_id=draft_id, revision=revision, now=NOW)


@pytest.mark.django_db
def test_each_submission_is_counted_once_and_the_department_sees_its_share() -> None:
    zhang, item, other = people.citizen_actor(), _item(), _item(department_code="SD26")
    _handed_in(zhang, item)
    make_case(applicant=zhang, item=item)
    make_case(applicant=zhang, item=other)
    clerk = people.staff_actor(Role.CLERK)
    (row,) = measuring.shares_by_item(clerk, MONTH, department_code="SD26")
    assert (row.code, row.applications, row.required, row.reused, row.percent) == (item.code, 2, 4, 1, 25.0)
    assert [(one.code, one.required) for one in measuring.shares_by_month(clerk, MONTH)] == [("2026-11", 4)]
    supervisor = people.staff_actor(Role.SUPERVISOR)
    assert {one.code: one.reused for one in measuring.shares_by_department(supervisor, MONTH)} == {"SD02": 1, "SD26": 0}
    assert [one.code for one in measuring.shares_by_item(supervisor, MONTH, department_code="SD26")] == [other.code]
    assert measuring.shares_by_item(clerk, date(2026, 12, 1)) == []
    with pytest.raises(NotAllowed):
        measuring.shares_by_item(zhang, MONTH)


@pytest.mark.django_db
def test_a_joint_application_counts_for_each_item() -> None:
    zhang = people.citizen_actor()
    items = [_item(name="事项甲"), _item(name="事项乙", department_code="SD26")]
    row, draft_id = make_material(zhang), make_joint_draft(zhang, items)
    page = page_of(zhang, draft_id)
    lease = next(material for material in page.whole.materials if material.name == "租赁合同")
    joint.remove_material(actor=zhang, draft_id=draft_id, file_id=page.files_of(lease.key)[0].file.file_id, now=NOW)
    reusing.use_material_jointly(actor=zhang, draft_id=draft_id, material_key=lease.key, version_id=row.version_id, now=NOW)
    joint.submit_joint(actor=zhang, draft_id=draft_id, revision=page_of(zhang, draft_id).revision, now=NOW)
    found = {one.item_code: (one.required, one.reused) for one in ReuseRecord.objects.all()}
    assert found == {item.code: (2, 1) for item in items}
    assert measuring.differences(since=NOW.date(), until=NOW.date()) == []


@pytest.mark.django_db
def test_counting_again_finds_what_is_written_wrong_or_not_at_all() -> None:
    zhang, item = people.citizen_actor(), _item()
    _handed_in(zhang, item)
    make_case(applicant=zhang, item=item)
    assert measuring.differences(since=NOW.date(), until=NOW.date()) == []
    first, second = ReuseRecord.objects.order_by("pk")
    ReuseRecord.objects.filter(pk=first.pk).update(reused=2)
    second.delete()
    wrong, missing = measuring.differences(since=NOW.date(), until=NOW.date())
    assert (wrong.written, wrong.counted) == ((2, 2), (2, 1)) and (missing.written, missing.counted) == (None, (2, 0))


@pytest.mark.parametrize(("months", "after"), [(1, date(2026, 12, 1)), (2, date(2027, 1, 1)), (-11, date(2025, 12, 1)), (0, MONTH)])
def test_months_go_over_the_years(months: int, after: date) -> None:
    assert measuring.month_after(MONTH, months) == after
