"""What a document says, as plain values; render.py turns each kind into a PDF."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Grid:
    """A small table; its last column holds figures."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


# A paragraph, numbered points, or a table.
Block = str | tuple[str, ...] | Grid


@dataclass(frozen=True, slots=True)
class NoticeContent:
    """A legal document (文书): numbered, addressed. `blocks` follow the table of facts. `made_at` is aware, in the hall's zone."""

    title: str
    number: str
    addressee: str
    paragraphs: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    blocks: tuple[Block, ...]
    department: str
    issued_on: date
    verify_code: str
    verify_address: str
    serial: str
    version: int
    made_at: datetime
    hotline: str
    is_sample: bool = False  # says 样张 across every page


@dataclass(frozen=True, slots=True)
class ReceiptContent:
    """申办回执: as of `made_at`, with the state of that moment. `advice` stands below the query code, `closing` at the foot."""

    title: str
    advice: tuple[str, ...]
    closing: tuple[str, ...]
    serial: str
    query_code: str
    item_name: str
    department: str
    applicant: str
    submitted_at: datetime
    state: str
    materials: tuple[str, ...]
    hotline: str
    verify_code: str
    verify_address: str
    progress_address: str
    version: int
    made_at: datetime
    is_sample: bool = False


@dataclass(frozen=True, slots=True)
class ResultContent:
    """The result itself (证照、批文、证明). `valid_until` None: without end. `closing` stands beside the QR code."""

    title: str
    number: str
    holder: str
    facts: tuple[tuple[str, str], ...]
    department: str
    issued_on: date
    valid_until: date | None
    verify_code: str
    verify_address: str
    serial: str
    version: int
    made_at: datetime
    closing: tuple[str, ...] = ()
    is_sample: bool = False
    signed_code: str = ""  # text of the second QR code, which can be checked without the network; empty: none


@dataclass(frozen=True, slots=True)
class SheetContent:
    """办事单: what one person brings, where, how long, what it costs, in which order; on one page. `address` shows it again.

    `bring` and `spare` are (name, note or reason); `legs` are (name, note, time); `refusal` is (reason, what to do instead) or empty.
    """

    title: str
    name: str
    answers: tuple[str, ...]
    figures: tuple[tuple[str, str], ...]
    bring: tuple[tuple[str, str], ...]
    spare: tuple[tuple[str, str], ...]
    legs: tuple[tuple[str, str, str], ...]
    facts: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    refusal: tuple[str, ...]
    basis: str
    address: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class TicketContent:
    """预约凭证: when, where, what for; the QR code holds `code` alone, which a scanner at the counter types. `facts` are (name, value)."""

    title: str
    code: str
    item_name: str
    day: str
    time: str
    place: str
    facts: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    made_at: datetime


@dataclass(frozen=True, slots=True)
class PaymentContent:
    """缴费凭证: the amount in figures and in words, the fees (name, price, number, sum), facts as (name, value)."""

    title: str
    department: str
    item_name: str
    amount: str
    amount_words: str
    lines: tuple[tuple[str, str, str, str], ...]
    facts: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    address: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class SlipContent:
    """受理回执 for who came to a counter: the number in groups and as bars, the code, where to ask. `facts` are (name, value);
    `digits` is what the bars say, `progress_address` what the QR code leads to.
    """

    title: str
    number_title: str
    serial: str
    digits: str
    query_code: str
    facts: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    progress_address: str
    made_at: datetime
