"""A world that knows who really paid, and random histories of it: what a book of orders must come to, whatever arrives in whatever order.

A `Book` is driven by the same words in tests of the pure rules and of the database.
"""

import random
from dataclasses import dataclass, field
from typing import Protocol

DUE = 14050
MERCHANT = "370000000000001"


@dataclass(frozen=True)
class Word:
    """What somebody says of an order: the bank's truth, or a lie that carries a right signature (a fault of the bank)."""

    order: int
    status: str
    txn: str = ""
    amount: int = DUE
    merchant: str = MERCHANT


class Book(Protocol):
    """What is tested."""

    def begin(self) -> int: ...
    def due(self) -> int: ...
    def hear(self, word: Word) -> None: ...
    def expire(self, order: int) -> None: ...
    def at_counter(self) -> None: ...
    def reduce(self, amount: int) -> None: ...
    def cancel(self) -> None: ...
    def finish_refunds(self, *, refuse: bool) -> None: ...
    def ask_refund(self, amount: int, *, approve: bool) -> None: ...
    def bill(self) -> str: ...
    def kept(self) -> int: ...
    def states(self) -> list[str]: ...


@dataclass
class Bank:
    """The truth: what each order is for, and which of them was paid how often."""

    amounts: list[int] = field(default_factory=list)
    txns: dict[int, int] = field(default_factory=dict)
    numbers: int = 0

    def pay(self, order: int) -> Word:
        self.numbers += 1
        self.txns[order] = self.txns.get(order, 0) + 1
        return Word(order, "done", f"T{self.numbers}", self.amounts[order])

    @property
    def holds(self) -> int:
        return sum(self.amounts[order] * times for order, times in self.txns.items())


class History:
    """One random history: orders begun, paid (some twice), told of late, often, wrongly and out of order; then every truth once more."""

    def __init__(self, seed: int) -> None:
        self.chance, self.bank, self.late = random.Random(seed), Bank(), list[Word]()

    def live(self, book: Book) -> Bank:
        self._begin(book)
        for _ in range(self.chance.randint(4, 14)):
            self._happen(book)
        self.chance.shuffle(self.late)
        for word in self.late:
            book.hear(word)
        book.finish_refunds(refuse=False)
        if self.chance.random() < 0.3:
            book.ask_refund(self.chance.choice((1, 50, DUE // 2, DUE, DUE + 1)), approve=self.chance.random() < 0.7)
            book.finish_refunds(refuse=self.chance.random() < 0.2)
        return self.bank

    def _begin(self, book: Book) -> None:
        self.bank.amounts.append(book.due())
        book.begin()

    def _happen(self, book: Book) -> None:
        chance, deed = self.chance, self.chance.random()
        order = chance.randrange(len(self.bank.amounts))
        amount = self.bank.amounts[order]
        if deed < 0.14 and book.bill() == "open":
            self._begin(book)
        elif deed < 0.36:
            self.late.append(self.bank.pay(order))
        elif deed < 0.5 and self.late:
            book.hear(chance.choice(self.late))  # early, twice, three times
        elif deed < 0.6:
            book.hear(Word(order, chance.choice(("pending", "failed", "unknown"))))
        elif deed < 0.67:
            book.hear(Word(order, "done", f"X{chance.randint(1, 9)}", amount=chance.choice((1, amount - 1, amount + 1))))
        elif deed < 0.72:
            book.hear(Word(order, "done", f"Y{chance.randint(1, 9)}", amount, merchant="another"))
        elif deed < 0.82:
            book.expire(order)
        elif deed < 0.86:
            book.at_counter()
        elif deed < 0.92:
            book.reduce(chance.choice((50, 2000)))
        elif deed < 0.94:
            book.cancel()
        else:
            book.finish_refunds(refuse=False)
