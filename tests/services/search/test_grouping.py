"""Which bundles a query asks for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hall.services.search import grouping

NAMED = [("B1", ("开办餐馆", "开饭店", "开火锅店")), ("B2", ("企业开办", "一窗通办开办企业")), ("B3", ("新生儿出生",)), ("B4", ("",))]


@pytest.mark.parametrize(
    ("q", "codes"),
    [
        ("开饭店", ["B1"]),
        ("我想开饭店要什么材料", ["B1"]),
        ("开火锅", ["B1"]),
        ("企业开办", ["B2"]),
        ("新生儿", ["B3"]),
        ("开办", ["B1", "B2"]),
        ("身份证", []),
        ("", []),
        ("，。", []),
        ("开", []),
    ],
)
def test_a_bundle_is_offered_for_its_names(q: str, codes: list[str]) -> None:
    assert grouping.fitting(q, NAMED) == codes


@given(q=st.text(max_size=200))
def test_whatever_is_typed_offers_known_ones_only(q: str) -> None:
    assert set(grouping.fitting(q, NAMED)) <= {code for code, _ in NAMED}
