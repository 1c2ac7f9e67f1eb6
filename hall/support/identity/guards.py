"""Slowing down whoever guesses passwords, without letting him shut out the person he guesses at.

Five failures under one login from one address: that address waits, 1 minute at first, doubling up to 15. Twenty failures from
addresses that never succeeded: all such addresses wait, up to 5 minutes; an address from which the person signed in before does
not. A try is counted before the password is looked at, so that tries at the same moment cannot slip through.
"""

import ipaddress
import math
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import F

from hall.support.identity.models import SignInGuard
from hall.support.refusals import Refusal

WINDOW = timedelta(minutes=15)
ADDRESS_FAILURES = 5
LOGIN_FAILURES = 20
_LONGEST_WAIT = {"address": timedelta(minutes=15), "login": timedelta(minutes=5)}
_EVERYWHERE = "*"
_REMEMBERED = timedelta(days=180)

_COUNT = """
INSERT INTO identity_sign_in_guard AS guard (login_digest, address, failures, counted_from)
VALUES (%(digest)s, %(address)s, 1, %(now)s)
ON CONFLICT (login_digest, address) DO UPDATE SET
  failures = CASE WHEN guard.counted_from < %(fresh)s AND coalesce(guard.wait_until, guard.counted_from) < %(fresh)s
                  THEN 1 ELSE guard.failures + 1 END,
  counted_from = CASE WHEN guard.counted_from < %(fresh)s AND coalesce(guard.wait_until, guard.counted_from) < %(fresh)s
                  THEN %(now)s ELSE guard.counted_from END,
  wait_until = CASE WHEN guard.failures + 1 >= %(limit)s
                     AND NOT (guard.counted_from < %(fresh)s AND coalesce(guard.wait_until, guard.counted_from) < %(fresh)s)
                  THEN %(now)s + least(%(longest)s, interval '1 minute' * power(2, least(guard.failures + 1 - %(limit)s, 10)))
                  ELSE NULL END
WHERE guard.wait_until IS NULL OR guard.wait_until <= %(now)s
RETURNING guard.succeeded_at IS NOT NULL
"""


class AccountLocked(Refusal):
    """Too many failures; the sentence says for how long. Says nothing about whether the login exists."""

    sentence = "密码错误次数较多，请过几分钟再登录。"
    status = 429


def network_of(address: str) -> str:
    """What counts as one address: an IPv4 address, the /64 of an IPv6 one; whatever is no address counts as one."""
    try:
        found = ipaddress.ip_address(address.strip())
    except ValueError:
        return ""
    if isinstance(found, ipaddress.IPv6Address):
        mapped = found.ipv4_mapped
        return str(mapped) if mapped else str(ipaddress.ip_network((found, 64), strict=False).network_address)
    return str(found)


def _count(digest: str, address: str, *, limit: int, longest: timedelta, now: datetime) -> bool | None:
    values: dict[str, Any] = {
        "digest": digest,
        "address": address,
        "now": now,
        "fresh": now - WINDOW,
        "limit": limit,
        "longest": longest,
    }
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, values)
        row = cursor.fetchone()
    return None if row is None else bool(row[0])


def _refuse(digest: str, address: str, now: datetime) -> None:
    until = SignInGuard.objects.filter(login_digest=digest, address=address).values_list("wait_until", flat=True).first()
    minutes = max(1, math.ceil(((until or now) - now).total_seconds() / 60))
    raise AccountLocked(f"密码错误次数较多，请在 {minutes} 分钟后再登录。")


def count_try(digest: str, address: str, *, now: datetime) -> None:
    """Count one try as failed until `succeeded` takes it back. Call outside of transactions. Two SQL statements.

    Raises: AccountLocked.
    """
    network = network_of(address)
    is_known = _count(digest, network, limit=ADDRESS_FAILURES, longest=_LONGEST_WAIT["address"], now=now)
    if is_known is None:
        _refuse(digest, network, now)
    if not is_known and _count(digest, _EVERYWHERE, limit=LOGIN_FAILURES, longest=_LONGEST_WAIT["login"], now=now) is None:
        _refuse(digest, _EVERYWHERE, now)


def succeeded(digest: str, address: str, *, now: datetime) -> None:
    """Take back the failures of this address and remember it as one of the person's own. Two SQL statements."""
    SignInGuard.objects.filter(login_digest=digest, address=network_of(address)).update(
        failures=0, wait_until=None, counted_from=now, succeeded_at=now
    )
    # This try was no failure; those of other addresses still count.
    SignInGuard.objects.filter(login_digest=digest, address=_EVERYWHERE, failures__gt=0).update(failures=F("failures") - 1)


def forget_old(*, now: datetime) -> int:
    """Remove what no longer counts: failures of yesterday and addresses unused for half a year. Returns how many rows."""
    failures = SignInGuard.objects.filter(succeeded_at__isnull=True, counted_from__lt=now - timedelta(days=1))
    unused = SignInGuard.objects.filter(succeeded_at__lt=now - _REMEMBERED)
    return failures.delete()[0] + unused.delete()[0]
