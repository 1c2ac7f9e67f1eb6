"""What a guided conversation is made of: plain frozen values, kept and carried as JSON, the same for the web and WeChat. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from itertools import dropwhile
from typing import Any

from hall.services.guidance.dialogue_frames import FRAMES, SOURCES

HALL, PERSON = "hall", "person"


@dataclass(frozen=True, slots=True)
class Clause:
    """A frame with values of the catalogue in its gaps: the only thing that the hall can say."""

    frame: str
    values: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return FRAMES[self.frame].format(*self.values)


def clause(frame: str, *values: object) -> Clause:
    """A clause; numbers become figures."""
    return Clause(frame, tuple(str(value) for value in values))


@dataclass(frozen=True, slots=True)
class Source:
    """Where a sentence can be checked: `kind` names the words of the link (`SOURCES`)."""

    kind: str
    href: str

    @property
    def title(self) -> str:
        return SOURCES[self.kind]


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence, made of clauses. `source` None for what only leads through the conversation; `is_entry`: one of a list."""

    clauses: tuple[Clause, ...]
    source: Source | None = None
    is_entry: bool = False

    @property
    def text(self) -> str:
        return "".join(clause.text for clause in self.clauses)


def line(*clauses: Clause, source: Source | None = None) -> Line:
    """A sentence."""
    return Line(clauses, source)


def entry(*clauses: Clause, source: Source | None = None) -> Line:
    """One of a list."""
    return Line(clauses, source, is_entry=True)


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of one side. A person's own words stand in `text`; the hall has lines only."""

    who: str
    lines: tuple[Line, ...] = ()
    text: str = ""

    @property
    def words(self) -> str:
        """The whole message as text, for a record."""
        return self.text or "\n".join(("· " if one.is_entry else "") + one.text for one in self.lines)

    @property
    def sources(self) -> tuple[Source, ...]:
        """The sources of its lines, each once, in order."""
        return tuple(dict.fromkeys(one.source for one in self.lines if one.source))


@dataclass(frozen=True, slots=True)
class Choice:
    """Something offered: `value` is handed back to `dialogue.chose`; with an `href` it is a link that leads on."""

    value: str
    label: Clause
    note: Clause | None = None
    href: str = ""


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation: what was said, what it is about now, what is offered.

    `topic` is ("item" or "bundle", code) or empty; `wishes` wait for a topic; `answers` are choices in the topic's guide, and
    `is_asking` while it asks; `others` are codes of items that lay near what was said; `sent` marks what was answered last.
    """

    messages: tuple[Message, ...] = ()
    choices: tuple[Choice, ...] = ()
    topic: tuple[str, str] = ("", "")
    wishes: tuple[str, ...] = ()
    answers: Mapping[str, str] = field(default_factory=dict)
    is_asking: bool = False
    others: tuple[str, ...] = ()
    sent: str = ""

    def heard(self, text: str) -> "Talk":
        """With one more thing that the person said."""
        return replace(self, messages=(*self.messages, Message(PERSON, text=text)))

    def told(self, lines: Iterable[Line], choices: Iterable[Choice] = ()) -> "Talk":
        """With the hall's answer; earlier choices are no longer offered."""
        return replace(self, messages=(*self.messages, Message(HALL, tuple(lines))), choices=tuple(choices))

    @property
    def listed(self) -> tuple[Choice, ...]:
        """Of the choices those that stand in a list, one below the other: things to choose from, and answers to a question."""
        return tuple(choice for choice in self.choices if choice.value.partition(":")[0] in {"item", "bundle", "answer"})

    @property
    def beside(self) -> tuple[Choice, ...]:
        """The other choices, below the list."""
        return tuple(choice for choice in self.choices if choice not in self.listed)

    @property
    def own_words(self) -> tuple[str, ...]:
        """What the person said."""
        return tuple(message.text for message in self.messages if message.who == PERSON)

    @property
    def record(self) -> str:
        """The conversation as text, for the person who takes over: from the first thing that was said."""
        names = {HALL: "导办", PERSON: "办事人"}
        spoken = dropwhile(lambda message: message.who != PERSON, self.messages)
        return "\n".join(f"{names[message.who]}：{message.words}" for message in spoken)


# --- to and from JSON -------------------------------------------------------------------------------------------------------------


def to_plain(talk: Talk) -> dict[str, Any]:
    """The talk as plain JSON values."""
    return asdict(talk)


def from_plain(row: Mapping[str, Any]) -> Talk:
    """The talk behind plain values. Frames that the hall no longer has fall away with their lines, so an update breaks no talk."""
    kind, code = row["topic"]
    return Talk(
        messages=tuple(_message(one) for one in row["messages"]),
        choices=tuple(choice for one in row["choices"] if (choice := _choice(one)) is not None),
        topic=(kind, code),
        wishes=tuple(row["wishes"]),
        answers=dict(row["answers"]),
        is_asking=row["is_asking"],
        others=tuple(row["others"]),
        sent=row["sent"],
    )


def _message(row: Mapping[str, Any]) -> Message:
    return Message(row["who"], tuple(one for line_row in row["lines"] if (one := _line(line_row)) is not None), row["text"])


def _line(row: Mapping[str, Any]) -> Line | None:
    clauses = [_clause(one) for one in row["clauses"]]
    known = tuple(one for one in clauses if one is not None)
    source = row["source"]
    kept = Source(source["kind"], source["href"]) if source and source["kind"] in SOURCES else None
    return Line(known, kept, row["is_entry"]) if len(known) == len(clauses) else None


def _clause(row: Mapping[str, Any] | None) -> Clause | None:
    if row is None or row["frame"] not in FRAMES:
        return None
    return Clause(row["frame"], tuple(row["values"]))


def _choice(row: Mapping[str, Any]) -> Choice | None:
    label = _clause(row["label"])
    return Choice(row["value"], label, _clause(row["note"]), row["href"]) if label else None
