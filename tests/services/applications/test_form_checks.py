"""The checks that a form asks for: said on every way in, never wrong where nothing is known, and told to the department."""

import contextlib
import functools
from collections.abc import Iterator
from typing import Any

import pytest

from hall.integration.plugins import finder
from hall.integration.ports.lookup import LookupQuestion, Match
from hall.services.applications import asking, commands, queries
from hall.services.applications.models import DraftLookup
from hall.services.applications.rules import NotComplete
from hall.services.cases import commands as cases
from hall.services.cases import handling
from hall.services.cases import queries as case_queries
from hall.services.cases.models import Case
from hall.services.forms import checking as form_checks
from hall.services.forms import register, tables
from hall.support.access.actors import Role
from hall.support.audit import trail
from tests.make.applications import make_draft, revision_of
from tests.make.catalogue import make_item
from tests.make.crowds import at_once
from tests.make.forms import make_schema, make_table
from tests.make.people import NOW, actor_for, citizen_actor, make_agency, make_citizen, make_enterprise, staff_actor

NAME = {"type": "string", "title": "姓名", "x-rule": "name_zh"}
NUMBER = {"type": "string", "title": "身份证号码", "x-rule": "id_number"}
KIND = {"type": "string", "title": "食品类别", "oneOf": [{"const": "06", "title": "饮料"}, {"const": "01", "title": "粮食加工品"}]}
AREA = {"type": "number", "title": "生产面积", "x-unit": "平方米"}


def schema_with(*checks: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {**make_schema(**(fields or {"name": NAME, "number": NUMBER})), "x-checks": list(checks)}


def draft_with(*checks: dict[str, Any], answers: dict[str, Any], item: Any = None, **fields: Any) -> tuple[Any, int]:
    """A citizen's ready draft of an item whose form has these checks, and its id."""
    item = item or make_item(form_schemas={one: schema_with(*checks, **fields) for one in ("person", "org")})
    person = citizen_actor()
    draft_id = make_draft(person, item, is_filled=False)
    commands.save_draft(actor=person, draft_id=draft_id, revision=0, answers=answers, now=NOW)
    return person, draft_id


def page_of(person: Any, draft_id: int) -> queries.DraftPage:
    found = queries.draft_page(person, draft_id, now=NOW)
    assert found is not None
    return found


class Register:
    """A register that answers as it is told, and remembers who asked."""

    def __init__(self, answer: Match | Exception) -> None:
        self.answer = answer
        self.asked: list[str] = []

    def match(self, question: LookupQuestion) -> Match:
        self.asked.append(question.name)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@contextlib.contextmanager
def register_that(answer: Match | Exception, monkeypatch: pytest.MonkeyPatch) -> Iterator[Register]:
    made, ready = Register(answer), finder.ready
    monkeypatch.setattr(finder, "ready", lambda group, *of: {"test": made} if group == "hall.lookup" else ready(group, *of))
    register.forget()
    yield made
    register.forget()


PERSON = {"check": "person_match", "fields": ["name", "number"]}
ANSWERS = {"name": "王建国", "number": "370102198506151235"}


@pytest.mark.django_db
def test_what_a_register_says_is_asked_once_and_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    person, draft_id = draft_with(PERSON, answers=ANSWERS)
    with register_that(Match.NO, monkeypatch) as asked:
        assert asking.look_up(actor=person, draft_id=draft_id, now=NOW) == 1
        assert asking.look_up(actor=person, draft_id=draft_id, now=NOW) == 0
    assert asked.asked == ["王建国"]
    assert [fault.sentence for fault in page_of(person, draft_id).faults] == ["姓名和身份证号码与人口库登记的不一致，请对照身份证逐字核对"]
    with pytest.raises(NotComplete):
        commands.submit_application(actor=person, draft_id=draft_id, revision=revision_of(person, draft_id), now=NOW)
    row = DraftLookup.objects.get()
    assert row.match == "no" and "王" not in row.digest and ANSWERS["number"] not in row.digest
    assert [entry.detail for entry in trail.entries_before(subject=f"draft {draft_id}", limit=9) if entry.deed == "draft.name_checked"] == [
        "person no"
    ]
    # Another name is another question.
    commands.save_draft(actor=person, draft_id=draft_id, revision=1, answers={**ANSWERS, "name": "王建军"}, now=NOW)
    assert page_of(person, draft_id).faults == ()


@pytest.mark.django_db
@pytest.mark.parametrize("answer", [Match.UNKNOWN, TimeoutError(), OSError("down"), ValueError("broken")])
def test_what_is_not_known_lets_the_person_go_on_and_is_recorded(answer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    person, draft_id = draft_with(PERSON, answers=ANSWERS)
    with register_that(answer, monkeypatch) as asked:
        assert asking.look_up(actor=person, draft_id=draft_id, now=NOW) == 0
        assert asking.look_up(actor=person, draft_id=draft_id, now=NOW) == 0
    assert len(asked.asked) >= 1 and not DraftLookup.objects.exists()
    page = page_of(person, draft_id)
    assert page.faults == () and page.unverified == ("姓名和身份证号码没有核对：人口库没有应答",)
    done = commands.submit_application(actor=person, draft_id=draft_id, revision=page.revision, now=NOW)
    file = case_queries.case_file(person, done.serial, now=NOW)
    assert file is not None and file.unverified == page.unverified


@pytest.mark.django_db
def test_without_any_register_nobody_is_held_up() -> None:
    person, draft_id = draft_with(PERSON, answers=ANSWERS)
    assert asking.look_up(actor=person, draft_id=draft_id, now=NOW) == 0
    commands.submit_application(actor=person, draft_id=draft_id, revision=revision_of(person, draft_id), now=NOW)


@pytest.mark.django_db
def test_a_check_waits_for_its_fields_and_for_those_that_are_asked() -> None:
    age = {"check": "age", "fields": ["number"], "with": {"least": "60"}, "message": "只有年满 60 周岁的人可以申请，请核对身份证号码"}
    person, draft_id = draft_with(age, answers={"name": "王建国"})
    assert page_of(person, draft_id).faults == ()
    commands.save_draft(actor=person, draft_id=draft_id, revision=1, answers=ANSWERS, now=NOW)
    assert [(fault.anchor, fault.sentence) for fault in page_of(person, draft_id).faults] == [("number", age["message"])]


@pytest.mark.django_db
def test_a_sum_of_a_table_and_a_code_table_are_checked() -> None:
    clerk = staff_actor(Role.CLERK, department_code="SD02")
    text = "代码,名称,最小面积\n06,饮料,500\n"
    tables.save_table(actor=clerk, code="food", title="食品类别", text=text, revision=None, now=NOW)
    total = {"check": "sum_within", "fields": ["equipment.total"], "with": {"relation": "le", "most": "1000"}}
    area = {"check": "in_table", "fields": ["kind", "area"], "with": {"table": "food", "attribute": "最小面积", "relation": "ge"}}
    fields = {"kind": KIND, "area": AREA, "equipment": make_table()}
    rows = [{"name": "机", "count": "2", "price": "600"}]
    person, draft_id = draft_with(total, area, answers={"kind": "06", "area": "300", "equipment": rows}, **fields)
    assert [(fault.anchor, fault.sentence) for fault in page_of(person, draft_id).faults] == [
        ("equipment", "生产设备的小计的合计应不大于 1,000.00 元，现在是 1,200.00 元，请核对每一行"),
        ("area", "“饮料”要求生产面积不小于 500，现在是 300 平方米，请核对"),
    ]
    tables.save_table(actor=clerk, code="food", title="食品类别", text=text.replace("500", "200"), revision=0, now=NOW)
    assert [fault.anchor for fault in page_of(person, draft_id).faults] == ["equipment"]
    commands.save_draft(actor=person, draft_id=draft_id, revision=1, answers={"kind": "01", "area": "300"}, now=NOW)
    assert page_of(person, draft_id).faults[0].sentence == "食品类别“粮食加工品”不在部门公布的代码表里，请核对后重新选择或填写"


@pytest.mark.django_db
def test_a_check_that_is_not_installed_or_breaks_is_never_the_applicants_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    person, draft_id = draft_with({"check": "telepathy", "fields": ["name"]}, PERSON, answers=ANSWERS)

    def breaks(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(finder.ready("hall.check")["person_match"], "examine", breaks, raising=False)
    page = page_of(person, draft_id)
    assert page.faults == ()
    assert page.unverified == ("有一项校验（telepathy）没有核对：本大厅没有装上它", "“人口库核对”没有核对：这项校验出了差错")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("check", "reason"),
    [
        ({"check": "telepathy", "fields": []}, "没有装上名为 telepathy 的校验"),
        ({"check": "age", "fields": []}, "请选齐要检查的字段（身份证号码或出生日期）"),
        ({"check": "age", "fields": ["name"]}, "“姓名”不能作为“身份证号码或出生日期”"),
        ({"check": "age", "fields": ["number"], "with": {"least": "x"}}, "“不小于（周岁）”应为数字"),
        ({"check": "age", "fields": ["number"], "with": {"colour": "red"}}, "不认识的设置 colour"),
        ({"check": "compare", "fields": ["name", "number"]}, "请填写“应当”"),
        ({"check": "compare", "fields": ["name", "number"], "with": {"relation": "like"}}, "“应当”没有 like 这一项"),
        ({"check": "in_table", "fields": ["name"], "with": {"table": "ghost"}}, "没有编号为 ghost 的代码表"),
    ],
)
def test_a_check_used_wrongly_is_told_to_the_designer(check: dict[str, Any], reason: str) -> None:
    (finding,) = form_checks.findings(schema_with(check))
    assert reason in finding.sentence and finding.sentence.startswith("第 1 条校验")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "请至少写两行"),
        ("代码,名称", "请至少写两行"),
        ("代码\n01", "第 1 行应有 1 至 10 个"),
        ("代码,名称,名称\n01,甲,乙", "不同的列名"),
        ("代码,名称\n01,甲\n01,乙", "第 3 行的代码“01”重复了"),
        ("代码,名称\n,甲", "第 2 行"),
        ("代码,名称\n01,甲,乙,丙", "第 2 行"),
        ("代码,名称\n01," + "长" * 101, "超过 100 个字"),
        ("代码,名称\n" + "\n".join(f"{n},x" for n in range(2001)), "最多 2000 行"),
    ],
)
def test_a_code_table_that_is_none_is_refused_with_its_line(text: str, reason: str) -> None:
    with pytest.raises(tables.BadTable, match=reason):
        tables.read_text(text)


def test_a_code_table_is_pasted_from_a_spreadsheet() -> None:
    assert tables.read_text("代码\t名称\n01\t甲，乙\n") == (["名称"], {"01": {"名称": "甲,乙"}})


# One case at a time


@pytest.mark.django_db
def test_a_second_case_of_the_same_item_is_refused_until_the_first_ends() -> None:
    check = {"check": "one_open_case", "fields": []}
    item = make_item(form_schemas={one: schema_with(check) for one in ("person", "org")})
    person = citizen_actor()
    first = make_draft(person, item, is_filled=False)
    done = commands.submit_application(actor=person, draft_id=first, revision=revision_of(person, first), now=NOW)
    second = make_draft(person, item, is_filled=False)
    with pytest.raises(NotComplete) as caught:
        commands.submit_application(actor=person, draft_id=second, revision=revision_of(person, second), now=NOW)
    assert caught.value.faults[0].sentence.startswith("您这个事项还有一件正在办理")
    cases.withdraw_case(actor=person, serial=done.serial, reason="重新填写", now=NOW)
    commands.submit_application(actor=person, draft_id=second, revision=revision_of(person, second), now=NOW)


def _two_agents_at_once() -> bool:
    """Two agents of one enterprise hand the same item in at the same moment: one case."""
    item = make_item(form_schemas={one: schema_with({"check": "one_open_case", "fields": []}) for one in ("person", "org")})
    first, second = make_citizen(), make_citizen()
    enterprise_id = make_enterprise(agent_id=first)
    make_agency(enterprise_id, second, may_appoint=False)
    ready = []
    for agent_id in (first, second):
        agent = actor_for(agent_id, enterprise_id=enterprise_id)
        draft_id = make_draft(agent, item, is_filled=False)
        ready.append((agent, draft_id, revision_of(agent, draft_id)))

    def hand_in(agent: Any, draft_id: int, revision: int) -> object:
        return commands.submit_application(actor=agent, draft_id=draft_id, revision=revision, now=NOW)

    at_once([functools.partial(hand_in, *one) for one in ready])
    return Case.objects.filter(item_code=item.code).count() == 1


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_agents_at_once_make_one_case() -> None:
    assert all(_two_agents_at_once() for _ in range(3))


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_control_without_holding_the_applicant_there_are_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cases, "hold_applicant", lambda *_: None)
    assert not all(_two_agents_at_once() for _ in range(20))


@pytest.mark.django_db
def test_a_correction_breaks_no_check_that_was_kept() -> None:
    within = {"check": "compare", "fields": ["used", "whole"], "with": {"relation": "le"}}
    fields = {"used": {**AREA, "title": "使用面积"}, "whole": {**AREA, "title": "建筑面积"}}
    person, draft_id = draft_with(within, answers={"used": "80", "whole": "100"}, **fields)
    page = page_of(person, draft_id)
    serial = commands.submit_application(actor=person, draft_id=draft_id, revision=page.revision, now=NOW).serial
    clerk = staff_actor(Role.CLERK, department_code=page.version.department_code)
    handling.claim_case(actor=clerk, serial=serial, now=NOW)
    file = case_queries.case_file(clerk, serial, now=NOW)
    assert file is not None
    points = [handling.Point("field", "used", "使用面积", "请核对")]
    handling.request_correction(actor=clerk, serial=serial, revision=file.row.revision, points=points, now=NOW)
    file = case_queries.case_file(person, serial, now=NOW)
    assert file is not None
    told = {"actor": person, "serial": serial, "point_id": file.points[0].point_id, "now": NOW}
    cases.correct_field(value="120", **told)
    with pytest.raises(cases.WrongValue, match="使用面积应不大于建筑面积"):
        cases.resubmit_case(actor=person, serial=serial, now=NOW)
    cases.correct_field(value="90", **told)
    cases.resubmit_case(actor=person, serial=serial, now=NOW)
    file = case_queries.case_file(person, serial, now=NOW)
    assert file is not None and file.answers["used"] == 90
