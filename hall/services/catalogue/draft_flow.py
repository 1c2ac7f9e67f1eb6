"""The flow of an item in the making: the usual one to begin with, and how far it can be drawn. A draft may hold anything. Pure."""

from collections.abc import Mapping
from typing import Any

from hall.services.catalogue.draft_contents import objects_in
from hall.services.catalogue.elements import FlowStep
from hall.services.catalogue.flow_rules import Flow, check_flow, flow_of, usual_flow
from hall.services.catalogue.rules import default_leader_approval


def _steps(line: Mapping[str, Any]) -> tuple[FlowStep, ...]:
    found = []
    for _, one in objects_in(line, "flow_steps"):
        texts = {name: str(one.get(name) or "") for name in ("note", "kind", "role", "produces")}
        found.append(FlowStep(str(one.get("name") or "未命名"), _days(one.get("days")), **texts))
    return tuple(found)


def _days(value: Any) -> int:
    return value if type(value) is int and value >= 0 else 0


def _facts(line: Mapping[str, Any]) -> dict[str, Any]:
    handling = str(line.get("handling_type") or "")
    approval = line.get("leader_approval")
    if not isinstance(approval, bool):
        approval = default_leader_approval(
            item_type=str(line.get("type") or ""), handling_type=handling, statutory_days=_days(line.get("statutory_days"))
        )
    return {"handling_type": handling, "promised_days": _days(line.get("promised_days")), "leader_approval": approval}


def usual_steps(line: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The usual flow of the item as a draft holds it, with the days and words of steps that are called as usual."""
    steps = usual_flow(**_facts(line), steps=_steps(line))
    members = [{"name": s.name, "days": s.days, "note": s.note, "kind": s.kind, "role": s.role, "produces": s.produces} for s in steps]
    return [{name: value for name, value in member.items() if value != ""} for member in members]


def drawn(line: Mapping[str, Any]) -> Flow | None:
    """The flow as its cases will go; None as long as something of it is wrong."""
    steps, facts = _steps(line), _facts(line)
    plain = [{"kind": step.kind, "role": step.role} for step in steps]
    if not steps or check_flow(plain, handling_type=facts["handling_type"], leader_approval=facts["leader_approval"]):
        return None
    return flow_of(**facts, steps=steps)
