"""Numbers taken along for a counter whose network may be away (脱网取号): reserved in a row, told about afterwards, never given twice."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from hall.services.serials import outside, rules
from hall.services.serials.models import OutsideSerial, SerialBlock
from hall.services.serials.outside import Order, Taken
from hall.services.serials.rules import Channel, Status
from hall.support.access.actors import Actor
from hall.support.audit import trail
from hall.support.identity import protection
from hall.support.refusals import NotFound

_OPEN = (Status.RESERVED, Status.LAPSED)


@dataclass(frozen=True, slots=True)
class Block:
    """A block as its counter takes it along: the numbers in a row, each with its query code."""

    block_id: int
    counter: str
    made_at: datetime
    expires_at: datetime
    numbers: tuple[Taken, ...]


@dataclass(frozen=True, slots=True)
class Use:
    """A number of a block that was handed out, at `used_at` by the counter's clock."""

    serial: str
    used_at: datetime
    item_code: str = ""


@dataclass(frozen=True, slots=True)
class BlockTally:
    """How many numbers of a block stand where."""

    block_id: int
    counts: Mapping[Status, int]


@transaction.atomic
def reserve_block(*, actor: Actor, channel: Channel, request_id: str, size: int, counter: str, lasts: timedelta, now: datetime) -> Block:
    """So many consecutive numbers of the actor's department, good until `lasts` has passed; the same request gets the same block.

    Raises: as `issue_outside`, and WrongOrder for a size, counter or duration out of bounds.
    """
    department = outside.issuing_department(actor, channel)
    rules.check_request_id(request_id)
    counter = " ".join(counter.split())
    if not 1 <= size <= rules.MOST_IN_A_BLOCK:
        raise rules.WrongOrder(f"count 为 1 至 {rules.MOST_IN_A_BLOCK}。", field="count")
    if not 1 <= len(counter) <= 40:
        raise rules.WrongOrder("counter 请填窗口名称，不超过 40 个字。", field="counter")
    if not timedelta(hours=1) <= lasts <= rules.LONGEST_BLOCK:
        raise rules.WrongOrder(f"hours 为 1 至 {rules.LONGEST_BLOCK.days * 24}。", field="hours")
    content = json.dumps([channel, size, counter, lasts.total_seconds()], ensure_ascii=False)
    digest = protection.lookup_digest(content, purpose="serial.block")
    block, _ = SerialBlock.objects.get_or_create(
        request_key=f"{department.code}:{request_id}",
        defaults={
            "department_code": department.code,
            "channel": channel,
            "content_digest": digest,
            "counter": counter,
            "size": size,
            "made_at": now,
            "expires_at": now + lasts,
        },
    )
    if block.content_digest != digest:
        raise rules.RequestReused
    # No slash in anybody's own request ids: these can never be taken for one.
    orders = [Order(f"block/{block.pk}/{place:03d}") for place in range(size)]
    numbers = outside.take(actor, department, channel, orders, now=now, block=block)
    return Block(block.pk, block.counter, block.made_at, block.expires_at, tuple(numbers))


@transaction.atomic
def report_block(*, actor: Actor, block_id: int, used: Sequence[Use], returned: Sequence[str], is_final: bool, now: datetime) -> BlockTally:
    """What became of a block's numbers; all of the report or none. `is_final`: whatever is not named was not used.

    A returned number is void for good. A used one is taken in even after the block's end, if it was used before that.
    Told again, nothing changes. Raises: SignInNeeded, NotAllowed, ScopeMissing, NotFound, WrongOrder, ItemNotYours, NumberVoid,
    RequestReused.
    """
    blocks = SerialBlock.objects.select_for_update().filter(pk=block_id, department_code=actor.department_code or "-")
    block = blocks.first()
    if block is None:
        raise NotFound("没有找到这个号段。")
    outside.issuing_department(actor, Channel(block.channel))
    rows = {str(row.issued.serial): row for row in OutsideSerial.objects.select_related("issued").filter(block=block)}
    uses, back = {use.serial: use for use in used}, set(returned)
    if len(uses) < len(used) or uses.keys() & back:
        raise rules.WrongOrder("同一个号在上报里出现了两次。")
    if strange := sorted((uses.keys() | back) - rows.keys()):
        raise rules.WrongOrder(f"{strange[0][:30]} 不在这个号段里。")
    names = outside.item_names(block.department_code, [use.item_code for use in used])
    changed = [rows[serial] for serial, use in uses.items() if _use(rows[serial], use, names[use.item_code], block, now)]
    if is_final:
        back |= {serial for serial, row in rows.items() if row.status in _OPEN and serial not in uses}
    changed += [rows[serial] for serial in sorted(back) if _give_back(rows[serial])]
    if changed:
        OutsideSerial.objects.bulk_update(changed, ["status", "handed_out_at", "item_code", "item_name"])
        trail.record(actor, "serial.block_reported", f"block {block.pk}", detail=f"used={len(uses)} returned={len(back)}", at=now)
    standing = [Status(row.status) for row in rows.values()]
    return BlockTally(block.pk, {status: standing.count(status) for status in Status})


def _use(row: OutsideSerial, use: Use, item_name: str, block: SerialBlock, now: datetime) -> bool:
    rules.check_time(use.used_at, now, "used_at")
    if not block.made_at - rules.CLOCK_TOLERANCE <= use.used_at <= block.expires_at:
        raise rules.WrongOrder(f"{use.serial} 的使用时间不在号段有效期内。过期的号请作废，另取新号。", field="used_at")
    if row.status == Status.RETURNED:
        raise rules.NumberVoid(f"{use.serial} 已退回作废，不能再登记。")
    if row.status == Status.ISSUED:
        if (row.handed_out_at, row.item_code) != (use.used_at, use.item_code):
            raise rules.RequestReused(f"{use.serial} 已经上报过，内容与上次不同。")
        return False
    row.status, row.handed_out_at, row.item_code, row.item_name = Status.ISSUED, use.used_at, use.item_code, item_name[:200]
    return True


def _give_back(row: OutsideSerial) -> bool:
    if row.status == Status.ISSUED:
        raise rules.RequestReused(f"{row.issued.serial} 已上报为使用，不能退回。")
    if row.status == Status.RETURNED:
        return False
    row.status = Status.RETURNED
    return True
