"""统一申办流水号 for departments' own systems (§6.2 (2)): take numbers, take blocks along, look numbers up, tell how far a matter is."""

from datetime import timedelta

from django.http import HttpRequest
from django.utils import timezone
from ninja import Status

from hall.presentation.api.door import api
from hall.presentation.api.machines import Machine, machine_of
from hall.presentation.api.serial_shapes import (
    BlockGiven,
    BlockNumber,
    BlockReport,
    BlockState,
    BlockWanted,
    Kind,
    Looked,
    ManyNumbers,
    Number,
    Numbers,
    OneNumber,
    Stands,
    StateTold,
)
from hall.presentation.api.shapes import Refused
from hall.services.cases import queries as cases
from hall.services.serials import blocks, outside, progress, queries, rules
from hall.services.serials.blocks import Use
from hall.services.serials.outside import Order, Taken
from hall.services.serials.rules import Channel
from hall.support.identity import queries as identity

_MACHINE = Machine()
_NO = {400: Refused, 401: Refused, 403: Refused, 404: Refused, 409: Refused, 413: Refused, 422: Refused, 429: Refused, 503: Refused}
_CHANNELS = {Kind.WINDOW: Channel.WINDOW, Kind.DEPARTMENT: Channel.DEPARTMENT}


@api.post("serials", response={201: Number, **_NO}, operation_id="issue_serial", url_name="serials", summary="取一个号", auth=_MACHINE)
def issue(request: HttpRequest, wanted: OneNumber) -> Status[Number]:
    """The next number of the client's own department."""
    channel, order = _CHANNELS[wanted.channel], Order(wanted.request_id, _storable(wanted.item))
    (taken,) = outside.issue_outside(actor=machine_of(request), channel=channel, orders=[order], now=timezone.now())
    return Status(201, _number(taken, channel))


@api.post(
    "serials/batch", response={201: Numbers, **_NO}, operation_id="issue_serials", url_name="serial_batch", summary="一次取多个号（最多 100 个，全成或全不成）", auth=_MACHINE
)  # fmt: skip
def issue_many(request: HttpRequest, wanted: ManyNumbers) -> Status[Numbers]:
    """All in one transaction; each request_id counts on its own, so that a batch may be sent again, whole or cut anew."""
    channel = _CHANNELS[wanted.channel]
    orders = [Order(one.request_id, _storable(one.item)) for one in wanted.requests]
    taken = outside.issue_outside(actor=machine_of(request), channel=channel, orders=orders, now=timezone.now())
    return Status(201, Numbers(numbers=[_number(one, channel) for one in taken]))


@api.post(
    "serials/blocks", response={201: BlockGiven, **_NO}, operation_id="reserve_serials", url_name="serial_blocks", summary="预留一段连续号码，供窗口断网时使用", auth=_MACHINE
)  # fmt: skip
def reserve(request: HttpRequest, wanted: BlockWanted) -> Status[BlockGiven]:
    """The same request_id gets the same block."""
    block = blocks.reserve_block(
        actor=machine_of(request),
        channel=_CHANNELS[wanted.channel],
        request_id=wanted.request_id,
        size=wanted.count,
        counter=_storable(wanted.counter),
        lasts=timedelta(hours=wanted.hours),
        now=timezone.now(),
    )
    numbers = [BlockNumber(serial=one.serial, grouped=rules.grouped(one.serial), query_code=one.query_code) for one in block.numbers]
    expires_at = timezone.localtime(block.expires_at)
    return Status(201, BlockGiven(block=block.block_id, counter=block.counter, expires_at=expires_at, numbers=numbers))


@api.post(
    "serials/blocks/{block}/report", response={200: BlockState, **_NO}, operation_id="report_serials", url_name="report_serials", summary="上报号段里用了哪些、没用哪些", auth=_MACHINE
)  # fmt: skip
def report(request: HttpRequest, block: int, told: BlockReport) -> BlockState:
    """All of the report or none; told again, nothing changes."""
    tally = blocks.report_block(
        actor=machine_of(request),
        block_id=max(0, min(block, 2**63 - 1)),
        used=[Use(rules.normalised(one.serial), one.used_at, _storable(one.item)) for one in told.used],
        returned=[rules.normalised(serial) for serial in told.returned],
        is_final=told.is_final,
        now=timezone.now(),
    )
    return BlockState(block=tally.block_id, **{status.value: count for status, count in tally.counts.items()})


@api.get(
    "serials/{serial}", response={200: Looked, **_NO}, operation_id="serial", url_name="serial", summary="核验和查询一个号", auth=_MACHINE
)
def look_up(request: HttpRequest, serial: str) -> Looked:
    """Whether it is a serial number at all, whether and when it was issued; for the client's own department also how far it is.

    Five SQL statements.
    """
    actor = machine_of(request)
    facts = queries.look_up(actor, _storable(serial[:60]))
    departments = identity.departments() if facts.channel else []
    named = {(one.division_code, one.number): one for one in departments}
    department = named.get((facts.serial[:6], facts.department_number))
    own = facts.outside
    state, state_name, state_at = ("", "", None) if own is None else (own.state or "", own.state_name, own.state_at)
    web = cases.standing(actor, facts.serial) if own is None and facts.is_issued else None
    if web is not None:
        state, state_name, state_at = web.state, web.state_name, web.moved_at
    return Looked(
        serial=facts.serial,
        is_valid=not facts.fault,
        fault=facts.fault,
        is_issued=facts.is_issued,
        is_void=facts.is_void,
        issued_at=timezone.localtime(facts.issued_at) if facts.issued_at else None,
        channel=rules.CHANNEL_NAMES[facts.channel] if facts.channel else "",
        title=rules.serial_title(facts.channel) if facts.channel else "",
        department=department.code if department else "",
        department_name=department.name if department else "",
        is_own=department is not None and department.code == actor.department_code,
        item=own.item_code if own else (web.item_code if web else ""),
        state=state,
        state_name=state_name,
        state_at=state_at,
    )


@api.post(
    "serials/{serial}/states", response={200: Stands, **_NO}, operation_id="tell_serial_state", url_name="serial_states", summary="推送办理进展", auth=_MACHINE
)  # fmt: skip
def tell_state(request: HttpRequest, serial: str, told: StateTold) -> Stands:
    """Shown to the public at once; the moment by the department's clock decides what stands, not the order of arrival."""
    number = rules.normalised(serial[:60])
    standing = progress.record_state(
        actor=machine_of(request),
        serial=number,
        event_id=_storable(told.event_id),
        state=told.state,
        at=told.at,
        now=timezone.now(),
    )
    state_at = timezone.localtime(standing.at)
    name = rules.STATE_NAMES[standing.state]
    return Stands(serial=number, state=standing.state, state_name=name, state_at=state_at, is_latest=standing.is_latest)


def _number(taken: Taken, channel: Channel) -> Number:
    return Number(
        request_id=taken.request_id,
        serial=taken.serial,
        grouped=rules.grouped(taken.serial),
        title=rules.serial_title(channel),
        query_code=taken.query_code,
        issued_at=timezone.localtime(taken.issued_at),
    )


def _storable(text: str) -> str:
    # PostgreSQL refuses zero bytes; the replacement character matches nothing, which is the right answer.
    return text.replace("\0", "\ufffd")
