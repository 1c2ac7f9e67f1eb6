"""Departments write guides at their desk without a script; the hall looks through them in its console and publishes."""

import pytest
from django.test import Client

from hall.services.catalogue.queries import ItemVersionRow
from hall.services.guidance import queries
from hall.services.guidance.facts import Kinds
from hall.services.guidance.models import Guide, GuideDraft
from hall.support.access.actors import Role
from tests.make.guidance import guided_item, make_guide, make_tree
from tests.make.people import make_staff, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def item() -> ItemVersionRow:
    return guided_item()


@pytest.fixture
def clerk(item: ItemVersionRow) -> Client:
    return signed_in(make_staff(Role.CLERK, department_code=item.department_code))


@pytest.fixture
def admin() -> Client:
    return signed_in(make_staff(Role.SYS_ADMIN))


def begin(browser: Client, code: str, prefix: str = "/desk") -> str:
    answer = browser.post(f"{prefix}/guides/new", {"item": code})
    assert answer.status_code == 302, answer.content.decode()[:400]
    return str(answer.headers["Location"])


def test_a_guide_is_written_checked_and_published_through_pages_only(item: ItemVersionRow, clerk: Client, admin: Client) -> None:
    page = begin(clerk, item.code)
    assert clerk.post(f"{page}/head", {"revision": 0, "title": "我要办这件事", "intro": "两个问题"}).status_code == 302
    first = clerk.post(f"{page}/questions", {"revision": 1, "text": "给谁办？"}).headers["Location"]
    sent = {
        "revision": 2, "text": "给谁办？", "help": "选一个",
        "a1.text": "给自己", "a1.next": "end", "a1.fill": ["situation=new", "is_online=yes"], "a1.note": "带上原件",
        "a1.material": ["m2", ""], "a1.what": ["remove", ""], "a1.why": ["已满 16 周岁", ""],
        "a2.text": "给孩子", "a2.next": "new", "a2.material": ["m2"], "a2.what": ["add"], "a2.why": [""],
        "a3.text": "给别人", "a3.next": "end", "a3.reason": "要有委托。", "a3.instead": "请本人来办。",
    }  # fmt: skip
    assert clerk.post(first, sent).status_code == 302
    told = clerk.get(page).content.decode()
    assert "q2 没有写问题" in told and "没有答案，走到这里就断了" in told
    assert clerk.post(f"{page}/deeds/submit", {"revision": 3}).status_code == 422
    more = {
        "revision": 3,
        "text": "多大了？",
        "a1.text": "6 岁以下",
        "a1.next": "end",
        "a1.days": "3",
        "a2.text": "6 岁以上",
        "a2.next": "end",
    }
    assert clerk.post(f"{page}/questions/q2", more).status_code == 302
    assert "没有问题" in clerk.get(page).content.decode()
    assert clerk.post(f"{page}/deeds/submit", {"revision": 4}).status_code == 302
    hall = page.replace("/desk", "/console")
    assert "待审核" in admin.get("/console/guides?only=review").content.decode()
    assert admin.post(f"{hall}/deeds/publish", {"revision": 4}).status_code == 302
    published = queries.guide_of(Kinds.ITEM, item.code)
    assert published is not None
    effects = published.tree.questions[0].answers[0].effects
    assert [(prefill.field, prefill.values) for prefill in effects.prefill] == [("is_online", ("yes",)), ("situation", ("new",))]
    assert (effects.remove[0].reason, effects.note) == ("已满 16 周岁", "带上原件")
    assert published.tree.questions[0].answers[2].effects.refuse is not None
    assert published.tree.questions[1].answers[0].effects.days == 3


def test_what_is_saved_again_unchanged_stays_the_same(item: ItemVersionRow, clerk: Client) -> None:
    """Every field of the form says what it means: the page sent back as it is changes nothing."""
    from html.parser import HTMLParser

    make_guide(item)
    page = begin(clerk, item.code)
    before = GuideDraft.objects.get().content

    class Fields(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.sent: list[tuple[str, str]] = []
            self.select, self.first = "", True

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            given = dict(attrs)
            if tag == "input" and given.get("type") != "checkbox" and given.get("name"):
                self.sent.append((str(given["name"]), given.get("value") or ""))
            if tag == "select":
                self.select = str(given["name"])
                self.sent.append((self.select, ""))
            if tag == "option" and "selected" in given:
                self.sent[-1] = (self.select, given.get("value") or "")

    for revision, key in enumerate(("q1", "q2", "q3")):
        parser = Fields()
        html = clerk.get(f"{page}/questions/{key}").content.decode()
        parser.feed(html[html.index('class="panel mt-4"') : html.index("</form>", html.index('class="panel mt-4"'))])
        sent: dict[str, list[str]] = {}
        for name, value in parser.sent:
            sent.setdefault(name, []).append(value)
        answer = clerk.post(f"{page}/questions/{key}", {**sent, "revision": revision})
        assert answer.status_code == 302, answer.content.decode()[:300]
    assert GuideDraft.objects.get().content == before


def test_another_window_saves_first(item: ItemVersionRow, clerk: Client) -> None:
    make_guide(item)
    page = begin(clerk, item.code)
    assert clerk.post(f"{page}/questions/q2", {"revision": 0, "text": "第一个窗口", "a1.text": "是"}).status_code == 302
    answer = clerk.post(f"{page}/questions/q2", {"revision": 0, "text": "第二个窗口", "a1.text": "是"})
    assert answer.status_code == 409
    assert "第二个窗口" in answer.content.decode(), "what was typed stays on the page"


def test_a_time_limit_that_is_no_number_is_told_and_nothing_is_lost(item: ItemVersionRow, clerk: Client) -> None:
    make_guide(item)
    page = begin(clerk, item.code)
    answer = clerk.post(f"{page}/questions/q2", {"revision": 0, "text": "打好的问题", "a1.text": "打好的答案", "a1.days": "三天"})
    told = answer.content.decode()
    assert answer.status_code == 422 and "0 至 3650 的整数" in told and "打好的问题" in told and "打好的答案" in told


def test_questions_are_moved_and_taken_out(item: ItemVersionRow, clerk: Client) -> None:
    make_guide(item)
    page = begin(clerk, item.code)
    clerk.post(f"{page}/questions/q3/move", {"revision": 0, "go": "drop"})
    assert "没有写接着问什么" in clerk.get(page).content.decode()
    clerk.post(f"{page}/questions/q2/move", {"revision": 1, "go": "first"})
    assert [question["key"] for question in GuideDraft.objects.get().content["questions"]] == ["q2", "q1"]


def test_an_older_version_is_looked_at_and_restored(item: ItemVersionRow, clerk: Client) -> None:
    guide = make_guide(item, make_tree(title="头一版"))
    make_guide(item, make_tree(title="后一版"))
    page = f"/desk/guides/{guide.pk}"
    assert "头一版" in clerk.get(f"{page}/versions/1").content.decode()
    assert clerk.post(f"{page}/deeds/restore", {"number": 1}).status_code == 302
    assert GuideDraft.objects.get().content["title"] == "头一版"


def test_a_draft_is_tried_as_people_will(item: ItemVersionRow, clerk: Client) -> None:
    guide = make_guide(item)
    page = f"/desk/guides/{guide.pk}/try"
    assert "给谁办？" in clerk.get(page).content.decode()
    assert "走完了，得到办事单" in clerk.get(f"{page}?q1=a1&q2=a1&q3=a1").content.decode()
    assert "结论：不能办" in clerk.get(f"{page}?q1=a1&q2=a3").content.decode()
    begin(clerk, item.code)
    clerk.post(f"/desk/guides/{guide.pk}/questions/q2", {"revision": 0, "text": "空的", "a1.text": "是"})
    assert "走到这里就断了" in clerk.get(f"{page}?q1=a1&q2=a4").content.decode()


def test_the_drawing_is_told_in_words_too(item: ItemVersionRow, clerk: Client) -> None:
    guide = make_guide(item)
    page = clerk.get(f"/desk/guides/{guide.pk}").content.decode()
    assert '<svg class="tree"' in page and 'role="img"' in page
    assert "给孩子：接着问 q2；要带“监护人身份证明”；由监护人陪同。" in page
    assert "申请表“申请情形”填“补办”" in page


def test_other_departments_and_deeds_of_the_hall_are_closed(item: ItemVersionRow, clerk: Client) -> None:
    guide = make_guide(item)
    begin(clerk, item.code)
    stranger = signed_in(make_staff(Role.CLERK, department_code="SD33"))
    assert stranger.get(f"/desk/guides/{guide.pk}").status_code == 404
    assert stranger.post("/desk/guides/new", {"item": item.code}).status_code == 403
    for deed in ("publish", "return", "off", "on"):
        assert clerk.post(f"/desk/guides/{guide.pk}/deeds/{deed}", {"revision": 0}).status_code == 403
    assert clerk.post(f"/desk/guides/{guide.pk}/deeds/nonsense").status_code == 404
    assert Guide.objects.get().current_version is not None


@pytest.mark.parametrize("code", ["", "370199999999", "NOPE", "'; DROP TABLE x", "字" * 40])
def test_a_code_that_is_none_is_told(clerk: Client, admin: Client, code: str) -> None:
    answer = admin.post("/console/guides/new", {"item": code})
    assert answer.status_code == 422 and "没有已发布的事项或一件事" in answer.content.decode()


def test_the_hall_returns_with_a_reason_and_switches_off(item: ItemVersionRow, clerk: Client, admin: Client) -> None:
    guide = make_guide(item)
    begin(clerk, item.code)
    clerk.post(f"/desk/guides/{guide.pk}/deeds/submit", {"revision": 0})
    page = f"/console/guides/{guide.pk}"
    assert admin.post(f"{page}/deeds/return", {"revision": 0, "comment": ""}).status_code == 422
    assert admin.post(f"{page}/deeds/return", {"revision": 0, "comment": "问题太绕"}).status_code == 302
    assert "问题太绕" in clerk.get(f"/desk/guides/{guide.pk}").content.decode()
    assert admin.post(f"{page}/deeds/off").status_code == 302
    assert Client().get(f"/items/{item.code}/guide").status_code == 404
    assert admin.post(f"{page}/deeds/on").status_code == 302


def test_a_guide_that_no_longer_fits_is_flagged_in_the_list(item: ItemVersionRow, admin: Client) -> None:
    from hall.services.guidance import jobs
    from tests.make.catalogue import material_row
    from tests.make.people import NOW

    make_guide(item)
    guided_item(code=item.code, materials=[material_row(1)])
    jobs.recheck([item.code], now=NOW)
    page = admin.get("/console/guides?only=stale").content.decode()
    assert "处对不上" in page
