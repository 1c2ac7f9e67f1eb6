"""Counting tries, in the database so that restarts and several processes agree: sign-in, progress and verification look-ups."""

from datetime import datetime

from django.db import connection

from hall.support.refusals import Refusal


class TooMany(Refusal):
    sentence = "操作太频繁，请稍后再试。"
    status = 429


_COUNT = (
    "INSERT INTO access_throttle (key, window_number, tries, expires_at) VALUES (%s, %s, 1, to_timestamp(%s))"
    " ON CONFLICT (key, window_number) DO UPDATE SET tries = access_throttle.tries + 1 RETURNING tries"
)
_COUNT_ALONE = f"{_COUNT}, set_config('synchronous_commit', 'off', true)"


def count_try(key: str, *, limit: int, window_seconds: int, now: datetime) -> None:
    """Count one try under `key` (a digest or an address, nothing personal in clear). One SQL statement.

    Raises: TooMany once more than `limit` tries fell into the current window.
    """
    window = int(now.timestamp()) // window_seconds
    with connection.cursor() as cursor:
        # On its own it does not wait for the disk: a crash may forget the tries of its last moment.
        cursor.execute(_COUNT if connection.in_atomic_block else _COUNT_ALONE, [key, window, (window + 1) * window_seconds])
        tries = cursor.fetchone()[0]
    if tries > limit:
        raise TooMany
