"""What a tree is checked against and applied to: the items behind it, as the catalogue publishes them now. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from hall.services.catalogue.queries import ItemVersionRow, MaterialRow
from hall.services.catalogue.rules import Necessity, Word
from hall.support.formrules.definition import BadForm, FormDefinition
from hall.support.formrules.fields import Option
from hall.support.formrules.vocabulary import OPTION_KINDS, Kind

_YES_NO = (Option("yes", "是"), Option("no", "否"))
_NEVER_FILLED = {
    *(Kind.PROMISE, Kind.ID_NUMBER, Kind.MOBILE, Kind.USCC),
    *(Kind.TABLE, Kind.DATE_RANGE, Kind.SIGNATURE, Kind.FILE, Kind.COMPUTED, Kind.NOTE),
}
# Brought by everybody whose variant asks for it; the others only where an answer says so.
BASE = frozenset({Necessity.REQUIRED.value, Necessity.DEFERRABLE.value})


class Kinds(Word):
    """What a guide is for"""

    ITEM = "item", "事项"
    BUNDLE = "bundle", "一件事"


@dataclass(frozen=True, slots=True)
class MaterialFact:
    """A material by its reference in the tree. `variants` are references; empty: of all."""

    ref: str
    item: str
    name: str
    is_base: bool
    variants: tuple[str, ...]
    row: MaterialRow


@dataclass(frozen=True, slots=True)
class VariantFact:
    """业务办理项 by its reference."""

    ref: str
    item: str
    name: str


@dataclass(frozen=True, slots=True)
class FieldFact:
    """A field of the application form that a guide may fill; without `options` it takes any words."""

    ref: str
    title: str
    options: tuple[Option, ...]
    is_many: bool


@dataclass(frozen=True)
class Facts:
    """Everything that a tree may name. `others` are codes of further items that exist and are listed."""

    kind: Kinds
    code: str
    name: str
    versions: tuple[ItemVersionRow, ...]
    others: frozenset[str] = frozenset()

    def ref(self, item: str, key: str) -> str:
        """How the tree names a key of an item."""
        return key if self.kind == Kinds.ITEM else f"{item}.{key}"

    def of_item(self, ref: str) -> tuple[str, str]:
        """The item and the plain key behind a reference."""
        item, dot, key = ref.partition(".")
        return (item, key) if dot else (self.code, ref)

    @cached_property
    def materials(self) -> dict[str, MaterialFact]:
        """Materials by reference, in the items' order."""
        return {fact.ref: fact for version in self.versions for fact in self._materials(version)}

    def _materials(self, version: ItemVersionRow) -> Iterator[MaterialFact]:
        for row in version.materials:
            variants = tuple(self.ref(version.code, key) for key in row.variants)
            yield MaterialFact(self.ref(version.code, row.key), version.code, row.name, row.necessity in BASE, variants, row)

    @cached_property
    def variants(self) -> dict[str, VariantFact]:
        """Variants by reference."""
        rows = [(version.code, variant) for version in self.versions for variant in version.variants]
        return {(ref := self.ref(item, row.key)): VariantFact(ref, item, row.name) for item, row in rows}

    @cached_property
    def fields(self) -> dict[str, FieldFact]:
        """Fields of the application forms by reference; of several forms of an item the options are joined."""
        found: dict[str, FieldFact] = {}
        for version in self.versions:
            for schema in version.form_schemas.values():
                try:
                    definition = FormDefinition.from_schema(schema)
                except BadForm:
                    continue
                for field in definition.fields:
                    if field.is_locked or field.kind in _NEVER_FILLED or field.mask:
                        continue
                    options = _YES_NO if field.kind is Kind.YES_NO else field.options if field.kind in OPTION_KINDS else ()
                    ref = self.ref(version.code, field.name)
                    known = found[ref].options if ref in found else ()
                    found[ref] = FieldFact(ref, field.title, tuple(dict.fromkeys((*known, *options))), field.kind is Kind.MULTI)
        return found

    @cached_property
    def items(self) -> dict[str, str]:
        """Names of the items by code, in doing order."""
        return {version.code: version.name for version in self.versions}
