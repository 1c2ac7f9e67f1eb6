"""How the machine door speaks: JSON in plain Chinese characters, one shape of error, and answers that may be kept for a moment."""

import functools
import hashlib
import json
from typing import Annotated, Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe
from ninja import Header, NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema
from ninja.renderers import JSONRenderer
from ninja.security import APIKeyCookie
from ninja.utils import check_csrf

from hall.presentation.api.shapes import Refused
from hall.support.access.actors import Actor, NotAllowed, SignInNeeded
from hall.support.access.throttles import TooMany
from hall.support.refusals import Refusal

KEPT_SECONDS = 30
PREFIX = "/api/v1/"
VERSION = "1.0.0"


class PlainRenderer(JSONRenderer):
    """Chinese stays readable, and takes a third of the bytes."""

    json_dumps_params = {"ensure_ascii": False, "separators": (",", ":")}


class Door(NinjaAPI):
    """A good answer to a public question carries an ETag and may be kept by anybody for half a minute, unless the operation says how long.

    What is somebody's own, behind `SignedIn`, is never kept.
    """

    def create_response(self, request: HttpRequest, data: Any, **options: Any) -> HttpResponse:
        """The answer, or 304 when the asker's copy is still the same."""
        response = super().create_response(request, data, **options)
        if response.status_code != 200 or getattr(request, "is_own", False):
            return response
        return keepable(request, response, seconds=getattr(request, "kept_seconds", KEPT_SECONDS))

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        """Without the HEAD twins of GET: they would carry the same operation ids."""
        schema = super().get_openapi_schema(path_prefix=PREFIX, **options)
        for operations in schema["paths"].values():
            operations.pop("head", None)
        return schema


class FormTokenMissing(Refusal):
    sentence = "请求缺少令牌。请先取 /session/token，再放在 X-CSRFToken 请求头中。"
    status = 403


class SignedIn(APIKeyCookie):
    """The session of a person who has signed in; whatever changes something also carries X-CSRFToken, which /session/token hands out.

    Raises: SignInNeeded, FormTokenMissing.
    """

    param_name = settings.SESSION_COOKIE_NAME

    def __call__(self, request: HttpRequest) -> Actor:
        request.is_own = True  # type: ignore[attr-defined]
        actor: Actor = request.actor  # type: ignore[attr-defined]
        if not actor.is_signed_in:
            raise SignInNeeded
        if check_csrf(request) is not None:
            raise FormTokenMissing
        return actor

    def authenticate(self, request: HttpRequest, key: str | None) -> Actor:
        """What the base class asks for; `__call__` has done it."""
        return self(request)


OWN = SignedIn()
# What whoever has signed in may hear instead of what was asked for.
NO = {400: Refused, 401: Refused, 403: Refused, 404: Refused, 409: Refused, 422: Refused, 429: Refused}
_KEY_LIMIT = 80
Key = Annotated[str, Header(alias="Idempotency-Key", min_length=1, max_length=_KEY_LIMIT, description="请求编号；重试时不变")]


def actor_of(request: HttpRequest) -> Actor:
    """Who asks, as the session says."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor


def storable(text: str) -> str:
    """PostgreSQL refuses zero bytes; the replacement character matches nothing, which is the right answer."""
    return text.replace("\0", "\ufffd")


def saying_no(*refusals: type[Refusal]) -> dict[str, Any]:
    """The refusals of an operation for its document: each code with its sentence, under its status, beside those of every door."""
    told: dict[int, dict[str, Any]] = {}
    everywhere: tuple[type[Refusal], ...] = (SignInNeeded, FormTokenMissing, NotAllowed, TooMany)
    for refusal in refusals + everywhere:
        told.setdefault(refusal.status, {})[refusal.code()] = {"value": {"error": {"sentence": refusal.sentence, "code": refusal.code()}}}
    return {"responses": {status: {"content": {"application/json": {"examples": examples}}} for status, examples in told.items()}}


def keepable(request: HttpRequest, response: HttpResponse, *, seconds: int = KEPT_SECONDS) -> HttpResponse:
    """Mark an answer as public for a moment, under the hash of its content."""
    etag = f'"{hashlib.sha256(response.content).hexdigest()[:24]}"'
    response.headers["Cache-Control"] = f"public, max-age={seconds}"
    response.headers["ETag"] = etag
    answer = get_conditional_response(request, etag=etag, response=response)
    if not isinstance(answer, HttpResponse):
        return response
    if answer is not response:
        answer.headers["Cache-Control"] = response.headers["Cache-Control"]
    return answer


api = Door(
    title="政务大厅接口",
    version=VERSION,
    description=(
        "事项目录和可预约时段不需要登录。本人的预约需要登录后的会话，提交时带 X-CSRFToken（从 /session/token 取得）。"
        "部门业务系统先用接口账号从 /api/v1/oauth/token 取访问令牌，再放在 Authorization: Bearer 请求头。"
        "时间带时区；期限单位见 day_unit。出错时返回 error：sentence 给人看，code 给程序判断，各接口可能的 code 见响应示例；"
        "400 unreadable 表示不是 JSON，422 invalid 表示缺少参数或格式不对，503 away 表示大厅正在恢复，稍后用同一编号重试。"
    ),
    urls_namespace="v1",
    openapi_url=None,
    docs_url=None,
    renderer=PlainRenderer(),
)

_SENTENCES = {
    "limit": "limit 请填 1 到 100 之间的整数。",
    "requests": "requests 为 1 至 100 项。",
    "count": "count 为 1 至 500 的整数。",
    "hours": "hours 为 1 至 168 的整数。",
    "Idempotency-Key": "请在请求头 Idempotency-Key 中给出这次请求的编号，重试时保持不变。",
}


def _invalid(request: HttpRequest, fault: ValidationError | type[ValidationError]) -> HttpResponse:
    errors = fault.errors if isinstance(fault, ValidationError) else []
    names = [str(error["loc"][-1]) for error in errors]
    sentences = dict.fromkeys(_SENTENCES.get(name, f"{name} 填写不对。") for name in names)
    return api.create_response(request, {"error": {"sentence": "".join(sentences) or "请求不完整。", "code": "invalid"}}, status=422)


def _unreadable(request: HttpRequest, fault: HttpError | type[HttpError]) -> HttpResponse:
    status = fault.status_code if isinstance(fault, HttpError) else 400
    return api.create_response(request, {"error": {"sentence": "请求内容不是正确的 JSON。", "code": "unreadable"}}, status=status)


api.add_exception_handler(ValidationError, _invalid)
api.add_exception_handler(HttpError, _unreadable)


@require_safe
def document(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document. No SQL."""
    return keepable(request, HttpResponse(_document_text(), content_type="application/json; charset=utf-8"))


@functools.cache
def _document_text() -> str:
    """Made once: the operations of a process do not change, and putting them together takes longer than any page."""
    return json.dumps(api.get_openapi_schema(), ensure_ascii=False, separators=(",", ":"))
