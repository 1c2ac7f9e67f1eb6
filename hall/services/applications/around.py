"""What the checks of a form may ask about one draft, and what they say of it; only what is remembered is read, nothing goes out."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from hall.services.applications.applicants import Applicant, definition_of
from hall.services.applications.models import Draft, DraftLookup
from hall.services.applications.rules import Fault
from hall.services.cases import queries as cases
from hall.services.catalogue.queries import ItemVersionRow
from hall.services.forms import checking, tables
from hall.services.forms.checking import Outcome
from hall.services.forms.register_words import Match, Register
from hall.support.formrules.definition import FormDefinition
from hall.support.identity import protection


def _digest(name: str, number: str) -> str:
    return protection.lookup_digest(f"{name}\n{number}", purpose="register")


class Around:
    """What the checks may ask about; `applicant_key` is the identity number or credit code, `draft` None where nothing is remembered.

    `wanted` are the registers' questions that nobody has answered yet.
    """

    def __init__(self, draft: Draft | None, item_code: str, applicant_key: str) -> None:
        self._item_code, self._applicant_key = item_code, applicant_key
        rows = DraftLookup.objects.filter(draft=draft).values_list("register", "digest", "match") if draft is not None else ()
        self._known = {(register, digest): Match(match) for register, digest, match in rows}
        self.wanted: dict[tuple[Register, str], tuple[str, str]] = {}

    def _match(self, register: Register, name: str, number: str) -> Match:
        digest = _digest(name, number)
        known = self._known.get((register.value, digest))
        if known is None:
            self.wanted[register, digest] = (name, number)
        return known or Match.UNKNOWN

    def person(self, name: str, id_number: str) -> Match:
        """What the population register said of this pair."""
        return self._match(Register.PERSON, name, id_number)

    def organisation(self, name: str, uscc: str) -> Match:
        """What the register of legal persons said of this pair."""
        return self._match(Register.ORGANISATION, name, uscc)

    def attributes(self, table: str, value: str) -> Mapping[str, str] | None:
        """One row of a code table."""
        return tables.attributes(table, value)

    def has_open_case(self) -> bool:
        """Whether the applicant has a case of this item under way."""
        return bool(self._applicant_key) and cases.has_open_case(self._item_code, self._applicant_key)


def outcomes(
    definition: FormDefinition, values: Mapping[str, Any], *, draft: Draft | None, item_code: str, applicant_key: str, today: date
) -> list[Outcome]:
    """What the form's checks say of checked values. No SQL for a form without checks."""
    return checking.run(definition, values, Around(draft, item_code, applicant_key), today) if definition.checks else []


def said(
    applicant: Applicant, draft: Draft, version: ItemVersionRow, values: Mapping[str, Any], today: date
) -> tuple[list[Fault], tuple[str, ...]]:
    """What the checks of the applicant's form say of a draft, as `split` parts it."""
    definition = definition_of(applicant, version)
    return split(outcomes(definition, values, draft=draft, item_code=version.code, applicant_key=applicant.key, today=today))


def split(found: list[Outcome]) -> tuple[list[Fault], tuple[str, ...]]:
    """What has to be mended, and what could not be found out: that lets pass, and the department is told."""
    return [Fault(one.field, one.sentence) for one in found if not one.is_unknown], tuple(one.sentence for one in found if one.is_unknown)
