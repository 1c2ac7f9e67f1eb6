"""The states of a case and their words (domain.md §4.1). Pure."""

from enum import StrEnum


class CaseState(StrEnum):
    """办件状态, domain.md §4.1. Drafts live in applications and never become rows here."""

    SUBMITTED = "submitted"
    PRE_REVIEW = "pre_review"
    RECEIVED = "received"
    CORRECTION = "correction"
    ACCEPTED = "accepted"
    NOT_ACCEPTED = "not_accepted"
    RETURNED = "returned"
    SPECIAL = "special"
    REVIEWING = "reviewing"
    HEARING = "hearing_notice"
    PAYMENT = "payment"  # 待缴费, before the decision or after it; the case then goes on from where it was
    DECIDED = "decided"
    PRINTING = "printing"
    DELIVERING = "delivering"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    VOID = "void"


S = CaseState
END_STATES = frozenset({S.NOT_ACCEPTED, S.RETURNED, S.CLOSED, S.WITHDRAWN, S.VOID})
OPEN_STATES = frozenset(S) - END_STATES
BEFORE_ACCEPTANCE = frozenset({S.SUBMITTED, S.PRE_REVIEW, S.RECEIVED})
AFTER_DECISION = frozenset({S.DECIDED, S.PRINTING, S.DELIVERING})
PAUSED_STATES = frozenset({S.CORRECTION, S.SPECIAL, S.HEARING, S.PAYMENT})

# The words of the public pages (design/README §6) and those of the desk, which names the department's step.
STATE_NAMES: dict[CaseState, str] = {
    S.SUBMITTED: "待受理",
    S.PRE_REVIEW: "预审中",
    S.RECEIVED: "已收件",
    S.CORRECTION: "待您补正",
    S.ACCEPTED: "已受理",
    S.NOT_ACCEPTED: "不予受理",
    S.RETURNED: "已退件",
    S.SPECIAL: "特别程序中",
    S.REVIEWING: "审查中",
    S.HEARING: "听证中",
    S.PAYMENT: "待缴费",
    S.DECIDED: "已决定",
    S.PRINTING: "制证中",
    S.DELIVERING: "待领取",
    S.CLOSED: "已办结",
    S.WITHDRAWN: "已撤回",
    S.VOID: "已终止",
}
DESK_STATE_NAMES: dict[CaseState, str] = {**STATE_NAMES, S.CORRECTION: "补正", S.SUBMITTED: "待预审", S.DELIVERING: "送达"}


class CloseKind(StrEnum):
    """办结方式."""

    GRANTED = "granted"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"
    VOID = "void"
    NOT_ACCEPTED = "not_accepted"
    RETURNED = "returned"


CLOSE_NAMES: dict[str, str] = {
    "granted": "准予",
    "denied": "不予许可",
    "withdrawn": "申请人撤回",
    "void": "终止",
    "not_accepted": "不予受理",
    "returned": "退件",
}
