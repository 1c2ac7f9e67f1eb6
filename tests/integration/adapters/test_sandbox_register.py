"""The invented register, beside the rules of its port (tests/integration/conformance)."""

import pytest

from hall.integration.adapters.sandbox_register import SandboxRegister
from hall.integration.ports.lookup import LookupQuestion, Match, Register


def test_a_number_that_it_does_not_know_is_not_called_wrong() -> None:
    asked = LookupQuestion("a" * 32, Register.PERSON, "王建国", "370102195603120816")
    assert SandboxRegister().match(asked) is Match.UNKNOWN
    organisation = LookupQuestion("a" * 32, Register.ORGANISATION, "王建国", "370102198506151235")
    assert SandboxRegister().match(organisation) is Match.UNKNOWN


def test_the_sandbox_is_there_only_when_asked_for() -> None:
    assert SandboxRegister.configured(lambda name: None) is None
    assert SandboxRegister.configured({"HALL_LOOKUP_SANDBOX": "1"}.get) is not None
    with pytest.raises(ValueError, match="HALL_LOOKUP_SANDBOX"):
        SandboxRegister.configured({"HALL_LOOKUP_SANDBOX": "yes"}.get)


def test_a_question_prints_no_name_and_no_number() -> None:
    assert "王建国" not in repr(LookupQuestion("a" * 32, Register.PERSON, "王建国", "370102198506151235"))
