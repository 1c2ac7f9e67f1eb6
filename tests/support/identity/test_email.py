import pytest

from hall.support.access.actors import VISITOR, SignInNeeded
from hall.support.formrules.rules import RuleBroken
from hall.support.identity import commands, queries
from hall.support.identity.models import Account
from tests.make.people import NOW, actor_for, make_citizen

pytestmark = pytest.mark.django_db


def test_a_new_account_has_no_email() -> None:
    assert queries.profile(make_citizen()).email == ""


def test_the_email_is_set_changed_and_taken_away() -> None:
    zhang = actor_for(make_citizen())
    assert zhang.account_id
    for given, kept in (("zhang@Example.CN", "zhang@example.cn"), (" li@example.cn ", "li@example.cn"), ("", "")):
        commands.set_email(actor=zhang, email=given, now=NOW)
        assert queries.profile(zhang.account_id).email == kept


def test_the_email_is_sealed_at_rest() -> None:
    zhang = actor_for(make_citizen())
    commands.set_email(actor=zhang, email="zhang@example.cn", now=NOW)
    assert b"zhang" not in bytes(Account.objects.get(pk=zhang.account_id).email_sealed or b"")
    assert "zhang@" not in repr(queries.profile(zhang.account_id or 0))


def test_nonsense_is_refused_and_changes_nothing() -> None:
    zhang = actor_for(make_citizen())
    commands.set_email(actor=zhang, email="zhang@example.cn", now=NOW)
    with pytest.raises(RuleBroken) as broken:
        commands.set_email(actor=zhang, email="zhang@", now=NOW)
    assert broken.value.at_field == "email"
    assert queries.profile(zhang.account_id or 0).email == "zhang@example.cn"


def test_a_visitor_signs_in_first() -> None:
    with pytest.raises(SignInNeeded):
        commands.set_email(actor=VISITOR, email="zhang@example.cn", now=NOW)
