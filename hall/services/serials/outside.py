"""Numbers of channel 4 and 5 (§6.2 (2)): for who comes to a department's counter, and for a department's own system."""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from hall.services.catalogue import queries as catalogue
from hall.services.serials import commands, rules
from hall.services.serials.models import OutsideSerial, SerialBlock
from hall.services.serials.rules import Channel, Status
from hall.support.access.actors import Actor, NotAllowed, Role, require
from hall.support.access.scopes import Scope, require_scope
from hall.support.audit import trail
from hall.support.identity import protection
from hall.support.identity import queries as identity
from hall.support.identity.queries import DepartmentRow

APPLICANT, QUERY_CODE = "serial.applicant", "serial.query_code"  # purposes of sealed fields
MOST_NAME = 60
_SCOPES = {Channel.DEPARTMENT: Scope.SERIALS_ISSUE, Channel.WINDOW: Scope.SERIALS_RECEIPT}


@dataclass(frozen=True, slots=True)
class Order:
    """One number asked for. `request_id` is the asker's own: asked again, the same number. `item_code` and `applicant` may be empty."""

    request_id: str
    item_code: str = ""
    applicant: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Taken:
    """A number and the code that opens it to the public; `request_id` as it was asked for."""

    request_id: str
    serial: str
    query_code: str = field(repr=False)
    issued_at: datetime


@transaction.atomic
def issue_outside(*, actor: Actor, channel: Channel, orders: Sequence[Order], now: datetime) -> list[Taken]:
    """Numbers of the actor's own department, one for each order and in their order; all or none. Some nine SQL statements for all.

    Asked again, each request gets its number again. Raises: SignInNeeded, NotAllowed, ScopeMissing, WrongOrder, ItemNotYours,
    RequestReused, SerialsUsedUp. Source: §6.2 (2) 现场申报.
    """
    department = issuing_department(actor, channel)
    _check(orders)
    return take(actor, department, channel, orders, now=now)


@transaction.atomic
def issue_at_counter(*, actor: Actor, item_code: str, applicant: str, request_key: str, now: datetime) -> Taken:
    """A 统一受理回执号 for somebody who stands at the counter; the same form sent again gets the same number.

    `applicant` may stay empty; it is sealed and shown to the department alone. Raises: as `issue_outside`.
    """
    department = issuing_department(actor, Channel.WINDOW)
    applicant = " ".join(applicant.split())
    if len(applicant) > MOST_NAME:
        raise rules.WrongOrder(f"姓名或单位名称不超过 {MOST_NAME} 个字。", field="applicant")
    if not item_code:
        raise rules.WrongOrder("请选择办理的事项。", field="item")
    rules.check_request_id(request_key)
    # No slash in a machine's own request ids: a form's key can never be taken for one.
    try:
        (taken,) = take(actor, department, Channel.WINDOW, [Order(f"desk/{request_key}", item_code, applicant)], now=now)
    except rules.RequestReused as fault:
        raise rules.RequestReused("这张表单已经取过号，内容与现在不同。要再取一个号，请重新打开“现场取号”。") from fault
    return taken


def issuing_department(actor: Actor, channel: Channel) -> DepartmentRow:
    """The department whose numbers the actor may take in this channel: a machine by scope, a clerk at the counter. One SQL statement."""
    if channel not in rules.OUTSIDE:
        raise NotAllowed
    if actor.has(Role.MACHINE):
        require_scope(actor, _SCOPES[channel])
    else:
        require(actor, Role.CLERK)
        if channel is not Channel.WINDOW:
            raise NotAllowed
    department = identity.department(actor.department_code or "")
    if department is None:
        raise NotAllowed
    return department


def _check(orders: Sequence[Order]) -> None:
    if not 1 <= len(orders) <= rules.MOST_AT_ONCE:
        raise rules.WrongOrder(f"一次可以取 1 至 {rules.MOST_AT_ONCE} 个号。")
    for order in orders:
        rules.check_request_id(order.request_id)
    if len({order.request_id for order in orders}) < len(orders):
        raise rules.WrongOrder("同一次请求里的 request_id 不能重复。", field="request_id")


def item_names(department_code: str, codes: Sequence[str]) -> dict[str, str]:
    """Names of a department's published items; the empty code is named empty. One SQL statement. Raises: ItemNotYours."""
    wanted = {code for code in codes if code}
    names = {card.code: card.name for card in catalogue.item_cards(wanted) if card.department_code == department_code}
    if missing := sorted(wanted - set(names)):
        raise rules.ItemNotYours(f"事项编码 {missing[0][:20]} 不是本部门已公布的事项，请核对。")
    return {"": "", **names}


def take(
    actor: Actor, department: DepartmentRow, channel: Channel, orders: Sequence[Order], *, now: datetime, block: SerialBlock | None = None
) -> list[Taken]:
    """What `issue_outside` does once it is allowed, in the caller's transaction. For this module and `blocks` only."""
    names = item_names(department.code, [order.item_code for order in orders])
    keys = {order.request_id: f"{department.code}:{order.request_id}" for order in orders}
    claimed = commands.claim(list(keys.values()), now=now)
    fresh = [order for order in orders if keys[order.request_id] in claimed]
    codes = {order.request_id: f"{secrets.randbelow(1_000_000):06d}" for order in fresh}
    OutsideSerial.objects.bulk_create(
        OutsideSerial(
            issued_id=claimed[keys[order.request_id]],
            department_code=department.code,
            channel=channel,
            issued_on=timezone.localdate(now),
            item_code=order.item_code,
            item_name=names[order.item_code][:200],
            content_digest=_digest(channel, order),
            query_code=protection.encrypt(codes[order.request_id], purpose=QUERY_CODE),
            applicant_sealed=protection.encrypt(order.applicant, purpose=APPLICANT) if order.applicant else None,
            client_id=actor.client_id,
            account_id=actor.account_id,
            block=block,
            status=Status.RESERVED if block else Status.ISSUED,
            handed_out_at=None if block else now,
        )
        for order in fresh
    )
    given = _earlier(channel, [order for order in orders if keys[order.request_id] not in claimed], keys)
    if fresh:
        numbers = commands.give_numbers(
            [claimed[keys[order.request_id]] for order in fresh],
            division_code=department.division_code,
            department_number=department.number,
            channel=channel,
            now=now,
        )
        pairs = zip(fresh, numbers, strict=True)
        given |= {order.request_id: Taken(order.request_id, number, codes[order.request_id], now) for order, number in pairs}
        # After the counter, for the trail is looked through by number: half a millisecond more under its lock.
        detail = f"channel={channel:d} count={len(fresh)}" + (f" block={block.pk}" if block else "")
        trail.record(actor, "serial.reserved" if block else "serial.issued", numbers[0], detail=detail, at=now)
    return [given[order.request_id] for order in orders]


def _digest(channel: Channel, order: Order) -> str:
    content = json.dumps([channel, order.item_code, order.applicant], ensure_ascii=False)
    return protection.lookup_digest(content, purpose="serial.order")


def _earlier(channel: Channel, orders: Sequence[Order], keys: dict[str, str]) -> dict[str, Taken]:
    """What these requests got before. One SQL statement, none for no orders. Raises: RequestReused."""
    if not orders:
        return {}
    rows = OutsideSerial.objects.select_related("issued").filter(issued__request_id__in=[keys[order.request_id] for order in orders])
    found = {row.issued.request_id: row for row in rows}
    given = {}
    for order in orders:
        row = found[keys[order.request_id]]
        if row.content_digest != _digest(channel, order):
            raise rules.RequestReused(f"请求编号 {order.request_id} 已经用过，内容与上次不同。请换一个编号。")
        assert row.issued.serial is not None
        code = protection.decrypt(row.query_code, purpose=QUERY_CODE)
        given[order.request_id] = Taken(order.request_id, row.issued.serial, code, row.issued.issued_at)
    return given
