"""`hall keys`: the keys that results are signed with. Imported once the settings are there."""

import argparse
import sys

from django.conf import settings
from django.utils import timezone

from hall.support.access.actors import system_actor
from hall.support.audit import trail
from hall.support.signing import keys as signing
from hall.support.signing.algorithms import Algorithm


def keys(options: argparse.Namespace) -> int:
    """`hall keys new|list|retire [KEY_ID]`."""
    if options.action == "new":
        make()
    elif options.action == "retire" and not _retire(options.key_id or ""):
        print(f"hall: there is no key {options.key_id!r}", file=sys.stderr)
        return 1
    for key in signing.all_keys().values():
        state = "retired" if key.retired_at else "signs" if key == signing.signing_key() else "verifies"
        print(f"{key.key_id}  {key.algorithm:<8} {key.created_at:%Y-%m-%d}  {state}")
    return 0


def make() -> None:
    """Make a key of the chosen algorithm; from now on it signs."""
    key = signing.make_key(Algorithm(settings.SIGNING), now=timezone.now())
    trail.record(system_actor(), "signing.key_made", key.key_id, detail=key.algorithm)


def make_first() -> bool:
    """A hall without a key that can sign gets one, so that its results are signed from the first day."""
    if signing.signing_key() is not None:
        return False
    make()
    return True


def _retire(key_id: str) -> bool:
    before = signing.all_keys().get(key_id)
    after = signing.retire_key(key_id, now=timezone.now())
    if before is not None and before.retired_at is None:
        trail.record(system_actor(), "signing.key_retired", key_id)
    return after is not None
