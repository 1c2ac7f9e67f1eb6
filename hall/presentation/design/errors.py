"""Pages that say no, in the hall's look. None of them needs the database, so they also appear when it is away."""

import logging
import sys

import psycopg.errors
from django.contrib.sessions.exceptions import SessionInterrupted
from django.core.exceptions import DisallowedHost, RequestDataTooBig, SuspiciousOperation, TooManyFieldsSent, TooManyFilesSent
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.middleware.csrf import get_token
from django.template import engines
from django.template.backends.jinja2 import Jinja2
from django.utils.html import format_html

from hall.presentation.design import context
from hall.support.access.actors import VISITOR, Actor, SignInNeeded
from hall.support.refusals import Refusal

logger = logging.getLogger(__name__)

RETRY_SECONDS = 10
# The database is there, but this one step waited too long or met another: trying again is right, waiting is not needed.
_BUSY = (
    psycopg.errors.LockNotAvailable,
    psycopg.errors.QueryCanceled,
    psycopg.errors.DeadlockDetected,
    psycopg.errors.SerializationFailure,
)
_TITLES = {
    400: "这个请求不完整",
    401: "请先登录",
    403: "您没有权限查看这里",
    404: "没有找到这个页面",
    409: "内容刚刚被更新过",
    413: "提交的内容太大",
    422: "这一步没有办成",
    429: "操作太频繁",
    500: "这一步没有办成",
    503: "大厅暂时连不上",
}
# For machines, where no refusal of ours stands behind the answer.
_CODES = {400: "bad_request", 403: "not_allowed", 404: "not_found", 413: "too_large", 500: "fault", 503: "away"}


def wanted(request: HttpRequest) -> str:
    """In which form the visitor's program reads an answer: "json", "fragment" or "page"."""
    if request.path.startswith("/api/") or "application/json" in request.META.get("HTTP_ACCEPT", "").split(",")[0]:
        return "json"
    if "HTTP_HX_REQUEST" in request.META or "HTTP_X_FRAGMENT" in request.META:
        return "fragment"
    return "page"


def respond(
    request: HttpRequest, status: int, sentence: str, *, title: str = "", actor: Actor = VISITOR, again: bool = False, code: str = ""
) -> HttpResponse:
    """One refusal or failure in the form that the visitor's program reads.

    `again` offers a POST's text fields once more, with a fresh form token: only for posts that came from our own pages.
    """
    form = wanted(request)
    title = title or _TITLES.get(status, _TITLES[422])
    if form == "json":
        told = {"sentence": sentence, "code": code or _CODES.get(status, "refused")}
        return _with_patience(JsonResponse({"error": told}, status=status, json_dumps_params={"ensure_ascii": False}))
    values: dict[str, object] = {
        **context.frame(request),
        "actor": actor,
        "status": status,
        "heading": title,
        "sentence": sentence,
        "kept": _kept_fields(request) if again else (),
        "had_files": again and bool(request.FILES),
        "sign_in": status == 401,
        "csrf_input": format_html('<input type="hidden" name="csrfmiddlewaretoken" value="{}">', get_token(request)) if again else "",
    }
    engine = engines["jinja2"]
    assert isinstance(engine, Jinja2)
    template = engine.env.get_template("error_fragment.html" if form == "fragment" else "error.html")
    return _with_patience(HttpResponse(template.render(values), status=status))


def _with_patience(response: HttpResponse) -> HttpResponse:
    if response.status_code in {429, 503}:
        response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def refused(request: HttpRequest, refusal: Refusal, actor: Actor = VISITOR) -> HttpResponse:
    """A refusal that no view answered. Signing in again keeps what was typed: it is offered once more."""
    sentence = refusal.shown
    if isinstance(refusal, SignInNeeded) and request.method == "POST":
        sentence = "您的登录已过期，填写的内容没有丢失。请先在新窗口登录，再回到这一页提交。"
    title = "" if refusal.status in _TITLES else _TITLES[422]
    again = isinstance(refusal, SignInNeeded) and _is_own_post(request)
    return respond(request, refusal.status, sentence, title=title, actor=actor, again=again, code=refusal.code())


def is_outage(fault: BaseException | None) -> bool:
    """Whether the failure comes from the database being away or overloaded, and not from our own mistake."""
    seen = 0
    while fault is not None and seen < 10:
        if isinstance(fault, OperationalError | InterfaceError):
            return True
        fault, seen = fault.__cause__ or fault.__context__, seen + 1
    return False


def away(request: HttpRequest, fault: BaseException) -> HttpResponse:
    """The database is away (or a step waited too long): a 503 page that says what happened to the visitor's work."""
    cause = fault.__cause__
    logger.error("event=database.away fault=%s path=%s", type(cause or fault).__name__, request.path)
    is_post = request.method not in {"GET", "HEAD"}
    if isinstance(cause, _BUSY):
        sentence = "同时办理的人较多，这一步等待超时，没有做任何改动。请再试一次。"
        title = "这一步等待太久"
    elif is_post:
        sentence = "大厅正在恢复，这一步没有办成，也没有做任何改动。一般 1 分钟内恢复。"
        title = ""
    else:
        sentence = "大厅正在恢复，一般 1 分钟内就好。已提交的办件和已保存的草稿不受影响。"
        title = ""
    return respond(request, 503, sentence, title=title, again=is_post and _is_own_post(request))


def _is_own_post(request: HttpRequest) -> bool:
    # Only a browser that says the form came from our own page gets its content back in a new one: otherwise a foreign
    # page could have its own text shown under our name with a valid token.
    origin = request.META.get("HTTP_ORIGIN") or request.META.get("HTTP_REFERER", "")
    try:
        own = f"{request.scheme}://{request.get_host()}"
    except DisallowedHost:
        return False
    return request.method == "POST" and (origin == own or origin.startswith(f"{own}/"))


def _kept_fields(request: HttpRequest) -> list[tuple[str, str]]:
    try:
        lists = list(request.POST.lists())
    except (SuspiciousOperation, MultiPartParserError, UnreadablePostError):
        return []
    return [
        (name, str(value)) for name, values in lists for value in values if name != "csrfmiddlewaretoken" and "password" not in name.lower()
    ]


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form token does not match: mostly because somebody signed in again meanwhile. The work is kept and offered once more."""
    if _is_own_post(request):
        sentence = "这一页打开后您重新登录过，为了安全需要您再确认一次。填写的内容没有丢失。"
        return respond(request, 403, sentence, title="请再提交一次", again=True)
    return respond(
        request,
        403,
        "没有收到这一页的安全标记，什么都没有改动。请返回上一页刷新后再提交，并确认浏览器允许使用 Cookie。",
        title="请返回上一页再提交",
    )


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404"""
    return respond(
        request, 404, "地址可能写错了，或者内容已经移走。您可以搜索要办的事，或拨打服务热线。", actor=getattr(request, "actor", VISITOR)
    )


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403"""
    return respond(request, 403, "您没有权限查看这里。如果您认为应该可以，请联系本部门的管理员。", actor=getattr(request, "actor", VISITOR))


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400, or 413 when more was sent than a form may hold; 503 when the session could not be kept because the database went away."""
    if isinstance(exception, SessionInterrupted) and is_outage(exception):
        return away(request, exception)
    if isinstance(exception, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent):
        return respond(request, 413, "提交的内容超过了上限，没有保存。请精简文字，或把大的内容做成文件上传。")
    return respond(request, 400, "浏览器发来的内容不完整，什么都没有改动。请返回上一页刷新后再试。")


def fault(request: HttpRequest) -> HttpResponse:
    """500, and 503 when a layer around the views met an absent database."""
    caught = sys.exc_info()[1]
    if caught is not None and is_outage(caught):
        return away(request, caught)
    return respond(request, 500, "大厅出了差错，我们已经记录下来。这一步没有做任何改动，您已保存的内容都在。")
