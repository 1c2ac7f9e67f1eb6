"""What an item's fees say in figures, and whether they go together with its flow (domain.md §3 收费, §13). Pure."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from hall.services.catalogue.flow_rules import PAYS

_YUAN = re.compile(r"([0-9]{1,7})(?:\.([0-9]{1,2}))?", re.ASCII)


def fen_of(text: str) -> int | None:
    """Whole fen of an amount in yuan as people write it (20, 20.5, 20.50); None for anything else, and for nothing."""
    found = _YUAN.fullmatch(text.strip().removesuffix("元").strip())
    if found is None:
        return None
    amount_fen = int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))
    return amount_fen or None


def check_fees(fees: Sequence[Mapping[str, Any]], content: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What is wrong with an item's fees, as (place, reason)."""
    faults = []
    variants = {variant["key"] for variant in content["variants"]}
    for place, fee in enumerate(fees):
        if fee.get("amount") and fen_of(str(fee["amount"])) is None:
            faults.append((f"fees[{place}].amount", f"“{str(fee['amount'])[:20]}”应是金额，如 20 或 20.50，最多两位小数"))
        if fee.get("variant") and fee["variant"] not in variants:
            faults.append((f"fees[{place}].variant", f"没有编号为 {str(fee['variant'])[:8]} 的业务办理项"))
    takes = [step for step in content["flow_steps"] if step.get("kind") in set(PAYS)]
    if takes and not (content["charged"] and fees):
        faults.append(("fees", "办理流程里有缴费环节的，要把是否收费选为“是”，并写明收费项目"))
    if len(takes) > 1:
        faults.append(("flow_steps", "缴费环节只能有一个：决定前，或者领证前"))
    return faults
