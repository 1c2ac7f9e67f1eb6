import threading
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection

from hall.support.access import throttles
from hall.support.access.actors import VISITOR, NotAllowed, SignInNeeded
from hall.support.audit.models import TrailEntry
from hall.support.formrules.rules import RuleBroken
from hall.support.identity import commands, passwords, queries, rules
from hall.support.identity.models import Account
from tests.make.crowds import at_once
from tests.make.people import NOW, actor_for, make_citizen, make_id_number, make_phone, make_staff


def register(**changes: Any) -> int:
    values = {
        "phone": make_phone(),
        "password": "Baotu-spring-72",
        "name": "张三",
        "id_number": make_id_number(),
        "address": "198.51.100.7",
    }
    return commands.register_citizen(**(values | changes), now=NOW)


@pytest.mark.django_db
def test_a_person_registers_and_finds_the_own_data_again() -> None:
    number = make_id_number()
    account_id = register(phone="+86 138-1234-0000", name=" 张 三 ", id_number=number)
    assert queries.profile(account_id) == queries.Profile(account_id, "张三", "13812340000", number, 2, False)


@pytest.mark.django_db
def test_without_an_identity_number_the_level_is_one_until_it_is_given() -> None:
    account_id = register(id_number="")
    assert queries.profile(account_id).auth_level == 1
    number = make_id_number()
    commands.verify_identity(actor=actor_for(account_id), id_number=number.lower(), now=NOW)
    assert (queries.profile(account_id).auth_level, queries.profile(account_id).id_number) == (2, number)
    with pytest.raises(rules.IdentityFixed):
        commands.verify_identity(actor=actor_for(account_id), id_number=make_id_number(), now=NOW)


@pytest.mark.django_db
def test_an_identity_number_belongs_to_one_account() -> None:
    number = make_id_number()
    register(id_number=number)
    with pytest.raises(rules.IdNumberTaken):
        register(id_number=number)
    late = actor_for(register(id_number=""))
    with pytest.raises(rules.IdNumberTaken):
        commands.verify_identity(actor=late, id_number=number, now=NOW)
    assert queries.profile(late.account_id or 0).auth_level == 1


@pytest.mark.django_db
def test_a_phone_registers_once_however_it_is_written() -> None:
    register(phone="13812340000")
    with pytest.raises(rules.PhoneTaken, match="请直接登录"):
        register(phone="１３８ 1234 0000")
    assert Account.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"phone": "12345"}, "phone"),
        ({"name": "张"}, "name"),
        ({"id_number": "370102198506151234"}, "id_number"),
        ({"id_number": "370102202711231239"}, "id_number"),
    ],
)
def test_wrong_fields_are_refused_at_their_field(changes: dict[str, str], field: str) -> None:
    with pytest.raises(RuleBroken) as refused:
        register(**changes)
    assert refused.value.at_field == field
    assert not Account.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "password",
    ["short-7", "1357924680", "password123", "Woaini1314", "ａ１２３４５６７８９", "aaaaaaaa1", "13812340000", "Zhang San", "x" * 129],
)
def test_weak_passwords_are_refused(password: str) -> None:
    with pytest.raises(passwords.WeakPassword):
        register(password=password, phone="13812340000", name="Zhang San")


@pytest.mark.django_db
def test_staff_need_longer_passwords() -> None:
    passwords.check_new("Baotu-72")
    with pytest.raises(passwords.WeakPassword, match="10"):
        passwords.check_new("Baotu-72", is_staff=True)


@pytest.mark.django_db
def test_registrations_from_one_network_are_counted() -> None:
    for _ in range(commands.REGISTRATIONS_A_NETWORK):
        throttles.count_try("register:2001:db8::", limit=commands.REGISTRATIONS_A_NETWORK, window_seconds=3600, now=NOW)
    with pytest.raises(throttles.TooMany):
        register(address="2001:db8::2")  # another address of the same /64
    register(address="2001:db8:0:1::2")


@pytest.mark.django_db
def test_phone_and_identity_number_stand_nowhere_in_the_database_and_the_trail() -> None:
    number = make_id_number()
    account_id = register(phone="13812340000", id_number=number, password="Baotu-spring-72")
    with connection.cursor() as cursor:
        cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
        dump = ""
        for (table,) in cursor.fetchall():
            with connection.cursor() as lines:
                lines.execute(f'SELECT t::text FROM "{table}" t')
                dump += "\n".join(line for (line,) in lines.fetchall())
    assert "张三" in dump  # the dump does hold the row
    for secret in ("13812340000", number, "Baotu-spring-72", b"13812340000".hex(), number.encode().hex()):
        assert secret not in dump
    entry = TrailEntry.objects.get(deed="account.registered")
    assert (entry.subject, entry.actor_id, entry.address) == (str(account_id), account_id, "198.51.100.7")


@pytest.mark.django_db
def test_visitors_and_staff_have_no_identity_number_to_give() -> None:
    with pytest.raises(SignInNeeded):
        commands.verify_identity(actor=VISITOR, id_number=make_id_number(), now=NOW)
    with pytest.raises(NotAllowed):
        commands.verify_identity(actor=actor_for(make_staff()), id_number=make_id_number(), now=NOW)


@pytest.mark.django_db
def test_real_accounts_are_told_from_the_demo_world() -> None:
    make_citizen(is_demo=True)
    make_staff(is_demo=True)
    assert not queries.has_real_accounts()
    register()
    assert queries.has_real_accounts()


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_of_registrations_with_one_phone_at_once_one_wins() -> None:
    for _ in range(8):
        phone = make_phone()
        numbers = [make_id_number() for _ in range(4)]
        results = at_once([partial(register, phone=phone, id_number=number) for number in numbers])
        assert [type(result) for result in results if not isinstance(result, int)] == [rules.PhoneTaken] * 3
        assert Account.objects.filter(phone_digest=commands._digest_of_phone(phone)).count() == 1


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_control_without_the_unique_phone_the_race_does_bite(monkeypatch: pytest.MonkeyPatch) -> None:
    """The look before the insert alone lets several through: what stops them is the table."""
    gate = threading.Barrier(4, timeout=5)
    look = commands._refuse_taken

    def look_together(*arguments: Any) -> None:
        look(*arguments)
        if len(arguments) == 2:
            gate.wait()

    monkeypatch.setattr(commands, "_refuse_taken", look_together)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE identity_account DROP CONSTRAINT identity_account_phone_digest_key")
    try:
        phone, numbers = make_phone(), [make_id_number() for _ in range(4)]
        at_once([partial(register, phone=phone, id_number=number) for number in numbers])
        assert Account.objects.count() > 1
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM identity_account")
            cursor.execute("ALTER TABLE identity_account ADD CONSTRAINT identity_account_phone_digest_key UNIQUE (phone_digest)")


@pytest.mark.django_db
def test_a_birthday_of_today_is_no_future() -> None:
    born = (NOW + timedelta(hours=8)).date()
    register(id_number=make_id_number(f"{born:%Y%m%d}"))
