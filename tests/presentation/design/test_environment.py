"""How values are written for people."""

from datetime import UTC, date, datetime

import pytest
from django.template import engines
from django.test import RequestFactory
from jinja2 import UndefinedError

from hall.presentation.design import context
from hall.presentation.design import environment as env

NIGHT = datetime(2026, 11, 25, 17, 30, tzinfo=UTC)  # 01:30 on the 26th in the hall's zone


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (env.money(1_250_000), "12,500 元"),
        (env.money(50), "0.50 元"),
        (env.money(0), "0 元"),
        (env.date_zh(NIGHT), "2026-11-26"),
        (env.date_zh(None), ""),
        (env.day_zh(NIGHT), "11 月 26 日 01:30"),
        (env.day_zh(date(2026, 11, 6)), "11 月 6 日"),
        (env.datetime_zh(NIGHT), "2026-11-26 01:30"),
        (env.clock_zh(NIGHT), "01:30"),
        (env.iso(NIGHT), "2026-11-26T01:30:00+08:00"),
        (env.count_zh(6392), "6,392"),
        (env.count_zh(12_846), "1.28 万"),
        (env.count_zh(34_600), "3.46 万"),
        (env.count_zh(210_000), "21 万"),
        (env.size_zh(900), "900 字节"),
        (env.size_zh(43_000), "42 KB"),
        (env.size_zh(3_355_443), "3.2 MB"),
        (env.first_char("省市场监督管理局"), "市"),
        (env.first_char("山东省教育厅"), "教"),
        (env.first_char("王建国"), "王"),
        (env.first_char("省"), "省"),
        (env.first_char(""), ""),
        (env.serial_groups("370000013202611231000018"), "370000-013-20261123-1-00001-8"),
        (env.url("/search", query={"q": "开 店", "page": None, "d": ["a", "b"]}), "/search?q=%E5%BC%80+%E5%BA%97&d=a&d=b"),
        (env.url("design:display"), "/display"),
    ],
)
def test_it_is_written_so(written: str, expected: str) -> None:
    assert written == expected


def _render(source: str, path: str = "/x", **values: object) -> str:
    return str(engines["jinja2"].from_string(source).render(values, RequestFactory().get(path)))


def test_a_link_keeps_the_other_conditions_and_starts_paging_anew() -> None:
    assert _render("{{ query_with(theme='t2', d=none) }}", "/search?q=a&theme=t1&d=x&after=9") == "/search?q=a&amp;theme=t2"
    assert _render("{{ query_with(q=none) }}", "/search?q=a") == "/search"
    assert _render("{{ query_with(d=['x', 'y']) }}", "/search?d=z") == "/search?d=x&amp;d=y"


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/", "首页"),
        ("/items/370", "分类"),
        ("/my", "我的"),
        ("/my/cases", "办件"),
        ("/my/cases/3700", "办件"),
        ("/my/notices", "我的"),
        ("/mystery", None),
    ],
)
def test_the_tab_bar_marks_one_place_at_most(path: str, title: str | None) -> None:
    request = RequestFactory().get(path)
    assert [link.title for link in context.TABBAR if link.is_current(request)] == ([title] if title else [])


def test_a_navigation_entry_with_a_condition_is_marked_under_it_only() -> None:
    marked = [link.title for link in context.NAV if link.is_current(RequestFactory().get("/themes?audience=enterprise"))]
    assert marked == ["企业办事"]


def test_text_is_escaped_everywhere() -> None:
    evil = "<script>alert(1)</script>\"'"
    source = '{% from "components/text.html" import alert, kv %}{{ alert(x, x) }}{{ kv([(x, x)]) }}{{ x }}'
    assert "<script>" not in _render(source, x=evil)


def test_a_misspelt_name_is_a_fault_and_not_an_empty_space() -> None:
    with pytest.raises(UndefinedError):
        _render("{{ misspelt }}")


def test_an_icon_outside_the_sprite_says_where_to_add_it() -> None:
    with pytest.raises(KeyError, match=r"sprite\.py"):
        env.icon("no-such-icon")
