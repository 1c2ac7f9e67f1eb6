from datetime import timedelta

import pytest

from hall.support.access import throttles
from hall.support.access.actors import VISITOR, NotAllowed, SignInNeeded
from hall.support.audit.models import TrailEntry
from hall.support.formrules.rules import RuleBroken
from hall.support.identity import commands, queries, rules
from hall.support.refusals import NotFound
from tests.make.people import (
    NOW,
    actor_for,
    citizen_actor,
    make_agency,
    make_citizen,
    make_enterprise,
    make_phone,
    make_staff,
    make_uscc,
    staff_actor,
)

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=1)


def register(actor_id: int, *, uscc: str | None = None, legal_representative: str = "王建国", authority: str = "") -> int:
    return commands.register_enterprise(
        actor=actor_for(actor_id),
        uscc=uscc or make_uscc(),
        name="济南泉城餐饮有限公司",
        legal_representative=legal_representative,
        authority=authority,
        now=NOW,
    )


def test_the_legal_representative_registers_and_represents() -> None:
    wang, uscc = make_citizen(name="王建国"), make_uscc()
    enterprise_id = register(wang, uscc=f" {uscc[:9]}-{uscc[9:].lower()} ")
    assert queries.enterprises_of(wang) == [
        queries.EnterpriseRow(enterprise_id, "济南泉城餐饮有限公司", uscc, "王建国", "legal_representative", True)
    ]
    assert queries.enterprise(enterprise_id) == queries.EnterpriseRow(enterprise_id, "济南泉城餐饮有限公司", uscc, "王建国")


def test_somebody_with_another_name_becomes_the_agent_with_a_text_of_authority() -> None:
    li = make_citizen(name="李小明")
    enterprise_id = register(li, authority=" 代办食品经营许可\0 ")
    (agent,) = queries.agents_of(actor=actor_for(li), enterprise_id=enterprise_id)
    assert (agent.role, agent.authority, agent.may_appoint) == ("agent", "代办食品经营许可", True)
    assert agent.masked_phone[3:7] == "****"


def test_an_enterprise_is_not_taken_by_a_stranger_even_of_the_same_name() -> None:
    uscc = make_uscc()
    register(make_citizen(name="李小明"), uscc=uscc)
    for name in ("王建国", "张三"):
        stranger = make_citizen(name=name)
        with pytest.raises(rules.EnterpriseTaken):
            register(stranger, uscc=uscc)
        assert queries.enterprises_of(stranger) == []
    assert TrailEntry.objects.filter(deed="enterprise.registered", outcome="refused").count() == 2


def test_registering_again_gives_the_same_enterprise() -> None:
    wang, uscc = make_citizen(name="王建国"), make_uscc()
    assert register(wang, uscc=uscc) == register(wang, uscc=uscc)


def test_registering_needs_a_real_name_a_right_code_and_a_citizen() -> None:
    with pytest.raises(rules.RealNameNeeded):
        register(make_citizen(id_number=""))
    with pytest.raises(RuleBroken) as refused:
        register(make_citizen(), uscc="91370000MA3C00001D")
    assert refused.value.at_field == "uscc"
    with pytest.raises(RuleBroken) as refused:
        register(make_citizen(), legal_representative="王")
    assert refused.value.at_field == "legal_representative"
    with pytest.raises(NotAllowed):
        register(make_staff())
    with pytest.raises(SignInNeeded):
        commands.register_enterprise(actor=VISITOR, uscc=make_uscc(), name="甲公司", legal_representative="王建国", now=NOW)


def test_an_agent_is_appointed_by_phone_and_name() -> None:
    li, phone = make_citizen(name="李小明"), make_phone()
    enterprise_id = make_enterprise(agent_id=li)
    zhao = make_citizen(name="赵六", phone=phone)
    for typed_phone, typed_name in ((phone, "赵七"), (make_phone(), "赵六")):
        with pytest.raises(rules.AppointeeUnknown):
            commands.appoint_agent(actor=actor_for(li), enterprise_id=enterprise_id, phone=typed_phone, name=typed_name, now=NOW)
    assert commands.appoint_agent(actor=actor_for(li), enterprise_id=enterprise_id, phone=phone, name="赵六", now=NOW) == zhao
    assert actor_for(zhao, enterprise_id=enterprise_id).enterprise_id == enterprise_id
    with pytest.raises(rules.AlreadyAgent):
        commands.appoint_agent(actor=actor_for(li), enterprise_id=enterprise_id, phone=phone, name="赵六", now=NOW)
    with pytest.raises(rules.NotAppointer):  # appointed without the right to appoint
        commands.appoint_agent(actor=actor_for(zhao), enterprise_id=enterprise_id, phone=phone, name="赵六", now=NOW)


def test_the_legal_representative_takes_the_place_when_appointed() -> None:
    li, phone = make_citizen(name="李小明"), make_phone()
    enterprise_id = make_enterprise(agent_id=li, legal_representative="王建国")
    wang = make_citizen(name="王建国", phone=phone)
    commands.appoint_agent(actor=actor_for(li), enterprise_id=enterprise_id, phone=phone, name="王建国", now=NOW)
    assert queries.enterprises_of(wang)[0].role == "legal_representative"
    with pytest.raises(rules.NotAppointer):
        commands.end_agency(actor=actor_for(li), enterprise_id=enterprise_id, account_id=wang, now=LATER)
    commands.end_agency(actor=actor_for(wang), enterprise_id=enterprise_id, account_id=li, now=LATER)
    assert queries.enterprises_of(li) == []
    assert actor_for(li, enterprise_id=enterprise_id).enterprise_id is None


def test_strangers_neither_appoint_nor_end_nor_see() -> None:
    li = make_citizen(name="李小明")
    enterprise_id, stranger = make_enterprise(agent_id=li), citizen_actor()
    with pytest.raises(rules.NotAppointer):
        commands.appoint_agent(actor=stranger, enterprise_id=enterprise_id, phone=make_phone(), name="赵六", now=NOW)
    with pytest.raises(rules.NotAppointer):
        commands.end_agency(actor=stranger, enterprise_id=enterprise_id, account_id=li, now=LATER)
    with pytest.raises(NotFound):
        queries.agents_of(actor=stranger, enterprise_id=enterprise_id)
    with pytest.raises(NotAllowed):
        queries.agents_of(actor=staff_actor(), enterprise_id=enterprise_id)


def test_the_last_one_who_may_appoint_stays() -> None:
    li, zhao = make_citizen(name="李小明"), make_citizen(name="赵六")
    enterprise_id = make_enterprise(agent_id=li)
    make_agency(enterprise_id, zhao)
    with pytest.raises(rules.LastAppointer):
        commands.end_agency(actor=actor_for(li), enterprise_id=enterprise_id, account_id=li, now=LATER)
    commands.end_agency(actor=actor_for(zhao), enterprise_id=enterprise_id, account_id=zhao, now=LATER)  # leaves by own will
    commands.end_agency(actor=actor_for(zhao), enterprise_id=enterprise_id, account_id=zhao, now=LATER)  # twice is harmless
    assert TrailEntry.objects.filter(deed="agent.ended").count() == 1


def test_phones_are_not_tried_out_by_appointing() -> None:
    li = make_citizen(name="李小明")
    enterprise_id = make_enterprise(agent_id=li)
    for _ in range(20):
        with pytest.raises(rules.AppointeeUnknown):
            commands.appoint_agent(actor=actor_for(li), enterprise_id=enterprise_id, phone=make_phone(), name="赵六", now=NOW)
    with pytest.raises(throttles.TooMany):
        commands.appoint_agent(actor=actor_for(li), enterprise_id=enterprise_id, phone=make_phone(), name="赵六", now=NOW)
