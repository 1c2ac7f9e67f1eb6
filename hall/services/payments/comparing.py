"""对账: one day of a bank beside one day of our books (domain §13 reconcile). Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """How a line differs."""

    LONG = "long"  # the bank has it, we have not
    SHORT = "short"  # we have it, the bank has not
    DIFFERENT = "different"  # both have it, with different amounts


@dataclass(frozen=True, slots=True)
class Entry:
    """Money in (above 0) or given back (below 0), by the bank's own number of it."""

    bank_txn_no: str
    order_number: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Gap:
    """One difference; the amount that a side does not have is None."""

    kind: Kind
    bank_txn_no: str
    order_number: str
    theirs_fen: int | None
    ours_fen: int | None


@dataclass(frozen=True, slots=True)
class Compared:
    """Both sides counted and summed, what agrees, and every difference."""

    theirs_count: int
    theirs_fen: int
    ours_count: int
    ours_fen: int
    equal_count: int
    equal_fen: int
    gaps: tuple[Gap, ...]


def compare(
    theirs: Sequence[Entry], ours_of_day: Sequence[Entry], ours_anywhere: Mapping[str, Entry], seen_before: frozenset[str]
) -> Compared:
    """Compare a day's file with our books.

    `ours_anywhere` are our entries for the file's numbers, whatever their day (the bank's midnight is not always ours);
    `seen_before` are numbers of our day that an earlier file already had. Every fen of both sides is equal or in a gap.
    """
    gaps, equal_count, equal_fen = [], 0, 0
    for line in theirs:
        own = ours_anywhere.get(line.bank_txn_no)
        if own is None:
            gaps.append(Gap(Kind.LONG, line.bank_txn_no, line.order_number, line.amount_fen, None))
        elif own.amount_fen != line.amount_fen:
            gaps.append(Gap(Kind.DIFFERENT, line.bank_txn_no, own.order_number, line.amount_fen, own.amount_fen))
        else:
            equal_count, equal_fen = equal_count + 1, equal_fen + line.amount_fen
    in_file = {line.bank_txn_no for line in theirs}
    for own in ours_of_day:
        if own.bank_txn_no not in in_file and own.bank_txn_no not in seen_before:
            gaps.append(Gap(Kind.SHORT, own.bank_txn_no, own.order_number, None, own.amount_fen))
    return Compared(
        theirs_count=len(theirs),
        theirs_fen=sum(line.amount_fen for line in theirs),
        ours_count=len(ours_of_day),
        ours_fen=sum(own.amount_fen for own in ours_of_day),
        equal_count=equal_count,
        equal_fen=equal_fen,
        gaps=tuple(gaps),
    )
