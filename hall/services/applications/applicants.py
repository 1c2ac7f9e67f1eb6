"""Who applies, the form that this applicant fills in, and what the hall knows of him already."""

from dataclasses import dataclass
from typing import Any

from hall.services.catalogue.queries import ItemVersionRow
from hall.support.access.actors import Actor
from hall.support.formrules.definition import FormDefinition
from hall.support.identity import queries as identity
from hall.support.identity.queries import EnterpriseRow, Profile


@dataclass(frozen=True, slots=True)
class Applicant:
    """Who applies: a person, for themselves or for an enterprise. Read once in a deed, full values inside."""

    profile: Profile
    enterprise: EnterpriseRow | None

    @property
    def key(self) -> str:
        """The number that the applicant is known by: credit code or identity number, "" where it is not given yet."""
        return self.enterprise.uscc if self.enterprise else self.profile.id_number or ""


def applicant_of(actor: Actor) -> Applicant:
    """The applicant behind the actor. One SQL query, two with an enterprise."""
    assert actor.account_id is not None
    enterprise = None
    if actor.enterprise_id is not None:
        enterprise = identity.enterprise(actor.enterprise_id)
        assert enterprise is not None
    return Applicant(identity.profile(actor.account_id), enterprise)


def definition_of(applicant: Applicant, version: ItemVersionRow) -> FormDefinition:
    """The form that this applicant fills in for the item."""
    return FormDefinition.from_schema(version.form_schemas["person" if applicant.enterprise is None else "org"])


def prefilled(applicant: Applicant, definition: FormDefinition) -> dict[str, Any]:
    """What the hall knows already, by the form's x-prefill words (能不填就不填)."""
    profile, enterprise = applicant.profile, applicant.enterprise
    known = {"profile.name": profile.name, "profile.id_number": profile.id_number, "profile.phone": profile.phone}
    if enterprise is not None:
        known |= {
            "enterprise.name": enterprise.name,
            "enterprise.uscc": enterprise.uscc,
            "enterprise.legal_representative": enterprise.legal_representative,
        }
    return dict(definition.prefill(known))


def locked_answers(applicant: Applicant, definition: FormDefinition) -> dict[str, Any]:
    """The verified facts that nobody types: they come from the hall every time, whatever the browser sends."""
    known = prefilled(applicant, definition)
    locked = {field.name for field in definition.fields if field.is_locked}
    return {name: value for name, value in known.items() if name in locked}
