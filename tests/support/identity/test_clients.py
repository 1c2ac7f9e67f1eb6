"""Departments' own systems: secrets shown once, tokens that end with their secret, rotation without a pause (§6)."""

from datetime import timedelta

import pytest

from hall.support.access import throttles
from hall.support.access.actors import Actor, NotAllowed, Role, SignInNeeded
from hall.support.access.scopes import Scope, ScopeMissing, require_scope
from hall.support.audit.models import TrailEntry
from hall.support.identity import clients
from hall.support.identity.models import ClientSecret, MachineClient
from tests.make.machines import make_client, token_of
from tests.make.people import NOW, SYSTEM, citizen_actor, make_department, staff_actor

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=5)


def actor_of(token: str, *, now: timedelta = timedelta()) -> Actor:
    return clients.machine_actor(token, address="198.51.100.9", now=NOW + now)


def test_a_token_is_the_client_for_half_an_hour() -> None:
    made = make_client(scopes=[Scope.SERIALS_ISSUE, Scope.SERIALS_READ])
    token = clients.grant_token(client_id=made.client_id, secret=made.secret, wanted=["serials:read"], address="", now=NOW)
    assert (token.seconds, token.scopes) == (1800, ("serials:read",))
    actor = actor_of(token.text)
    assert (actor.client_id, actor.department_code, actor.scopes) == (made.client_id, "SD02", {"serials:read"})
    assert not actor.is_signed_in and actor.roles == {Role.MACHINE}
    require_scope(actor, Scope.SERIALS_READ)
    with pytest.raises(ScopeMissing, match="取统一申办流水号"):
        require_scope(actor, Scope.SERIALS_ISSUE)
    assert actor_of(token.text, now=timedelta(seconds=1799))
    with pytest.raises(clients.TokenRefused):
        actor_of(token.text, now=timedelta(seconds=1800))


def test_a_changed_or_foreign_token_is_none() -> None:
    token = token_of(make_client())
    for wrong in (token[:-1], token + "x", token.replace(token[3], "A" if token[3] != "A" else "B", 1), "", "a:b", "中文", "\0"):
        with pytest.raises(clients.TokenRefused):
            actor_of(wrong)


def test_wrong_unknown_and_revoked_look_the_same_and_leave_no_secret_behind() -> None:
    made, gone = make_client(), make_client()
    clients.revoke_client(actor=SYSTEM, row_id=gone.row_id, now=NOW)
    for client_id, secret in (
        (made.client_id, made.secret + "x"),
        ("sd02-000000000000", made.secret),
        (gone.client_id, gone.secret),
        ("'\0", ""),
    ):
        with pytest.raises(clients.ClientRefused) as refused:
            clients.grant_token(client_id=client_id, secret=secret, wanted=(), address="", now=NOW)
        assert refused.value.shown == "接口账号或密钥不对。"
    with pytest.raises(clients.ScopeNotHeld):
        clients.grant_token(client_id=made.client_id, secret=made.secret, wanted=["everything"], address="", now=NOW)
    subjects = list(TrailEntry.objects.filter(deed="client.token", outcome="refused").values_list("subject", flat=True))
    assert subjects == [made.client_id, "unknown", gone.client_id, "unknown"]
    stored = str(list(ClientSecret.objects.values())) + str(list(MachineClient.objects.values())) + str(list(TrailEntry.objects.values()))
    assert made.secret not in stored and made.secret not in repr(made)


def test_secrets_change_hands_without_a_pause() -> None:
    made = make_client()
    old = token_of(made)
    new = clients.add_secret(actor=SYSTEM, row_id=made.row_id, request_key="second", now=LATER)
    fresh = clients.grant_token(client_id=new.client_id, secret=new.secret, wanted=(), address="", now=NOW).text
    assert actor_of(old) and actor_of(fresh), "both are good while the department changes over"
    with pytest.raises(clients.TwoSecrets):
        clients.add_secret(actor=SYSTEM, row_id=made.row_id, request_key="third", now=LATER)
    row = clients.client(made.row_id)
    assert row is not None
    clients.end_secret(actor=SYSTEM, row_id=made.row_id, secret_id=row.secrets[0].secret_id, now=LATER)
    clients.end_secret(actor=SYSTEM, row_id=made.row_id, secret_id=row.secrets[0].secret_id, now=LATER)
    assert actor_of(fresh)
    with pytest.raises(clients.TokenRefused):
        actor_of(old)
    with pytest.raises(clients.ClientRefused):
        token_of(made)
    with pytest.raises(clients.LastSecret):
        clients.end_secret(actor=SYSTEM, row_id=made.row_id, secret_id=row.secrets[1].secret_id, now=LATER)
    clients.revoke_client(actor=SYSTEM, row_id=made.row_id, now=LATER)
    with pytest.raises(clients.TokenRefused):
        actor_of(fresh)
    with pytest.raises(clients.ClientRevoked):
        clients.add_secret(actor=SYSTEM, row_id=made.row_id, request_key="fourth", now=LATER)


def test_last_use_is_seen_to_the_minute() -> None:
    made = make_client()
    token = token_of(made)
    for seconds, seen in ((30, NOW), (61, NOW + timedelta(seconds=61)), (90, NOW + timedelta(seconds=61))):
        actor_of(token, now=timedelta(seconds=seconds))
        row = clients.client(made.row_id)
        assert row is not None and row.used_at == seen


def test_the_same_form_sent_again_makes_no_second_client() -> None:
    make_department()
    form = {"department_code": "SD02", "title": "审批系统", "scopes": ("cases:push",), "request_key": "form-1"}
    clients.create_client(actor=SYSTEM, now=NOW, **form)  # type: ignore[arg-type]
    with pytest.raises(clients.SecretShown):
        clients.create_client(actor=SYSTEM, now=NOW, **form)  # type: ignore[arg-type]
    assert MachineClient.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "at"), [({"title": "  "}, "title"), ({"title": "长" * 61}, "title"), ({"scopes": []}, "scopes"), ({"scopes": ["root"]}, "scopes"), ({"department_code": "XX"}, "department_code")]
)  # fmt: skip
def test_what_makes_no_client_is_said(wrong: dict[str, object], at: str) -> None:
    make_department()
    asked = {"department_code": "SD02", "title": "审批系统", "scopes": ["cases:push"], **wrong}
    with pytest.raises(clients.WrongClient) as refused:
        clients.create_client(actor=SYSTEM, request_key="k", now=NOW, **asked)  # type: ignore[arg-type]
    assert refused.value.at_field == at
    assert not MachineClient.objects.exists()


def test_only_the_administrator_opens_clients_and_a_person_is_no_machine() -> None:
    for actor in (citizen_actor(), staff_actor(Role.LEADER), staff_actor(Role.AUDITOR)):
        with pytest.raises(NotAllowed):
            clients.create_client(actor=actor, department_code="SD02", title="审批", scopes=["cases:push"], request_key="k", now=NOW)
        with pytest.raises(SignInNeeded):
            require_scope(actor, Scope.SERIALS_READ)


def test_a_network_that_asks_too_often_waits() -> None:
    for _ in range(clients.TOKENS_A_NETWORK):
        with pytest.raises(clients.ClientRefused):
            clients.grant_token(client_id="sd02-nobody", secret="x", wanted=(), address="203.0.113.4", now=NOW)
    with pytest.raises(throttles.TooMany):
        clients.grant_token(client_id="sd02-nobody", secret="x", wanted=(), address="203.0.113.4", now=NOW)
