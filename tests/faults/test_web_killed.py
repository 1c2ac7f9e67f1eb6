"""kill -9 of web processes in the middle of submissions: what was acknowledged is there, whole, once (trust.md §5, 1)."""

import time

from bench.served import Served
from hall.services.cases.models import CaseStep
from tests.faults.ledger import Ledger, faults
from tests.faults.submitters import Submitters, hand_in, make_ready

KILLS = 2


def test_acknowledged_submissions_survive_killed_web_processes(hall: Served) -> None:
    drafts = make_ready(90)
    with Submitters(hall.address, drafts, pause=0.03) as crowd:
        for _ in range(KILLS):
            crowd.wait_for(crowd.ledger.acknowledgements + 20)
            assert hall.kill_web()
            time.sleep(1)
        ledger = crowd.finish()
    assert ledger.lost > 0, "nobody was hit: the fault did not happen"
    assert set(ledger.told) == {draft.draft_id for draft in drafts}
    assert faults(ledger, ledger.told) == []
    hall.wait_for("/healthz", 200)
    for draft in drafts[:20]:  # asked again, as after a lost answer: the same number
        assert hand_in(hall.address, draft, ledger)
    assert faults(ledger, ledger.told) == []


def test_the_comparison_notices_what_is_lost_doubled_or_half_there(hall: Served) -> None:
    """The control: a record and a database that disagree must not pass."""
    (first, second, third) = make_ready(3)
    ledger = Ledger()
    assert hand_in(hall.address, first, ledger) and hand_in(hall.address, second, ledger)
    assert faults(ledger, ledger.told) == []
    lost = Ledger(told={**ledger.told, third.draft_id: ["370000013202611231000018"]})
    assert len(faults(lost, lost.told)) == 1
    doubled = Ledger(told={first.draft_id: [*ledger.told[first.draft_id], "370000013202611231000026"]})
    assert len(faults(doubled, ledger.told)) == 1
    CaseStep.objects.filter(case__serial=ledger.told[second.draft_id][0]).delete()
    assert len(faults(ledger, ledger.told)) == 1
