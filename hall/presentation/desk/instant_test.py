"""Trying the conditions of a draft with answers of one's own, before they are published. Nothing is kept."""

from dataclasses import dataclass

from django.http import HttpRequest

from hall.services.catalogue import instant_rules
from hall.services.catalogue.draft_contents import objects_in
from hall.services.catalogue.drafts import DraftCheck, form_titles
from hall.services.catalogue.elements import InstantRule
from hall.support.access.actors import Actor


@dataclass(frozen=True, slots=True)
class Tried:
    """The page part: what a condition may look at, what to fill in, and how a try came out (None: not tried)."""

    facts: tuple[tuple[str, str], ...]
    inputs: tuple[tuple[str, str, str], ...]  # fact, title, as typed
    outcomes: tuple[tuple[str, bool], ...] | None

    @property
    def is_granted(self) -> bool:
        return bool(self.outcomes) and all(met for _, met in self.outcomes or ())


def of(request: HttpRequest, actor: Actor, found: DraftCheck) -> Tried:
    """Read the try from the address; two SQL statements for the form's fields."""
    titles = form_titles(actor, found.row.draft_id)
    rules = [
        InstantRule(str(one.get("fact") or ""), str(one.get("operator") or ""), str(one.get("value") or ""))
        for _, one in objects_in(found.line, "instant_rules")
    ]
    wanted = list(dict.fromkeys(rule.fact for rule in rules if rule.fact))
    typed = {fact: request.GET.get(f"t-{fact}", "").replace("\0", "")[:500] for fact in wanted}
    outcomes = None
    if "try" in request.GET and rules:
        facts = {fact: typed.get(fact) == "1" for fact in instant_rules.FACTS}
        answers = {fact: text for fact, text in typed.items() if fact not in instant_rules.FACTS}
        asked = instant_rules.evaluate(rules, answers, facts)
        outcomes = tuple((instant_rules.in_words(one.rule, titles), one.is_met) for one in asked)
    names = {**instant_rules.FACTS, **titles}
    options = tuple(names.items()) + tuple((fact, f"{fact}（申请表里没有）") for fact in wanted if fact not in names)
    return Tried(options, tuple((fact, names.get(fact, fact), typed[fact]) for fact in wanted), outcomes)
