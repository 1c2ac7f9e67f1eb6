"""Fees in figures (domain §3 收费): an amount is read strictly, and fees go together with the flow that takes them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hall.services.catalogue.fee_rules import check_fees, fen_of
from hall.services.catalogue.flow_rules import check_flow


@given(fen=st.integers(1, 999_999_999))
def test_an_amount_means_the_same_however_it_is_written(fen: int) -> None:
    yuan, rest = divmod(fen, 100)
    assert fen_of(f"{yuan}.{rest:02d}") == fen_of(f" {yuan}.{rest:02d} 元 ") == fen
    if rest % 10 == 0:
        assert fen_of(f"{yuan}.{rest // 10}") == fen


@pytest.mark.parametrize(
    "text", ["", "0", "0.00", "-5", "+5", "1e3", "1,000", "5.005", ".5", "5.", "１２", "二十", "12345678", "5 5", "NaN"]
)
def test_anything_else_is_no_amount(text: str) -> None:
    assert fen_of(text) is None


def content(*kinds: str, charged: bool = True) -> dict[str, Any]:
    return {"charged": charged, "variants": [{"key": "v1"}], "flow_steps": [{"kind": kind, "role": "applicant"} for kind in kinds]}


def test_fees_and_the_flow_go_together() -> None:
    fee = {"name": "工本费", "standard": "10 元", "amount": "10"}
    assert check_fees([fee], content("accept", "pay_first", "decide")) == []
    assert [place for place, _ in check_fees([], content("pay_then"))] == ["fees"]
    assert [place for place, _ in check_fees([fee], content("pay_then", charged=False))] == ["fees"]
    assert [place for place, _ in check_fees([fee], content("pay_first", "pay_then"))] == ["flow_steps"]
    wrong = [fee | {"amount": "十元"}, fee | {"variant": "v9"}]
    assert [place for place, _ in check_fees(wrong, content())] == ["fees[0].amount", "fees[1].variant"]


def test_a_fee_is_paid_by_the_applicant_at_its_place_in_the_flow() -> None:
    def faults(*steps: tuple[str, str]) -> list[str]:
        given = [{"kind": kind, "role": role} for kind, role in steps]
        return [place for place, _ in check_flow(given, handling_type="promise", leader_approval=False)]

    before, after = [("accept", "clerk"), ("review", "reviewer")], [("decide", "reviewer"), ("deliver", "clerk")]
    assert faults(*before, ("pay_first", "applicant"), *after) == []
    assert faults(*before, ("pay_first", "clerk"), *after) == ["flow_steps[2].role"]
    assert faults(*before, ("pay_then", "applicant"), *after) == ["flow_steps[3].kind"]
