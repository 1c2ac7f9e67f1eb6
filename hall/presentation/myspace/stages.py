"""Five stages in which people see a case: handed in, accepted, reviewed, decided, delivered."""

from hall.services.cases.rows import CaseRow
from hall.services.cases.rules import CaseState as S

NAMES = ("提交", "受理", "审查", "决定", "送达")
_AT = {
    S.SUBMITTED: 1, S.PRE_REVIEW: 1, S.RECEIVED: 1, S.CORRECTION: 1, S.ACCEPTED: 2, S.REVIEWING: 2, S.SPECIAL: 2, S.HEARING: 2, S.PAYMENT: 3,
    S.DECIDED: 4, S.PRINTING: 4, S.DELIVERING: 4, S.CLOSED: 5,
}  # fmt: skip

YOUR_TURN = frozenset({S.CORRECTION, S.PAYMENT})


def stage_number(state: S) -> int:
    """Which of the five stages the case is in, 0 to 4; 5 when all are done."""
    return _AT.get(state, 1)


def stages_of(row: CaseRow) -> list[tuple[str, str]]:
    """Names with their tone for the small progress bar: "" to come, done, now, act (the applicant's turn), end (all done)."""
    at = stage_number(row.state)
    if at == len(NAMES):
        return [(name, "end") for name in NAMES]
    present = "act" if row.state in YOUR_TURN else ("now" if row.closed_at is None else "")
    tones = ["done" if place < at else (present if place == at else "") for place in range(len(NAMES))]
    return list(zip(NAMES, tones, strict=True))


def tone_of(row: CaseRow) -> str:
    """How the state's word is coloured: run, act, ok, bad."""
    if row.state in YOUR_TURN:
        return "act"
    if row.state is S.CLOSED:
        return "ok" if row.close_kind == "granted" else "bad"
    return "bad" if row.closed_at else "run"
