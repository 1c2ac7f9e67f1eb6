"""Departments' own systems at the machine door: clients, their secrets, and the tokens these buy (OAuth 2.0 client credentials).

A token is signed, not stored: it names the secret that bought it, and each use looks at that secret and its client, so that ending
either ends every token of theirs with the next request (docs/decisions/0023-machine-clients.md).
"""

import hmac
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.core import signing
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from hall.support.access import throttles
from hall.support.access.actors import Actor, Role, require
from hall.support.access.scopes import Scope
from hall.support.audit import trail
from hall.support.identity import guards, protection
from hall.support.identity.models import ClientSecret, Department, MachineClient
from hall.support.refusals import NotFound, Refusal

TOKEN_SECONDS = 1800
# A network may hold several systems; a secret has 256 bits, so this only spares the processor.
TOKENS_A_NETWORK, TOKENS_A_CLIENT = 120, 60
_PURPOSE = "client.secret"
_SIGNER = signing.Signer(salt="hall.machine-token")
_CLIENT_ID = re.compile(r"[a-z0-9-]{6,40}")
_PLACES = (1, 2)
_USE_NOTED_EVERY = timedelta(minutes=1)


class ClientRefused(Refusal):
    """Unknown client, wrong, ended or revoked: all the same from outside."""

    sentence = "接口账号或密钥不对。"
    status = 401


class TokenRefused(Refusal):
    sentence = "访问令牌无效或已过期，请重新获取。"
    status = 401


class ScopeNotHeld(Refusal):
    sentence = "申请的权限超出了这个接口账号的范围。"
    status = 400
    field = "scope"


class WrongClient(Refusal):
    """What the administrator typed does not make a client; `field` says where."""


class TwoSecrets(Refusal):
    sentence = "已有两个有效的密钥。请先停用旧的，再生成新的。"


class LastSecret(Refusal):
    sentence = "这是唯一有效的密钥。请先生成新的，对方换好后再停用它；不再使用的账号请吊销。"


class SecretShown(Refusal):
    """The same form sent again: the secret was made, and shown once."""

    sentence = "密钥已经生成，只显示一次。没有记下的，请停用它再生成一个。"
    status = 409


class ClientRevoked(Refusal):
    sentence = "这个账号已吊销，不能再用。请新开一个。"


@dataclass(frozen=True, slots=True)
class NewSecret:
    """What is shown once: the client's public name and its secret."""

    row_id: int
    client_id: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Token:
    """What a client gets for its secret. `scopes` are sorted."""

    text: str = field(repr=False)
    seconds: int
    scopes: tuple[str, ...]


@transaction.atomic
def create_client(*, actor: Actor, department_code: str, title: str, scopes: Collection[str], request_key: str, now: datetime) -> NewSecret:
    """Open an account for a department's own system, with its first secret.

    Raises: NotAllowed, WrongClient (field title, department_code or scopes), SecretShown when the same form comes again. Source: §6.1 §6.2.
    """
    require(actor, Role.SYS_ADMIN, Role.SYSTEM)
    title = " ".join(title.split())
    if not title or len(title) > 60:
        raise WrongClient("请填写系统名称，不超过 60 个字。", field="title")
    wanted = sorted(set(scopes))
    if not wanted or not set(wanted) <= set(Scope):
        raise WrongClient("请至少选择一项权限。", field="scopes")
    if not Department.objects.filter(pk=department_code).exists():
        raise WrongClient("请选择部门。", field="department_code")
    _refuse_repeated(request_key)
    client = MachineClient.objects.create(
        client_id=f"{department_code.lower()}-{secrets.token_hex(6)}",
        department_id=department_code,
        title=title,
        scopes=" ".join(wanted),
        created_at=now,
    )
    made = _make_secret(client, request_key, now)
    trail.record(actor, "client.created", client.client_id, detail=f"{department_code} {client.scopes}", at=now)
    return made


@transaction.atomic
def add_secret(*, actor: Actor, row_id: int, request_key: str, now: datetime) -> NewSecret:
    """A second secret beside the first, which goes on until it is ended. Raises: NotAllowed, NotFound, ClientRevoked, TwoSecrets, SecretShown."""
    client = _locked(actor, row_id)
    if client.revoked_at is not None:
        raise ClientRevoked
    _refuse_repeated(request_key)
    made = _make_secret(client, request_key, now)
    trail.record(actor, "client.secret_added", client.client_id, at=now)
    return made


@transaction.atomic
def end_secret(*, actor: Actor, row_id: int, secret_id: int, now: datetime) -> None:
    """End one of two secrets, and every token that it bought. Twice is harmless. Raises: NotAllowed, NotFound, LastSecret."""
    client = _locked(actor, row_id)
    secret = client.secrets.filter(pk=secret_id).first()
    if secret is None:
        raise NotFound
    if secret.ended_at is not None:
        return
    if client.secrets.filter(ended_at__isnull=True).count() < len(_PLACES):
        raise LastSecret
    client.secrets.filter(pk=secret_id).update(ended_at=now)
    trail.record(actor, "client.secret_ended", client.client_id, at=now)


@transaction.atomic
def revoke_client(*, actor: Actor, row_id: int, now: datetime) -> None:
    """Shut a client for good; its tokens end with the next request. Twice is harmless. Raises: NotAllowed, NotFound."""
    client = _locked(actor, row_id)
    if client.revoked_at is not None:
        return
    client.revoked_at = now
    client.save(update_fields=["revoked_at"])
    client.secrets.filter(ended_at__isnull=True).update(ended_at=now)
    trail.record(actor, "client.revoked", client.client_id, at=now)


def _locked(actor: Actor, row_id: int) -> MachineClient:
    require(actor, Role.SYS_ADMIN, Role.SYSTEM)
    client = MachineClient.objects.select_for_update().filter(pk=row_id).first()
    if client is None:
        raise NotFound
    return client


def _refuse_repeated(request_key: str) -> None:
    if ClientSecret.objects.filter(request_key=request_key).exists():
        raise SecretShown


def _make_secret(client: MachineClient, request_key: str, now: datetime) -> NewSecret:
    taken = set(client.secrets.filter(ended_at__isnull=True).values_list("place", flat=True))
    free = [place for place in _PLACES if place not in taken]
    if not free:
        raise TwoSecrets
    text = secrets.token_urlsafe(32)
    digest = protection.lookup_digest(text, purpose=_PURPOSE)
    try:
        with transaction.atomic():
            ClientSecret.objects.create(client=client, place=free[0], digest=digest, hint=text[-4:], request_key=request_key, made_at=now)
    except IntegrityError as fault:  # the same form, sent twice at the same moment
        raise SecretShown from fault
    return NewSecret(client.pk, client.client_id, text)


def grant_token(*, client_id: str, secret: str, wanted: Collection[str], address: str, now: datetime) -> Token:
    """A token for half an hour, for all of the client's scopes or for those wanted. An unknown client takes the same steps.

    Call outside of transactions: what was counted must outlive a refusal. Raises: ClientRefused, ScopeNotHeld, TooMany.
    Source: RFC 6749 §4.4.
    """
    throttles.count_try(f"token:{guards.network_of(address)}", limit=TOKENS_A_NETWORK, window_seconds=60, now=now)
    is_named = _CLIENT_ID.fullmatch(client_id) is not None
    client = MachineClient.objects.filter(client_id=client_id).first() if is_named else None
    digest = protection.lookup_digest(secret, purpose=_PURPOSE)
    held = list(ClientSecret.objects.filter(client=client, ended_at__isnull=True).order_by("place")) if client else []
    # As many comparisons whatever is there.
    matches = [hmac.compare_digest(held[place].digest if place < len(held) else "0" * 64, digest) for place in range(len(_PLACES))]
    if client is None or client.revoked_at is not None or not any(matches):
        trail.record(Actor(address=address), "client.token", client.client_id if client else "unknown", outcome="refused", at=now)
        raise ClientRefused
    throttles.count_try(f"token:{client.client_id}", limit=TOKENS_A_CLIENT, window_seconds=60, now=now)
    scopes = set(client.scopes.split())
    if not set(wanted) <= scopes:
        raise ScopeNotHeld
    scopes = set(wanted) or scopes
    used = held[matches.index(True)]
    with transaction.atomic():
        _note_use(used.pk, now)
        actor = _actor(client, scopes, address)
        trail.record(actor, "client.token", client.client_id, detail=" ".join(sorted(scopes)), at=now)
    expires = int((now + timedelta(seconds=TOKEN_SECONDS)).timestamp())
    text = _SIGNER.sign_object([used.pk, sorted(scopes), expires])
    return Token(text, TOKEN_SECONDS, tuple(sorted(scopes)))


def machine_actor(token: str, *, address: str, now: datetime) -> Actor:
    """The client behind a token. One SQL statement, a second one a minute for the last use. Raises: TokenRefused."""
    try:
        secret_id, scopes, expires = _SIGNER.unsign_object(token)
    except (signing.BadSignature, ValueError) as fault:  # changed, cut, or no token of ours
        raise TokenRefused from fault
    if expires <= now.timestamp():
        raise TokenRefused
    valid = ClientSecret.objects.filter(pk=secret_id, ended_at__isnull=True, client__revoked_at__isnull=True)
    secret = valid.select_related("client").first()
    if secret is None:
        raise TokenRefused
    _note_use(secret_id, now, last=secret.used_at)
    return _actor(secret.client, set(scopes) & set(secret.client.scopes.split()), address)


def _note_use(secret_id: int, now: datetime, *, last: datetime | None = None) -> None:
    if last is None or last < now - _USE_NOTED_EVERY:
        older = Q(used_at__isnull=True) | Q(used_at__lt=now - _USE_NOTED_EVERY)
        ClientSecret.objects.filter(older, pk=secret_id).update(used_at=now)


def _actor(client: MachineClient, scopes: Collection[str], address: str) -> Actor:
    return Actor(
        name=client.title,
        roles=frozenset({Role.MACHINE}),
        department_code=client.department_id,
        address=address,
        client_id=client.client_id,
        scopes=frozenset(scopes),
    )


@dataclass(frozen=True, slots=True)
class SecretRow:
    """A secret as the administrator sees it: never the secret."""

    secret_id: int
    hint: str
    made_at: datetime
    used_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class ClientRow:
    """A client; `secrets` oldest first, ended ones included."""

    row_id: int
    client_id: str
    department_code: str
    title: str
    scopes: tuple[str, ...]
    created_at: datetime
    revoked_at: datetime | None
    secrets: tuple[SecretRow, ...]

    @property
    def used_at(self) -> datetime | None:
        return max((secret.used_at for secret in self.secrets if secret.used_at), default=None)

    @property
    def valid(self) -> tuple[SecretRow, ...]:
        return tuple(secret for secret in self.secrets if secret.ended_at is None)


def clients(*, after: int = 0, limit: int = 50) -> list[ClientRow]:
    """All clients in the order they came (keyset), for the console. Two SQL statements."""
    return _rows(MachineClient.objects.filter(pk__gt=after).order_by("pk")[:limit])


def client(row_id: int) -> ClientRow | None:
    """One client. Two SQL statements."""
    return next(iter(_rows(MachineClient.objects.filter(pk=row_id))), None)


def _rows(found: "QuerySet[MachineClient]") -> list[ClientRow]:
    return [
        ClientRow(
            row_id=one.pk,
            client_id=one.client_id,
            department_code=one.department_id,
            title=one.title,
            scopes=tuple(one.scopes.split()),
            created_at=one.created_at,
            revoked_at=one.revoked_at,
            secrets=tuple(
                SecretRow(secret.pk, secret.hint, secret.made_at, secret.used_at, secret.ended_at)
                for secret in sorted(one.secrets.all(), key=lambda secret: secret.pk)
            ),
        )
        for one in found.prefetch_related("secrets")
    ]
