"""能不填就不填 (§5.3.2): what the same applicant wrote in an earlier case, for the fields of a form that say so."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.utils import timezone

from hall.services.applications.applicants import Applicant, definition_of
from hall.services.cases import queries as cases
from hall.services.cases.rows import PastAnswers
from hall.services.catalogue import queries as catalogue
from hall.services.catalogue.queries import ItemVersionRow
from hall.support.access.actors import Actor
from hall.support.formrules.answering import drafted, read_answer
from hall.support.formrules.definition import FormDefinition
from hall.support.formrules.fields import Field
from hall.support.formrules.view import Earlier
from hall.support.formrules.vocabulary import STEADY_KINDS

By = dict[str, Earlier]


def earlier_answers(actor: Actor, applicant: Applicant, version: ItemVersionRow, *, today: date) -> By:
    """By field name of the item's form, what the applicant wrote before: in the last case of this item, else of its department.

    Only for fields that say so (x-last), and only what they still take. The same item's fields are found by name, another's by title
    and kind. No SQL for a form without such fields; else one query, and two for each item version not held yet.
    """
    return earlier_of(actor, applicant, [version], today=today)[version.code]


def earlier_of(actor: Actor, applicant: Applicant, versions: Sequence[ItemVersionRow], *, today: date) -> dict[str, By]:
    """The same for several items, by item."""
    wanted = {version.code: _wanting(definition_of(applicant, version)) for version in versions}
    asking = [version for version in versions if wanted[version.code]]
    if not asking:
        return {version.code: {} for version in versions}
    past = cases.past_answers(
        actor,
        item_codes=[version.code for version in asking],
        department_codes=list({version.department_code for version in asking}),
    )
    forms = {one.version_id: _form_of(applicant, one.version_id) for one in past}
    return {version.code: _found(wanted[version.code], version, past, forms, today) for version in versions}


def steady(definition: FormDefinition, earlier: By) -> dict[str, Any]:
    """Of these answers what may stand in a new form at once; amounts, dates and tables wait until the applicant says so."""
    return {field.name: earlier[field.name].value for field in definition.fields if field.name in earlier and field.kind in STEADY_KINDS}


def put_in(typed: dict[str, Any], go: str, earlier: By) -> str:
    """Put an earlier answer into what was typed, as the button beside the field says; the field's name, "" for any other button."""
    what, _, name = go.partition(":")
    if what != "last" or name not in earlier:
        return ""
    typed[name] = earlier[name].value
    return name


def _wanting(definition: FormDefinition) -> list[Field]:
    return [field for field in definition.fields if field.is_from_last]


def _form_of(applicant: Applicant, version_id: int) -> tuple[ItemVersionRow, FormDefinition]:
    version = catalogue.item_version(version_id)
    assert version is not None, "an item version is never deleted"
    return version, definition_of(applicant, version)


def _found(
    wanted: Iterable[Field],
    version: ItemVersionRow,
    past: Sequence[PastAnswers],
    forms: dict[int, tuple[ItemVersionRow, FormDefinition]],
    today: date,
) -> By:
    near = [one for one in past if one.item_code == version.code or forms[one.version_id][0].department_code == version.department_code]
    near.sort(key=lambda one: one.item_code != version.code)
    found: By = {}
    for field in wanted:
        for one in near:
            value = _fitting(field, one, forms[one.version_id][1], one.item_code == version.code, today)
            if value is not None:
                day = timezone.localdate(one.submitted_at)
                words = f"{day.year} 年 {day.month} 月 {day.day} 日"
                head = "上次办理时填写" if one.item_code == version.code else f"办“{one.item_name}”时填写"
                found[field.name] = Earlier(value, f"{head}（{words}）")
                break
    return found


def _fitting(field: Field, past: PastAnswers, form: FormDefinition, is_same_item: bool, today: date) -> Any:
    """The earlier answer as a draft keeps it; None where there is none that this field still takes."""
    if is_same_item:
        other = form.field(field.name)
    else:
        other = next((one for one in form.fields if one.title == field.title and one.kind is field.kind), None)
    if other is None or other.kind is not field.kind or other.unit != field.unit:
        return None
    value = drafted(other, past.answers.get(other.name))
    checked, wrong = read_answer(field, value, today) if value is not None else (None, ())
    return None if checked is None or wrong else value
