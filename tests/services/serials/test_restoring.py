"""After a restore no number is given again: every counter of today starts beyond what the backup cannot know (§6.2)."""

import pytest

from hall.presentation.commandline.parser import _parser
from hall.services.serials import commands, restoring, rules
from hall.services.serials.models import SerialCounter
from hall.services.serials.rules import Channel
from hall.support.access.actors import NotAllowed
from tests.make.people import NOW, SYSTEM, citizen_actor, make_department

pytestmark = pytest.mark.django_db


def issue(request_id: str, channel: Channel = Channel.WEB) -> int:
    serial = commands.issue(division_code="370000", department_number=2, channel=channel, request_id=request_id, now=NOW)
    return int(serial[18:23])


def test_every_counter_of_today_moves_also_where_the_backup_has_none() -> None:
    make_department(code="SD02")
    assert issue("before") == 1
    moved = restoring.move_ahead(actor=SYSTEM, head_room=500, now=NOW)
    assert moved == restoring.MovedAhead(len(Channel), ())
    assert issue("after") == 502
    assert issue("other", Channel.WINDOW) == 501, "lost with the backup: the counter did not exist in it"
    assert issue("before") == 1, "what the backup knows is told again"


def test_where_the_day_has_not_enough_left_nothing_is_given_until_tomorrow() -> None:
    make_department(code="SD02")
    SerialCounter.objects.create(division_code="370000", department_number=2, issued_on=NOW.date(), channel=Channel.WEB, last=95_000)
    assert restoring.move_ahead(actor=SYSTEM, now=NOW).used_up == ((2, Channel.WEB),)
    with pytest.raises(rules.SerialsUsedUp):
        issue("after")


def test_it_is_the_operators_command() -> None:
    with pytest.raises(NotAllowed):
        restoring.move_ahead(actor=citizen_actor(), now=NOW)
    assert _parser().parse_args(["serials", "after-restore"]).head_room == restoring.HEAD_ROOM
    for wrong in ("0", "100000", "-1", "many"):
        with pytest.raises(SystemExit):
            _parser().parse_args(["serials", "after-restore", "--head-room", wrong])
