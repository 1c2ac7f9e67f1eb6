"""The far side for the conformance test: the register is its own, and cannot misbehave."""

from collections.abc import Mapping
from typing import Self


class Rig:
    """Whom register.csv knows."""

    settings: Mapping[str, str] = {"HALL_LOOKUP_SANDBOX": "1"}
    known = ("person", "王建国", "370102198506151235")
    unknown = "370102195603120816"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *fault: object) -> None:
        pass

    def misbehave(self, kind: str) -> bool:
        """It has no faults."""
        return kind == "none"
