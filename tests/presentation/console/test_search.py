"""Search in the console: try a query, keep words, decide on hot words, read what leads nowhere; for the system administrator alone."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from hall.services.catalogue.models import Situation, Synonym
from hall.services.search import commands, uses
from hall.services.search.models import HotWord
from hall.support.access.actors import Role
from hall.support.jobs import queue
from tests.make.people import make_staff, signed_in
from tests.make.search import NOW, make_item, make_synonym

pytestmark = pytest.mark.django_db


@pytest.fixture
def dog() -> str:
    code = make_item("犬类准养登记", keywords=["养狗证"])
    for other in ("居民身份证申领", "出生登记", "机动车驾驶证补证", "旅馆业许可"):
        make_item(other)
    make_synonym("狗证", "犬类准养登记", [code])
    commands.reindex(now=NOW)
    return code


@pytest.fixture
def admin() -> Client:
    return signed_in(make_staff(Role.SYS_ADMIN))


def _text(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer.content
    return answer.content.decode()


def _post(client: Client, path: str, status: int = 302, **given: str) -> str:
    answer = client.post(path, given)
    assert answer.status_code == status, answer.content.decode()[-3000:]
    return answer.headers["Location"] if status == 302 else answer.content.decode()


def test_a_query_is_tried_as_it_is_and_as_it_would_be(admin: Client, dog: str) -> None:
    page = _text(admin, f"/console/search?q=毛孩子上户口&term=毛孩子&code={dog}")
    assert "加上“毛孩子”以后" in page and "新进" in page and "名次依据" in page
    assert "这个事项没有进入结果" in page
    assert not Synonym.objects.filter(citizen_term="毛孩子").exists()
    known = _text(admin, f"/console/search?q=狗证&code={dog}")
    assert "为什么排在第 1 位" in known and f'href="/console/search/items/{dog}"' in known
    assert "没有这个事项" in _text(admin, "/console/search?q=狗证&term=毛孩子&code=379999999999")
    assert "试加俗称时要写事项编码" in _text(admin, "/console/search?q=狗证&term=毛孩子")
    for odd in ("%00", "，。！", "长" * 5000):
        _text(admin, f"/console/search?q={odd}&term={odd}&code={odd}")


def test_words_are_added_and_switched_and_search_follows(admin: Client, dog: str) -> None:
    place = f"/console/search/items/{dog}"
    assert _post(admin, f"{place}/synonyms", term="毛孩子") == f"{place}?done=term"
    assert _post(admin, f"{place}/situations", text="朋友送了只金毛，要不要办证") == f"{place}?done=text"
    assert "几秒后就能搜到" in _text(admin, f"{place}?done=text")
    queue.run_due_now()
    assert f'href="/items/{dog}"' in _text(Client(), "/search?q=毛孩子")
    added = Synonym.objects.get(citizen_term="毛孩子")
    assert _post(admin, f"{place}/switch", kind="synonym", id=str(added.pk), is_off="1") == f"{place}?done=off"
    assert "启用：毛孩子" in _text(admin, place)
    said = Situation.objects.get()
    _post(admin, f"{place}/switch", kind="situation", id=str(said.pk), is_off="1")
    _post(admin, f"{place}/switch", kind="situation", id=str(said.pk), is_off="0")
    assert not Situation.objects.get().is_off


def test_unfit_words_come_back_with_the_reason(admin: Client, dog: str) -> None:
    place = f"/console/search/items/{dog}"
    page = _post(admin, f"{place}/synonyms", 422, term="狗")
    assert "俗称应为 2 至 40 个字" in page and 'value="狗"' in page and "<title>错误：" in page
    assert "情形应为 4 至 120 个字" in _post(admin, f"{place}/situations", 422, text="养狗")
    assert "已经有这条说法" in _post(admin, f"{place}/synonyms", 409, term="狗证")
    for number in ("", "x", "²", "9" * 30, "999999"):
        _post(admin, f"{place}/switch", 404, kind="synonym", id=number, is_off="1")
    _post(admin, "/console/search/items/379999999999/synonyms", 404, term="毛孩子")
    assert admin.get("/console/search/items/%00").status_code == 404


def test_hot_words_are_pinned_barred_and_freed(admin: Client, dog: str) -> None:
    assert _post(admin, "/console/search/hot/decide", word="冬季取暖补贴", decision="pin") == "/console/search/hot?done=pin"
    page = _text(admin, "/console/search/hot?done=pin")
    assert "置顶 1" in page and "取消置顶：冬季取暖补贴" in page
    _post(admin, "/console/search/hot/decide", word="狗证", decision="bar")
    assert "取消屏蔽：狗证" in _text(admin, "/console/search/hot")
    _post(admin, "/console/search/hot/decide", word="冬季取暖补贴", decision="free")
    assert list(HotWord.objects.values_list("word", flat=True)) == ["狗证"]
    assert "热词应为 2 至 12 个字" in _post(admin, "/console/search/hot/decide", 422, word="13953112345", decision="pin")
    _post(admin, "/console/search/hot/decide", 404, word="狗证", decision="burn")


def test_what_leads_nowhere_and_what_stands_too_far_down_is_listed(admin: Client, dog: str) -> None:
    from django.utils import timezone

    today = timezone.localdate().isoformat()
    for _ in range(3):
        uses.add_miss(query="养蜂证", day=today)
        uses.add_click(query="狗证", item_code=dog, place=7, day=today)
        uses.add_click(query="养狗", item_code=dog, place=1, day=today)
    uses.add_miss(query="张三丰", day=today)
    page = _text(admin, "/console/search/misses")
    assert "养蜂证" in page and "张三丰" not in page
    low = _text(admin, "/console/search/clicks")
    assert "狗证" in low and ">7.0<" in low and "养狗" not in low.replace("养狗证", "")
    assert "养狗" in _text(admin, "/console/search/clicks?all=1").replace("养狗证", "")


def test_each_page_says_something_when_there_is_nothing(admin: Client) -> None:
    for path in ("", "/misses", "/clicks", "/clicks?all=1", "/hot"):
        _text(admin, f"/console/search{path}")


def test_the_pages_cost_few_statements(admin: Client, dog: str, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    trial = f"/console/search?q=狗证&term=毛孩子&code={dog}"
    _text(admin, trial)
    for path, most in ((trial, 11), (f"/console/search/items/{dog}", 8), ("/console/search/hot", 7), ("/console/search/clicks", 6)):
        with django_assert_max_num_queries(most):
            _text(admin, path)
