"""What every register must do, ours and theirs. A new adapter adds itself to `REGISTERS` with a pair that is right, wrong and not known."""

from dataclasses import dataclass
from uuid import uuid4

import pytest

from hall.integration.adapters.sandbox_register import SandboxRegister
from hall.integration.ports.lookup import LookupQuestion, Match, NameRegister, Register


@dataclass
class Rig:
    """One adapter and a person that its other side knows."""

    register: NameRegister
    name: str
    number: str
    unknown: str


REGISTERS = [Rig(SandboxRegister(), "王建国", "370102198506151235", "370102195603120816")]


@pytest.mark.parametrize("rig", REGISTERS, ids=lambda rig: rig.register.name)
def test_it_says_yes_no_and_not_known(rig: Rig) -> None:
    def ask(name: str, number: str, register: Register = Register.PERSON) -> Match:
        return rig.register.match(LookupQuestion(uuid4().hex, register, name, number))

    assert ask(rig.name, rig.number) is Match.YES
    assert ask("王建军", rig.number) is Match.NO
    assert ask(rig.name, rig.unknown) is Match.UNKNOWN, "a register that does not know a number does not call it wrong"
    assert ask(rig.name, rig.number, Register.ORGANISATION) is Match.UNKNOWN


def test_the_sandbox_is_there_only_when_asked_for() -> None:
    assert SandboxRegister.configured(lambda name: None) is None
    assert SandboxRegister.configured({"HALL_LOOKUP_SANDBOX": "1"}.get) is not None
    with pytest.raises(ValueError, match="HALL_LOOKUP_SANDBOX"):
        SandboxRegister.configured({"HALL_LOOKUP_SANDBOX": "yes"}.get)


def test_a_question_prints_no_name_and_no_number() -> None:
    assert "王建国" not in repr(LookupQuestion("a" * 32, Register.PERSON, "王建国", "370102198506151235"))
