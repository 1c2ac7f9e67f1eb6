"""A situation tree: questions in plain words, answers, and what each answer changes. Pure; `reading` knows its JSON.

Materials, variants and form fields are named by reference: in a guide of one item by their own key (`m4`, `v2`, `situation`), in a
guide of a bundle with the item before it (`370126014000.m4`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

END = "end"
# What was chosen: answer key by question key, as it stands in an address (?q1=a2&q2=a1). Choices only, never personal data.
Choices = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Removed:
    """A material that need not be brought, and why."""

    material: str
    reason: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """An item of the bundle that need not be done, and why."""

    item: str
    reason: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Why it cannot be applied for, what to do instead, and the item (code, may be empty) that helps."""

    reason: str
    instead: str
    item: str = ""


@dataclass(frozen=True, slots=True)
class Prefill:
    """A value for a field of the application form; several for a field that takes several."""

    field: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Effects:
    """What an answer changes. `days`, `fee` replace what the item says; `place` and `note` stand beside it."""

    variant: str = ""
    add: tuple[str, ...] = ()
    remove: tuple[Removed, ...] = ()
    skip: tuple[Skipped, ...] = ()
    refuse: Refused | None = None
    days: int | None = None
    fee: str = ""
    place: str = ""
    note: str = ""
    prefill: tuple[Prefill, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer. `next` is the key of the next question, END, or empty while nobody has decided."""

    key: str
    text: str
    help: str = ""
    next: str = ""
    effects: Effects = Effects()


@dataclass(frozen=True, slots=True)
class Question:
    """One question of one screen; `help` is a line of explanation."""

    key: str
    text: str
    help: str = ""
    answers: tuple[Answer, ...] = ()

    def answer(self, key: str) -> Answer | None:
        """The answer of that key."""
        return next((answer for answer in self.answers if answer.key == key), None)


@dataclass(frozen=True, slots=True)
class Tree:
    """A whole guide. The first question is asked first."""

    title: str
    intro: str = ""
    questions: tuple[Question, ...] = ()

    def question(self, key: str) -> Question | None:
        """The question of that key."""
        return next((question for question in self.questions if question.key == key), None)


@dataclass(frozen=True, slots=True)
class Known:
    """A question with the answer that was given."""

    question: Question
    answer: Answer


@dataclass(frozen=True, slots=True)
class Walk:
    """Where the choices lead: what is known, and the question to ask next, None at the end.

    `is_broken`: the path leads nowhere or in a circle; a published guide has no such path.
    """

    known: tuple[Known, ...]
    question: Question | None
    is_broken: bool = False

    @property
    def is_done(self) -> bool:
        """Whether every question of the path is answered."""
        return self.question is None and not self.is_broken

    @property
    def choices(self) -> dict[str, str]:
        """The choices that counted, in the order of the path."""
        return {known.question.key: known.answer.key for known in self.known}


def walk(tree: Tree, choices: Choices) -> Walk:
    """Follow the choices from the first question to the first one without a (valid) answer; choices off the path do not count."""
    known: list[Known] = []
    question = tree.questions[0] if tree.questions else None
    if question is None:
        return Walk((), None, is_broken=True)
    while question is not None:
        answer = question.answer(choices.get(question.key, ""))
        if answer is None:
            return Walk(tuple(known), question, is_broken=not question.answers)
        known.append(Known(question, answer))
        if answer.next == END:
            return Walk(tuple(known), None)
        question = tree.question(answer.next)
        if question is not None and any(question.key == one.question.key for one in known):
            break
    return Walk(tuple(known), None, is_broken=True)


@dataclass(frozen=True, slots=True)
class Narrowed:
    """All effects of a path as one. References as in the tree; `variants` and `skipped` may hold several in a bundle."""

    variants: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    removed: tuple[Removed, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    refused: Refused | None = None
    days: int | None = None
    fee: str = ""
    places: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    prefill: tuple[Prefill, ...] = ()


def narrow(walked: Walk) -> Narrowed:
    """What the answers so far come to. Where two answers of a path differ (an unchecked draft), the later one counts."""
    effects = [known.answer.effects for known in walked.known]
    added: dict[str, None] = {}
    removed: dict[str, Removed] = {}
    for one in effects:
        for material in one.add:
            added[material] = None
            removed.pop(material, None)
        for gone in one.remove:
            removed[gone.material] = gone
            added.pop(gone.material, None)
    return Narrowed(
        variants=tuple(dict.fromkeys(one.variant for one in effects if one.variant)),
        added=tuple(added),
        removed=tuple(removed.values()),
        skipped=tuple({skipped.item: skipped for one in effects for skipped in one.skip}.values()),
        refused=next((one.refuse for one in reversed(effects) if one.refuse), None),
        days=next((one.days for one in reversed(effects) if one.days is not None), None),
        fee=next((one.fee for one in reversed(effects) if one.fee), ""),
        places=tuple(dict.fromkeys(one.place for one in effects if one.place)),
        notes=tuple(dict.fromkeys(one.note for one in effects if one.note)),
        prefill=tuple({prefill.field: prefill for one in effects for prefill in one.prefill}.values()),
    )


def onward(tree: Tree, key: str) -> Iterator[Question]:
    """The question and every one that may still come after it, each once."""
    seen: set[str] = set()
    waiting = [key]
    while waiting:
        question = tree.question(waiting.pop(0))
        if question is None or question.key in seen:
            continue
        seen.add(question.key)
        yield question
        waiting += [answer.next for answer in question.answers]


def undecided(tree: Tree, walked: Walk) -> tuple[str, ...]:
    """Materials that questions still to come may add or take away."""
    if walked.question is None:
        return ()
    found: dict[str, None] = {}
    for question in onward(tree, walked.question.key):
        for answer in question.answers:
            found |= dict.fromkeys((*answer.effects.add, *(gone.material for gone in answer.effects.remove)))
    return tuple(found)


def lengths(tree: Tree) -> dict[str, int]:
    """By question: how many questions the longest path from it has, itself included; in a circle, as many as there are questions."""
    found = dict.fromkeys((question.key for question in tree.questions), 1)
    for _ in range(len(found)):
        for question in tree.questions:
            further = max((found.get(answer.next, 0) for answer in question.answers), default=0)
            found[question.key] = min(1 + further, len(found))
    return found
