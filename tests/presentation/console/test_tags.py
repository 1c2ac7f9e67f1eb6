"""The console's pages of tags and relations: what a person sees, does, is refused, and what it costs."""

import re

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from hall.presentation.design import cache
from hall.services.catalogue.models import Item, Relation, Theme
from hall.services.catalogue.tag_models import ItemTag, Tag, TagSet
from hall.support.access.actors import Role
from tests.make.catalogue import make_item, make_theme
from tests.make.people import make_staff, signed_in
from tests.make.tags import make_tag, tag_items

pytestmark = pytest.mark.django_db
A, B, C = (f"37010000140{number}" for number in range(3))
LONG = "很长的名称" * 2000


@pytest.fixture
def client() -> Client:
    for code, name, themes in ((A, "出生登记", ["P01"]), (B, "死亡登记", []), (C, "食品经营许可", ["P01"])):
        make_item(code=code, name=name, themes=themes)
    make_tag("birth", name="出生", stage="童年")
    make_tag("school", name="上学", stage="童年", order=2)
    tag_items("birth", A, C)
    return signed_in(make_staff(Role.SYS_ADMIN))


def _text(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, answer.content
    return answer.content.decode()


def _public(path: str) -> str:
    cache.PAGES.clear()
    return _text(Client(), path)


def _post(client: Client, path: str, status: int = 302, **values: object) -> str:
    answer = client.post(path, values, follow=status == 302)
    assert answer.status_code == (200 if status == 302 else status), answer.content
    return answer.content.decode()


PAGES = (
    ("/console/tags", 9),
    ("/console/tags/sets/life-person", 5),
    ("/console/tags/one/birth", 6),
    ("/console/tags/themes/person", 4),
    ("/console/tags/bulk", 7),
    ("/console/tags/bulk?target=tag:birth&deed=add&text=登记", 11),
    ("/console/tags/lacking?what=tags", 10),
    ("/console/tags/fixed", 4),
    ("/console/relations?q=登记", 7),
    (f"/console/relations/{A}?q=登记", 6),
)


@pytest.mark.parametrize(("path", "most"), PAGES)
def test_no_page_costs_more_statements_than_it_says(
    client: Client, path: str, most: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    _text(client, path)
    with django_assert_max_num_queries(most):
        _text(client, path)


def test_a_set_and_a_tag_are_made_and_found_on_the_public_walk(client: Client) -> None:
    page = _post(client, "/console/tags/sets", name="办事季节", code="seasons", audience="")
    assert "已经新建" in page and "办事季节" in page
    page = _post(client, "/console/tags/sets/life-person/add", name="起名", code="naming", stage="童年", note="")
    assert "标签已新建" in page
    assert 'href="/life/naming"' in _public("/life")


def test_a_mistake_keeps_what_was_typed_and_says_what_to_do(client: Client) -> None:
    page = _post(client, "/console/tags/sets", 422, name="季节", code="Seasons!", audience="")
    assert "代码是 2 至 20 位小写字母" in page and 'value="季节"' in page and "<title>错误：" in page
    page = _post(client, "/console/tags/sets/life-person/add", 422, name="上学", code="again", stage="", note="")
    assert "已经有这个名称了" in page and 'value="again"' in page
    page = _post(client, "/console/tags/one/birth/edit", 422, name="", stage="", note="")
    assert "请填写名称" in page
    assert Tag.objects.count() == 2


@pytest.mark.parametrize("name", [LONG, "\0", "甲\x07乙"])
def test_names_that_no_page_can_show_are_refused(client: Client, name: str) -> None:
    for path in ("/console/tags/one/birth/edit", "/console/tags/sets/life-person/edit", "/console/tags/themes/P01/edit"):
        answer = client.post(path, {"name": name, "stage": ""})
        assert answer.status_code == 422
    assert Tag.objects.get(pk="birth").name == "出生"


def test_removing_what_is_in_use_says_first_what_happens(client: Client) -> None:
    page = _text(client, "/console/tags/one/birth")
    assert "下面的 2 个事项不再显示在这个标签下，公开页面 /life/birth 不再打开。" in page
    page = _post(client, "/console/tags/one/birth/remove", 409, told="1")
    assert "“出生”下面还有 2 个事项" in page
    page = _post(client, "/console/tags/one/birth/remove", told="2")
    assert "已移除，需要时可以恢复" in page and "已移除的标签" in page
    cache.PAGES.clear()
    assert Client().get("/life/birth").status_code == 404
    _post(client, "/console/tags/one/birth/restore")
    assert "出生登记" in _public("/life/birth")
    page = _post(client, "/console/tags/sets/life-person/remove", 409, told="x")
    assert "还有 2 个标签在用" in page
    _post(client, "/console/tags/sets/life-person/remove", told="2")
    assert TagSet.objects.get(pk="life-person").is_off


def test_tags_and_items_are_put_in_order_and_items_dropped(client: Client) -> None:
    _post(client, "/console/tags/one/school/up")
    page = _text(client, "/console/tags/sets/life-person")
    assert page.index("上学") < page.index(">出生<")
    _post(client, "/console/tags/one/birth/item-up", item=C)
    page = _public("/life/birth")
    assert page.index("食品经营许可") < page.index("出生登记")
    _post(client, "/console/tags/one/birth/drop", item=C)
    assert "食品经营许可" not in _text(client, "/console/tags/one/birth")
    assert client.post("/console/tags/one/birth/drop", {"item": "\0"}).status_code == 404
    assert client.post("/console/tags/one/birth/burn").status_code == 404


def test_a_theme_is_renamed_on_all_pages(client: Client) -> None:
    page = _post(client, "/console/tags/themes/P01/edit", name="生儿育女", stage="诞生期")
    assert "修改已保存" in page and "平台编辑" in page
    assert "生儿育女" in _public("/themes/P01")
    make_theme("P02", name="户籍", audience="person")
    page = _post(client, "/console/tags/themes/P02/edit", 422, name="生儿育女", stage="")
    assert "已经有这个名称了" in page
    assert Theme.objects.get(pk="P02").name == "户籍"


# --- in bulk ----------------------------------------------------------------------------------------------------------------------


def test_bulk_tagging_previews_and_then_does_exactly_that(client: Client) -> None:
    page = _text(client, "/console/tags/bulk?target=tag:birth&deed=add&text=登记")
    assert '符合条件的事项 <b class="num">2</b> 个，其中 <b class="num em">1</b> 个会打上人生事件“<b>出生</b>”，另外 1 个已经有了' in page
    assert "死亡登记" in page and "确认，改这 1 个事项" in page
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
    hidden.pop("csrfmiddlewaretoken", None)
    page = _post(client, "/console/tags/bulk", **hidden)
    assert "已经改好" in page and "死亡登记" in page
    assert set(ItemTag.objects.values_list("item_id", flat=True)) == {A, B, C}
    page = _post(client, "/console/tags/bulk", 409, **hidden)
    assert "请重新预览后再确认" in page


def test_bulk_tagging_names_each_mistake(client: Client) -> None:
    for query, words in (
        ("target=&text=登记", "请选择标签或主题"),
        ("target=tag:birth", "请至少选一个条件"),
        ("target=tag:birth&codes=370100009999", "没有这些编码的事项"),
        (f"target=tag:birth&codes={'1 ' * 400}&text={LONG[:500]}", "没有这些编码的事项"),
        ("target=tag:birth&text=%00&codes=%00", "请至少选一个条件"),
        ("target=theme:NO&text=登记", "请选择标签或主题"),
    ):
        assert words in _text(client, f"/console/tags/bulk?{query}", 422), query
    assert "本来就没有" in _text(client, "/console/tags/bulk?target=tag:school&deed=remove&text=登记")


def test_themes_are_assigned_in_bulk(client: Client) -> None:
    page = _text(client, "/console/tags/bulk?target=theme:P01&deed=add&codes=" + B)
    token = re.search(r'name="token" value="(\w+)"', page)
    assert token
    _post(client, "/console/tags/bulk", target="theme:P01", deed="add", codes=B, token=token.group(1))
    assert "死亡登记" in _public("/themes/P01")
    assert Item.objects.get(pk=B).hall_links == ["themes"]


def test_items_that_nobody_sorted_lead_to_bulk_tagging(client: Client) -> None:
    page = _text(client, "/console/tags/lacking")
    assert "死亡登记" in page and "食品经营许可" not in page
    assert "死亡登记" in _text(client, "/console/tags/lacking?what=life-person")
    assert client.get("/console/tags/lacking?what=nothing").status_code == 404
    assert client.get("/console/tags/lacking?after=%00").status_code == 200
    assert f'name="codes" rows="3" aria-describedby="f-codes-hint">\n{A} {B}</textarea>' in _text(
        client, f"/console/tags/bulk?codes={A}&codes={B}"
    )


# --- relations --------------------------------------------------------------------------------------------------------------------


def test_relations_are_added_and_taken_away(client: Client) -> None:
    page = _text(client, f"/console/relations/{A}?q=食品")
    assert "添加：食品经营许可" in page
    page = _post(client, f"/console/relations/{A}/add", to_item=C, kind="followup", q="食品")
    assert "关系已添加" in page and "它是本事项的后续事项" in page
    assert "办完出生登记，再办食品经营许可" in _public(f"/items/{A}")
    page = _post(client, f"/console/relations/{C}/remove", other=A, side="before")
    assert "关系已去掉" in page
    assert not Relation.objects.exists()
    assert client.post(f"/console/relations/{C}/remove", {"other": "\0", "side": "x"}).status_code == 404


def test_a_circle_is_refused_with_its_name(client: Client) -> None:
    Relation.objects.create(item_id=C, kind="prerequisite", to_item_id=A)
    page = _post(client, f"/console/relations/{A}/add", 422, to_item=C, kind="prerequisite", q="食品")
    assert "先后关系首尾相接：“出生登记” → “食品经营许可” → “出生登记”" in page
    assert 'value="食品"' in page and "添加：食品经营许可" in page
    for kind, other in (("friend", C), ("joint", A), ("joint", "370100009999"), ("", "")):
        _post(client, f"/console/relations/{A}/add", 422, to_item=other, kind=kind)
    assert Relation.objects.count() == 1


def test_findings_lead_to_the_items_where_they_are_mended(client: Client) -> None:
    assert "没有发现问题" in _text(client, "/console/relations")
    Relation.objects.create(item_id=C, kind="prerequisite", to_item_id=A)
    Relation.objects.create(item_id=C, kind="followup", to_item_id=A)
    page = _text(client, "/console/relations")
    assert "先后首尾相接" in page and f'href="/console/relations/{A}"' in page and f'href="/console/relations/{C}"' in page
    assert client.get("/console/relations/nothing").status_code == 404
