"""Departments' own systems for tests: opened, and given their tokens, by the real commands."""

from collections.abc import Collection
from datetime import datetime
from itertools import count

from django.utils import timezone

from hall.support.access.actors import Actor
from hall.support.access.scopes import Scope
from hall.support.identity import clients
from hall.support.identity.clients import NewSecret
from tests.make.people import NOW, SYSTEM, make_department

_keys = count(1)


def make_client(*, department_code: str = "SD02", scopes: Collection[str] = tuple(Scope), now: datetime = NOW) -> NewSecret:
    """A client of a department (made if need be) with every scope, and its first secret."""
    make_department(code=department_code)
    return clients.create_client(
        actor=SYSTEM, department_code=department_code, title="投资项目审批系统", scopes=scopes, request_key=f"client-{next(_keys)}", now=now
    )


def token_of(made: NewSecret, *, now: datetime = NOW) -> str:
    """A token for all that the client may do."""
    return clients.grant_token(client_id=made.client_id, secret=made.secret, wanted=(), address="198.51.100.9", now=now).text


def machine_actor(*, department_code: str = "SD02", scopes: Collection[str] = tuple(Scope), now: datetime = NOW) -> Actor:
    """A new client, as an actor."""
    token = token_of(make_client(department_code=department_code, scopes=scopes, now=now), now=now)
    return clients.machine_actor(token, address="198.51.100.9", now=now)


def bearer(**wanted: Collection[str]) -> dict[str, str]:
    """The header of a new client's requests, valid now."""
    now = timezone.now()
    return {"authorization": f"Bearer {token_of(make_client(now=now, **wanted), now=now)}"}
