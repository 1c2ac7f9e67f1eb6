"""The daily file, T+1: fetched, kept, compared; what differs waits for a person of the finance (domain §13 reconcile)."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.utils import timezone

from hall.integration.ports.payment import DailyStatement, PaymentStatus, Settlement
from hall.services.payments import comparing, gateways, rules, settling
from hall.services.payments.comparing import Entry, Kind
from hall.services.payments.models import Difference, Order, Refund, Statement, StatementLine
from hall.support.access.actors import Actor, Role, require
from hall.support.audit import trail
from hall.support.jobs.queue import every, later
from hall.support.refusals import NotFound, Refusal
from hall.support.workdays.rules import CHINA

log = logging.getLogger("hall.payments")
OLDEST = timedelta(days=92)
RESOLUTIONS = {"booked": "补记入账", "explained": "核实说明"}
NEXT_DAY = "later_file"


class DayNotOver(Refusal):
    sentence = "只能取昨天和以前 92 天内的对账文件。"
    field = "day"


class AlreadyResolved(Refusal):
    sentence = "这笔差错已经处理过，请刷新页面看最新状态。"
    status = 409


class CannotBeBooked(Refusal):
    sentence = "这笔不能补记：只有银行已收、订单号和金额都对得上的长款可以补记。"
    field = "resolution"


class NoteMissing(Refusal):
    sentence = "请写明核实的情况和依据，至少 4 个字。"
    field = "note"


@every("20 5 * * *")
def fetch_yesterday(*, now: datetime) -> int:
    """Queue yesterday's file of every provider; returns how many. A file that is not there yet is tried again by the queue."""
    providers, day = gateways.providers(), timezone.localdate(now) - timedelta(days=1)
    for provider in providers:
        later(reconcile_day, provider=provider.name, day=day.isoformat())
    return len(providers)


@transaction.atomic
def ask_file(*, actor: Actor, provider: str, day: date | None, now: datetime) -> None:
    """Fetch the file of a day again that is missing. Raises: NotAllowed, DayNotOver, NoProvider."""
    require(actor, Role.FINANCE)
    today = timezone.localdate(now)
    if day is None or not today - OLDEST <= day < today:
        raise DayNotOver
    if gateways.gateway(provider) is None:
        raise rules.NoProvider
    trail.record(actor, "statement.asked", f"{provider}:{day}", at=now)
    later(reconcile_day, provider=provider, day=day.isoformat())


def reconcile_day(*, provider: str, day: str, now: datetime | None = None) -> bool:
    """Fetch one day and compare it, once; False when that was done before. Raises: OSError as long as there is no file."""
    on, now = date.fromisoformat(day), now or timezone.now()
    if Statement.objects.filter(provider=provider, day=on).exists():
        return False
    statement = gateways.call(provider, lambda gateway: gateway.statement(on))
    return keep_statement(provider=provider, statement=statement, now=now)


@transaction.atomic
def keep_statement(*, provider: str, statement: DailyStatement, now: datetime) -> bool:
    """Keep a day's file with what comparing gave. Some six SQL statements, however long the day."""
    theirs = [Entry(row.bank_txn_no, row.order_number, row.amount_fen) for row in statement.rows]
    ours = _ours_of_day(provider, statement.day)
    anywhere = _ours_by_number(provider, theirs)
    before = _seen(provider, [own.bank_txn_no for own in ours])
    found = comparing.compare(theirs, ours, anywhere, before)
    kept, is_new = Statement.objects.get_or_create(
        provider=provider,
        day=statement.day,
        defaults={
            "fetched_at": now,
            **{name: getattr(found, name) for name in ("theirs_count", "theirs_fen", "ours_count", "ours_fen", "equal_count", "equal_fen")},
        },
    )
    if not is_new:
        return False
    StatementLine.objects.bulk_create(
        [
            StatementLine(statement=kept, bank_txn_no=r.bank_txn_no, order_number=r.order_number[:24], amount_fen=r.amount_fen, at=r.at)
            for r in statement.rows
        ],
        batch_size=1000,
    )
    Difference.objects.bulk_create(
        [
            Difference(
                statement=kept,
                kind=g.kind,
                bank_txn_no=g.bank_txn_no,
                order_number=g.order_number[:24],
                theirs_fen=g.theirs_fen,
                ours_fen=g.ours_fen,
            )
            for g in found.gaps
        ],
        batch_size=1000,
    )
    _settle_earlier(provider, theirs, now)
    log.info("event=payment.reconciled provider=%s day=%s equal=%d gaps=%d", provider, statement.day, found.equal_count, len(found.gaps))
    return True


def _settle_earlier(provider: str, theirs: Sequence[Entry], now: datetime) -> None:
    """What an earlier day was short of and this file has, with the same amount, needs nobody any more."""
    amounts = {line.bank_txn_no: line.amount_fen for line in theirs}
    waiting = Difference.objects.filter(
        statement__provider=provider, kind=Kind.SHORT, resolved_at__isnull=True, bank_txn_no__in=list(amounts)
    )
    for one in waiting:
        if one.ours_fen == amounts[one.bank_txn_no]:
            one.resolution, one.note, one.resolved_at = NEXT_DAY, "后一日的对账文件里有，金额一致", now
            one.save()


def _day_span(day: date) -> tuple[datetime, datetime]:
    start = datetime.combine(day, time(), CHINA)
    return start, start + timedelta(days=1)


def _ours_of_day(provider: str, day: date) -> list[Entry]:
    start, end = _day_span(day)
    paid = Order.objects.filter(provider=provider, paid_at__gte=start, paid_at__lt=end).values_list("bank_txn_no", "number", "amount_fen")
    back = Refund.objects.filter(order__provider=provider, state=Refund.State.DONE, done_at__gte=start, done_at__lt=end).exclude(
        bank_refund_no=""
    )
    given = back.values_list("bank_refund_no", "number", "amount_fen", "is_extra", "bank_txn_no", "order__number")
    entries = [Entry(*row) for row in paid]
    for number, refund, amount, is_extra, txn_no, order in given:
        entries.append(Entry(number, refund, -amount))
        if is_extra:  # money that came in and went out again without having been booked
            entries.append(Entry(txn_no, order, amount))
    return entries


def _ours_by_number(provider: str, theirs: Sequence[Entry]) -> dict[str, Entry]:
    """Our entries for the file's lines. A refund is also known by our own number of it, as long as the bank had only taken it in."""
    numbers = [line.bank_txn_no for line in theirs]
    paid = Order.objects.filter(provider=provider, bank_txn_no__in=numbers).values_list("bank_txn_no", "number", "amount_fen")
    own = {row[0]: Entry(*row) for row in paid}
    refunds = Refund.objects.filter(order__provider=provider).exclude(state=Refund.State.REFUSED)
    for txn_no, order, amount in refunds.filter(is_extra=True, bank_txn_no__in=numbers).values_list(
        "bank_txn_no", "order__number", "amount_fen"
    ):
        own[txn_no] = Entry(txn_no, order, amount)
    given = {line.order_number: line.bank_txn_no for line in theirs if line.amount_fen < 0}
    for refund, amount in refunds.filter(number__in=list(given)).values_list("number", "amount_fen"):
        own[given[refund]] = Entry(given[refund], refund, -amount)
    return own


def _seen(provider: str, numbers: Sequence[str]) -> frozenset[str]:
    lines = StatementLine.objects.filter(statement__provider=provider, bank_txn_no__in=numbers)
    return frozenset(lines.values_list("bank_txn_no", flat=True))


@dataclass(frozen=True, slots=True)
class Resolved:
    """What became of a difference; `outcome` says what booking gave (booked, given back), "" for an explanation."""

    difference_id: int
    outcome: str


@transaction.atomic
def resolve(*, actor: Actor, difference_id: int, resolution: str, note: str, now: datetime) -> Resolved:
    """Settle one difference: book what the bank holds for an order of ours (it then pays the bill or goes back), or explain it.

    Raises: NotAllowed, NotFound, AlreadyResolved, NoteMissing, CannotBeBooked.
    """
    require(actor, Role.FINANCE)
    found = Difference.objects.select_for_update().select_related("statement").filter(pk=difference_id).first()
    if found is None or resolution not in RESOLUTIONS:
        raise NotFound
    if found.resolved_at is not None:
        raise AlreadyResolved
    note = note.strip()[:300]
    if len(note) < 4:
        raise NoteMissing
    outcome = _book(found, now) if resolution == "booked" else ""
    found.resolution, found.note, found.resolved_at = resolution, note, now
    found.resolved_by, found.resolved_by_name = actor.account_id, actor.name
    found.save()
    trail.record(actor, "difference.resolved", str(found.pk), detail=f"{resolution} {outcome}".strip(), at=now)
    return Resolved(found.pk, outcome)


def _book(found: Difference, now: datetime) -> str:
    if found.kind != Kind.LONG or not found.theirs_fen or found.theirs_fen <= 0:
        raise CannotBeBooked
    provider, order = found.statement.provider, Order.objects.filter(number=found.order_number).first()
    line = StatementLine.objects.get(statement=found.statement, bank_txn_no=found.bank_txn_no)
    if order is None:
        raise CannotBeBooked
    settlement = Settlement(
        order_number=order.number,
        status=PaymentStatus.DONE,
        merchant=order.merchant,
        amount_fen=found.theirs_fen,
        bank_txn_no=found.bank_txn_no,
        paid_at=line.at,
    )
    outcome = settling.apply_settlement(provider=provider, settlement=settlement, now=now)
    if outcome not in {"booked", "given back", "known"}:
        raise CannotBeBooked
    return outcome
