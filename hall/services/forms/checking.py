"""The checks that forms ask for by name (§5.3.2 专业信息校验): which there are, whether a form uses them rightly, and running them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, cast

from hall.integration.plugins import breaker, finder
from hall.integration.plugins.aside import Aside
from hall.integration.ports.check import Answered, AnswerKind, Around, CheckQuestion, FormCheck, Parameter, Takes
from hall.integration.ports.check import Finding as Found
from hall.integration.ports.lookup import Match
from hall.services.forms import tables
from hall.services.forms.models import CodeTable
from hall.support.formrules.answering import shown_answer
from hall.support.formrules.definition import BadForm, FormDefinition
from hall.support.formrules.fields import Field
from hall.support.formrules.fields import FormCheck as Wanted
from hall.support.formrules.soundness import Finding
from hall.support.formrules.vocabulary import Kind

# A check calculates; one that takes longer is stuck.
SECONDS = 2.0
_KINDS: Mapping[Kind, AnswerKind] = {
    Kind.NUMBER: AnswerKind.NUMBER,
    Kind.AMOUNT: AnswerKind.MONEY,
    Kind.DATE: AnswerKind.DATE,
    Kind.DATE_RANGE: AnswerKind.DATE_RANGE,
    Kind.CHOICE: AnswerKind.CHOICE,
    Kind.SELECT: AnswerKind.CHOICE,
    Kind.REGION: AnswerKind.CHOICE,
    Kind.MULTI: AnswerKind.CHOICES,
    Kind.ID_NUMBER: AnswerKind.ID_NUMBER,
    Kind.USCC: AnswerKind.USCC,
}
_UNFIT = frozenset({Kind.FILE, Kind.TABLE, Kind.SIGNATURE, Kind.NOTE, Kind.PROMISE, Kind.YES_NO})


@dataclass(frozen=True, slots=True)
class CheckKind:
    """One check that is installed, as the designer offers it."""

    name: str
    title: str
    help: str
    takes: tuple[Takes, ...]
    parameters: tuple[Parameter, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a check said of the answers. `field` is where it stands on the page, "" for the whole form."""

    field: str
    sentence: str
    is_unknown: bool


class Nowhere:
    """Where there is no draft: registers are not asked, nobody has a case; code tables are the real ones."""

    def person(self, name: str, id_number: str) -> Match:
        """Not asked."""
        return Match.UNKNOWN

    def organisation(self, name: str, uscc: str) -> Match:
        """Not asked."""
        return Match.UNKNOWN

    def attributes(self, table: str, value: str) -> Mapping[str, str] | None:
        """One row of a code table."""
        return tables.attributes(table, value)

    def has_open_case(self) -> bool:
        """Nobody has."""
        return False


def kinds() -> tuple[CheckKind, ...]:
    """Every installed check, by name."""
    found = finder.ready(FormCheck.group)
    return tuple(CheckKind(name, one.title, one.help, one.takes, one.parameters) for name, one in found.items())


def kind_of(field: Field, column: str = "") -> AnswerKind | None:
    """What the answer of a field, or of a column of a table, is to a check; None for what no check takes."""
    if column:
        inner = field.column(column)
        if inner is None or not inner.is_number:
            return None
        return AnswerKind.MONEYS if inner.is_money else AnswerKind.NUMBERS
    if field.kind in _UNFIT:
        return None
    if field.kind is Kind.COMPUTED:
        return AnswerKind.MONEY if field.is_money else AnswerKind.NUMBER
    if field.rule in {"id_number", "uscc"}:
        return AnswerKind(field.rule)
    return _KINDS.get(field.kind, AnswerKind.TEXT)


def _field_of(definition: FormDefinition, name: str) -> tuple[Field | None, str]:
    top, _, column = name.partition(".")
    return definition.field(top), column


def offered(definition: FormDefinition, takes: Takes) -> list[tuple[str, str]]:
    """The fields and columns of a form that a check may look at there."""
    found = []
    for field in definition.fields:
        if kind_of(field) in takes.kinds:
            found.append((field.name, field.title))
        found += [
            (f"{field.name}.{column.name}", f"{field.title} · {column.title}")
            for column in field.columns
            if kind_of(field, column.name) in takes.kinds
        ]
    return found


def findings(schema: Any) -> tuple[Finding, ...]:
    """What is wrong with the checks of a sound form: a check that is not installed, fields that do not fit, settings that are missing."""
    try:
        definition = FormDefinition.from_schema(schema)
    except BadForm:
        return ()
    known = {kind.name: kind for kind in kinds()}
    tables = set(CodeTable.objects.values_list("code", flat=True)) if definition.checks else set()
    found: list[Finding] = []
    for at, wanted in enumerate(definition.checks, start=1):
        kind = known.get(wanted.check)
        reasons = [f"没有装上名为 {wanted.check} 的校验"] if kind is None else _faults(definition, wanted, kind, tables)
        found += [Finding("", f"第 {at} 条校验{f'“{kind.title}”' if kind else ''}：{reason}") for reason in reasons]
    return tuple(found)


def _faults(definition: FormDefinition, wanted: Wanted, kind: CheckKind, tables: set[str]) -> list[str]:
    reasons = []
    least = sum(not takes.is_optional for takes in kind.takes)
    if not least <= len(wanted.fields) <= len(kind.takes):
        reasons.append(f"请选齐要检查的字段（{'、'.join(takes.title for takes in kind.takes if not takes.is_optional)}）")
    for takes, name in zip(kind.takes, wanted.fields, strict=False):
        field, column = _field_of(definition, name)
        if field is None or kind_of(field, column) not in takes.kinds:
            reasons.append(f"“{field.title if field else name}”不能作为“{takes.title}”")
    given = dict(wanted.parameters)
    strange = sorted(given.keys() - {parameter.name for parameter in kind.parameters})
    reasons += [f"不认识的设置 {name}" for name in strange]
    for parameter in kind.parameters:
        text = given.get(parameter.name, "")
        if not text and not parameter.is_optional:
            reasons.append(f"请填写“{parameter.title}”")
        elif text and parameter.options and text not in dict(parameter.options):
            reasons.append(f"“{parameter.title}”没有 {text} 这一项")
        elif text and parameter.is_table and text not in tables:
            reasons.append(f"没有编号为 {text} 的代码表")
        elif text and parameter.is_number and not _is_number(text):
            reasons.append(f"“{parameter.title}”应为数字")
    return reasons


def _is_number(text: str) -> bool:
    try:
        return abs(float(text)) < 10**12
    except ValueError:
        return False


def run(definition: FormDefinition, values: Mapping[str, Any], around: Around, today: date) -> list[Outcome]:
    """What the form's checks say of checked values; a check whose fields are not all answered, or not asked, has nothing to say.

    A check that is not installed here, or breaks, is told as not known: an applicant never pays for it.
    """
    found = finder.ready(FormCheck.group) if definition.checks else {}
    asked = {field.name for field in definition.asked(values)}
    outcomes = []
    for wanted in definition.checks:
        plugin = cast("FormCheck | None", found.get(wanted.check))
        if plugin is None:
            outcomes.append(Outcome("", f"有一项校验（{wanted.check}）没有核对：本大厅没有装上它", is_unknown=True))
            continue
        answers = [_answered(definition, name, values, asked) for name in wanted.fields]
        if any(answer is None for answer in answers):
            continue
        question = CheckQuestion(_padded(answers, len(plugin.takes)), dict(wanted.parameters), today, around)
        outcome = _examined(wanted, plugin, question)
        if outcome is not None:
            outcomes.append(outcome)
    return outcomes


def _padded(answers: list[Answered | None], count: int) -> tuple[Answered | None, ...]:
    return (*answers, *(None for _ in range(count - len(answers))))[:count]


def _examined(wanted: Wanted, plugin: FormCheck, question: CheckQuestion) -> Outcome | None:
    first = question.answers[0].name.partition(".")[0] if question.answers and question.answers[0] else ""
    try:
        aside = Aside(question.around)
        asked = replace(question, around=aside)
        found: Found | None = breaker.of(wanted.check, SECONDS).call(lambda: plugin.examine(asked), aside=aside)
    except OSError:
        return Outcome(first, f"“{plugin.title}”没有核对：这项校验出了差错", is_unknown=True)
    if found is None:
        return None
    sentence = found.sentence if found.is_unknown or not wanted.message else wanted.message
    return Outcome(found.field or first, sentence, found.is_unknown)


def _answered(definition: FormDefinition, name: str, values: Mapping[str, Any], asked: set[str]) -> Answered | None:
    field, column = _field_of(definition, name)
    if field is None or field.name not in asked:
        return None
    kind, value = kind_of(field, column), values.get(field.name)
    if kind is None or value is None:
        return None
    if not column:
        return Answered(name, field.title, kind, value, shown_answer(field, value))
    inner = field.column(column)
    assert inner is not None
    numbers = [row[column] for row in value if column in row]
    return Answered(name, f"{field.title}的{inner.title}", kind, numbers)
