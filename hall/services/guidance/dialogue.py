"""The guided conversation (§5.4): a sentence leads to an item, a question to what the catalogue says of it, and what nobody knows to a person.

`said` and `chose` take a talk and give back the next one. They look things up in a `Library` and know no page, table or clock, so the web
and WeChat hold the same conversation. Nothing is invented: whatever the hall says is a clause of `dialogue_frames` with values of the catalogue.
"""

from collections.abc import Sequence
from dataclasses import replace

from hall.services.catalogue.rows import BundleRow, ItemPage
from hall.services.guidance import dialogue_answers as answers
from hall.services.guidance import dialogue_words as words
from hall.services.guidance.dialogue_answers import Near
from hall.services.guidance.dialogue_guided import guided
from hall.services.guidance.dialogue_lookup import MOST_LOOKED_UP, PERSON, THEMES, Found, Library
from hall.services.guidance.dialogue_small import small_talk
from hall.services.guidance.dialogue_state import Choice, Clause, Line, Source, Talk, clause, line
from hall.services.guidance.dialogue_words import Small, Wish
from hall.services.guidance.facts import Kinds

MOST_SAID = 500
MOST_MESSAGES = 80
# Of what lies near a sentence that was not understood.
MOST_DOUBTED = 3
NOBODY = ("", "")
_OFFERED = (Wish.BRING, Wish.TIME, Wish.FEE, Wish.PLACE, Wish.CAN)
_NONE = Choice("none", clause("c_none"))
_BACK = Choice("back", clause("c_back"))
_AGAIN = Choice("again", clause("c_again"))
_REGION = Choice("region", clause("c_region"), href=answers.REGION_HREF)


def opening() -> Talk:
    """How every conversation begins."""
    return Talk().told([line(clause("hello")), line(clause("only_catalogue")), line(clause("privacy"))])


# --- what was typed ---------------------------------------------------------------------------------------------------------------


def said(talk: Talk, sentence: str, library: Library) -> Talk:
    """The conversation after the person said something, however odd it is."""
    typed = " ".join("".join(sign if sign.isprintable() else " " for sign in sentence[: MOST_SAID * 2]).split())[:MOST_SAID]
    if not typed:
        return talk.told([line(clause("say_something"))], talk.choices)
    if len(talk.messages) >= MOST_MESSAGES:
        return _ended(talk)
    kept = words.without_numbers(typed)
    notes = [line(clause("masked"))] if kept != typed else []
    if len(typed) > MOST_LOOKED_UP:
        notes.append(line(clause("cut")))
    picked = _picked(talk, typed)
    talk = talk.heard(kept)
    if picked:
        return _act(talk, picked, library)
    if words.place_of(typed):
        return talk.told([line(clause("no_such_choice"))], talk.choices or [THEMES, PERSON])
    small = words.small_in(typed)
    if small == Small.NOT_THIS:
        return _others(talk, library)
    if small is not None:
        return small_talk(talk, small, library)
    if not words.plain(typed):
        return talk.told([line(clause("unreadable"))], talk.choices or [THEMES, PERSON])
    told = _before_choosing(talk, typed) or _about_topic(talk, typed, library)
    return _prefixed(told or _look_up(talk, typed, library), notes)


def _ended(talk: Talk) -> Talk:
    """A talk that became too long says so once, and grows no more."""
    is_told = talk.choices == (_AGAIN, PERSON)
    return talk if is_told else talk.told([line(clause("long"))], [_AGAIN, PERSON])


def _prefixed(talk: Talk, notes: list[Line]) -> Talk:
    last = talk.messages[-1]
    return replace(talk, messages=(*talk.messages[:-1], replace(last, lines=(*notes, *last.lines)))) if notes else talk


def _picked(talk: Talk, typed: str) -> str:
    """The offered choice that was typed: by its number, or by its words, where they fit one alone."""
    # As they are shown: the list first, and counted in it.
    open_ones = [choice for choice in (*talk.listed, *talk.beside) if not choice.href]
    place = words.place_of(typed)
    if place:
        return open_ones[place - 1].value if place <= len(open_ones) else ""
    exact = [choice.value for choice in open_ones if words.plain(choice.label.text) == words.plain(typed)]
    if exact or not talk.is_asking:
        return exact[0] if exact else ""
    fitting = [choice.value for choice in open_ones if choice.value.startswith("answer:") and words.is_same(typed, choice.label.text)]
    return fitting[0] if len(fitting) == 1 else ""


def _before_choosing(talk: Talk, typed: str) -> Talk | None:
    """Somebody asks how long or what to bring while it is open which of the offered things is meant: it is answered after the choice."""
    wishes = words.wishes_in(typed)
    if not _is_open(talk) or not (words.asks_to_bring(typed) or (wishes and not words.subject_of(typed))):
        return None
    return _first_choose(talk, wishes or (Wish.BRING,))


def _is_open(talk: Talk) -> bool:
    """Whether things are offered to choose from; those after 还是刚才那件事 are only perhaps meant."""
    offered = [choice for choice in talk.choices if choice == _BACK or choice.value.startswith((f"{Kinds.ITEM}:", f"{Kinds.BUNDLE}:"))]
    return bool(offered) and offered[0] != _BACK


def _first_choose(talk: Talk, wishes: Sequence[Wish]) -> Talk:
    """What is asked waits until something was chosen."""
    waiting = tuple(dict.fromkeys((*talk.wishes, *(wish.value for wish in wishes))))
    told = clause("choose_first" if _is_open(talk) else "which_first")
    return replace(talk, wishes=waiting).told([line(told)], talk.choices if _is_open(talk) else [THEMES, PERSON])


def _about_topic(talk: Talk, typed: str, library: Library) -> Talk | None:
    """The answer where the sentence goes on about the topic; None where it is about something else, or there is no topic."""
    kind, code = talk.topic
    if not code:
        return None
    page = library.item(code) if kind == Kinds.ITEM else None
    wishes = words.wishes_in(typed, name=page.version.name if page else "")
    if not words.subject_of(typed):
        return (
            _answered(talk, wishes, library) if wishes else talk.told([line(clause("what"))], _item_choices(page) if page else talk.choices)
        )
    if page is None:
        return None
    faq = answers.faq_lines(page, typed)
    if faq:
        return talk.told(faq, _item_choices(page))
    if words.asks_whether_needed(typed):
        return talk.told(answers.answer(Wish.BRING, page, about=typed), _item_choices(page))
    return None


def _look_up(talk: Talk, typed: str, library: Library) -> Talk:
    """Search for what was said, and tell it, ask back, or say that it is not known."""
    wishes = words.wishes_in(typed)
    if not words.subject_of(typed) and not typed.isascii():
        # 身份证, then 补办: the two belong together.
        found = library.find(f"{talk.own_words[-2]} {typed}") if _is_open(talk) and not wishes and len(talk.own_words) > 1 else None
        if found is None or not found.clear:
            return _first_choose(talk, wishes)
    else:
        found = library.find(typed)
    if not found.is_readable:
        return talk.told([line(clause("unreadable"))], talk.choices or [THEMES, PERSON])
    if not found.near and not found.bundles:
        return talk.told([line(clause("no_item")), line(clause("help", library.hotline))], [THEMES, PERSON])
    talk = replace(talk, others=tuple(one.card.code for one in found.near))
    page = library.item(talk.topic[1]) if talk.topic[0] == Kinds.ITEM else None
    is_same = page is not None and found.clear == page.version.code
    if not found.clear or found.bundles or (page is not None and not is_same and not found.words):
        # Not one word of another thing was said: perhaps this goes on about the topic.
        asked_of = page if page is not None and words.is_question(typed) else None
        return _ask_which(replace(talk, wishes=tuple(wishes)), found, library, asked_of)
    if page is not None and is_same and words.is_question(typed) and not words.wishes_in(typed, name=page.version.name):
        return talk.told(answers.not_written(page), _item_choices(page))
    return _take_item(replace(talk, wishes=()), found.clear, library, typed=typed, is_switch=bool(talk.topic[1]) and not is_same)


def _ask_which(talk: Talk, found: Found, library: Library, asked_of: ItemPage | None = None) -> Talk:
    """Which of the found ones is meant. `asked_of`: the topic, when the sentence may have been a question about it."""
    offered = [_bundle_choice(one) for one in found.bundles]
    offered += [one for one in answers.item_choices(found.near) if one.value != f"item:{talk.topic[1]}"]
    if asked_of is not None:
        source = answers.item_source(asked_of.version.code, "guide")
        lines = [line(clause("not_here", asked_of.version.name), source=source), *answers.by_phone(asked_of)]
        if not found.is_sure or not offered:
            return talk.told(lines, _item_choices(asked_of))
        lines.append(line(clause("or_which")))
        return replace(talk, is_asking=False).told(lines, [_BACK, *offered[:MOST_DOUBTED], _NONE, PERSON])
    if not found.is_sure:
        lines = [line(clause("unknown")), line(clause("help", library.hotline))]
        if _is_open(talk):
            return talk.told([*lines, line(clause("choose_first"))], talk.choices)
        back = [_BACK] if talk.topic[1] else []
        return replace(talk, is_asking=False).told([*lines, line(clause("near_only"))], [*back, *offered[:MOST_DOUBTED], _NONE, PERSON])
    lines = [line(clause("heard", "、".join(found.words)))] if found.words else []
    lines.append(line(clause("which" if len(offered) > 1 else "is_it")))
    back = [_BACK] if talk.topic[1] else []
    return replace(talk, is_asking=False).told(lines, [*offered, *back, _NONE, PERSON])


# --- what was chosen --------------------------------------------------------------------------------------------------------------


def chose(talk: Talk, value: str, library: Library) -> Talk:
    """The conversation after one of the offered choices. A value that means nothing (any more) is told so, and nothing else happens."""
    if value == "again":
        return opening()
    if len(talk.messages) >= MOST_MESSAGES:
        return _ended(talk)
    label = next((choice.label for choice in talk.choices if choice.value == value), None) or _label(value, library)
    return _act(talk.heard(label.text) if label else talk, value, library)


def _label(value: str, library: Library) -> Clause | None:
    """What an earlier choice was called, one that the last message did not offer."""
    kind, _, rest = value.partition(":")
    if kind == "wish" and rest in set(Wish):
        return clause(f"w_{rest}")
    if kind == "item" and (page := library.item(rest)) is not None:
        return clause("name", page.version.name)
    if kind == "bundle" and (bundle := library.bundle(rest)) is not None:
        return clause("name", bundle.bundle.name)
    return None


def _act(talk: Talk, value: str, library: Library) -> Talk:
    kind, _, rest = value.partition(":")
    if kind == "item":
        return _take_item(talk, rest, library)
    if kind == "bundle":
        return _take_bundle(talk, rest, library)
    if kind == "parts":
        return _take_parts(talk, rest, library)
    if kind == "wish" and rest in set(Wish):
        return _answered(talk, (Wish(rest),), library)
    if kind == "answer":
        return guided(talk, rest, library)
    if kind == "guide":
        return guided(replace(talk, answers={}), "", library)
    if kind == "back" and talk.topic[1]:
        code = talk.topic[1]
        return _take_item(talk, code, library) if talk.topic[0] == Kinds.ITEM else _take_bundle(talk, code, library)
    if kind == "none":
        return _others(talk, library)
    return talk.told([line(clause("gone"))], talk.choices)


def _take_item(talk: Talk, code: str, library: Library, *, typed: str = "", is_switch: bool = False) -> Talk:
    page = library.item(code)
    if page is None:
        return talk.told([line(clause("gone"))], [THEMES, PERSON])
    wishes = words.wishes_in(typed, name=page.version.name) if typed else tuple(Wish(one) for one in talk.wishes)
    talk = replace(talk, topic=(Kinds.ITEM.value, code), wishes=(), answers={}, is_asking=False)
    lines = [*([line(clause("switched"))] if is_switch else []), *answers.headline(page), *(answers.overview(page) if not wishes else [])]
    for wish in wishes:
        about = typed if wish == Wish.BRING and typed and words.asks_whether_needed(typed) and answers.material_meant(page, typed) else ""
        lines += answers.answer(wish, page, about=about)
    return talk.told(lines if wishes else [*lines, line(clause("what"))], _with_guide(_item_choices(page), talk, library))


def _item_choices(page: ItemPage) -> list[Choice]:
    offered = [Choice(f"wish:{wish.value}", clause(f"w_{wish.value}")) for wish in _OFFERED]
    if page.is_declarable:
        offered.append(Choice("apply", clause("w_apply"), href=answers.apply_href(page.version.code)))
    else:
        offered.append(Choice(f"wish:{Wish.APPLY.value}", clause("w_apply")))
    return [*offered, Choice("none", clause("c_not_this")), PERSON]


def _with_guide(offered: list[Choice], talk: Talk, library: Library) -> list[Choice]:
    kind, code = talk.topic
    tree = library.tree(kind, code)
    return [Choice("guide:start", clause("c_guide")), *offered] if tree is not None and tree.questions else offered


def _bundle_choice(bundle: BundleRow) -> Choice:
    return Choice(f"bundle:{bundle.code}", clause("name", bundle.name), clause("bundle_note", bundle.items))


def _take_bundle(talk: Talk, code: str, library: Library) -> Talk:
    page = library.bundle(code)
    if page is None or not page.cards:
        return talk.told([line(clause("gone"))], [THEMES, PERSON])
    talk = replace(talk, topic=(Kinds.BUNDLE.value, code), answers={}, is_asking=False, others=tuple(card.code for card in page.cards))
    offered = [
        Choice("open_bundle", clause("c_bundle"), href=f"/bundles/{code}"),
        Choice(f"parts:{code}", clause("c_parts")),
        Choice("none", clause("c_not_this")),
        PERSON,
    ]
    return talk.told(answers.bundle_lines(page), _with_guide(offered, talk, library))


def _take_parts(talk: Talk, code: str, library: Library) -> Talk:
    page = library.bundle(code)
    if page is None or not page.cards:
        return talk.told([line(clause("gone"))], [THEMES, PERSON])
    return talk.told([line(clause("which"))], [*answers.item_choices([Near(card) for card in page.cards]), PERSON])


def _answered(talk: Talk, wishes: Sequence[Wish], library: Library) -> Talk:
    """The answer to what somebody wants to know of the topic."""
    kind, code = talk.topic
    if not code:
        return _first_choose(talk, wishes)
    if kind == Kinds.BUNDLE:
        bundle = library.bundle(code)
        near = [Near(card) for card in bundle.cards] if bundle else []
        return replace(talk, wishes=tuple(wishes)).told(
            [line(clause("bundle_by_item"))], [*answers.item_choices(near), PERSON] if near else []
        )
    page = library.item(code)
    if page is None:
        return talk.told([line(clause("gone"))], [THEMES, PERSON])
    lines = [one for wish in wishes for one in answers.answer(wish, page)]
    offered = _item_choices(page)
    if Wish.BRING in wishes:
        with_guide = _with_guide(offered, talk, library)
        lines += (
            [line(clause("guide_offer"), source=Source("tree", answers.guide_href(kind, code)))] if len(with_guide) > len(offered) else []
        )
        offered = with_guide
    answered = {f"wish:{wish.value}" for wish in wishes}
    if any(one.source == Source("region", answers.REGION_HREF) for one in lines):
        # Once the region is chosen, the place is asked for again.
        offered, answered = [_REGION, *offered], answered - {f"wish:{Wish.PLACE.value}"}
    return talk.told(lines, [one for one in offered if one.value not in answered])


def _others(talk: Talk, library: Library) -> Talk:
    left = library.near([code for code in talk.others if (Kinds.ITEM.value, code) != talk.topic])
    was_listed = any(choice.value.startswith("item:") for choice in talk.choices)
    talk = replace(talk, topic=NOBODY, answers={}, is_asking=False, others=())
    if not left or was_listed:
        return talk.told([line(clause("no_others")), line(clause("help", library.hotline))], [THEMES, PERSON])
    return talk.told([line(clause("others"))], [*answers.item_choices(left), _NONE, PERSON])
