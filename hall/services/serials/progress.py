"""How far matters outside of the web hall are (§6.2 作为后续办理和查询的依据): told by their departments, kept in view by who knows the code."""

import hmac
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from hall.services import events
from hall.services.serials import rules
from hall.services.serials.models import FollowedSerial, OutsideSerial, SerialState
from hall.services.serials.outside import QUERY_CODE
from hall.services.serials.rules import State, Status, Step
from hall.support.access import throttles
from hall.support.access.actors import DEPARTMENT_ROLES, Actor, Role, require
from hall.support.access.scopes import Scope, require_scope
from hall.support.audit import trail
from hall.support.identity import protection
from hall.support.jobs.queue import publish
from hall.support.refusals import NotFound

# Six digits guessed at this rate take centuries; people type them wrong a few times.
LOOKS, WINDOW_SECONDS = 20, 600


class SerialMissing(NotFound):
    sentence = "没有找到：流水号或查询码不对，请对照回执核对。"


class NotOurSerial(NotFound):
    sentence = "这个流水号不是本部门在窗口或业务系统取得的，请核对。"


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands after a step was told; `is_latest` says whether it is that step."""

    state: State
    at: datetime
    is_latest: bool


@transaction.atomic
def record_state(*, actor: Actor, serial: str, event_id: str, state: State, at: datetime, now: datetime) -> Standing:
    """Take in one step of one of the department's own numbers, in whatever order they come; who keeps it in view is told. Nine SQL statements
    at most.

    `at` is the moment by the department's clock: the newest stands, so that what comes late never covers what is newer. The same
    event again changes nothing. Raises: SignInNeeded, NotAllowed, ScopeMissing, NotOurSerial, WrongOrder, NumberVoid, RequestReused.
    Source: §6.2; trust.md §6.5 never trust arrival order.
    """
    if actor.has(Role.MACHINE):
        require_scope(actor, Scope.CASES_PUSH)
    else:
        require(actor, *DEPARTMENT_ROLES)
    if not event_id or len(event_id) > 64:
        raise rules.WrongOrder("event_id 为 1 至 64 个字符。", field="event_id")
    rules.check_time(at, now, "at")
    mine = OutsideSerial.objects.filter(issued__serial=serial, department_code=actor.department_code or "-")
    row = mine.first()
    if row is None:
        raise NotOurSerial
    if row.status == Status.RETURNED:
        raise rules.NumberVoid
    told, is_new = SerialState.objects.get_or_create(
        serial=row,
        event_id=event_id,
        defaults={"state": state, "at": at, "told_at": now, "client_id": actor.client_id, "account_id": actor.account_id},
    )
    if (told.state, told.at) != (state, at):
        raise rules.RequestReused("这个 event_id 已经用过，内容与上次不同。")
    last = steps_of(row)[-1]
    standing = Standing(last.state, last.at, last.event_id == event_id)
    if is_new:
        trail.record(actor, "serial.state_told", serial, detail=state.value, at=now)
    if is_new and standing.is_latest and row.status == Status.ISSUED:
        _tell_followers(row, told.pk, serial, state)
    return standing


def _tell_followers(row: OutsideSerial, state_id: int, serial: str, state: State) -> None:
    followers = list(FollowedSerial.objects.filter(serial=row).order_by("pk").values_list("account_id", flat=True))
    if followers:
        publish(events.SerialMoved(state_id, rules.grouped(serial), row.item_name, rules.STATE_NAMES[state], followers))


def count_look(*, address: str, serial: str, now: datetime) -> None:
    """Count one try at a number's query code, from this address and at this number, whichever page it comes from. Two SQL statements.

    Call outside of transactions: what was counted must outlive a refusal. Raises: TooMany.
    """
    throttles.count_try(f"progress:{address}", limit=LOOKS, window_seconds=WINDOW_SECONDS, now=now)
    throttles.count_try(f"progress:{serial}", limit=LOOKS, window_seconds=WINDOW_SECONDS, now=now)


def steps_of(row: OutsideSerial) -> list[Step]:
    """The told steps in the order in which they happened. For this module. One SQL statement."""
    told = SerialState.objects.filter(serial=row).values_list("at", "state", "event_id")
    return rules.in_order(Step(at, State(state), event_id) for at, state, event_id in told)


def opened(serial: str, query_code: str) -> OutsideSerial | None:
    """The row behind a number and its query code; a wrong code and an unknown number take the same time. For this module. One SQL statement."""
    row = OutsideSerial.objects.select_related("issued").filter(issued__serial=serial).first()
    stored = protection.decrypt(row.query_code if row else protection.encrypt("no code", purpose=QUERY_CODE), purpose=QUERY_CODE)
    return row if hmac.compare_digest(stored.encode(), query_code.encode()) else None


@transaction.atomic
def follow_serial(*, actor: Actor, serial: str, query_code: str, now: datetime) -> None:
    """Keep a number of a counter or a department's system in one's personal space. Twice is harmless.

    Count the tries before. Raises: SignInNeeded, NotAllowed, SerialMissing.
    """
    account_id = _account(actor)
    row = opened(serial, query_code)
    if row is None:
        raise SerialMissing
    _, is_new = FollowedSerial.objects.get_or_create(account_id=account_id, serial=row, defaults={"at": now})
    if is_new:
        trail.record(actor, "serial.followed", serial, at=now)


@transaction.atomic
def unfollow_serial(*, actor: Actor, serial: str, now: datetime) -> None:
    """Take a number out of one's personal space again; the number itself stays. Raises: SignInNeeded, NotAllowed, NotFound."""
    gone, _ = FollowedSerial.objects.filter(account_id=_account(actor), serial__issued__serial=serial).delete()
    if not gone:
        raise NotFound
    trail.record(actor, "serial.unfollowed", serial, at=now)


def _account(actor: Actor) -> int:
    require(actor, Role.CITIZEN)
    assert actor.account_id is not None, "a citizen has an account"
    return actor.account_id
