"""How the machine door speaks: JSON in plain Chinese characters, one shape of error, and answers that may be kept for a moment."""

import hashlib
import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe
from ninja import NinjaAPI
from ninja.errors import ValidationError
from ninja.openapi.schema import OpenAPISchema
from ninja.renderers import JSONRenderer

KEPT_SECONDS = 30
PREFIX = "/api/v1/"
VERSION = "1.0.0"


class PlainRenderer(JSONRenderer):
    """Chinese stays readable, and takes a third of the bytes."""

    json_dumps_params = {"ensure_ascii": False, "separators": (",", ":")}


class Door(NinjaAPI):
    """Public, read-only: every good answer carries an ETag and may be kept by anybody for half a minute."""

    def create_response(self, request: HttpRequest, data: Any, **options: Any) -> HttpResponse:
        """The answer, or 304 when the asker's copy is still the same."""
        response = super().create_response(request, data, **options)
        return keepable(request, response) if response.status_code == 200 else response

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        """Without the HEAD twins of GET: they would carry the same operation ids."""
        schema = super().get_openapi_schema(path_prefix=PREFIX, **options)
        for operations in schema["paths"].values():
            operations.pop("head", None)
        return schema


def keepable(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Mark an answer as public for a moment, under the hash of its content."""
    etag = f'"{hashlib.sha256(response.content).hexdigest()[:24]}"'
    response.headers["Cache-Control"] = f"public, max-age={KEPT_SECONDS}"
    response.headers["ETag"] = etag
    answer = get_conditional_response(request, etag=etag, response=response)
    if not isinstance(answer, HttpResponse):
        return response
    if answer is not response:
        answer.headers["Cache-Control"] = response.headers["Cache-Control"]
    return answer


api = Door(
    title="政务大厅事项接口",
    version=VERSION,
    description="事项目录的只读接口，不需要登录。时间带时区；期限单位见 day_unit；出错时返回 error.sentence。",
    urls_namespace="v1",
    openapi_url=None,
    docs_url=None,
    renderer=PlainRenderer(),
)

_SENTENCES = {"limit": "limit 请填 1 到 100 之间的整数。"}


def _invalid(request: HttpRequest, fault: ValidationError | type[ValidationError]) -> HttpResponse:
    errors = fault.errors if isinstance(fault, ValidationError) else []
    names = [str(error["loc"][-1]) for error in errors]
    sentences = dict.fromkeys(_SENTENCES.get(name, f"{name} 填写不对。") for name in names)
    return api.create_response(request, {"error": {"sentence": "".join(sentences) or "请求不完整。"}}, status=422)


api.add_exception_handler(ValidationError, _invalid)


@require_safe
def document(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document. No SQL."""
    text = json.dumps(api.get_openapi_schema(), ensure_ascii=False, separators=(",", ":"))
    return keepable(request, HttpResponse(text, content_type="application/json; charset=utf-8"))
