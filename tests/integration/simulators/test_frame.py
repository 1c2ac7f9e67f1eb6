"""The frame of all simulators, tried on the text message gateway through the hall's own adapter."""

import http.client
from collections.abc import Iterator

import pytest

from hall.integration.adapters.http_sms import HttpSms
from hall.integration.adapters.http_sms.simulator import FAULTS, SmsGateway, run
from hall.integration.ports.message import Message, MessageRejected
from hall.integration.simulators.frame import KEY
from tests.ground.waiting import wait_until
from tests.make.simulators import running


@pytest.fixture
def gateway() -> Iterator[SmsGateway]:
    with running(SmsGateway()) as made:
        yield made


def send(gateway: SmsGateway, key: str = "moved:1") -> None:
    channel = HttpSms(url=gateway.url, key=KEY, step_seconds=0.3, whole_seconds=0.3)
    channel.send(Message(to="13812340000", subject="", text="您的办件<已受理>。", key=key))


def ask(gateway: SmsGateway, method: str, path: str, **headers: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection(*gateway.server_address)  # type: ignore[arg-type]
    connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    said = answer.status, answer.read().decode()
    connection.close()
    return said


def test_what_arrives_is_seen_on_the_page_and_cannot_write_into_it(gateway: SmsGateway) -> None:
    assert "还没有收到请求" in ask(gateway, "GET", "/")[1]
    send(gateway)
    send(gateway)
    status, shown = ask(gateway, "GET", "/")
    assert status == 200 and "您的办件&lt;已受理&gt;。" in shown and "<已受理>" not in shown
    assert "已送达" in shown and "已经送过，不再送" in shown
    assert len(gateway.texts) == 1


@pytest.mark.parametrize(("fault", "arrives"), [(one, one in {"slow", "lost", "duplicated"}) for one in FAULTS if one != "none"])
def test_each_fault_is_what_its_name_says(gateway: SmsGateway, fault: str, arrives: bool) -> None:
    assert ask(gateway, "POST", f"/faults/{fault}") == (200, "{}")
    if fault == "duplicated":
        send(gateway)
        send(gateway)
        assert [one.key for one in gateway.texts] == ["moved:1", "moved:1"]
        return
    with pytest.raises(MessageRejected if fault == "rejected" else OSError):
        send(gateway)
    gateway.ending.set()  # whoever waits goes on
    assert ask(gateway, "POST", "/faults/none")[0] == 200
    send(gateway, "moved:2")
    if arrives:
        wait_until(lambda: "moved:1" in [one.key for one in gateway.texts], seconds=5, what="the first text")
    assert len(gateway.texts) == 1 + arrives


def test_a_button_leads_back_to_the_page_and_a_foreign_page_pushes_none(gateway: SmsGateway) -> None:
    assert ask(gateway, "POST", "/faults/error", Accept="text/html")[0] == 303
    assert gateway.fault == "error"
    assert ask(gateway, "POST", "/faults/none", Origin="https://evil.example")[0] == 403
    assert ask(gateway, "GET", "/", Host="evil.example:80")[0] == 404
    assert ask(gateway, "POST", "/faults/no_such")[0] == 404
    assert gateway.fault == "error"


def test_another_key_and_a_body_that_nobody_understands_are_refused(gateway: SmsGateway) -> None:
    with pytest.raises(OSError, match="401"):
        HttpSms(url=gateway.url, key="another key of ours").send(Message("13812340000", "", "文", "k"))
    assert ask(gateway, "POST", "/send")[0] == 401
    assert not gateway.texts


@pytest.mark.parametrize("listen", ["0.0.0.0:8013", "8013", "127.0.0.1:x", "127.0.0.1:99999"])
def test_it_listens_on_this_machine_only(listen: str) -> None:
    with pytest.raises(SystemExit):
        run(["--listen", listen])
