"""A small register of people and organisations that do not exist, for trying the checks: `HALL_LOOKUP_SANDBOX=1`.

It knows the names in register.csv. Of anybody else it says nothing, as an empty register must: "not in it" would be taken for "wrong".
"""

import csv
from pathlib import Path
from typing import Self

from hall.integration.ports.lookup import LookupQuestion, Match, NameRegister
from hall.integration.ports.plugin import ReadSetting, Setting, SettingKind

_FILE = Path(__file__).with_name("register.csv")


class SandboxRegister(NameRegister):
    """Answers from a file."""

    name = "sandbox_register"
    title = "试用登记库"
    settings = (
        Setting(
            "HALL_LOOKUP_SANDBOX",
            "启用",
            SettingKind.CHOICE,
            "里面的人和单位都不存在，只给试用和演练；正式使用时关掉",
            default="0",
            choices=(("0", "关"), ("1", "开")),
        ),
    )

    def __init__(self) -> None:
        with _FILE.open(encoding="utf-8", newline="") as lines:
            self._names = {(row["register"], row["number"]): row["name"] for row in csv.DictReader(lines)}

    @classmethod
    def configured(cls, read: ReadSetting) -> Self | None:
        """Made only where HALL_LOOKUP_SANDBOX is 1: it must never stand in for a real register. Raises: ValueError."""
        given = read("HALL_LOOKUP_SANDBOX") or "0"
        if given not in {"0", "1"}:
            raise ValueError("HALL_LOOKUP_SANDBOX must be 0 or 1")
        return cls() if given == "1" else None

    def match(self, question: LookupQuestion) -> Match:
        """Whether the file has the number under this name."""
        known = self._names.get((question.register.value, question.number))
        if known is None:
            return Match.UNKNOWN
        return Match.YES if known == question.name else Match.NO
