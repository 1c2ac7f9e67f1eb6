"""字段组: a department keeps its own, the hall's are everybody's; forms get copies and are offered what is newer."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from hall.services.forms import commands, groups, queries, rules
from hall.services.forms.models import FieldGroup
from hall.support.access.actors import Actor, NotAllowed, Role
from hall.support.formrules import editing
from hall.support.formrules.grouping import BadGroup
from hall.support.refusals import NotFound
from tests.make.catalogue import make_item
from tests.make.forms import make_schema
from tests.make.people import NOW, citizen_actor, make_staff, signed_in, staff_actor

pytestmark = pytest.mark.django_db
PERSON = {"type": "string", "title": "联系人", "x-rule": "name_zh"}
PHONE = {"type": "string", "title": "联系电话", "x-rule": "phone"}


def start(actor: Actor, **fields: Any) -> int:
    """A draft of a new item's form with these fields in its first section."""
    item = make_item(department_code=actor.department_code or "SD02")
    draft_id = commands.start_draft(actor=actor, item_code=item.code, audience="person", now=NOW)
    if fields:
        commands.save_draft(actor=actor, draft_id=draft_id, revision=0, schema=make_schema(**fields), now=NOW)
    return draft_id


def file_of(actor: Actor, draft_id: int) -> queries.FormFile:
    found = queries.form_file(actor, draft_id)
    assert found is not None
    return found


def kept(actor: Actor, draft_id: int, title: str = "联系人") -> int:
    revision = file_of(actor, draft_id).revision
    return groups.save_group(actor=actor, draft_id=draft_id, revision=revision, place=0, title=title, now=NOW)


def put_in(actor: Actor, draft_id: int, key: str) -> str:
    return groups.insert_group(actor=actor, draft_id=draft_id, revision=file_of(actor, draft_id).revision, key=key, now=NOW)


def test_a_newer_version_is_offered_and_never_put_in_by_itself() -> None:
    clerk = staff_actor(Role.CLERK, department_code="SD02")
    source, other = start(clerk, name=PERSON, phone=PHONE), start(clerk)
    assert kept(clerk, source) == 1 and kept(clerk, source) == 1, "the same fields are the same version"
    [group] = groups.groups(clerk)
    put_in(clerk, other, group.key)
    assert groups.renewals(groups.groups(clerk), file_of(clerk, other)) == []
    form = file_of(clerk, source)
    stored = {**form.schema["properties"]["phone"], "title": "手机或座机"}
    schema = editing.put_field(form.schema, "phone", stored, is_required=True)
    commands.save_draft(actor=clerk, draft_id=source, revision=form.revision, schema=schema, now=NOW)
    assert kept(clerk, source) == 2
    [group] = groups.groups(clerk)
    before = file_of(clerk, other)
    [offer] = groups.renewals([group], before)
    assert offer.held_version == 1 and offer.changes == ("修改“手机或座机”：必填、名称",)
    assert "联系电话" in [stored["title"] for stored in before.schema["properties"].values()], "the copy is as it was"
    told = {"actor": clerk, "draft_id": other, "key": group.key, "now": NOW}
    with pytest.raises(rules.StaleDraft):
        groups.renew_group(revision=before.revision, version=1, **told)  # somebody looked at an older one
    groups.renew_group(revision=before.revision, version=2, **told)
    after = file_of(clerk, other)
    assert "手机或座机" in [stored["title"] for stored in after.schema["properties"].values()]
    assert groups.renewals([group], after) == []


def test_departments_have_their_own_and_the_halls_are_for_all() -> None:
    clerk, other, admin = (
        staff_actor(Role.CLERK, department_code="SD02"),
        staff_actor(Role.CLERK, department_code="SD33"),
        staff_actor(Role.SYS_ADMIN),
    )
    kept(clerk, start(clerk, name=PERSON))
    kept(admin, start(admin, name=PERSON), "经营场所")
    assert [(row.title, row.is_own) for row in groups.groups(clerk)] == [("经营场所", False), ("联系人", True)]
    assert [row.title for row in groups.groups(other)] == ["经营场所"]
    assert [(row.title, row.is_own) for row in groups.groups(admin)] == [("经营场所", True), ("联系人", False)]
    halls, own = groups.groups(clerk)
    draft_id = start(other)
    assert put_in(other, draft_id, halls.key)
    with pytest.raises(NotFound):
        put_in(other, draft_id, own.key)
    for actor, key in ((other, own.key), (clerk, halls.key), (admin, own.key)):
        with pytest.raises(NotFound):
            groups.retire_group(actor=actor, key=key, now=NOW)
    with pytest.raises(NotAllowed):
        groups.groups(citizen_actor())


def test_what_was_taken_away_stays_in_forms_and_its_name_is_free() -> None:
    clerk = staff_actor(Role.CLERK, department_code="SD02")
    source = start(clerk, name=PERSON)
    kept(clerk, source)
    [group] = groups.groups(clerk)
    for _ in range(2):
        groups.retire_group(actor=clerk, key=group.key, now=NOW)
    assert groups.groups(clerk) == [] and "x-group" in file_of(clerk, source).schema["properties"]["name"]
    with pytest.raises(NotFound):
        put_in(clerk, start(clerk), group.key)
    kept(clerk, source)
    [new] = groups.groups(clerk)
    assert new.key != group.key and new.version == 1


@pytest.mark.parametrize(("title", "sentence"), [("", "请写字段组的名称"), (" \0 ", "请写字段组的名称")])
def test_a_group_needs_a_name(title: str, sentence: str) -> None:
    clerk = staff_actor(Role.CLERK, department_code="SD02")
    with pytest.raises(BadGroup, match=sentence):
        kept(clerk, start(clerk), title)
    assert not FieldGroup.objects.exists()


def test_an_unsound_section_is_no_group() -> None:
    clerk = staff_actor(Role.CLERK, department_code="SD02")
    with pytest.raises(BadGroup, match="minLength 大于 maxLength"):
        kept(clerk, start(clerk, name={**PERSON, "minLength": 9, "maxLength": 3}))
    assert not FieldGroup.objects.exists()


def test_the_database_keeps_one_of_a_name() -> None:
    clerk = staff_actor(Role.CLERK, department_code="SD02")
    kept(clerk, start(clerk, name=PERSON))
    twin = FieldGroup.objects.get()
    twin.pk, twin.key = None, "f" * 10
    with pytest.raises(IntegrityError), transaction.atomic():
        twin.save()


def test_through_the_pages_alone() -> None:
    account_id = make_staff(Role.CLERK, department_code="SD02")
    clerk = staff_actor(Role.CLERK, department_code="SD02")
    browser, source, other = signed_in(account_id), start(clerk, name=PERSON, phone=PHONE), start(clerk)
    page = f"/desk/forms/{source}"
    assert "存成字段组" in browser.get(f"{page}?section=0").content.decode()
    refused = browser.post(f"{page}/groups/save", {"revision": 1, "section": 0, "group": " "})
    assert refused.status_code == 422 and 'href="#f-group"' in refused.content.decode() and 'id="f-group"' in refused.content.decode()
    assert browser.post(f"{page}/groups/save", {"revision": 1, "section": 0, "group": "联系人"}).status_code == 302
    [group] = groups.groups(clerk)
    answer = browser.post(f"/desk/forms/{other}/groups/insert", {"revision": 0, "group": group.key})
    assert answer.status_code == 302
    assert "来自字段组“联系人”第 1 版" in browser.get(answer.headers["Location"]).content.decode()
    twice = browser.post(f"/desk/forms/{other}/groups/insert", {"revision": 1, "group": group.key})
    assert twice.status_code == 422 and "已经在表单里了" in twice.content.decode()
    assert browser.post(f"/desk/forms/{other}/groups/explode", {"revision": 1, "group": group.key}).status_code == 404
    FieldGroup.objects.update(version=2)
    assert "字段组“联系人”有新版" in browser.get(f"/desk/forms/{other}").content.decode()
    renewed = browser.post(f"/desk/forms/{other}/groups/renew", {"revision": 1, "group": group.key, "number": 2})
    assert renewed.status_code == 302 and "有新版" not in browser.get(f"/desk/forms/{other}").content.decode()
    listed = browser.get("/desk/forms/groups").content.decode()
    assert "联系人、联系电话" in listed and "确认停用" in listed
    assert browser.post(f"/desk/forms/groups/{group.key}/retire").status_code == 302
