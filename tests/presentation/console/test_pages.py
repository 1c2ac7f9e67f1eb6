"""The console: the supervisor's overview, low ratings, staff accounts; what each shows, and what it never shows."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from hall.presentation.console.frame import LARGEST_ID
from hall.support.access.actors import Role
from hall.support.identity import commands, queries
from hall.support.identity.rules import AccountDisabled, WrongCredentials
from tests.make.cases import make_case
from tests.make.catalogue import make_item
from tests.make.people import PASSWORD, make_citizen, make_department, make_staff, signed_in
from tests.make.ratings import make_rating

pytestmark = pytest.mark.django_db
NEW = {"username": "sun.li", "name": "孙丽", "department_code": "SD02", "roles": "clerk", "password": "Xuanwu-Hu-2026"}


def _text(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, response.content
    text = response.content.decode()
    assert "style=" not in text and "<script>" not in text
    return text


# --- supervisor and mediator ------------------------------------------------------------------------------------------------------


def test_the_supervisor_sees_open_cases_of_all_departments_and_only_looks(django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    first = make_case(now=timezone.now())
    second = make_case(item=make_item(department_code="SD33", name="食品生产许可（新办）"), now=timezone.now())
    client = signed_in(make_staff(Role.SUPERVISOR))
    _text(client, "/console")  # the first request of a session renews it, and asks for the minute's hot words
    with django_assert_max_num_queries(7):
        text = _text(client, "/console")
    for case in (first, second):
        assert f'href="/desk/cases/{case.serial}"' in text
    assert "省33厅" in text and "省发展改革委" in text
    assert "领取" not in text.replace("待领取", ""), "a supervisor takes nothing over"
    assert client.get(f"/desk/cases/{second.serial}").status_code == 200
    assert second.serial not in _text(client, f"/console?q={first.serial}")


def test_lamps_narrow_the_overview() -> None:
    overdue = make_case(now=timezone.now() - timedelta(days=60))
    fresh = make_case(now=timezone.now())
    client = signed_in(make_staff(Role.SUPERVISOR))
    red = _text(client, "/console?lamp=overdue")
    assert overdue.serial in red and fresh.serial not in red
    green = _text(client, "/console?lamp=normal")
    assert fresh.serial in green and overdue.serial not in green


def test_others_of_the_hall_are_led_to_their_own_page() -> None:
    for role, page in ((Role.MEDIATOR, "/console/ratings"), (Role.SYS_ADMIN, "/console/accounts"), (Role.AUDITOR, "/console/trail")):
        response = signed_in(make_staff(role)).get("/console")
        assert (response.status_code, response.headers["Location"]) == (302, page)


def test_low_ratings_of_all_departments_newest_first(django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    make_rating(grade=1, text="等了三个小时。", department_code="SD02")
    make_rating(grade=2, text="材料说明看不懂。", department_code="SD33", is_anonymous=True)
    make_rating(grade=5, text="办得很快。")
    client = signed_in(make_staff(Role.MEDIATOR))
    _text(client, "/console/ratings")
    with django_assert_max_num_queries(4):
        text = _text(client, "/console/ratings")
    assert text.index("材料说明看不懂。") < text.index("等了三个小时。") and "办得很快。" not in text
    assert "/desk/cases/" not in text, "a mediator does not open cases from here"
    text = _text(signed_in(make_staff(Role.SUPERVISOR)), "/console/ratings")
    assert text.count("/desk/cases/") == 1, "an anonymous rating leads to nobody"


# --- accounts ---------------------------------------------------------------------------------------------------------------------


def test_staff_are_listed_page_by_page(django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    admin = signed_in(make_staff(Role.SYS_ADMIN, name="吴管"))
    for number in range(31):
        make_staff(name="钱" + "一二三四五六七八九十"[number % 10], username=f"clerk{number:02d}")
    make_citizen(name="张三")
    _text(admin, "/console/accounts")
    with django_assert_max_num_queries(4):
        text = _text(admin, "/console/accounts")
    assert "clerk00" in text and "clerk30" not in text and "张三" not in text
    after = text.split("after=")[1].split('"')[0]
    assert "clerk30" in _text(admin, f"/console/accounts?after={after}")


def test_a_new_account_can_sign_in_at_once() -> None:
    make_department()
    admin = signed_in(make_staff(Role.SYS_ADMIN))
    response = admin.post("/console/accounts/new", NEW)
    assert response.status_code == 302, response.content.decode()
    page = _text(admin, response.headers["Location"])
    assert "账号已开通" in page and "sun.li" in page and NEW["password"] not in page
    account_id = commands.sign_in(login="sun.li", password=NEW["password"], address="198.51.100.9", now=timezone.now())
    member = queries.staff_member(account_id)
    assert member is not None and (member.roles, member.department_code) == (frozenset({Role.CLERK}), "SD02")


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"username": ""}, "username", "请填写用户名"),
        ({"username": "李"}, "username", "小写字母开头"),
        ({"username": "a\0b"}, "username", "空字符"),
        ({"name": " "}, "name", "请填写姓名"),
        ({"roles": []}, "roles", "请至少选择一个角色"),
        ({"roles": "citizen"}, "roles", "没有这个角色"),
        ({"roles": ["clerk", "auditor"]}, "roles", "必须单独担任"),
        ({"department_code": ""}, "department_code", "部门角色需要选择所在部门"),
        ({"department_code": "SD99"}, "department_code", "没有找到所选的部门"),
        ({"password": "123"}, "password", "至少 10 位"),
        ({"password": ""}, "password", "请填写初始密码"),
    ],
)
def test_a_wrong_entry_is_told_beside_its_field_and_the_rest_is_kept(changes: dict[str, object], field: str, words: str) -> None:
    make_department()
    admin = signed_in(make_staff(Role.SYS_ADMIN))
    response = admin.post("/console/accounts/new", NEW | changes)
    text = response.content.decode()
    assert response.status_code == 422
    assert f'href="#f-{field}"' in text and f'id="f-{field}-err"' in text and words in text
    assert "错误：" in text.split("</title>")[0] and NEW["password"] not in text
    if "username" not in changes:
        assert 'value="sun.li"' in text
    assert queries.account_id_of_username("sun.li") is None


def test_a_taken_user_name_is_told() -> None:
    make_staff(username="sun.li")
    response = signed_in(make_staff(Role.SYS_ADMIN)).post("/console/accounts/new", NEW)
    assert response.status_code == 409 and 'id="f-username-err"' in response.content.decode()


def test_an_account_is_shut_and_opened_again() -> None:
    admin, other = signed_in(make_staff(Role.SYS_ADMIN)), make_staff(username="zhao")
    theirs = signed_in(other)
    assert theirs.get("/desk").status_code == 200
    assert admin.post(f"/console/accounts/{other}/disable").status_code == 302
    assert theirs.get("/desk").headers["Location"].startswith("/sign-in")
    with pytest.raises(AccountDisabled):
        commands.sign_in(login="zhao", password=PASSWORD, address="198.51.100.9", now=timezone.now())
    assert "恢复使用" in _text(admin, f"/console/accounts/{other}")
    assert admin.post(f"/console/accounts/{other}/enable").status_code == 302
    assert commands.sign_in(login="zhao", password=PASSWORD, address="198.51.100.9", now=timezone.now()) == other


def test_a_new_password_replaces_the_old_one_and_ends_the_sessions() -> None:
    admin, other = signed_in(make_staff(Role.SYS_ADMIN)), make_staff(username="zhao")
    theirs = signed_in(other)
    response = admin.post(f"/console/accounts/{other}/password", {"password": "short"})
    assert response.status_code == 422 and 'id="f-password-err"' in response.content.decode()
    assert admin.post(f"/console/accounts/{other}/password", {"password": "Daming-Hu-2026"}).status_code == 302
    assert theirs.get("/desk").status_code == 302
    with pytest.raises(WrongCredentials):
        commands.sign_in(login="zhao", password=PASSWORD, address="198.51.100.9", now=timezone.now())
    assert commands.sign_in(login="zhao", password="Daming-Hu-2026", address="198.51.100.9", now=timezone.now()) == other


def test_citizens_and_oneself_are_out_of_reach() -> None:
    own, citizen = make_staff(Role.SYS_ADMIN), make_citizen()
    admin = signed_in(own)
    assert "由另一位系统管理员办理" in _text(admin, f"/console/accounts/{own}")
    for deed in ("disable", "password"):
        assert admin.post(f"/console/accounts/{own}/{deed}", {"password": "Daming-Hu-2026"}).status_code == 403
        for nobody in (citizen, 999_999, LARGEST_ID, 10**30):
            assert admin.post(f"/console/accounts/{nobody}/{deed}", {"password": "Daming-Hu-2026"}).status_code == 404
    assert admin.get(f"/console/accounts/{citizen}").status_code == 404


def test_no_address_of_the_console_falls_over_what_is_typed() -> None:
    browsers = {role: signed_in(make_staff(role)) for role in (Role.SUPERVISOR, Role.SYS_ADMIN, Role.AUDITOR)}
    make_rating(grade=1)
    for typed in ("%00", "9" * 19, "9" * 4999, "-1", "x", "1.5", "20261124.99999999999999999999", "%F0%9F%98%80", "１"):
        for role, paths in (
            (Role.SUPERVISOR, ("/console?after={}", "/console?q={}", "/console?lamp={}", "/console/ratings?before={}")),
            (Role.SYS_ADMIN, ("/console/accounts?after={}", "/console/accounts/1?done={}")),
            (Role.AUDITOR, ("/console/trail?before={}", "/console/trail?subject={}", "/console/trail.csv?subject={}&before={}")),
        ):
            for path in paths:
                assert browsers[role].get(path.replace("{}", typed)).status_code in {200, 404}, path
