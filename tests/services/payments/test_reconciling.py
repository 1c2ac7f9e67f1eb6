"""The daily file beside our books: every fen is equal or in a gap; gaps are settled by a person, once (domain §13 reconcile)."""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hall.integration.ports.payment import DailyStatement, StatementRow
from hall.services.payments import comparing, day_queries, reconciling, rules, settling
from hall.services.payments.comparing import Entry, Kind
from hall.services.payments.models import Difference, Order, Refund, Statement
from hall.services.payments.papers import in_capitals, receipt_pdf
from hall.services.payments.rules import BillState
from hall.support.access.actors import NotAllowed, Role
from hall.support.refusals import NotFound
from tests.make.cases import MadeCase
from tests.make.payments import BANK, DUE, bank_service, bill_of, make_bare_order, make_bill, word
from tests.make.people import citizen_actor, staff_actor

# A side of the books: for each of six numbers an amount, or nothing. Nothing is drawn and thrown away, so a busy machine draws it too.
AMOUNTS = st.tuples(*[st.sampled_from((0, 1, 500, -1))] * 6)
SIDE = AMOUNTS.map(lambda amounts: {f"T{n}": fen for n, fen in enumerate(amounts) if fen})


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(theirs=SIDE, ours=SIDE, elsewhere=SIDE, before=SIDE.map(frozenset))
def test_every_fen_of_both_sides_is_equal_or_in_a_gap(
    theirs: dict[str, int], ours: dict[str, int], elsewhere: dict[str, int], before: frozenset[str]
) -> None:
    def entries(side: dict[str, int]) -> list[Entry]:
        return [Entry(number, "", fen) for number, fen in side.items()]

    anywhere = {one.bank_txn_no: one for one in entries(elsewhere | ours) if one.bank_txn_no in theirs}
    found = comparing.compare(entries(theirs), entries(ours), anywhere, before)
    assert found.theirs_fen == found.equal_fen + sum(gap.theirs_fen or 0 for gap in found.gaps)
    assert found.theirs_count == found.equal_count + sum(gap.theirs_fen is not None for gap in found.gaps)
    assert len({gap.bank_txn_no for gap in found.gaps}) == len(found.gaps)
    for gap in found.gaps:
        has = (gap.theirs_fen is not None, gap.ours_fen is not None)
        assert has == {Kind.LONG: (True, False), Kind.SHORT: (False, True), Kind.DIFFERENT: (True, True)}[gap.kind]
    missing = {gap.bank_txn_no for gap in found.gaps if gap.kind is Kind.SHORT}
    assert missing == set(ours) - set(theirs) - before


def test_amounts_in_capitals() -> None:
    for fen, words in {
        1: "壹分", 20: "贰角整", 105: "壹元零伍分", 14050: "壹佰肆拾元伍角整", 2000: "贰拾元整", 10203405: "壹拾万贰仟零叁拾肆元零伍分",
        100_000_000: "壹佰万元整", 100_010_000: "壹佰万零壹佰元整", 123_456_789_012: "壹拾贰亿叁仟肆佰伍拾陆万柒仟捌佰玖拾元壹角贰分",
    }.items():  # fmt: skip
        assert in_capitals(fen) == words


def paid(txn: str) -> tuple[MadeCase, Order]:
    case, bill_id = make_bill()
    order = make_bare_order(bill_id, now=case.now)
    settling.apply_settlement(provider=BANK, settlement=word(order, txn=txn, now=case.now), now=case.now)
    return case, order


def file_of(day: date, *rows: tuple[str, str, int], case: MadeCase) -> bool:
    lines = tuple(StatementRow(txn, number, fen, case.now) for txn, number, fen in rows)
    return reconciling.keep_statement(provider=BANK, statement=DailyStatement(day, lines), now=case.now + timedelta(days=1))


@pytest.mark.django_db
def test_a_day_is_compared_once_and_what_differs_waits_for_the_finance() -> None:
    finance = staff_actor(Role.FINANCE)
    case, equal = paid("T1")
    _, short = paid("T2")
    _, different = paid("T3")
    unheard, bill_id = make_bill()
    lost = make_bare_order(bill_id, now=unheard.now)
    day = case.now.date()
    rows = (("T1", equal.number, DUE), ("T3", different.number, DUE + 100), ("T9", lost.number, DUE))
    with bank_service():
        assert file_of(day, *rows, case=case) and not file_of(day, *rows, case=case)
        (row,) = day_queries.days(finance, limit=5)
        assert (row.theirs_count, row.ours_count, row.equal_count, row.equal_fen, row.open_count) == (3, 3, 1, DUE, 3)
        gaps = {one.bank_txn_no: one for one in day_queries.differences(finance, is_open=True, before=None, limit=9)}
        assert {number: one.kind for number, one in gaps.items()} == {"T2": "short", "T3": "different", "T9": "long"}

        def resolve(txn: str, resolution: str, note: str = "已向银行核实", actor: object = finance) -> str:
            return reconciling.resolve(
                actor=actor,
                difference_id=gaps[txn].difference_id,
                resolution=resolution,
                note=note,
                now=case.now,  # type: ignore[arg-type]
            ).outcome

        for actor in (case.clerk, case.applicant, staff_actor(Role.SYS_ADMIN)):
            with pytest.raises(NotAllowed):
                resolve("T9", "booked", actor=actor)
        with pytest.raises(reconciling.NoteMissing):
            resolve("T9", "booked", note="好")
        with pytest.raises(NotFound):
            resolve("T9", "forgotten")
        for txn in ("T2", "T3"):
            with pytest.raises(reconciling.CannotBeBooked):
                resolve(txn, "booked")
        # Money of an order that nobody told us of pays its bill now, and its case goes on.
        assert resolve("T9", "booked") == "booked" and bill_of(unheard).row.state is BillState.PAID
        with pytest.raises(reconciling.AlreadyResolved):
            resolve("T9", "booked")
        assert resolve("T3", "explained") == ""
        # The bank's midnight was another one: the next file has it, and nobody needs to look.
        file_of(day + timedelta(days=1), ("T2", short.number, DUE), case=case)
    assert not Difference.objects.filter(resolved_at__isnull=True).exists()
    assert Statement.objects.count() == 2
    for actor in (case.clerk, citizen_actor(), staff_actor(Role.SUPERVISOR)):
        with pytest.raises(NotAllowed):
            day_queries.days(actor, limit=1)


@pytest.mark.django_db
def test_money_of_a_bill_that_was_paid_otherwise_goes_back_when_it_is_booked_from_the_file() -> None:
    case, bill_id = make_bill()
    lost = make_bare_order(bill_id, now=case.now)
    settling.record_counter_payment(actor=case.clerk, bill_id=bill_id, receipt_number="POS-0001", now=case.now)
    with bank_service():
        file_of(case.now.date(), ("T8", lost.number, DUE), ("T7", "NOT-OURS", 5), case=case)
        finance = staff_actor(Role.FINANCE)
        strange, own = day_queries.differences(finance, is_open=True, before=None, limit=9)
        with pytest.raises(reconciling.CannotBeBooked):
            reconciling.resolve(actor=finance, difference_id=strange.difference_id, resolution="booked", note="已向银行核实", now=case.now)
        said = reconciling.resolve(actor=finance, difference_id=own.difference_id, resolution="booked", note="已向银行核实", now=case.now)
    assert said.outcome == "given back" and Refund.objects.get().amount_fen == DUE


@pytest.mark.django_db
def test_only_days_that_are_over_are_asked_for() -> None:
    finance, (case, _) = staff_actor(Role.FINANCE), make_bill()
    with bank_service():
        for day in (None, case.now.date(), case.now.date() + timedelta(days=1), case.now.date() - timedelta(days=93)):
            with pytest.raises(reconciling.DayNotOver):
                reconciling.ask_file(actor=finance, provider=BANK, day=day, now=case.now)
        with pytest.raises(rules.NoProvider):
            reconciling.ask_file(actor=finance, provider="nobody", day=case.now.date() - timedelta(days=1), now=case.now)


@pytest.mark.django_db
def test_the_receipt_is_there_for_a_paid_bill_and_its_people_alone() -> None:
    case, bill_id = make_bill()
    assert receipt_pdf(case.applicant, bill_id, now=case.now) is None
    settling.record_counter_payment(actor=case.clerk, bill_id=bill_id, receipt_number="POS-0001", now=case.now)
    pdf = receipt_pdf(case.applicant, bill_id, now=case.now)
    assert pdf is not None and pdf.startswith(b"%PDF") and receipt_pdf(citizen_actor(), bill_id, now=case.now) is None
