"""办事清单 and 一件事 as pages: what is put in stays, what cannot be done is named, nobody else's page puts anything in (§5.4)."""

import html
import re
from urllib.parse import quote

import pytest
from django.test import Client

from hall.presentation.design import cache
from hall.presentation.design.basket import COOKIE
from hall.services.applications import baskets
from hall.services.applications.rules import MOST_TOGETHER
from hall.services.catalogue.models import Bundle, BundleItem, Item
from hall.support.access.actors import Role
from tests.make.catalogue import make_item, material_row
from tests.make.people import NOW, PASSWORD, actor_for, make_citizen, make_staff, signed_in

pytestmark = pytest.mark.django_db
SITE = {"HTTP_ORIGIN": "http://testserver"}


def put_in(browser: Client, *codes: str) -> None:
    for code in codes:
        assert browser.post("/basket/add", {"item": code}, **SITE).status_code == 302


def seen(browser: Client, path: str = "/basket") -> str:
    cache.PAGES.clear()
    answer = browser.get(path)
    assert answer.status_code == 200, answer.content
    return html.unescape(answer.content.decode())


def test_a_visitors_basket_is_merged_into_the_account_at_sign_in() -> None:
    first, second, third = make_item(name="甲事项"), make_item(name="乙事项"), make_item(name="丙事项")
    account = make_citizen(phone="13900000001")
    baskets.put_in(actor=actor_for(account), codes=[second.code], now=NOW)
    browser = Client()
    put_in(browser, first.code, second.code, third.code)
    assert "甲事项" in seen(browser) and COOKIE in browser.cookies
    browser.post("/sign-in", {"login": "13900000001", "password": PASSWORD})
    assert baskets.basket_of(actor_for(account)) == (second.code, first.code, third.code)
    assert not browser.cookies[COOKIE].value
    assert "丙事项" in seen(browser)
    browser.post("/basket", {"out": third.code})
    assert baskets.basket_of(actor_for(account)) == (second.code, first.code)


def test_one_item_stands_in_it_once_and_can_be_taken_out() -> None:
    item, browser = make_item(name="甲事项"), Client()
    put_in(browser, item.code, item.code)
    assert seen(browser).count('name="item"') == 1
    browser.post("/basket", {"out": item.code})
    assert "清单还是空的" in seen(browser)


def test_a_page_of_somebody_else_puts_nothing_in() -> None:
    item = make_item()
    for sent in ({}, {"HTTP_ORIGIN": "https://elsewhere.example"}, {"HTTP_REFERER": "https://elsewhere.example/testserver/"}):
        browser = Client()
        answer = browser.post("/basket/add", {"item": item.code}, **sent)
        assert answer.status_code == 403 and "没有放进清单" in answer.content.decode() and COOKIE not in browser.cookies


@pytest.mark.parametrize("value", ["", "x", "W10:1x:2", "a" * 5000, "%00"])
def test_a_cookie_that_is_not_ours_is_an_empty_basket(value: str) -> None:
    browser = Client()
    browser.cookies[COOKIE] = value
    assert "清单还是空的" in seen(browser)


def test_a_full_basket_says_so_and_an_unknown_item_is_not_there() -> None:
    browser = Client()
    put_in(browser, *(make_item().code for _ in range(MOST_TOGETHER)))
    answer = browser.post("/basket/add", {"item": make_item().code}, **SITE)
    assert answer.status_code == 422 and f"最多放 {MOST_TOGETHER} 个事项" in answer.content.decode()
    assert browser.post("/basket/add", {"item": "999999999999"}, **SITE).status_code == 404
    assert browser.post("/basket/add", {"item": "\0"}, **SITE).status_code == 404


def test_staff_have_no_basket() -> None:
    clerk = signed_in(make_staff(Role.CLERK))
    assert clerk.get("/basket").status_code == 403
    assert clerk.post("/basket/add", {"item": make_item().code}, **SITE).status_code == 403


def test_the_arithmetic_and_the_order_are_shown() -> None:
    shared = material_row(1, name="章程", kind="self")
    first = make_item(name="公司登记", promised_days=3, statutory_days=20, materials=[shared])
    related = {"prerequisite": [first.code], "followup": [], "parallel": [], "joint": []}
    second = make_item(name="经营许可", promised_days=5, materials=[shared, material_row(2, necessity="optional")], related=related)
    browser = Client()
    put_in(browser, second.code, first.code)
    text = re.sub(r"<[^>]+>", " ", seen(browser))
    words = " ".join(text.split())
    assert "2 件事原本要 3 份 重复的 − 1 份 不一定要、以后再交 − 1 份 您先准备 = 1 份" in words
    assert "先办 B，B 办好后办 A。" in words
    assert "一起办约 8 个工作日" in words


def test_items_suspended_since_are_named_and_left_out() -> None:
    first, second = make_item(name="还在办的"), make_item(name="停办的")
    browser = Client()
    put_in(browser, first.code, second.code)
    Item.objects.filter(code=second.code).update(status="suspended")
    text = seen(browser)
    assert "有 1 个事项现在不能办" in text and "停办的，没有算在里面" in text


def test_a_ring_of_prerequisites_is_told() -> None:
    first = make_item(name="甲事项")
    second = make_item(name="乙事项", related={"prerequisite": [first.code], "followup": [], "parallel": [], "joint": []})
    make_item(code=first.code, name="甲事项", related={"prerequisite": [second.code], "followup": [], "parallel": [], "joint": []})
    browser = Client()
    put_in(browser, first.code, second.code)
    assert "这几项互相要求先办" in seen(browser)


def test_ticked_items_are_taken_along_to_apply_for() -> None:
    items = [make_item() for _ in range(3)]
    browser = Client()
    put_in(browser, *(item.code for item in items))
    answer = browser.post("/basket", {"item": [items[0].code, items[2].code], "go": "apply"})
    assert answer.headers["Location"] == f"/my/joint/new?item={items[0].code}&item={items[2].code}"
    again = browser.post("/basket", {"item": [items[1].code], "go": "again"})
    assert f'value="{items[1].code}" aria-label="选中：{items[1].name}" checked' in seen(browser, again.headers["Location"])
    assert browser.post("/basket", {"go": "apply"}).headers["Location"] == "/basket"


def test_a_page_of_the_hall_leads_back_and_no_other() -> None:
    item, browser = make_item(), Client()
    answer = browser.post("/basket/add", {"item": item.code}, HTTP_ORIGIN="http://testserver", HTTP_REFERER="http://testserver/search?q=a")
    assert quote("/search?q=a", safe="") in answer.headers["Location"]
    assert 'href="/search"' in seen(browser, f"/basket?added={item.code}&back=//elsewhere.example")


# --- bundles ----------------------------------------------------------------------------------------------------------------------


def make_bundle(*codes: str, audience: str = "person") -> str:
    bundle = Bundle.objects.create(code="YJS901", name="孩子出生", audience=audience, order=1)
    for order, code in enumerate(codes):
        BundleItem.objects.create(bundle=bundle, item_id=code, order=order)
    return bundle.code


def test_a_bundle_can_be_narrowed_to_what_is_wanted() -> None:
    items = [make_item(name=name, promised_days=days) for name, days in (("甲事项", 3), ("乙事项", 9))]
    code = make_bundle(*(item.code for item in items))
    assert "<b>9</b>工作日" in seen(Client(), f"/bundles/{code}")
    assert "<b>3</b>工作日" in seen(Client(), f"/bundles/{code}?item={items[0].code}")
    assert seen(Client(), f"/bundles/{code}?item=unknown")


def test_an_item_of_the_bundle_for_others_says_how_to_go_on() -> None:
    items = [make_item(name="个人的", audience=["person"]), make_item(name="企业的", audience=["org"])]
    text = seen(Client(), f"/bundles/{make_bundle(*(item.code for item in items))}")
    assert "由企业或单位申办" in text and "另有 1 件单独办" in text
