"""The signed-in keep their sheets and take their answers into the application."""

import pytest

from hall.services.applications import queries as drafts
from hall.services.catalogue.queries import ItemVersionRow
from hall.services.guidance import queries
from tests.make.guidance import guided_item, make_guide
from tests.make.people import NOW, actor_for, make_citizen, make_staff, signed_in

pytestmark = pytest.mark.django_db
DONE = {"q1": "a1", "q2": "a1", "q3": "a1"}


@pytest.fixture
def item() -> ItemVersionRow:
    made = guided_item()
    make_guide(made)
    return made


def test_a_sheet_is_kept_listed_and_thrown_away(item: ItemVersionRow) -> None:
    account = make_citizen()
    browser = signed_in(account)
    sheet = browser.get(f"/items/{item.code}/guide/sheet?q1=a1&q2=a1&q3=a1").content.decode()
    assert "存起来" in sheet and 'name="csrfmiddlewaretoken"' in sheet
    answer = browser.post("/my/sheets/save", {"kind": "item", "item": item.code, **DONE})
    assert answer.headers["Location"] == "/my/sheets"
    page = browser.get("/my/sheets").content.decode()
    assert "我要办这件事" in page and f"/items/{item.code}/guide/sheet?q1=a1" in page
    kept = queries.saved_sheets(actor_for(account))[0]
    assert browser.post(f"/my/sheets/{kept.sheet_id}/drop").status_code == 302
    assert "还没有存过办事单" in browser.get("/my/sheets").content.decode()


def test_an_unfinished_sheet_is_refused_with_a_sentence(item: ItemVersionRow) -> None:
    answer = signed_in(make_citizen()).post("/my/sheets/save", {"kind": "item", "item": item.code, "q1": "a1"})
    assert answer.status_code == 422
    assert "还有问题没有回答" in answer.content.decode()


def test_answers_stand_in_the_form(item: ItemVersionRow) -> None:
    account = make_citizen()
    browser = signed_in(account)
    page = browser.get("/my/guide", {"item": item.code, **DONE}).content.decode()
    for words in ("申请情形", "新办", "是否在网上", "甲、乙"):
        assert words in page
    answer = browser.post("/my/guide/start", {"item": item.code, "applicant": "", **DONE})
    draft = drafts.drafts_of(actor_for(account))[0]
    assert answer.headers["Location"] == f"/my/applications/{draft.draft_id}/form"
    held = drafts.draft_page(actor_for(account), draft.draft_id, now=NOW)
    assert held is not None
    assert {name: held.answers[name] for name in ("situation", "is_online", "parts")} == {
        "situation": "new",
        "is_online": "yes",
        "parts": ["a", "b"],
    }


def test_a_refusal_is_not_carried_anywhere(item: ItemVersionRow) -> None:
    browser = signed_in(make_citizen())
    assert browser.get("/my/guide", {"item": item.code, "q1": "a1", "q2": "a3"}).status_code == 422
    assert browser.post("/my/guide/start", {"item": item.code, "q1": "a1", "q2": "a3"}).status_code == 422
    assert browser.get("/my/guide", {"item": "370199999999"}).status_code == 404


def test_visitors_sign_in_first_and_staff_are_turned_away(item: ItemVersionRow) -> None:
    from django.test import Client

    assert Client().get("/my/guide", {"item": item.code, **DONE}).headers["Location"].startswith("/sign-in?next=")
    assert signed_in(make_staff()).get("/my/sheets").status_code == 403


def test_a_bundles_answers_stand_in_the_one_form() -> None:
    from hall.services.applications import joint_queries
    from hall.services.catalogue.models import Bundle, BundleItem
    from hall.services.guidance import commands, reading
    from hall.services.guidance.models import Guide

    first, second = guided_item(name="办第一件"), guided_item(name="办第二件")
    Bundle.objects.create(code="B7", name="办两件", audience="person", order=1)
    for order, one in enumerate((first, second), start=1):
        BundleItem.objects.create(bundle_id="B7", item_id=one.code, order=order)
    answers = [
        {"key": "a1", "text": "都办", "next": "end", "prefill": {f"{first.code}.situation": "new"}},
        {"key": "a2", "text": "只办一件", "next": "end", "skip": [{"item": second.code, "reason": "办过"}]},
    ]
    tree = reading.read_tree({"title": "我要办两件", "questions": [{"key": "q1", "text": "办哪些？", "answers": answers}]})
    commands.store_version(Guide.objects.create(kind="bundle", code="B7"), tree, origin="file", author="系统", publisher="系统", now=NOW)
    account = make_citizen()
    browser = signed_in(account)
    assert "一起申办 2 件事" in browser.get("/my/guide", {"bundle": "B7", "q1": "a1"}).content.decode()
    assert "“办第二件”已去掉" in browser.get("/my/guide", {"bundle": "B7", "q1": "a2"}).content.decode()
    answer = browser.post("/my/guide/start", {"bundle": "B7", "q1": "a1", "applicant": ""})
    draft = joint_queries.joint_drafts_of(actor_for(account))[0]
    assert answer.headers["Location"] == f"/my/joint/drafts/{draft.draft_id}/form"
    page = joint_queries.joint_draft_page(actor_for(account), draft.draft_id, now=NOW)
    assert page is not None and "new" in page.answers.values()
