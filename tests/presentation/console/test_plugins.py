"""The console's plugins: set up, tried, paused and let go on by an administrator, on pages that show no secret."""

from collections.abc import Iterator

import pytest
from django.test import Client

from hall.integration.plugins import breaker, finder
from hall.integration.plugins.models import Exchange, Plugin
from hall.support.access.actors import Role
from hall.support.audit import trail
from tests.make.messages import sms_gateway
from tests.make.people import make_department, make_staff, signed_in
from tests.make.plugins import KEY, URL, Strange, plugged, strange

pytestmark = pytest.mark.django_db
PAGE = "/console/plugins/licence/strange"
SECRET = "very-secret-shared-key"


@pytest.fixture
def admin() -> Client:
    return signed_in(make_staff(Role.SYS_ADMIN))


@pytest.fixture(autouse=True)
def _plugged() -> Iterator[None]:
    with strange():
        yield


def post(browser: Client, what: str, revision: int = 0, **form: object) -> tuple[int, str]:
    answer = browser.post(f"{PAGE}/{what}", {"revision": revision, "scope": "hall", **form}, HTTP_ORIGIN="http://testserver", follow=True)
    return answer.status_code, answer.content.decode()


def test_from_the_list_to_a_working_plugin_and_a_secret_that_is_never_shown(admin: Client) -> None:
    listed = admin.get("/console/plugins").content.decode()
    assert "外来的证照库" in listed and "没有设置" in listed
    assert "还没有设置" in admin.get(PAGE).content.decode()
    status, shown = post(admin, "settings", **{URL: "https://strange.example.cn/", KEY: SECRET, "HALL_STRANGE_NUMBER": "5"})
    assert status == 200 and "设置已保存" in shown and "（已设置）" in shown
    assert SECRET not in shown and 'value="https://strange.example.cn/"' in shown
    finder.refresh()
    assert finder.ready("hall.licence")["strange"].key == SECRET


def test_a_mistake_is_told_beside_its_field_and_what_was_typed_stays(admin: Client) -> None:
    status, shown = post(admin, "settings", **{URL: "https://10.0.0.8/x", KEY: SECRET})
    assert status == 422 and "内网地址" in shown and f'href="#f-{URL}"' in shown and 'value="https://10.0.0.8/x"' in shown
    assert SECRET not in shown and not Plugin.objects.exists()


def test_who_saves_what_somebody_else_changed_is_told(admin: Client) -> None:
    values = {URL: "https://strange.example.cn/", KEY: SECRET}
    post(admin, "settings", **values)
    assert post(admin, "settings", **{**values, "HALL_STRANGE_NUMBER": "6"})[0] == 409
    assert post(admin, "settings", revision="x", **values)[0] == 409  # type: ignore[arg-type]


def test_some_departments_only(admin: Client) -> None:
    make_department(code="SD02")
    values = {URL: "https://strange.example.cn/", KEY: SECRET, "scope": "departments"}
    assert "至少选择一个部门" in post(admin, "settings", **values)[1]
    assert post(admin, "settings", departments=["SD99"], **values)[0] == 422
    assert "设置已保存" in post(admin, "settings", departments=["SD02"], **values)[1]
    assert "1 个部门" in admin.get("/console/plugins").content.decode()


def test_a_pause_and_its_end(admin: Client) -> None:
    post(admin, "settings", **{URL: "https://strange.example.cn/", KEY: SECRET})
    assert "已暂停" in post(admin, "pause")[1]
    finder.refresh()
    assert finder.ready("hall.licence") == {}
    assert "已恢复" in post(admin, "resume")[1]
    finder.refresh()
    assert list(finder.ready("hall.licence")) == ["strange"]
    assert {"plugin.configured", "plugin.paused", "plugin.resumed"} <= {one.deed for one in trail.entries_before(limit=9)}


class Probed(Strange):
    name = "strange"

    def probe(self) -> str | None:
        if "down" in self.url:
            raise ConnectionRefusedError("10.9.8.7 says: 370102195603120816")
        return "有应答"


@pytest.mark.parametrize(
    ("url", "words", "outcome"),
    [("https://up.example.cn/", "有应答", "ok"), ("https://down.example.cn/", "连不上（ConnectionRefusedError）", "away")],
)
def test_a_try_says_what_came_of_it_and_is_in_the_record(
    admin: Client, monkeypatch: pytest.MonkeyPatch, url: str, words: str, outcome: str
) -> None:
    monkeypatch.setenv(URL, url)
    with plugged("hall.licence", Probed):
        status, shown = post(admin, "try")
        assert status == 200 and words in shown and "3701" not in shown
        row = Exchange.objects.get()
        assert (row.name, row.method, row.outcome) == ("strange", "probe", outcome)


def test_a_plugin_without_a_try_of_its_own_is_connected_to_and_private_addresses_are_not(
    admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sms_gateway() as gateway:
        monkeypatch.setenv(URL, f"http://127.0.0.1:{gateway.server_port}/x")
        breaker.forget()
        assert "端口连得上" in post(admin, "try")[1]
        monkeypatch.delenv(URL)
        Plugin.objects.all().delete()
        post(admin, "settings", **{URL: f"http://plain.localtest:{gateway.server_port}/", KEY: SECRET})
        # As if its name led to this machine: what the guard sees when it is resolved.
        monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: [(2, 1, 6, "", ("127.0.0.1", gateway.server_port))])
        shown = post(admin, "try")[1]
        assert "不允许连接" in shown
        assert gateway.visits == 0


def test_what_is_not_set_up_cannot_be_tried(admin: Client) -> None:
    status, shown = post(admin, "try")
    assert status == 409 and "先把它设置好" in shown


@pytest.mark.parametrize("path", ["licence/nobody", "nothing/strange", "simulator/licences", "licence/%E5%A5%BD"])
def test_what_is_not_installed_is_not_there(admin: Client, path: str) -> None:
    for deed in ("", "/settings", "/pause", "/resume", "/try"):
        ask = admin.post if deed else admin.get
        assert ask(f"/console/plugins/{path}{deed}", HTTP_ORIGIN="http://testserver").status_code == 404
