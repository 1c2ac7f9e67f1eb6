"""The console's item pages: the review queue, publishing and giving back, all items with filters, suspending and abolishing (§5.1)."""

import re
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from hall.presentation.design import cache
from hall.services.catalogue import drafting, queries
from hall.services.catalogue.models import Item, ItemDraft
from hall.support.access.actors import Role
from tests.make.applications import make_file
from tests.make.catalogue import make_item, material_row
from tests.make.drafts import clerk_of, make_draft, make_submitted, reviewer, revision_of, state_of
from tests.make.people import NOW, make_staff, signed_in

pytestmark = pytest.mark.django_db


def _admin() -> Client:
    return signed_in(make_staff(Role.SYS_ADMIN))


def _text(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status, (answer.status_code, answer.content.decode()[:2000])
    text = str(answer.content.decode())
    assert "style=" not in text and "<script>" not in text
    return text


def test_the_queue_shows_what_was_handed_in_the_longest_waiting_first() -> None:
    clerk, admin = clerk_of(), _admin()
    assert "没有等待审核的事项" in _text(admin.get("/console/items/review"))
    waiting = [make_submitted(clerk, make_item().code) for _ in range(3)]
    make_draft(clerk, make_item().code)
    found = re.findall(r'<td data-l="事项"><span><a href="/console/items/review/([0-9]+)"', _text(admin.get("/console/items/review")))
    assert [int(one) for one in found] == waiting


def test_long_queues_are_walked_to_their_end() -> None:
    clerk, admin = clerk_of(), _admin()
    wanted = [make_submitted(clerk, make_item().code) for _ in range(33)]
    text = _text(admin.get("/console/items/review"))
    more = re.search(r'<a href="([^"]+)" rel="next">', text)
    assert more is not None
    text += _text(admin.get(unescape(more.group(1))))
    assert [int(one) for one in re.findall(r'<a href="/console/items/review/([0-9]+)">', text)] == wanted


def test_a_draft_is_shown_with_what_it_changes_and_published() -> None:
    item, clerk, admin = make_item(), clerk_of(), _admin()
    file = make_file(clerk)
    draft_id = make_draft(clerk, item.code)
    rows = [material_row(blank_form_id=str(file.file_id), has_sample=False)]
    drafting.save_draft(
        actor=clerk, draft_id=draft_id, revision=0, changes={"conditions": ["新写的条件"], "materials": rows}, files=[file], now=NOW
    )
    drafting.submit_draft(actor=clerk, draft_id=draft_id, revision=1, now=NOW)
    path = f"/console/items/review/{draft_id}"
    text = _text(admin.get(path))
    assert "<ins>新写的条件</ins>" in text and "成为第 2 版" in text and "项目申请书：空白表格" in text
    assert b"".join(admin.get(f"{path}/files/{file.file_id}")).startswith(b"%PDF")  # type: ignore[arg-type]
    assert "新写的条件" in _text(admin.get(f"{path}/preview"))
    done = admin.post(f"{path}/publish", {"revision": revision_of(draft_id)})
    assert "已发布" in _text(admin.get(done.headers["Location"]))
    now = queries.current_version(item.code)
    assert now is not None and now.conditions == ("新写的条件",)
    assert "已发布" in _text(admin.get(path)) and "发布</button>" not in _text(admin.get(path))
    assert "新写的条件" in _text(Client().get(f"/items/{item.code}"))


def test_giving_back_needs_a_comment_that_the_department_reads() -> None:
    item, clerk, admin = make_item(), clerk_of(), _admin()
    draft_id = make_submitted(clerk, item.code)
    path = f"/console/items/review/{draft_id}/return"
    text = _text(admin.post(path, {"revision": 1, "comment": " "}), 422)
    assert "请写明退回的原因" in text and 'href="#f-comment"' in text
    assert admin.post(path, {"revision": 1, "comment": "时限依据没有写全。"}).status_code == 302
    assert state_of(draft_id) == "returned"
    assert clerk.account_id is not None
    assert "时限依据没有写全。" in _text(signed_in(clerk.account_id).get(f"/desk/items/drafts/{draft_id}"))


def test_what_stands_in_the_way_of_publishing_is_said() -> None:
    item, clerk, admin = make_item(), clerk_of(), _admin()
    draft_id = make_submitted(clerk, item.code)
    path = f"/console/items/review/{draft_id}"
    assert "刚刚有人处理过" in _text(admin.post(f"{path}/publish", {"revision": 7}), 409)
    content = ItemDraft.objects.get(pk=draft_id).content
    ItemDraft.objects.filter(pk=draft_id).update(content=content | {"themes": ["X99"]})
    text = _text(admin.post(f"{path}/publish", {"revision": 1}), 422)
    assert "主题分类：没有编码为“X99”的主题" in text
    ItemDraft.objects.filter(pk=draft_id).update(content=content)
    make_item(code=item.code, name="企业投资项目核准（新）")
    assert "编制期间这个事项有了新版本" in _text(admin.get(path))
    assert "有了新版本" in _text(admin.post(f"{path}/publish", {"revision": 1}), 409)
    assert state_of(draft_id) == "submitted"


def test_all_items_are_listed_and_narrowed() -> None:
    admin = _admin()
    food = make_item(name="食品经营许可", department_code="SD33")
    invest = make_item(name="投资项目备案", type="other")
    cases = {
        "q=品经": {food.code},
        "q=备案": {invest.code},
        "department=SD33": {food.code},
        "item_type=other": {invest.code},
        "status=suspended": set(),
        "status=published": {food.code, invest.code},
        "department=SD33&item_type=other": set(),
        "q=%00&status=x&item_type=y": {food.code, invest.code},
    }
    for query, codes in cases.items():
        text = _text(admin.get(f"/console/items?{query}"))
        assert set(re.findall(r'class="mono nw">([0-9A-Z]{12})<', text)) == codes, query


def test_an_item_is_suspended_resumed_and_abolished_with_reasons() -> None:
    item, admin = make_item(), _admin()
    path = f"/console/items/{item.code}"
    text = _text(admin.post(f"{path}/suspend", {"reason": ""}), 422)
    assert "请写明原因" in text and 'href="#f-reason-suspend"' in text and 'id="f-reason-suspend"' in text
    admin.post(f"{path}/suspend", {"reason": "系统升级"})
    text = _text(admin.get(path))
    assert "暂停办理" in text and "系统升级" in text and "恢复办理" in text
    assert "暂停办理" in _text(Client().get(f"/items/{item.code}"))
    admin.post(f"{path}/resume", {"reason": "升级完成"})
    assert Item.objects.get(code=item.code).status == "published"
    text = _text(admin.post(f"{path}/resume", {"reason": "再来"}), 409)
    assert "现在的状态不能这样操作" in text
    admin.post(f"{path}/abolish", {"reason": "法规废止"})
    text = _text(admin.get(path))
    assert "取消事项：法规废止" in re.sub(r"</?b>", "", text) and "确认取消" not in text


def test_versions_are_compared_here_too() -> None:
    item, admin = make_item(), _admin()
    drafting.publish_draft(actor=reviewer(), draft_id=make_submitted(clerk_of(), item.code, conditions=["另写的一条"]), revision=1, now=NOW)
    assert "<ins>另写的一条</ins>" in _text(admin.get(f"/console/items/{item.code}/compare?old=1&new=2"))
    for query in ("", "?old=1", "?old=x&new=2", "?old=1&new=99"):
        assert admin.get(f"/console/items/{item.code}/compare{query}").status_code == 404


@pytest.mark.parametrize(
    "path", ["/console/items/999999999999", "/console/items/x", "/console/items/review/0", "/console/items/review/9999999999999999999999"]
)
def test_what_is_not_there_is_not_found(path: str) -> None:
    assert _admin().get(path).status_code == 404


def test_only_the_administrator_is_here() -> None:
    item = make_item()
    draft_id = make_submitted(clerk_of(), item.code)
    for role in (Role.SUPERVISOR, Role.MEDIATOR, Role.AUDITOR, Role.LEADER):
        client = signed_in(make_staff(role))
        for path in ("/console/items", "/console/items/review", f"/console/items/review/{draft_id}", f"/console/items/{item.code}"):
            assert client.get(path).status_code == 403


def test_no_page_costs_more_than_twelve_statements() -> None:
    item, clerk, admin = make_item(), clerk_of(), _admin()
    drafting.publish_draft(actor=reviewer(), draft_id=make_submitted(clerk, item.code, conditions=["改过"]), revision=1, now=NOW)
    draft_id = make_submitted(clerk, item.code, conditions=["又改过"])
    paths = [
        "/console/items?q=核准&status=published",
        "/console/items/review",
        f"/console/items/review/{draft_id}",
        f"/console/items/{item.code}",
    ]
    paths += [f"/console/items/review/{draft_id}/preview", f"/console/items/{item.code}/compare?old=1&new=2"]
    costs = {}
    for path in paths:
        for _ in range(2):
            cache.PAGES.clear()
            with CaptureQueriesContext(connection) as seen:
                assert admin.get(path).status_code == 200
        costs[path] = len([one for one in seen.captured_queries if "SAVEPOINT" not in one["sql"]])
        assert not [one for one in seen.captured_queries if "COUNT(" in one["sql"].upper() and "catalogue_item" in one["sql"]], path
    assert max(costs.values()) <= 12, costs
