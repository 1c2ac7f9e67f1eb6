"""What is wrong with a tree before it is published, each fault named with its question; and the refusals of this module. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain

from hall.services.guidance.facts import Facts, Kinds
from hall.services.guidance.tree import END, Answer, Question, Tree, lengths, onward
from hall.support.refusals import Conflict, Refusal

MOST_QUESTIONS = 8  # of one path: more is not answered to the end
MOST_SAVED = 50


class StaleDraft(Conflict):
    sentence = "这份导办在另一个窗口里改过。请刷新页面，核对后再保存。"


class DraftOpen(Conflict):
    sentence = "已经有一份没发布的草稿。请先发布或放弃它，再恢复旧版本。"


class DraftClosed(Conflict):
    sentence = "这份草稿已经发布或放弃，不能再改。"


class NotSound(Refusal):
    """The tree has faults that would mislead people."""

    sentence = "检查没有通过，请先改好列出的问题。"


class CommentNeeded(Refusal):
    sentence = "请写明退回的原因。"
    field = "comment"


class NoGuideHere(Refusal):
    sentence = "这个编码没有已发布的事项或一件事。请核对后再输入。"
    field = "code"


class TooManySheets(Refusal):
    sentence = f"最多保存 {MOST_SAVED} 张办事单。请先删去不用的，再保存这一张。"


class NotFinished(Refusal):
    sentence = "还有问题没有回答，答完才能保存或申办。"


class Fault(StrEnum):
    """Kinds of findings; the word is kept with a stale guide."""

    WORDS = "words"
    DEAD_END = "dead_end"
    CIRCLE = "circle"
    UNREACHABLE = "unreachable"
    TOO_LONG = "too_long"
    CONTRADICTION = "contradiction"
    UNKNOWN = "unknown"
    NEVER_ASKED = "never_asked"
    NO_SHEET = "no_sheet"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault: what kind, at which question (its key; empty for the whole tree), and a sentence. Notes do not stop a publication."""

    fault: Fault
    question: str
    sentence: str
    is_blocking: bool = True


def check(tree: Tree, facts: Facts) -> tuple[Finding, ...]:
    """Everything that is wrong with the tree, in the order of its questions."""
    reached = {question.key for question in onward(tree, tree.questions[0].key)} if tree.questions else set()
    circles = _circles(tree)
    found = list(
        chain(
            _words(tree),
            _ways(tree, reached, circles),
            () if circles else _length(tree),
            _contradictions(tree, reached),
            _unknown(tree, facts),
            _materials(tree, facts, reached),
        )
    )
    order = {question.key: at for at, question in enumerate(tree.questions)}
    return tuple(sorted(found, key=lambda finding: order.get(finding.question, -1)))


def blocking(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Those that stop a publication."""
    return tuple(finding for finding in findings if finding.is_blocking)


def _named(question: Question) -> str:
    return f"{question.key}“{question.text}”"


def _answers(tree: Tree) -> Iterator[tuple[Question, Answer]]:
    return ((question, answer) for question in tree.questions for answer in question.answers)


# --- words ------------------------------------------------------------------------------------------------------------------------


def _words(tree: Tree) -> Iterator[Finding]:
    if not tree.title:
        yield Finding(Fault.WORDS, "", "导办没有名称：用办事人的话写，比如“身份证丢了或到期了”。")
    if not tree.questions:
        yield Finding(Fault.DEAD_END, "", "还没有一个问题，走不到办事单。")
    for question in tree.questions:
        if not question.text:
            yield Finding(Fault.WORDS, question.key, f"{question.key} 没有写问题。")
        if len(question.answers) == 1:
            yield Finding(Fault.WORDS, question.key, f"{_named(question)}只有一个答案，不用问。")
        texts = [answer.text for answer in question.answers]
        for text in dict.fromkeys(text for text in texts if text and texts.count(text) > 1):
            yield Finding(Fault.WORDS, question.key, f"{_named(question)}的答案“{text}”写了两遍。")
        for answer in question.answers:
            for what in _missing_words(answer):
                yield Finding(Fault.WORDS, question.key, f"{_named(question)}的答案 {answer.key}“{answer.text}”{what}。")


def _missing_words(answer: Answer) -> Iterator[str]:
    effects = answer.effects
    if not answer.text:
        yield "没有写字"
    if effects.refuse and not effects.refuse.reason:
        yield "说不能办，却没有写原因"
    if effects.refuse and not effects.refuse.instead:
        yield "说不能办，却没有写可以怎么做"
    for gone in effects.remove:
        if not gone.reason:
            yield f"说不用带 {gone.material}，却没有写原因"
    for skipped in effects.skip:
        if not skipped.reason:
            yield f"说不用办 {skipped.item}，却没有写原因"


# --- ways through the tree --------------------------------------------------------------------------------------------------------


def _ways(tree: Tree, reached: set[str], circles: list[tuple[str, ...]]) -> Iterator[Finding]:
    for circle in circles:
        names = " → ".join(circle)
        yield Finding(Fault.CIRCLE, circle[0], f"问题绕成了一个圈：{names}，答多少遍都出不来。")
    for question in tree.questions:
        if question.key not in reached:
            yield Finding(Fault.UNREACHABLE, question.key, f"{_named(question)}没有一条路会问到。")
        if not question.answers:
            yield Finding(Fault.DEAD_END, question.key, f"{_named(question)}没有答案，走到这里就断了。")
        for answer in question.answers:
            if answer.effects.refuse:
                if answer.next not in {END, ""}:
                    yield Finding(Fault.CONTRADICTION, question.key, f"{_named(question)}的答案“{answer.text}”说不能办，后面却还接着问。")
            elif not answer.next:
                yield Finding(Fault.DEAD_END, question.key, f"{_named(question)}的答案“{answer.text}”没有写接着问什么，路断了。")
            if answer.next not in {END, ""} and tree.question(answer.next) is None:
                yield Finding(Fault.DEAD_END, question.key, f"{_named(question)}的答案“{answer.text}”接到 {answer.next}，没有这个问题。")
            if answer.effects.refuse and not answer.next:
                yield Finding(Fault.DEAD_END, question.key, f"{_named(question)}的答案“{answer.text}”没有标明到此结束。")
    if tree.questions and not any(
        answer.next == END and not answer.effects.refuse and question.key in reached for question, answer in _answers(tree)
    ):
        yield Finding(Fault.NO_SHEET, "", "没有一条路走到办事单：不是断了、绕圈，就是不能办。")


def _circles(tree: Tree) -> list[tuple[str, ...]]:
    """One circle for each question that closes one: the keys along it, the first again at the end."""
    found: list[tuple[str, ...]] = []
    done: set[str] = set()

    def visit(key: str, path: tuple[str, ...]) -> None:
        question = tree.question(key)
        if question is None or key in done:
            return
        for following in dict.fromkeys(answer.next for answer in question.answers):
            if following in (*path, key):
                whole = (*path, key)
                found.append((*whole[whole.index(following) :], following))
            else:
                visit(following, (*path, key))
        done.add(key)

    for question in tree.questions:
        visit(question.key, ())
    return found


def _length(tree: Tree) -> Iterator[Finding]:
    if tree.questions and (most := lengths(tree)[tree.questions[0].key]) > MOST_QUESTIONS:
        yield Finding(Fault.TOO_LONG, "", f"最长的一条路要答 {most} 题，最多 {MOST_QUESTIONS} 题；请合并或删去问题。")


# --- what the answers say ---------------------------------------------------------------------------------------------------------


def _contradictions(tree: Tree, reached: set[str]) -> Iterator[Finding]:
    for question in tree.questions:
        if question.key not in reached:
            continue
        for answer in question.answers:
            for words in _against(answer, answer):
                yield Finding(Fault.CONTRADICTION, question.key, f"{_named(question)}的答案“{answer.text}”自相矛盾：{words}。")
            for later in onward(tree, answer.next):
                if later.key == question.key:
                    continue
                for other in later.answers:
                    for words in _against(answer, other):
                        said = f"{_named(question)}答“{answer.text}”，{_named(later)}又答“{other.text}”"
                        yield Finding(Fault.CONTRADICTION, question.key, f"{said}，结论矛盾：{words}。")


def _against(first: Answer, second: Answer) -> Iterator[str]:
    """What two answers of one path say against one another (an answer against itself too)."""
    one, other = first.effects, second.effects
    gone = {removed.material for removed in one.remove}, {removed.material for removed in other.remove}
    for material in dict.fromkeys((*one.add, *other.add)):
        if (material in one.add and material in gone[1]) or (material in other.add and material in gone[0]):
            yield f"材料 {material} 又要带又不用带"
    if first is second:
        return
    if one.variant and other.variant and one.variant != other.variant and _same_item(one.variant, other.variant):
        yield f"选了两个业务办理项 {one.variant} 和 {other.variant}"
    if one.days is not None and other.days is not None and one.days != other.days:
        yield f"办结时限一处 {one.days} 天、一处 {other.days} 天"
    if one.fee and other.fee and one.fee != other.fee:
        yield f"费用一处“{one.fee}”、一处“{other.fee}”"
    filled = {prefill.field: prefill.values for prefill in one.prefill}
    for prefill in other.prefill:
        if filled.get(prefill.field, prefill.values) != prefill.values:
            yield f"申请表的 {prefill.field} 填了两个不同的内容"


def _same_item(one: str, other: str) -> bool:
    return one.rpartition(".")[0] == other.rpartition(".")[0]


def _unknown(tree: Tree, facts: Facts) -> Iterator[Finding]:
    for question, answer in _answers(tree):
        for words in _unknown_of(answer, facts):
            yield Finding(Fault.UNKNOWN, question.key, f"{_named(question)}的答案“{answer.text}”{words}。")


def _unknown_of(answer: Answer, facts: Facts) -> Iterator[str]:
    effects = answer.effects
    for material in dict.fromkeys((*effects.add, *(gone.material for gone in effects.remove))):
        if material not in facts.materials:
            yield f"提到的材料 {material} 不在办事指南里"
    if effects.variant and effects.variant not in facts.variants:
        yield f"提到的业务办理项 {effects.variant} 不在办事指南里"
    for gone in effects.remove:
        fact = facts.materials.get(gone.material)
        # In a bundle an earlier step brings it; for one item the application would go on asking for it.
        if fact is not None and fact.row.is_required and facts.kind == Kinds.ITEM:
            yield f"说不用带“{fact.name}”，但办事指南把它列为必要材料；要先把指南改成特定情形需要"
    for skipped in effects.skip:
        if facts.kind == Kinds.ITEM or skipped.item not in facts.items:
            yield f"说不用办的 {skipped.item} 不在这件事里"
    if effects.refuse and effects.refuse.item and effects.refuse.item not in facts.others:
        yield f"请人改办的事项 {effects.refuse.item} 不存在"
    yield from _unknown_fields(answer, facts)


def _unknown_fields(answer: Answer, facts: Facts) -> Iterator[str]:
    for prefill in answer.effects.prefill:
        field = facts.fields.get(prefill.field)
        if field is None:
            yield f"要填的 {prefill.field} 不在申请表里，或不能代填"
            continue
        if len(prefill.values) > 1 and not field.is_many:
            yield f"给“{field.title}”填了几个内容，它只收一个"
        for value in prefill.values:
            if field.options and value not in {option.value for option in field.options}:
                yield f"给“{field.title}”填的 {value} 不在它的选项里"


# --- materials that nobody is asked for -------------------------------------------------------------------------------------------


def _materials(tree: Tree, facts: Facts, reached: set[str]) -> Iterator[Finding]:
    answers = [answer for question, answer in _answers(tree) if question.key in reached]
    added = {material for answer in answers for material in answer.effects.add}
    chosen = {answer.effects.variant for answer in answers if answer.effects.variant}
    has_sheet = any(answer.next == END and not answer.effects.refuse for answer in answers)
    for fact in facts.materials.values():
        if not fact.is_base and fact.ref not in added:
            yield Finding(Fault.NEVER_ASKED, "", f"材料 {fact.ref}“{fact.name}”只在特定情形需要，但没有一个答案说要带它。")
        elif fact.is_base and has_sheet and not _is_brought(tree, fact.ref, fact.item, fact.variants):
            yield Finding(Fault.NEVER_ASKED, "", f"材料 {fact.ref}“{fact.name}”在每条路上都不用带，等于没人会带。")
    for item in facts.items:
        mine = [fact for fact in facts.variants.values() if fact.item == item]
        left = [fact for fact in mine if fact.ref not in chosen]
        if len(mine) > 1 and left:
            names = "、".join(f"{fact.ref}“{fact.name}”" for fact in left)
            yield Finding(Fault.UNDECIDED, "", f"业务办理项 {names} 没有一个答案会选到。", is_blocking=False)


def _is_brought(tree: Tree, material: str, item: str, variants: tuple[str, ...]) -> bool:
    """Whether some way to a sheet asks for the material: no answer on it takes away the material or its item, or chooses another variant."""
    seen: set[str] = set()
    waiting = [tree.questions[0].key]
    while waiting:
        question = tree.question(waiting.pop())
        if question is None or question.key in seen:
            continue
        seen.add(question.key)
        for answer in question.answers:
            effects = answer.effects
            is_other = bool(variants and effects.variant) and _same_item(effects.variant, variants[0]) and effects.variant not in variants
            is_gone = material in {gone.material for gone in effects.remove} or item in {skipped.item for skipped in effects.skip}
            if effects.refuse or is_other or is_gone:
                continue
            if answer.next == END:
                return True
            waiting.append(answer.next)
    return False
