"""What the same applicant wrote in an earlier case: steady answers begin a form, changing ones wait for a click; nobody gets another's (§5.3.2)."""

from typing import Any

import pytest

from hall.services.applications import commands, joint, joint_queries, queries
from hall.services.catalogue.queries import ItemVersionRow
from hall.support.access.actors import Actor
from tests.make.applications import make_draft, revision_of
from tests.make.catalogue import make_item
from tests.make.forms import KIND_OF_APPLICATION, RANGE, make_schema, make_table
from tests.make.people import NOW, actor_for, citizen_actor, make_citizen, make_enterprise, signed_in

pytestmark = pytest.mark.django_db
LAST: dict[str, Any] = {"x-last": True}
FIELDS: dict[str, Any] = {
    "site": {"type": "string", "title": "经营场所", **LAST},
    "kind": {**KIND_OF_APPLICATION, **LAST},
    "remark": {"type": "string", "title": "说明"},
    "fund": {"type": "integer", "title": "资金", "x-widget": "amount", **LAST},
    "start": {"type": "string", "title": "开工日期", "format": "date", **LAST},
    "period": {**RANGE, **LAST},
    "equipment": {**make_table("name", "count"), **LAST},
}
FIRST: dict[str, Any] = {
    "site": "泉城路 1 号",
    "kind": "mail",
    "remark": "第一次",
    "fund": "1000.5",
    "start": "2026-05-01",
    "period": {"from": "2026-05-01", "to": "2026-06-01"},
    "equipment": [{"name": "灶", "count": "2"}],
}


def item_with(*, code: str | None = None, department: str = "SD02", **fields: Any) -> ItemVersionRow:
    schema = make_schema(**(fields or FIELDS))
    more = {"code": code} if code else {}
    return make_item(form_schemas={"person": schema, "org": schema}, department_code=department, **more)


def applied(person: Actor, item: ItemVersionRow, answers: dict[str, Any] = FIRST) -> None:
    draft_id = make_draft(person, item, is_filled=False)
    commands.save_draft(actor=person, draft_id=draft_id, revision=revision_of(person, draft_id), answers=answers, now=NOW)
    commands.submit_application(actor=person, draft_id=draft_id, revision=revision_of(person, draft_id), now=NOW)


def begun(person: Actor, item: ItemVersionRow) -> dict[str, Any]:
    """What stands in a new form."""
    page = queries.draft_page(person, commands.start_draft(actor=person, item_code=item.code, now=NOW), now=NOW)
    assert page is not None
    return page.answers


def test_a_new_form_begins_with_the_steady_answers_of_the_last_case() -> None:
    person, item = citizen_actor(), item_with()
    applied(person, item)
    assert begun(person, item) == {"site": "泉城路 1 号", "kind": "mail"}, "a date, an amount, a table are never put in unasked"


def test_what_somebody_gives_goes_before_what_he_gave_last_time() -> None:
    person, item = citizen_actor(), item_with()
    applied(person, item)
    draft_id = commands.start_draft(actor=person, item_code=item.code, answers={"site": "新址"}, now=NOW)
    page = queries.draft_page(person, draft_id, now=NOW)
    assert page is not None and page.answers == {"site": "新址", "kind": "mail"}


def test_another_item_of_the_department_helps_by_title_and_the_same_item_goes_first() -> None:
    person, first = citizen_actor(), item_with()
    second = item_with(place={"type": "string", "title": "经营场所", **LAST}, kind={"type": "string", "title": "类别", **LAST})
    applied(person, first)
    assert begun(person, second) == {"place": "泉城路 1 号"}, "the same name with another title is another question"
    third = citizen_actor()
    applied(third, first)
    applied(third, second, {"place": "经十路 9 号", "kind": "甲"})
    applied(third, first, {**FIRST, "site": "解放路 5 号"})
    assert begun(third, second) == {"place": "经十路 9 号", "kind": "甲"}
    elsewhere = item_with(department="SD33", place={"type": "string", "title": "经营场所", **LAST})
    assert begun(third, elsewhere) == {}


def test_only_the_same_holder_is_helped() -> None:
    account_id, item = make_citizen(), item_with()
    person, enterprise_id = actor_for(account_id), make_enterprise(agent_id=account_id)
    company = actor_for(account_id, enterprise_id=enterprise_id)
    applied(person, item)
    assert begun(citizen_actor(), item) == {}
    assert begun(company, item) == {}, "what a person wrote is not the enterprise's"
    applied(company, item, {**FIRST, "site": "高新区 8 号"})
    colleague_id = make_citizen()
    assert begun(company, item)["site"] == "高新区 8 号" and begun(person, item)["site"] == "泉城路 1 号"
    assert begun(actor_for(colleague_id), item) == {}


def test_what_no_longer_fits_is_left_out() -> None:
    person, item = citizen_actor(), item_with()
    applied(person, item)
    short = {**FIELDS["site"], "maxLength": 3}
    options = {**FIELDS["kind"], "oneOf": [{"const": "new", "title": "新办"}, {"const": "post", "title": "寄"}]}
    assert begun(person, item_with(code=item.code, site=short, kind=options)) == {}


def test_the_page_says_where_it_comes_from_and_offers_what_changes() -> None:
    account_id, item = make_citizen(), item_with()
    person, browser = actor_for(account_id), signed_in(account_id)
    applied(person, item)
    path = f"/my/applications/{commands.start_draft(actor=person, item_code=item.code, now=NOW)}/form"
    text = browser.get(path).content.decode()
    assert text.count("，请核对</span>") == 2 and text.count('value="last:') == 4 and "）：1000.50</span>" in text
    sent = {"version": "0", "step": "1", "site": "泉城路 1 号", "kind": "new", "remark": "第二次"}
    answer = browser.post(path, {**sent, "go": "last:fund"})
    assert answer.status_code == 302 and answer.headers["Location"].endswith("#f-fund")
    text = browser.get(path).content.decode()
    assert 'value="1000.50"' in text and 'value="第二次"' in text, "what was typed beside it is kept"
    assert text.count("，请核对</span>") == 2 and "last:fund" not in text, "the kind was changed, the fund was put in"
    for go in ("last:remark", "last:ghost", "last:"):
        browser.post(path, {**sent, "version": str(revision_of(person, int(path.split("/")[3]))), "fund": "1", "go": go})
    page = queries.draft_page(person, int(path.split("/")[3]), now=NOW)
    assert page is not None and page.answers["remark"] == "第二次" and page.answers["fund"] == "1"


def test_a_joint_form_begins_with_them_too() -> None:
    person, first = citizen_actor(), item_with()
    second = item_with(place={"type": "string", "title": "地点", **LAST})
    applied(person, first)
    draft_id = joint.start_joint(actor=person, codes=[first.code, second.code], name="开店", now=NOW)
    page = joint_queries.joint_draft_page(person, draft_id, now=NOW)
    assert page is not None and page.answers == {"site": "泉城路 1 号", "kind": "mail"}
