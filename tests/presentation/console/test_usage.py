"""How seats were used, for the department at its desk and for those who watch all of them; and the figures as a file (§5.3.1)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from hall.services.appointments.models import Schedule, Slot, SlotShare
from hall.support.access.actors import Role
from tests.make.appointments import make_bookable_item, make_coming_slot
from tests.make.people import make_staff, signed_in


@pytest.mark.django_db
def test_the_page_shows_the_departments_figures_and_gives_them_as_a_harmless_file() -> None:
    slot, today = make_coming_slot(seats=4, item=make_bookable_item(department_code="SD02")), timezone.localdate()
    Slot.objects.filter(schedule=slot.schedule_id).exclude(pk=slot.pk).update(day=today + timedelta(days=30))
    Slot.objects.filter(pk=slot.pk).update(day=today)
    SlotShare.objects.filter(slot=slot).update(taken=3)
    Schedule.objects.filter(pk=slot.schedule_id).update(name="=1+1")
    clerk, admin = signed_in(make_staff(Role.CLERK, department_code="SD02")), signed_in(make_staff(Role.SYS_ADMIN))
    for browser, path in ((clerk, "/desk/appointments/usage"), (admin, "/console/appointments/usage?department=SD02")):
        answer = browser.get(path)
        page = answer.content.decode()
        assert answer.status_code == 200, path
        assert "放出的 4 个号约出 3 个" in page and "75%" in page and "看数据表" in page
    other = signed_in(make_staff(Role.CLERK, department_code="SD21"))
    assert "这段时间没有放号" in other.get("/desk/appointments/usage?weeks=12").content.decode()
    file = admin.get("/console/appointments/usage?form=csv")
    assert file.headers["Content-Type"].startswith("text/csv") and "attachment" in file.headers["Content-Disposition"]
    lines = file.content.decode().splitlines()
    assert f"{today.isoformat()},4,3,0,0,0" in lines and any(",'=1+1," in line for line in lines)
