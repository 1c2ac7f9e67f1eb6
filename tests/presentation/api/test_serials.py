"""Serial numbers through the machine door: token, numbers, blocks, look-up, states; each answer as documented (§6.2)."""

import base64
import json
import re
from typing import Any

import jsonschema
import pytest
from django.test import Client
from django.utils import timezone

from hall.presentation.api import machines
from hall.presentation.api.urls import door
from hall.presentation.commandline.places import ROOT
from hall.services.serials.models import IssuedSerial
from hall.support.access.scopes import Scope
from hall.support.identity import clients
from tests.make.cases import make_case
from tests.make.machines import bearer, make_client
from tests.make.people import SYSTEM, make_citizen, signed_in

pytestmark = pytest.mark.django_db
TOKEN, SERIALS = "/api/v1/oauth/token", "/api/v1/serials"


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(door.api.get_openapi_schema()))
    return found


def _matches(document: dict[str, Any], path: str, method: str, response: Any) -> Any:
    responses = document["paths"][path][method]["responses"]
    assert str(response.status_code) in responses, f"{path} answers {response.status_code}, which is not documented: {response.content!r}"
    schema = responses[str(response.status_code)]["content"]["application/json"]["schema"]
    jsonschema.Draft202012Validator({**schema, "components": document["components"]}).validate(response.json())
    assert "no-store" in response.headers["Cache-Control"], "nothing of a machine's is kept by anybody on the way"
    return response.json()


def _post(path: str, body: Any, headers: dict[str, str]) -> Any:
    text = body if isinstance(body, str) else json.dumps(body)
    return Client().post(path, text, content_type="application/json", headers=headers)


def _ask_token(**form: str) -> Any:
    return Client().post(TOKEN, {"grant_type": "client_credentials", **form})


def test_a_secret_buys_a_token_in_the_form_or_in_the_header(document: dict[str, Any]) -> None:
    made = make_client()
    answer = _matches(document, TOKEN, "post", _ask_token(client_id=made.client_id, client_secret=made.secret, scope="serials:read"))
    assert (answer["token_type"], answer["expires_in"], answer["scope"]) == ("Bearer", 1800, "serials:read")
    basic = base64.b64encode(f"{made.client_id}:{made.secret}".encode()).decode()
    by_header = Client().post(TOKEN, {"grant_type": "client_credentials"}, headers={"authorization": f"Basic {basic}"})
    assert _matches(document, TOKEN, "post", by_header)["scope"].split() == sorted(Scope)


def test_no_token_for_what_is_wrong(document: dict[str, Any]) -> None:
    made = make_client(scopes=[Scope.SERIALS_READ])
    right = {"client_id": made.client_id, "client_secret": made.secret}
    for form, status, said in (
        ({**right, "client_secret": "wrong"}, 401, "接口账号或密钥不对。"),
        ({}, 401, "接口账号或密钥不对。"),
        ({**right, "grant_type": "password"}, 400, "grant_type 只支持 client_credentials。"),
        ({**right, "scope": "serials:issue"}, 400, "申请的权限超出了这个接口账号的范围。"),
        ({**right, "more": "x" * 9000}, 413, "请求内容太大，请分几次发送。"),
        ({**right, "client_id": "y" * 200}, 422, "client_id 填写不对。"),
    ):
        response = _ask_token(**form)
        assert (response.status_code, _matches(document, TOKEN, "post", response)["error"]["sentence"]) == (status, said)
        assert status != 401 or response.headers["WWW-Authenticate"].startswith("Bearer")
    broken = Client().post(TOKEN, {"grant_type": "client_credentials"}, headers={"authorization": "Basic %%%"})
    assert broken.status_code == 401


def test_a_department_takes_numbers_looks_them_up_and_tells_how_far_they_are(document: dict[str, Any]) -> None:
    headers = bearer()
    first = _post(SERIALS, {"request_id": "r1"}, headers)
    number = _matches(document, SERIALS, "post", first)
    assert _post(SERIALS, {"request_id": "r1"}, headers).content == first.content
    assert number["title"] == "统一申办流水号" and number["grouped"].replace("-", "") == number["serial"]
    batch = _post(f"{SERIALS}/batch", {"channel": "window", "requests": [{"request_id": f"w{row}"} for row in range(3)]}, headers)
    numbers = _matches(document, f"{SERIALS}/batch", "post", batch)["numbers"]
    assert [one["serial"][18:23] for one in numbers] == ["00001", "00002", "00003"] and numbers[0]["title"] == "统一受理回执号"
    at = timezone.now().isoformat()
    told = _post(f"{SERIALS}/{number['serial']}/states", {"event_id": "e1", "state": "reviewing", "at": at}, headers)
    assert _matches(document, f"{SERIALS}/{{serial}}/states", "post", told)["state_name"] == "审查中"
    seen = _matches(document, f"{SERIALS}/{{serial}}", "get", Client().get(f"{SERIALS}/{number['grouped']}", headers=headers))
    assert (seen["is_valid"], seen["is_own"], seen["state"], seen["department"], seen["channel"]) == (
        True,
        True,
        "reviewing",
        "SD02",
        "部门业务系统",
    )
    public = Client().get("/progress", {"serial": number["serial"], "code": number["query_code"]})
    assert public.status_code == 200 and "审查中" in public.content.decode(), "the public sees it at once"
    wrong = _matches(document, f"{SERIALS}/{{serial}}", "get", Client().get(f"{SERIALS}/123", headers=headers))
    assert (wrong["is_valid"], wrong["is_issued"], wrong["fault"]) == (False, False, "流水号应为 24 位数字，现在是 3 位。")


def test_a_block_is_taken_along_and_told_about(document: dict[str, Any]) -> None:
    headers = bearer()
    wanted = {"request_id": "b1", "count": 3, "counter": "3 号窗口"}
    block = _matches(document, f"{SERIALS}/blocks", "post", _post(f"{SERIALS}/blocks", wanted, headers))
    first, second, _ = (one["serial"] for one in block["numbers"])
    place = f"{SERIALS}/blocks/{block['block']}/report"
    report = {"used": [{"serial": first, "used_at": timezone.now().isoformat()}], "returned": [second]}
    state = _matches(document, f"{SERIALS}/blocks/{{block}}/report", "post", _post(place, report, headers))
    assert state == {"block": block["block"], "issued": 1, "reserved": 1, "returned": 1, "lapsed": 0}
    assert _post(f"{SERIALS}/blocks/{2**70}/report", report, headers).status_code == 404


def test_a_web_case_is_told_to_the_system_of_its_own_department_alone(document: dict[str, Any]) -> None:
    serial = make_case(state="accepted", now=timezone.now()).serial
    own, other = (Client().get(f"{SERIALS}/{serial}", headers=bearer(department_code=code)) for code in ("SD02", "SD33"))
    seen = _matches(document, f"{SERIALS}/{{serial}}", "get", own)
    assert (seen["state_name"], seen["channel"], seen["is_own"]) == ("已受理", "网上申报", True)
    hidden = _matches(document, f"{SERIALS}/{{serial}}", "get", other)
    assert (hidden["is_issued"], hidden["state"], hidden["item"], hidden["is_own"]) == (True, "", "", False)


@pytest.mark.parametrize(
    ("path", "body", "status", "said"),
    [
        ("", {"request_id": "r 1"}, 422, "request_id 为 1 至 64 位"),
        ("", {"request_id": "r1", "channel": "web"}, 422, "channel 填写不对。"),
        ("", {"request_id": "r1", "department": "SD33"}, 422, "department 填写不对。"),
        ("", {"request_id": "r1", "item": "\0"}, 422, "不是本部门已公布的事项"),
        ("", "{", 400, "请求内容不是正确的 JSON。"),
        ("", {"request_id": "\ud800"}, 422, "request_id"),
        ("/batch", {"requests": []}, 422, "requests 为 1 至 100 项。"),
        ("/batch", {"requests": [{"request_id": "a"}] * 2}, 422, "不能重复"),
        ("/batch", {"requests": [{"request_id": f"a{row}"} for row in range(101)]}, 422, "requests 为 1 至 100 项。"),
        ("/blocks", {"request_id": "b", "count": 501, "counter": "3"}, 422, "count 为 1 至 500 的整数。"),
        ("/blocks", {"request_id": "b", "count": 1, "counter": " "}, 422, "counter 请填窗口名称"),
        ("/370000002202611235000014/states", {"event_id": "e", "state": "closed", "at": "2026-11-23T09:00:00+08:00"}, 404, "不是本部门"),
        ("/x/states", {"event_id": "e", "state": "done", "at": "2026-11-23T09:00:00+08:00"}, 422, "state 填写不对。"),
        ("", {"request_id": "r1", "item": "9" * 300_000}, 413, "请求内容太大"),
    ],
)
def test_bad_requests_get_a_sentence_and_change_nothing(document: dict[str, Any], path: str, body: Any, status: int, said: str) -> None:
    response = _post(SERIALS + path, body, bearer())
    assert (response.status_code, said in response.json()["error"]["sentence"]) == (status, True), response.json()
    assert not IssuedSerial.objects.exists()


def test_nobody_gets_in_without_a_good_token_and_the_right_scope(document: dict[str, Any]) -> None:
    made = make_client(now=timezone.now())
    good = {"authorization": "Bearer " + _ask_token(client_id=made.client_id, client_secret=made.secret).json()["access_token"]}
    assert _post(SERIALS, {"request_id": "r1"}, good).status_code == 201
    clients.revoke_client(actor=SYSTEM, row_id=made.row_id, now=timezone.now())
    for headers in ({}, good, {"authorization": "Bearer x"}, {"authorization": "Basic eDp5"}):
        refused = _post(SERIALS, {"request_id": "r2"}, headers)
        assert refused.status_code == 401 and refused.headers["WWW-Authenticate"].startswith("Bearer")
        assert _matches(document, SERIALS, "post", refused)["error"]["sentence"] == "访问令牌无效或已过期，请重新获取。"
    assert signed_in(make_citizen()).post(SERIALS, {"request_id": "r3"}, content_type="application/json").status_code == 401
    missing = _post(SERIALS, {"request_id": "r4"}, bearer(scopes=[Scope.SERIALS_READ]))
    assert missing.status_code == 403 and "serials:issue" in _matches(document, SERIALS, "post", missing)["error"]["sentence"]
    assert IssuedSerial.objects.count() == 1


def test_a_client_that_asks_too_often_is_told_when_to_come_back(settings: Any) -> None:
    settings.MACHINE_REQUESTS_A_MINUTE = 0
    refused = _post(SERIALS, {"request_id": "r1"}, bearer())
    assert refused.status_code == 429 and refused.headers["Retry-After"]
    assert machines.BODY_LIMIT_BYTES < 2**20


def test_what_the_how_to_shows_works() -> None:
    """Its requests in their order, with the numbers and block that the answers before gave, and the present time."""
    text = (ROOT / "docs" / "how-to" / "serials.zh.md").read_text(encoding="utf-8")
    asked = re.findall(r"curl -s \$HALL(/api/v1/serials\S*) -H[^\n]*?(?:\\\n\s+-d '([^']+)')?\n", text)
    assert len(asked) == 6, "every example of the page"
    headers, number, block = bearer(), {}, {}
    for path, body in asked:
        place = re.sub(r"370000[\w…-]*", number.get("serial", ""), path).replace("/1/", f"/{block.get('block')}/")
        if not body:
            assert Client().get(place, headers=headers).json()["is_own"]
            continue
        sent = re.sub(r"2026-12-01T[^\"]+", timezone.now().isoformat(), body)
        serial = block["numbers"][0]["serial"] if "report" in place else number.get("serial", "")
        answer = _post(place, sent.replace("370000…", serial), headers)
        assert answer.status_code in {200, 201}, (place, answer.json())
        number, block = (answer.json() if path.endswith(end) else kept for end, kept in (("serials", number), ("blocks", block)))
