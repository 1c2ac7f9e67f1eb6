"""窗口办件 in the personal space: numbers of counters and departments' systems, by their query code (§6.2)."""

import pytest
from django.test import Client

from hall.services.serials import outside, progress
from hall.services.serials.models import FollowedSerial
from hall.services.serials.rules import State
from hall.support.access.actors import Role
from tests.make.catalogue import make_item
from tests.make.people import NOW, make_citizen, signed_in, staff_actor

pytestmark = pytest.mark.django_db


def test_a_number_is_added_followed_and_taken_out() -> None:
    clerk, client = staff_actor(Role.CLERK), signed_in(make_citizen())
    taken = outside.issue_at_counter(actor=clerk, item_code=make_item(name="企业投资项目备案").code, applicant="", request_key="k", now=NOW)
    assert "还没有加入号码" in client.get("/my/serials").content.decode()
    added = client.post("/my/serials/follow", {"serial": taken.serial, "code": taken.query_code}, follow=True).content.decode()
    assert "企业投资项目备案" in added and "已受理" in added
    progress.record_state(actor=clerk, serial=taken.serial, event_id="e", state=State.DELIVERING, at=NOW, now=NOW)
    assert "待领取" in client.get("/my/serials").content.decode()
    assert "企业投资项目备案" not in signed_in(make_citizen()).get("/my/serials").content.decode()
    client.post(f"/my/serials/{taken.serial}/remove")
    assert not FollowedSerial.objects.exists()
    assert client.post(f"/my/serials/{taken.serial}/remove").status_code == 404


def test_wrong_and_unknown_get_one_sentence_and_guessing_ends_soon() -> None:
    clerk, client = staff_actor(Role.CLERK), signed_in(make_citizen())
    taken = outside.issue_at_counter(actor=clerk, item_code=make_item().code, applicant="", request_key="k", now=NOW)
    wrong = f"{(int(taken.query_code) + 1) % 1_000_000:06d}"
    unknown = "370000002202611235000993"

    def said(serial: str, code: str, by: Client = client) -> tuple[int, str]:
        answer = by.post("/my/serials/follow", {"serial": serial, "code": code})
        return answer.status_code, answer.content.decode()

    for serial, code, sentence in (
        (taken.serial, wrong, "没有找到：流水号或查询码不对，请对照回执核对。"),
        ("123", "1", "查询码是回执上的 6 位数字。"),
        (unknown, taken.query_code, "校验位不对"),
    ):
        status, page = said(serial, code)
        assert status == 422 and sentence in page
    statuses = [said(taken.serial, wrong)[0] for _ in range(progress.LOOKS)]
    assert statuses[-1] == 429
    assert said(taken.serial, taken.query_code, signed_in(make_citizen()))[0] == 429, "whoever asks: the number itself is shut for a while"
    assert not FollowedSerial.objects.exists()
