"""What the guided conversation looks things up in, and the choices that are offered everywhere. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from hall.services.catalogue.rows import BundlePage, BundleRow, ItemPage
from hall.services.guidance.dialogue_answers import Near
from hall.services.guidance.dialogue_state import Choice, clause
from hall.services.guidance.sheet import Sheet
from hall.services.guidance.tree import Tree

MOST_LOOKED_UP = 100
PERSON_HREF = "/ask/person"
PERSON = Choice("person", clause("c_person"), href=PERSON_HREF)
THEMES = Choice("themes", clause("c_themes"), href="/themes")


@dataclass(frozen=True, slots=True)
class Found:
    """What search makes of a sentence. `clear` is the code of the one item that is surely meant, else ""; `is_sure` is False where even
    the nearest are far off; `words` are the catalogue's words that were heard."""

    near: tuple[Near, ...] = ()
    clear: str = ""
    is_sure: bool = True
    is_readable: bool = True
    words: tuple[str, ...] = ()
    bundles: tuple[BundleRow, ...] = ()


class Library(Protocol):
    """Where the conversation looks things up. Whatever it gives is published."""

    hotline: str

    def find(self, sentence: str) -> Found: ...
    def near(self, codes: Sequence[str]) -> tuple[Near, ...]: ...
    def item(self, code: str) -> ItemPage | None: ...
    def bundle(self, code: str) -> BundlePage | None: ...
    def tree(self, kind: str, code: str) -> Tree | None: ...
    def sheet(self, kind: str, code: str, choices: dict[str, str]) -> Sheet | None: ...
