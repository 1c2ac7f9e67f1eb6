"""What a wording may say: plain text, its kind's own placeholders, and everything that the paper must contain. Pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields

from hall.services.papers.kinds import PART_NAMES, DocType, PaperKind, Placeholder
from hall.support.documents.contents import Block
from hall.support.refusals import Conflict, Refusal

MOST_TITLE = 40
MOST_LABEL = 20
MOST_LETTERS = 2000
MOST_LINES = 40
MOST_NOTE = 200
# As they come from any keyboard; a brace that belongs to no pair is a slip, which must not get onto a paper.
_FILLED = re.compile(r"[{｛]([^{}｛｝\n]*)[}｝]")
_BRACE = re.compile(r"[{}｛｝]")
_COLON = re.compile(r"[：:]")


@dataclass(frozen=True, slots=True)
class Wording:
    """What a kind of paper says, part by part; a line is a paragraph, in `details` a row of `name：value`."""

    title: str = ""
    opening: str = ""
    details: str = ""
    body: str = ""
    closing: str = ""
    remedies: str = ""


PARTS = tuple(part.name for part in fields(Wording))


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong, at which part."""

    part: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Filled:
    """A wording with the values of one case, ready to be set. Paragraphs without a value are gone."""

    title: str
    opening: tuple[str, ...]
    details: tuple[tuple[str, str], ...]
    body: tuple[Block, ...]
    closing: tuple[str, ...]
    remedies: tuple[str, ...]

    @property
    def blocks(self) -> tuple[Block, ...]:
        """What follows the table."""
        return (*self.body, *self.closing, *self.remedies)


class BadWording(Refusal):
    """The first finding, at its part."""

    sentence = "文书文字还有要改的地方。"


class NothingNew(Refusal):
    sentence = "文字和现行的一样，没有要保存的改动。"


class StaleDraft(Conflict):
    sentence = "这份文书的草稿刚刚被改过或者已经发布，您的操作没有生效。请看过最新内容再继续。"


class DraftInTheWay(Conflict):
    sentence = "这份文书已有草稿，请先发布或者放弃，再恢复旧版本。"


def tidied(kind: PaperKind, typed: Mapping[str, str]) -> Wording:
    """What was typed for the parts of the kind, with even line ends and nothing around the lines; other parts stay empty."""

    def part(name: str) -> str:
        text = re.sub(r"\r\n?", "\n", typed.get(name, "").replace("\0", ""))
        return "\n".join(line.strip() for line in text.split("\n")).strip()

    return Wording(**{name: part(name) for name in kind.parts})


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


def _pieces(kind: PaperKind, line: str) -> Iterator[str | Placeholder]:
    """The line's text and its placeholders in turn; a name nobody knows comes as None would, so it must have been checked."""
    known = {one.name: one for one in kind.placeholders}
    for place, piece in enumerate(_FILLED.split(line)):
        if place % 2:
            yield known[piece.strip()]
        elif piece:
            yield piece


def findings(kind: PaperKind, wording: Wording) -> tuple[Finding, ...]:
    """Everything that keeps the wording from being used, in the order of the parts; empty when it is sound."""
    found = [finding for part in kind.parts for finding in _of_part(kind, part, getattr(wording, part))]
    found += [] if found else _lacking(kind, wording)
    return tuple(found)


def _of_part(kind: PaperKind, part: str, text: str) -> Iterator[Finding]:
    name, most = PART_NAMES[part], MOST_TITLE if part == "title" else MOST_LETTERS
    lines = _lines(text)
    if part == "title" and len(lines) != 1:
        yield Finding(part, "请写标题，只写一行。")
    if len(text) > most:
        yield Finding(part, f"{name}太长，最多 {most} 个字。")
    if len(lines) > MOST_LINES:
        yield Finding(part, f"{name}太长，最多 {MOST_LINES} 段。")
    for line in lines:
        yield from (Finding(part, sentence) for sentence in _of_line(kind, part, line))


def _of_line(kind: PaperKind, part: str, line: str) -> Iterator[str]:
    known = {one.name: one for one in kind.placeholders}
    names = [name.strip() for name in _FILLED.findall(line)]
    if _BRACE.search(_FILLED.sub("", line)):
        yield f"“{line[:20]}”这一段的大括号不成对。大括号里只写列表中的内容。"
    for name in names:
        if name not in known:
            yield f"“{{{name[:20]}}}”不是这份文书能填的内容，请从列表里选。"
        elif part == "title" and not known[name].is_for_title:
            yield f"标题里不能用 {known[name].marked}。"
        elif known[name].is_block and (part != "body" or _FILLED.sub("", line).strip() or len(names) > 1):
            yield f"{known[name].marked} 是清单，只能放在正文里，独占一段。"
    needed = [known[name] for name in names if name in known and known[name].is_needed]
    loose = [known[name] for name in names if name in known and known[name].may_be_empty]
    if loose and needed:
        yield f"{loose[0].marked} 可能没有内容，没有时整段不印，不能和必须写明的 {needed[0].marked} 放在一段。"
    if part == "details":
        label = _COLON.split(_FILLED.sub("{}", line), maxsplit=1)
        if len(label) != 2 or not label[0].strip() or not label[1].strip() or "{" in label[0] or len(label[0]) > MOST_LABEL:
            yield f"要点表每行写“名称：内容”，名称最多 {MOST_LABEL} 个字，不能有大括号。请改“{line[:20]}”。"


def _lacking(kind: PaperKind, wording: Wording) -> Iterator[Finding]:
    texts = [getattr(wording, part) for part in kind.parts]
    used = {name.strip() for text in texts for name in _FILLED.findall(text)}
    plain = "\n".join(_FILLED.sub("", text) for text in texts)
    for one in kind.placeholders:
        if one.is_needed and one.name not in used:
            yield Finding(one.part if one.part in kind.parts else kind.parts[-1], f"缺少 {one.marked}：{kind.name}必须写明“{one.name}”。")
    for word, meaning in kind.words:
        if word not in plain:
            yield Finding(kind.parts[-1], f"缺少“{word}”：{kind.name}必须写明{meaning}。")


def check(kind: PaperKind, wording: Wording) -> None:
    """Raises: BadWording at the first thing that is wrong."""
    found = findings(kind, wording)
    if found:
        raise BadWording(found[0].sentence, field=found[0].part)


def fill(kind: PaperKind, wording: Wording, values: Mapping[str, Block]) -> Filled:
    """The wording, found sound before, with the values of one case by key. A value is never read for placeholders again.

    Raises: ValueError when the paper would lack what it must contain: a fault of the program.
    """
    empty = [one.key for one in kind.placeholders if one.is_needed and not values[one.key]]
    if empty:
        raise ValueError(f"{kind.doc_type}: no {', '.join(empty)}")

    def paragraphs(text: str) -> tuple[str, ...]:
        return tuple(one for line in _lines(text) if isinstance(one := _fill_line(kind, line, values), str))

    rows = [(label.strip(), _fill_line(kind, value, values)) for label, value in map(_row, _lines(wording.details))]
    body = [_fill_line(kind, line, values) for line in _lines(wording.body)]
    return Filled(
        title="".join(paragraphs(wording.title)),
        opening=paragraphs(wording.opening),
        details=tuple((label, value) for label, value in rows if isinstance(value, str)),
        body=tuple(one for one in body if one is not None),
        closing=paragraphs(wording.closing),
        remedies=paragraphs(wording.remedies),
    )


def _row(line: str) -> tuple[str, str]:
    label, value = _COLON.split(line, maxsplit=1)
    return label, value


def _fill_line(kind: PaperKind, line: str, values: Mapping[str, Block]) -> Block | None:
    """None where something has no value, the value itself where a list or table stands alone."""
    pieces = [values[one.key] if isinstance(one, Placeholder) else one for one in _pieces(kind, line)]
    if any(not piece for piece in pieces):
        return None
    if len(pieces) == 1 and not isinstance(pieces[0], str):
        return pieces[0]
    return "".join(str(piece) for piece in pieces)


def sample_values(kind: PaperKind) -> dict[str, Block]:
    """What previews are filled with."""
    return {one.key: one.sample for one in kind.placeholders}


def kind_named(name: str, kinds: Mapping[DocType, PaperKind]) -> PaperKind | None:
    """The kind of an address; None for anything else."""
    return kinds[DocType(name)] if name in set(DocType) else None
