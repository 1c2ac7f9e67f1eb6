"""Visits in a real browser: the charts of use are sound, and a visit is booked with the keyboard alone."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser

from tests.ground.servers import ServedHall
from tests.presentation import looking

if TYPE_CHECKING:
    from tests.presentation.reach import Reach

pytestmark = pytest.mark.browser
CITIZEN, CLINIC = "13800001234", "370121002000"  # 医疗机构执业登记, with times to book in the town


@pytest.fixture(scope="module")
def reach(town: ServedHall, chromium: Browser) -> "Iterator[Reach]":
    from tests.presentation.reach import Reach

    made = Reach(town, chromium)
    yield made
    made.close()
    assert made.complaints == []


@pytest.mark.parametrize(
    ("login", "path"), [("health.leader", "/desk/appointments/usage"), ("admin", "/console/appointments/usage?weeks=12")]
)
def test_how_seats_were_used(reach: "Reach", login: str, path: str) -> None:
    page = reach.open(login, path)
    page.evaluate("() => document.querySelectorAll('main details').forEach((e) => { e.open = true; })")
    assert page.locator("svg.chart rect.chart__on").count() > 1
    assert looking.faults(page) == []


_FOCUSED = """() => {
  const e = document.activeElement;
  // A box around a field may be what shows it.
  const seen = [e, e.parentElement, e.closest("label.slot, .search__box")].filter(Boolean).some((shown) => {
    const style = getComputedStyle(shown);
    return style.boxShadow !== "none" || (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2);
  });
  return {day: e.matches("a.day"), slot: e.matches("input[name=slot]"), value: e.value || "", href: e.href || "",
          seen};
}"""


def test_a_visit_is_booked_with_the_keyboard_alone_and_focus_is_always_seen(reach: "Reach") -> None:
    page = reach.open(CITIZEN, f"/appointments?item={CLINIC}")

    def tab_to(kind: str) -> dict[str, str]:
        for _ in range(120):
            page.keyboard.press("Tab")
            at: dict[str, str] = page.evaluate(_FOCUSED)
            assert at["seen"], f"focus is not seen at {page.evaluate('() => document.activeElement.outerHTML')[:200]}"
            if at[kind]:
                return at
        raise AssertionError(f"no {kind} is reached with Tab")

    first = tab_to("day")
    second = tab_to("day")
    assert first["href"] < second["href"]
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.url == second["href"] and page.locator("a.day[aria-current=date]").count() == 1
    chosen = tab_to("slot")
    page.keyboard.press("ArrowDown")
    moved = page.evaluate(_FOCUSED)
    assert moved["slot"] and moved["seen"] and moved["value"] != chosen["value"]
    assert page.locator("input[name=slot]:checked").get_attribute("value") == moved["value"]
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "确认预约" in page.title() and f"slot={moved['value']}" in page.url
    assert looking.faults(page) == []
