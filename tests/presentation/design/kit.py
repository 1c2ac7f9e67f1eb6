"""A small site for tests: every component on three pages, and views that fail in every way a view can."""

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg.errors
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template import engines
from django.urls import include, path

from hall.presentation.design import cache
from hall.presentation.design.appnav import AppEntry
from hall.support.access.actors import Actor, NotAllowed, Role, SignInNeeded
from hall.support.formrules.definition import FieldError, FormDefinition
from hall.support.formrules.view import form_view
from hall.support.refusals import Conflict, NotFound

HERE = Path(__file__).parent
NOW = datetime(2026, 11, 23, 6, 32, tzinfo=UTC)
CLERK = Actor(account_id=7, name="刘敏", roles=frozenset({Role.CLERK}), department_code="37SCJG")
FORM = FormDefinition.from_schema(
    {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "申请表",
        "type": "object",
        "additionalProperties": False,
        "required": ["owner", "sent"],
        "properties": {
            "owner": {"type": "string", "title": "申请人姓名", "x-prefill": "profile.name", "x-verified": True, "x-rule": "name_zh"},
            "born": {"type": "string", "title": "出生日期", "format": "date"},
            "sent": {
                "type": "string",
                "title": "取件方式",
                "oneOf": [{"const": "self", "title": "自取"}, {"const": "mail", "title": "邮寄"}],
            },
            "to": {
                "type": "string",
                "title": "邮寄地址",
                "x-widget": "address",
                "x-hint": "写到门牌号",
                "x-shown-when": {"field": "sent", "equals": "mail"},
            },
            "area": {"type": "number", "title": "面积", "x-unit": "平方米"},
            "true": {"type": "boolean", "const": True, "title": "以上内容真实", "x-widget": "promise"},
        },
        "x-sections": [{"title": "申请人", "note": "与证件一致", "fields": ["owner", "born", "sent", "to", "area", "true"]}],
    }
)


def _page(name: str, request: HttpRequest, **values: object) -> HttpResponse:
    template = engines["jinja2"].from_string((HERE / name).read_text(encoding="utf-8"))
    return HttpResponse(template.render(values, request))


def card(number: int, depth: str, days: int | None) -> SimpleNamespace:
    return SimpleNamespace(
        code=f"3700{number}",
        name="食品生产许可（新办）",
        department_short="省市场监督管理局",
        online_depth=depth,
        promised_days=days,
        day_unit="working",
    )


def components(request: HttpRequest) -> HttpResponse:
    cards = [card(1, "full", 5), card(2, "prelim", 0), card(3, "booking", 12), card(4, "info", None)]
    groups = [("设立变更", [("企业设立登记", "/items/1"), ("公司变更登记", "/items/2")])]
    categories = [
        SimpleNamespace(title=t, note="设立 变更", icon=i, href="/themes/1", groups=groups)
        for t, i in (("企业开办", "building-store"), ("教育考试", "school"))
    ]
    return _page("kit.html", request, cards=cards, categories=categories, now=NOW)


def form(request: HttpRequest) -> HttpResponse:
    view = form_view(FORM, {"sent": "self", "area": "abc"}, [FieldError("area", "面积应为数字")], {"owner": "王建国"})
    return _page("kit_form.html", request, section=view.sections[0])


def console(request: HttpRequest) -> HttpResponse:
    nav = [("办件", [AppEntry("/desk", "办件队列", "inbox", "28", True), AppEntry("/desk/ratings", "评价与回复", "star")])]
    request.actor = CLERK  # type: ignore[attr-defined]
    return _page("kit_console.html", request, app_nav=nav, place="省市场监督管理局")


SAVED: list[dict[str, str]] = []
ANSWER: dict[str, Any] = {"status": 200}


def autosave(request: HttpRequest) -> HttpResponse:
    if ANSWER["status"] != 200:
        return JsonResponse({"error": {"sentence": "不能保存"}}, status=ANSWER["status"])
    SAVED.append(request.POST.dict())
    return JsonResponse({"saved": "14:33", "version": len(SAVED) + 1})


def upload(request: HttpRequest) -> HttpResponse:
    if request.headers.get("X-Fragment") != "1":
        return HttpResponseRedirect("/kit/form")
    if ANSWER["status"] == 401:
        raise SignInNeeded
    sent = request.FILES["file"]
    source = (
        '{% from "components/upload.html" import upload_row %}'
        '{{ upload_row("m3", "加工场所平面图", "/kit/upload", csrf_input, files=[dict(name=name, size_bytes=size)]) }}'
    )
    return HttpResponse(engines["jinja2"].from_string(source).render({"name": sent.name, "size": sent.size}, request))


def suggest(request: HttpRequest) -> HttpResponse:
    q = request.GET["q"]
    return JsonResponse({"suggestions": [{"text": f"{q}生产许可<b>{n}</b>", "kind": "事项", "href": f"/kit/got?n={n}"} for n in range(3)]})


def echo(request: HttpRequest) -> HttpResponse:
    return JsonResponse(request.POST.dict() if request.method == "POST" else request.GET.dict())


def failing(fault: type[Exception], cause: type[Exception] | None = None) -> Any:
    def view(request: HttpRequest) -> HttpResponse:
        raise fault() from (cause() if cause else None)

    return view


READ: list[str] = []


@cache.cacheable(seconds=60)
def page(request: HttpRequest) -> HttpResponse:
    READ.append(request.get_full_path())
    response = HttpResponse(f"<p>{len(READ)} {request.GET.get('a', '')} {'长' * 300}</p>")
    if "cookie" in request.GET:
        response.set_cookie("x", "1")
    if "broken" in request.GET:
        response.status_code = 404
    return response


@cache.cacheable(seconds=60)
def page_with_token(request: HttpRequest) -> HttpResponse:
    READ.append(request.get_full_path())
    return HttpResponse(engines["jinja2"].from_string("{{ csrf_input }}").render({}, request))


handler400 = "hall.presentation.design.errors.bad_request"
handler403 = "hall.presentation.design.errors.forbidden"
handler404 = "hall.presentation.design.errors.not_found"
handler500 = "hall.presentation.design.errors.fault"
urlpatterns = [
    path("", include("hall.presentation.design.urls")),
    path("kit", components),
    path("kit/form", form),
    path("kit/console", console),
    path("kit/autosave", autosave),
    path("kit/upload", upload),
    path("kit/echo", echo),
    path("kit/got", echo),
    path("kit/page", page),
    path("kit/token-page", page_with_token),
    path("search/suggest", suggest),
    path("kit/fault", failing(RuntimeError)),
    path("kit/away", failing(OperationalError)),
    path("kit/busy", failing(OperationalError, psycopg.errors.LockNotAvailable)),
    path("kit/not-found", failing(NotFound)),
    path("kit/conflict", failing(Conflict)),
    path("kit/not-allowed", failing(NotAllowed)),
    path("kit/sign-in-needed", failing(SignInNeeded)),
    path("api/kit/conflict", failing(Conflict)),
    path("api/kit/away", failing(OperationalError)),
]
