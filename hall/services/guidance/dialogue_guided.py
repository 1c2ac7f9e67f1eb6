"""The questions of a guide (情形导办) within the conversation, one after the other, up to the sheet. Pure."""

from dataclasses import replace
from urllib.parse import urlencode

from hall.services.guidance import dialogue_answers as answers
from hall.services.guidance.dialogue_lookup import PERSON, THEMES, Library
from hall.services.guidance.dialogue_state import Choice, Talk, clause, line
from hall.services.guidance.dialogue_words import Wish
from hall.services.guidance.facts import Kinds
from hall.services.guidance.sheet import Sheet
from hall.services.guidance.tree import walk


def guided(talk: Talk, answer: str, library: Library) -> Talk:
    """The next question of the topic's guide, or what the answers come to. `answer` is question=answer, "" to begin."""
    kind, code = talk.topic
    tree = library.tree(kind, code) if code else None
    if tree is None or not tree.questions:
        return replace(talk, is_asking=False).told([line(clause("gone"))], [THEMES, PERSON])
    key, _, picked = answer.partition("=")
    given = {**talk.answers, key: picked} if key else {}
    walked = walk(tree, given)
    talk = replace(talk, answers=walked.choices, is_asking=True)
    if walked.question is not None:
        # The guide was published anew meanwhile, and this answer leads nowhere in it.
        notes = [line(clause("guide_again"))] if key and key not in walked.choices else []
        return talk.told(
            [*notes, *answers.question_lines(walked.question, kind, code)], [*answers.question_choices(walked.question), PERSON]
        )
    sheet = library.sheet(kind, code, walked.choices)
    if sheet is None or not walked.is_done:
        return replace(talk, is_asking=False).told([line(clause("gone"))], [THEMES, PERSON])
    href = f"{answers.guide_href(kind, code)}/sheet?{urlencode(walked.choices)}"
    return replace(talk, is_asking=False).told(answers.sheet_lines(sheet, href), _after_sheet(sheet, href))


def _after_sheet(sheet: Sheet, href: str) -> list[Choice]:
    offered = [Choice("sheet", clause("c_sheet"), href=href)]
    if sheet.kind == Kinds.ITEM:
        offered += [Choice(f"wish:{wish.value}", clause(f"w_{wish.value}")) for wish in (Wish.PLACE, Wish.CAN, Wish.APPLY)]
    return [*offered, Choice("guide:start", clause("c_guide")), PERSON]
