"""The checks over several fields of a form in the making, as rows of inputs, and back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hall.presentation.design.form_texts import Texts, text_of
from hall.services.forms import checking, tables
from hall.services.forms.checking import CheckKind
from hall.support.formrules.definition import BadForm, FormDefinition


@dataclass(frozen=True, slots=True)
class Choice:
    """One setting or field of a check: the name of its input, its title and present value; with `options` one of them is chosen."""

    name: str
    title: str
    hint: str
    value: str
    options: tuple[tuple[str, str], ...]
    is_chosen: bool
    is_optional: bool


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One check of the form; `kind` is None where it is not installed here."""

    place: int
    check: str
    kind: CheckKind | None
    choices: tuple[Choice, ...]
    message: str


class CheckForm:
    """The checks of one form by their inputs `check.<place>.<part>`."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        given = schema.get("x-checks")
        self.stored: list[dict[str, Any]] = [one for one in given if isinstance(one, dict)] if isinstance(given, list) else []
        self.kinds = {kind.name: kind for kind in checking.kinds()}
        # The checks themselves may be what is wrong: fields are offered from the form without them.
        bare = {key: value for key, value in schema.items() if key != "x-checks"}
        try:
            self.definition: FormDefinition | None = FormDefinition.from_schema(bare)
        except BadForm:
            self.definition = None

    def rows(self) -> list[CheckRow]:
        """What the page shows. One SQL query where a check wants a code table."""
        return [self._row(at, stored) for at, stored in enumerate(self.stored)]

    def _row(self, at: int, stored: Mapping[str, Any]) -> CheckRow:
        check = text_of(stored.get("check"))
        kind = self.kinds.get(check)
        return CheckRow(at, check, kind, tuple(self._choices(at, stored, kind)) if kind else (), text_of(stored.get("message")))

    def _choices(self, at: int, stored: Mapping[str, Any], kind: CheckKind) -> list[Choice]:
        head, found = f"check.{at}.", []
        fields, given = list(stored.get("fields", ())), stored.get("with", {})
        for place, takes in enumerate(kind.takes):
            value = text_of(fields[place]) if place < len(fields) else ""
            options = tuple(checking.offered(self.definition, takes)) if self.definition else ((value, value),)
            found.append(Choice(f"{head}field.{place}", takes.title, "", value, options, True, takes.is_optional))
        for parameter in kind.parameters:
            options = tuple(tables.titles()) if parameter.is_table else parameter.options
            value = text_of(given.get(parameter.name))
            is_chosen = parameter.is_table or bool(options)
            found.append(
                Choice(f"{head}with.{parameter.name}", parameter.title, parameter.hint, value, options, is_chosen, parameter.is_optional)
            )
        return found

    def read(self, sent: Texts, add: str) -> list[dict[str, Any]]:
        """The checks as they were written, one more at the end where `add` names an installed one."""
        kept = []
        for at, stored in enumerate(self.stored):
            head = f"check.{at}."
            if sent.get(f"{head}drop") == "1":
                continue
            kind = self.kinds.get(text_of(stored.get("check")))
            kept.append(self._read_one(head, stored, kind, sent) if kind else stored)
        if add in self.kinds:
            kept.append({"check": add, "fields": []})
        return kept[:40]

    def _read_one(self, head: str, stored: dict[str, Any], kind: CheckKind, sent: Texts) -> dict[str, Any]:
        fields = [sent.get(f"{head}field.{place}", "") for place in range(len(kind.takes))]
        given = {
            parameter.name: text for parameter in kind.parameters if (text := sent.get(f"{head}with.{parameter.name}", "").strip()[:200])
        }
        message = sent.get(f"{head}message", "").strip()[:300]
        one: dict[str, Any] = {"check": stored["check"], "fields": list(dict.fromkeys(name[:81] for name in fields if name))}
        return {**one, **({"with": given} if given else {}), **({"message": message} if message else {})}
