"""Drawing the sample of 秒批 decisions, and how the hall says no around it. Pure."""

import hashlib

from hall.support.refusals import Conflict, Refusal

# 0000 of domain.md §10: the licence was found and is valid.
_VALID = "0000"


def drawn(seed: str, serial: str) -> int:
    """The lot of a case, 0 to 99; below the item's share it is looked at. Seed and number are kept: anybody can draw again."""
    return int(hashlib.sha256(f"{seed}:{serial}".encode()).hexdigest(), 16) % 100


def is_valid(code: str) -> bool:
    """Whether a licence's answer says that it is valid."""
    return str(code) == _VALID


class CheckedAlready(Conflict):
    sentence = "这件已经有同事抽查过。"


class NotWrong(Refusal):
    sentence = "抽查认为不该自动办理的，才能撤销。"
    status = 409


class RevokedAlready(Conflict):
    sentence = "这件的决定已经撤销。"
