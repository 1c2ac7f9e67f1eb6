"""What is said to somebody and not about an item: greetings, a cry for a person, not understood, another page of the hall. Pure."""

from collections.abc import Mapping

from hall.services.catalogue.elements import Contact
from hall.services.guidance import dialogue_answers as answers
from hall.services.guidance.dialogue_lookup import PERSON, THEMES, Library
from hall.services.guidance.dialogue_state import HALL, Choice, Source, Talk, clause, line
from hall.services.guidance.dialogue_words import Small
from hall.services.guidance.facts import Kinds

_ELSEWHERE: Mapping[Small, tuple[str, str, tuple[Choice, ...]]] = {
    Small.PROGRESS: (
        "progress",
        "/progress",
        (Choice("progress", clause("c_progress"), href="/progress"), Choice("cases", clause("c_cases"), href="/my/cases")),
    ),
    Small.GENUINE: ("verify", "/verify", (Choice("verify", clause("c_verify"), href="/verify"),)),
}


def small_talk(talk: Talk, small: Small, library: Library) -> Talk:
    if small == Small.PERSON:
        page = library.item(talk.topic[1]) if talk.topic[0] == Kinds.ITEM else None
        contacts = page.consult_contacts if page else (Contact("电话", library.hotline),)
        source = answers.item_source(page.version.code) if page else None
        kept = [choice for choice in talk.choices if choice != PERSON]
        return talk.told([line(clause("person")), *answers.contact_lines(contacts, source)], [PERSON, *kept])
    if small in _ELSEWHERE:
        kind, href, offered = _ELSEWHERE[small]
        return talk.told([line(clause(small.value), source=Source(kind, href))], [*offered, *talk.choices])
    if small == Small.REPEAT:
        earlier = next(message for message in reversed(talk.messages) if message.who == HALL)
        return talk.told(earlier.lines, talk.choices)
    if small == Small.CONFUSED:
        return talk.told([line(clause("confused"))], talk.choices or [THEMES, PERSON])
    if small in {Small.HELLO, Small.WHO}:
        lines = [line(clause("hello" if small == Small.HELLO else "who"))]
        return talk.told(lines, talk.choices or [THEMES, PERSON])
    return talk.told([line(clause(small.value))], talk.choices)
