"""Reminders before a material ends: each once, to whom it concerns (§5.5.3)."""

from datetime import datetime, timedelta
from functools import partial

import pytest

from hall.services.materials import commands, jobs
from hall.services.materials.models import Version
from hall.services.notices import queries as notices
from hall.services.notices import rules as notice_rules
from hall.support.access.actors import Actor
from hall.support.jobs import queue
from tests.make import people
from tests.make.crowds import at_once
from tests.make.materials import make_material, paper
from tests.make.people import NOW

pytestmark = pytest.mark.django_db


def _told(actor: Actor, *, days: int) -> list[str]:
    """Let the day come, twice, and read the titles and bodies that are there."""
    for _ in range(2):
        jobs.remind_of_ending(now=NOW + timedelta(days=days))
    queue.run_due_now()
    assert actor.account_id is not None
    return [f"{row.title} {row.body} {row.link}" for row in notices.notices_of(actor.account_id)]


def test_the_holder_is_told_thirty_and_seven_days_before_and_on_the_last_day() -> None:
    zhang = people.citizen_actor()
    row = make_material(zhang, valid_until="2027-01-31")
    assert _told(zhang, days=0) == []
    (first,) = _told(zhang, days=40)
    assert "材料快到期：租赁合同" in first and "1 月 31 日到期，还有 29 天" in first and first.endswith(f"/my/materials/{row.material_id}")
    assert len(_told(zhang, days=45)) == 1
    assert "还有 7 天" in _told(zhang, days=62)[0] and len(_told(zhang, days=65)) == 2
    assert "今天到期" in _told(zhang, days=69)[0] and len(_told(zhang, days=90)) == 3


def test_what_was_missed_for_weeks_is_told_once_and_a_new_version_begins_anew() -> None:
    zhang = people.citizen_actor()
    row = make_material(zhang, valid_until="2026-11-28")
    assert len(_told(zhang, days=1)) == 1
    commands.replace_material(actor=zhang, material_id=row.material_id, number=1, files=[paper("New")], valid_until="2026-12-20", now=NOW)
    assert len(_told(zhang, days=2)) == 2


def test_everybody_who_acts_for_an_enterprise_is_told_and_led_to_act_for_it() -> None:
    company = people.enterprise_actor()
    assert company.enterprise_id is not None
    colleague = people.make_citizen(name="王工")
    people.make_agency(company.enterprise_id, colleague)
    row = make_material(company, valid_until="2026-12-01")
    for reader in (company, people.actor_for(colleague)):
        (told,) = _told(reader, days=0)
        assert "济南泉城餐饮有限公司材料库里的" in told and told.endswith(f"/my/enterprises?next=/my/materials/{row.material_id}")


def test_nothing_is_told_of_what_has_no_end_or_has_ended_or_is_an_old_version() -> None:
    zhang = people.citizen_actor()
    make_material(zhang, text="endless")
    over = make_material(zhang, name="过期的", text="over", valid_until="2026-12-01")
    Version.objects.filter(pk=over.version_id).update(valid_until=NOW.date() - timedelta(days=1))
    old = make_material(zhang, name="换过的", text="old", valid_until="2026-12-01")
    commands.replace_material(actor=zhang, material_id=old.material_id, number=1, files=[paper("newer")], valid_until="", now=NOW)
    assert _told(zhang, days=0) == []


def test_a_mail_without_a_case_names_no_number() -> None:
    text = notice_rules.mail_text(hall_name="大厅", body="快到期", serial="", address="https://x", hotline="12345")
    assert "流水号" not in text and "查看详情：https://x" in text


def _remind(version: Version, now: datetime) -> bool:
    return jobs._remind(version, now)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_several_workers_at_once_tell_once() -> None:
    zhang = people.citizen_actor()
    for round_ in range(6):
        row = make_material(zhang, name=f"第{round_}份", text="same", valid_until="2026-12-01")
        version = Version.objects.select_related("material__space").get(pk=row.version_id)
        assert at_once([partial(_remind, version, NOW)] * 4).count(True) == 1
