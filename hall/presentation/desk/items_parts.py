"""What the editor is made of: questions, lists of rows, and the pages that hold them."""

from dataclasses import dataclass, field

from hall.services.catalogue.naming import FIELDS


@dataclass(frozen=True, slots=True)
class Field:
    """One question. `kind`: text long number choice pick flag checks many lines; `options` are (value, words)."""

    name: str
    kind: str = "text"
    title: str = ""
    hint: str = ""
    optional: bool = False
    options: tuple[tuple[str, str], ...] = ()
    most: int | None = None
    rows: int = 3

    @property
    def is_wide(self) -> bool:
        return self.kind in {"long", "checks", "many", "lines"}


@dataclass(frozen=True, slots=True)
class Rows:
    """A list: each member is a row of fields; without fields a row is one text."""

    name: str
    one: str
    hint: str = ""
    fields: tuple[Field, ...] = ()
    most: int = 2000

    @property
    def title(self) -> str:
        return FIELDS[self.name]


@dataclass(frozen=True, slots=True)
class Section:
    """One page of the editor."""

    slug: str
    title: str
    lead: str
    parts: tuple[Field | Rows, ...] = field(default=())

    @property
    def names(self) -> frozenset[str]:
        """The elements that it asks for."""
        return frozenset(part.name.partition("-")[0] for part in self.parts) or frozenset({self.slug})
