"""接口账号 in the console: opened, rotated and revoked; the secret is on one page, once (§6)."""

import re

import pytest
from django.test import Client

from hall.support.access.actors import Role
from hall.support.access.scopes import Scope
from hall.support.identity import clients
from tests.make.machines import make_client, token_of
from tests.make.people import make_department, make_staff, signed_in

pytestmark = pytest.mark.django_db
FORM = {"title": "食品经营许可审批系统", "department_code": "SD02", "scopes": ["serials:issue", "cases:push"], "key": "k1"}


@pytest.fixture
def admin() -> Client:
    make_department()
    return signed_in(make_staff(Role.SYS_ADMIN))


def _secret(page: str) -> str:
    found = re.search(r'id="f-secret" value="([^"]{43})"', page)
    assert found is not None
    return found[1]


def test_a_client_is_opened_and_its_secret_shown_once(admin: Client) -> None:
    assert "还没有接口账号" in admin.get("/console/clients").content.decode()
    made = admin.post("/console/clients/new", FORM)
    secret = _secret(made.content.decode())
    assert made.status_code == 200 and "no-store" in made.headers["Cache-Control"]
    (row,) = clients.clients()
    assert row.title == FORM["title"] and row.scopes == ("cases:push", "serials:issue")
    for page in (admin.get(f"/console/clients/{row.row_id}"), admin.get("/console/clients")):
        assert row.client_id in page.content.decode() and secret not in page.content.decode()
    again = admin.post("/console/clients/new", FORM)
    assert again.status_code == 409 and "只显示一次" in again.content.decode() and len(clients.clients()) == 1


def test_a_new_secret_stands_beside_the_old_until_that_is_ended(admin: Client) -> None:
    made = make_client()
    place = f"/console/clients/{made.row_id}"
    page = admin.post(f"{place}/rotate", {"key": "k2"}).content.decode()
    fresh = clients.NewSecret(made.row_id, made.client_id, _secret(page))
    assert token_of(made) and token_of(fresh)
    refused = admin.post(f"{place}/rotate", {"key": "k3"})
    assert refused.status_code == 422 and "已有两个有效的密钥" in refused.content.decode()
    row = clients.client(made.row_id)
    assert row is not None
    ended = admin.post(f"{place}/secrets/{row.secrets[0].secret_id}/end", follow=True)
    assert "旧密钥已停用" in ended.content.decode()
    with pytest.raises(clients.ClientRefused):
        token_of(made)
    assert "已吊销" in admin.post(f"{place}/revoke", follow=True).content.decode()
    with pytest.raises(clients.ClientRefused):
        token_of(fresh)


@pytest.mark.parametrize(
    ("missing", "said"), [("title", "请填写系统名称。"), ("department_code", "请选择部门。"), ("scopes", "请至少选择一项权限。")]
)
def test_what_is_missing_is_said_and_the_rest_kept(admin: Client, missing: str, said: str) -> None:
    page = admin.post("/console/clients/new", {name: value for name, value in FORM.items() if name != missing})
    assert page.status_code == 422 and said in page.content.decode()
    assert missing == "title" or FORM["title"] in page.content.decode()
    assert clients.clients() == []


def test_what_is_not_there_is_not_there(admin: Client) -> None:
    row_id = make_client().row_id
    for path in (f"/console/clients/{2**70}", f"/console/clients/{row_id + 1}"):
        assert admin.get(path).status_code == 404
    assert admin.post(f"/console/clients/{row_id}/secrets/{2**70}/end").status_code == 404
    assert Scope.SERIALS_READ in admin.get("/console/clients/new").content.decode()
