"""How departments' own systems knock: a token for client id and secret, carried as a bearer on every request (OAuth 2.0 client credentials)."""

import base64
import binascii
from typing import Annotated

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Field, Form, Schema
from ninja.security import HttpBearer

from hall.presentation.api.door import api
from hall.presentation.api.shapes import Refused
from hall.support.access import throttles
from hall.support.access.actors import Actor
from hall.support.access.scopes import SCOPE_NAMES
from hall.support.identity import clients, sessions
from hall.support.refusals import Refusal

BODY_LIMIT_BYTES, TOKEN_BODY_LIMIT_BYTES = 256 * 1024, 8 * 1024


class BodyTooLarge(Refusal):
    sentence = "请求内容太大，请分几次发送。"
    status = 413


class GrantUnknown(Refusal):
    sentence = "grant_type 只支持 client_credentials。"
    status = 400


class Machine(HttpBearer):
    """A department's own system, by its access token. Which scope an operation wants is the command's to say.

    Raises: TokenRefused, BodyTooLarge, TooMany.
    """

    openapi_description = "POST /api/v1/oauth/token 取得，半小时有效；放在 Authorization: Bearer 请求头"

    def __call__(self, request: HttpRequest) -> Actor:
        request.is_own = True  # type: ignore[attr-defined]
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer":
            raise clients.TokenRefused
        return self.authenticate(request, token.strip())

    def authenticate(self, request: HttpRequest, token: str) -> Actor:
        """The client behind the token, its requests counted. Two SQL statements."""
        now = timezone.now()
        actor = clients.machine_actor(token, address=sessions.client_address(request), now=now)
        throttles.count_try(f"machine:{actor.client_id}", limit=settings.MACHINE_REQUESTS_A_MINUTE, window_seconds=60, now=now)
        refuse_large(request, BODY_LIMIT_BYTES)
        return actor


def refuse_large(request: HttpRequest, limit: int) -> None:
    """Before anything of the body is read. Raises: BodyTooLarge."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > limit:
        raise BodyTooLarge


def machine_of(request: HttpRequest) -> Actor:
    """The client behind this request, as `Machine` found it."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    return actor


class TokenRequest(Schema):
    """RFC 6749 §4.4.2; what else is sent is ignored, as §3.2 wants."""

    grant_type: str = Field("", max_length=100, description="固定为 client_credentials")
    client_id: str = Field("", max_length=100, description="也可以放在 HTTP Basic 认证头")
    client_secret: str = Field("", max_length=200)
    scope: str = Field("", max_length=500, description="空格分隔；为空取全部：" + "；".join(f"{k} {v}" for k, v in SCOPE_NAMES.items()))


class AccessToken(Schema):
    access_token: str
    token_type: str = "Bearer"  # noqa: S105  (the kind of token, not one)
    expires_in: int = Field(description="有效秒数；到期前重新取")
    scope: str


@api.post(
    "oauth/token",
    response={200: AccessToken, 400: Refused, 401: Refused, 413: Refused, 422: Refused, 429: Refused},
    operation_id="access_token",
    url_name="access_token",
    summary="取访问令牌（部门业务系统）",
)
def access_token(request: HttpRequest, form: Annotated[TokenRequest, Form()]) -> AccessToken:
    """A bearer token for half an hour."""
    request.is_own = True  # type: ignore[attr-defined]
    refuse_large(request, TOKEN_BODY_LIMIT_BYTES)
    if form.grant_type != "client_credentials":
        raise GrantUnknown
    client_id, secret = _basic(request) or (form.client_id, form.client_secret)
    token = clients.grant_token(
        client_id=client_id, secret=secret, wanted=form.scope.split(), address=sessions.client_address(request), now=timezone.now()
    )
    return AccessToken(access_token=token.text, expires_in=token.seconds, scope=" ".join(token.scopes))


def _basic(request: HttpRequest) -> tuple[str, str] | None:
    """Client id and secret of an HTTP Basic header; None without one, empty texts for one that cannot be read."""
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        client_id, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return "", ""
    return client_id, secret


def _unauthorised(request: HttpRequest, refusal: Refusal | type[Refusal]) -> HttpResponse:
    shown = refusal.shown if isinstance(refusal, Refusal) else refusal.sentence
    response = api.create_response(request, {"error": {"sentence": shown}}, status=401)
    response.headers["WWW-Authenticate"] = 'Bearer realm="govhall"'
    return response


api.add_exception_handler(clients.TokenRefused, _unauthorised)
api.add_exception_handler(clients.ClientRefused, _unauthorised)
