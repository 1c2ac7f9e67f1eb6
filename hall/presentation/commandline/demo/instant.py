"""秒批 in the demo world: one item with a published condition and flow; whatever is handed in for it is decided by rule and looked at."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from hall.presentation.commandline.demo.days import Diary
from hall.presentation.commandline.demo.people import MARKET
from hall.services.catalogue import draft_flow, drafting, drafts
from hall.support.access.actors import Actor, Role
from hall.support.refusals import NotFound

ITEM = "371026001000"  # 企业歇业备案, decided on the spot, wholly online


def publish_rules(*, staff: Mapping[tuple[str, Role], Actor], now: datetime) -> bool:
    """The department writes flow and condition into its item, the hall publishes it. False in a catalogue without the item."""
    clerk, admin = staff[MARKET, Role.CLERK], staff["", Role.SYS_ADMIN]
    try:
        draft_id = drafting.start_draft(actor=clerk, item_code=ITEM, now=now)
    except NotFound:
        return False
    found = drafts.draft_check(clerk, draft_id)
    assert found is not None
    changes = {
        "leader_approval": False,
        "flow_steps": draft_flow.usual_steps({**found.line, "leader_approval": False}),
        "instant_rules": [{"fact": "fact:materials"}],
        "instant_share": 100,
    }
    saved = drafting.save_draft(actor=clerk, draft_id=draft_id, revision=found.row.revision, changes=changes, now=now)
    drafting.submit_draft(actor=clerk, draft_id=draft_id, revision=saved.revision, now=now)
    drafting.publish_draft(actor=admin, draft_id=draft_id, revision=saved.revision, now=now)
    return True


def apply_by_rule(*, staff: Mapping[tuple[str, Role], Actor], submit: Callable[[str, Diary], object], now: datetime) -> int:
    """Two applications for the item, which the jobs then decide; returns how many cases that made."""
    if not publish_rules(staff=staff, now=now - timedelta(days=3)):
        return 0
    for minute in (5, 25):
        submit(ITEM, Diary.from_days_ago(1, now, minute))
    return 2
