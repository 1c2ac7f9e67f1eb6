"""The form of one question: from the tree to fields, and from what was sent back to the tree."""

from dataclasses import dataclass, replace

from django.http import QueryDict

from hall.services.guidance import editing
from hall.services.guidance.facts import Facts
from hall.services.guidance.reading import MOST_ANSWERS, MOST_TEXT, MOST_WORDS
from hall.services.guidance.tree import END, Answer, Effects, Prefill, Question, Refused, Removed, Skipped, Tree
from hall.support.refusals import Refusal

MOST_ROWS = 60
SPARE_ROWS = 2


class BadDays(Refusal):
    sentence = "办结时限应是 0 至 3650 的整数；和事项一样的，留空。"


@dataclass(frozen=True, slots=True)
class MaterialLine:
    """One line about a material: which, brought or not, and why not."""

    material: str
    what: str
    reason: str


@dataclass(frozen=True, slots=True)
class AnswerFields:
    """What stands in the fields of one answer; `number` names them (a1.text …). A new one has no key."""

    number: int
    answer: Answer
    materials: tuple[MaterialLine, ...]
    fills: tuple[str, ...]
    skips: tuple[Skipped, ...]


@dataclass(frozen=True, slots=True)
class QuestionForm:
    """The form of a question of a tree. `typed` is the question as it stands in the fields."""

    facts: Facts
    tree: Tree
    typed: Question

    def answers(self) -> list[AnswerFields]:
        """The answers with some empty lines each, and one empty answer more while there is room."""
        given = list(self.typed.answers)
        if len(given) < MOST_ANSWERS:
            given.append(Answer("", ""))
        return [self._fields(number, answer) for number, answer in enumerate(given, start=1)]

    def _fields(self, number: int, answer: Answer) -> AnswerFields:
        effects = answer.effects
        lines = [MaterialLine(ref, "add", "") for ref in effects.add]
        lines += [MaterialLine(gone.material, "remove", gone.reason) for gone in effects.remove]
        fills = [f"{prefill.field}={value}" for prefill in effects.prefill for value in prefill.values]
        return AnswerFields(
            number,
            answer,
            (*lines, *(MaterialLine("", "", ""),) * SPARE_ROWS),
            (*fills, *("",) * SPARE_ROWS),
            (*effects.skip, Skipped("", "")) if len(self.facts.items) > 1 else (),
        )

    def next_options(self) -> list[tuple[str, str]]:
        """What an answer may lead to."""
        others = [(one.key, f"{one.key} {one.text or '（没有写问题）'}") for one in self.tree.questions if one.key != self.typed.key]
        return [("", "还没定"), (END, "到此结束，给出办事单"), *others, ("new", "＋ 新建一个问题，接着问它")]

    def material_options(self) -> list[tuple[str, str]]:
        """The materials by reference."""
        is_many = len(self.facts.items) > 1
        return [
            (fact.ref, f"{fact.name}（{self.facts.items[fact.item] if is_many else '必要' if fact.is_base else '特定情形'}）")
            for fact in self.facts.materials.values()
        ]

    def fill_options(self) -> list[tuple[str, str]]:
        """Field and value in one, for fields with options."""
        return [
            (f"{fact.ref}={option.value}", f"{fact.title}：{option.title}")
            for fact in self.facts.fields.values()
            for option in fact.options
        ]

    def variant_options(self) -> list[tuple[str, str]]:
        """业务办理项 by reference."""
        return [(fact.ref, fact.name) for fact in self.facts.variants.values()]

    # --- reading what was sent ----------------------------------------------------------------------------------------------------

    def read(self, sent: QueryDict) -> tuple[Tree, Question]:
        """The tree with the question as sent; a new question where an answer asks for one. Raises: TooMany."""
        answers: list[Answer] = []
        tree = self.tree
        taken = {answer.key for answer in self.typed.answers}
        for number in range(1, MOST_ANSWERS + 2):
            answer = self._answer(sent, number, taken)
            if answer is None:
                continue
            if answer.next == "new":
                tree, key = editing.add_question(tree)
                answer = replace(answer, next=key)
            taken.add(answer.key)
            answers.append(answer)
        question = replace(self.typed, text=_text(sent, "text", MOST_WORDS), help=_text(sent, "help"), answers=tuple(answers))
        return editing.put_question(tree, question), question

    def _answer(self, sent: QueryDict, number: int, taken: set[str]) -> Answer | None:
        name = f"a{number}."
        text = _text(sent, f"{name}text", MOST_WORDS)
        key = sent.get(f"{name}key", "")
        if sent.get(f"{name}drop") == "1" or (not key and not text):
            return None
        held = self.typed.answer(key)
        following = sent.get(f"{name}next", "")
        allowed = {value for value, _ in self.next_options()}
        return Answer(
            held.key if held else editing.free_answer(taken),
            text,
            _text(sent, f"{name}help"),
            following if following in allowed else "",
            self._effects(sent, name, held.effects if held else Effects()),
        )

    def _effects(self, sent: QueryDict, name: str, held: Effects) -> Effects:
        refuse = _text(sent, f"{name}reason"), _text(sent, f"{name}instead"), sent.get(f"{name}instead_item", "").strip().upper()[:12]
        lines = list(zip(*(sent.getlist(f"{name}{part}")[:MOST_ROWS] for part in ("material", "what", "why")), strict=False))
        skips = zip(sent.getlist(f"{name}skip")[:MOST_ROWS], sent.getlist(f"{name}skip_why")[:MOST_ROWS], strict=False)
        variant = sent.get(f"{name}variant", "")
        return Effects(
            variant=variant if variant in self.facts.variants else "",
            add=tuple(dict.fromkeys(ref for ref, what, _ in lines if ref in self.facts.materials and what == "add")),
            remove=tuple(
                Removed(ref, why.strip()[:MOST_TEXT]) for ref, what, why in lines if ref in self.facts.materials and what == "remove"
            ),
            skip=tuple(Skipped(code, why.strip()[:MOST_TEXT]) for code, why in skips if code in self.facts.items),
            refuse=Refused(*refuse) if any(refuse) else None,
            days=int(days) if (days := sent.get(f"{name}days", "").strip()) and not _is_bad(days) else None,
            fee=_text(sent, f"{name}fee"),
            place=_text(sent, f"{name}place"),
            note=_text(sent, f"{name}note"),
            prefill=self._prefill(sent.getlist(f"{name}fill")[:MOST_ROWS], held),
        )

    def _prefill(self, sent: list[str], held: Effects) -> tuple[Prefill, ...]:
        """Chosen values by field; words in free fields came from a file and stay."""
        found: dict[str, list[str]] = {
            prefill.field: list(prefill.values)
            for prefill in held.prefill
            if prefill.field in self.facts.fields and not self.facts.fields[prefill.field].options
        }
        known = {value for value, _ in self.fill_options()}
        for one in dict.fromkeys(sent):
            if one in known:
                field, _, value = one.partition("=")
                found.setdefault(field, []).append(value)
        return tuple(Prefill(field, tuple(values)) for field, values in sorted(found.items()))


def _text(sent: QueryDict, name: str, most: int = MOST_TEXT) -> str:
    return sent.get(name, "").replace("\0", "").strip()[:most]


def _is_bad(days: str) -> bool:
    return not (days.isascii() and days.isdecimal() and len(days) < 5 and int(days) <= 3650)


def check_days(sent: QueryDict) -> None:
    """Raises: BadDays with the field, when one of the time limits is no number of days."""
    for number in range(1, MOST_ANSWERS + 2):
        days = sent.get(f"a{number}.days", "").strip()
        if days and _is_bad(days):
            raise BadDays(field=f"a{number}.days")
