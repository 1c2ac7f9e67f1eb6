"""Changing a tree by hand, one step at a time; every function gives a new tree. Pure."""

from dataclasses import replace

from hall.services.guidance.reading import MOST_ANSWERS, MOST_QUESTIONS, MOST_TEXT, MOST_WORDS
from hall.services.guidance.tree import Answer, Question, Tree
from hall.support.refusals import Refusal


class TooMany(Refusal):
    """The tree is as large as it may be."""


def set_head(tree: Tree, *, title: str, intro: str) -> Tree:
    """Another name and introduction; too long ones are cut, as the page's fields are."""
    return replace(tree, title=title.strip()[:MOST_WORDS], intro=intro.strip()[:MOST_TEXT])


def add_question(tree: Tree, *, text: str = "") -> tuple[Tree, str]:
    """A question more, at the end; returns its key too. Raises: TooMany."""
    if len(tree.questions) >= MOST_QUESTIONS:
        raise TooMany(f"一份导办最多 {MOST_QUESTIONS} 个问题。")
    key = _free("q", {question.key for question in tree.questions})
    return replace(tree, questions=(*tree.questions, Question(key, text.strip()[:MOST_WORDS]))), key


def put_question(tree: Tree, question: Question) -> Tree:
    """The question in place of the one with its key. Raises: TooMany."""
    if len(question.answers) > MOST_ANSWERS:
        raise TooMany(f"一个问题最多 {MOST_ANSWERS} 个答案；再多的话，请拆成两个问题。")
    return replace(tree, questions=tuple(question if one.key == question.key else one for one in tree.questions))


def drop_question(tree: Tree, key: str) -> Tree:
    """Without the question; answers that led to it lead nowhere until somebody decides."""
    return replace(tree, questions=tuple(_forget(one, key) for one in tree.questions if one.key != key))


def _forget(question: Question, key: str) -> Question:
    return replace(question, answers=tuple(replace(one, next="") if one.next == key else one for one in question.answers))


def make_first(tree: Tree, key: str) -> Tree:
    """The question that is asked first."""
    return replace(tree, questions=tuple(sorted(tree.questions, key=lambda question: question.key != key)))


def leading_to(tree: Tree, key: str) -> list[tuple[Question, Answer]]:
    """The answers from which people come to this question."""
    return [(question, answer) for question in tree.questions for answer in question.answers if answer.next == key]


def free_answer(taken: set[str]) -> str:
    """A key that no answer of the question has."""
    return _free("a", taken)


def _free(letter: str, taken: set[str]) -> str:
    return next(f"{letter}{number}" for number in range(1, 100) if f"{letter}{number}" not in taken)
