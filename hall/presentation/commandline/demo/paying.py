"""Fees in the demo world: one item takes an examination fee before its decision; one bill waits for its payer, one was paid at the window."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from hall.presentation.commandline.demo.days import Diary
from hall.presentation.commandline.demo.people import MARKET, Cast
from hall.services.catalogue import drafting, drafts
from hall.services.catalogue.flow_rules import FlowKind
from hall.services.payments import billing, settling
from hall.support.access.actors import Actor, Role
from hall.support.refusals import NotFound

ITEM = "370126020000"  # 特种设备作业人员资格认定
_FEES = (
    {"name": "理论考试费", "standard": "每人 60 元", "unit": "每人", "amount": "60", "collector": "126001", "fee_item": "103044901"},
    {"name": "实际操作考试费", "standard": "每人 180 元", "unit": "每人", "amount": "180", "reduction": "退役军人减半"},
)
# Kind, name, role, days of the promise.
_FLOW = (
    (FlowKind.SUBMIT, "申报", "applicant", 0),
    (FlowKind.ACCEPT, "受理", "clerk", 0),
    (FlowKind.REVIEW, "审查", "reviewer", 6),
    (FlowKind.PAY_FIRST, "缴考试费", "applicant", 0),
    (FlowKind.DECIDE, "决定", "reviewer", 2),
    (FlowKind.MAKE, "制证", "clerk", 0),
    (FlowKind.DELIVER, "送达", "clerk", 0),
)


def publish_fees(*, staff: Mapping[tuple[str, Role], Actor], now: datetime) -> bool:
    """The department writes its fees and flow into the item, the hall publishes it. False in a catalogue without the item."""
    clerk, admin = staff[MARKET, Role.CLERK], staff["", Role.SYS_ADMIN]
    try:
        draft_id = drafting.start_draft(actor=clerk, item_code=ITEM, now=now)
    except NotFound:
        return False
    found = drafts.draft_check(clerk, draft_id)
    assert found is not None
    basis = "《山东省特种设备作业人员考试收费标准》（示例）"
    changes = {
        "charged": True,
        "payable": True,
        "fee": "理论考试 60 元，实际操作考试 180 元",
        "fees": [{**fee, "basis": basis} for fee in _FEES],
        "leader_approval": False,
        "flow_steps": [{"name": name, "days": days, "kind": kind.value, "role": role} for kind, name, role, days in _FLOW],
    }
    saved = drafting.save_draft(actor=clerk, draft_id=draft_id, revision=found.row.revision, changes=changes, now=now)
    drafting.submit_draft(actor=clerk, draft_id=draft_id, revision=saved.revision, now=now)
    drafting.publish_draft(actor=admin, draft_id=draft_id, revision=saved.revision, now=now)
    return True


def take_fees(*, cast: Cast, review: Callable[[Actor, str, Diary], str], now: datetime) -> int:
    """Two cases of one citizen that came to their fee, the second paid at the window; returns how many cases that made."""
    if not publish_fees(staff=cast.staff, now=now - timedelta(days=12)):
        return 0
    for number in (0, 1):
        diary = Diary.from_days_ago(4 + number, now, 20 * number)
        serial = review(cast.citizen, ITEM, diary)
        bill_id = billing.open_due_bill(serial=serial, now=diary.later(minutes=2))
        if number and bill_id is not None:
            clerk = cast.staff[MARKET, Role.CLERK]
            settling.record_counter_payment(actor=clerk, bill_id=bill_id, receipt_number="POS-20261128-0031", now=diary.later(minutes=90))
    return 2
