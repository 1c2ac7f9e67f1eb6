"""Every component in a real browser: accessible in each mode, nothing wider than a small phone."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.presentation.design.axe import assert_accessible, assert_no_sideways_scroll

pytestmark = pytest.mark.browser
PAGES = ("/kit", "/kit/form", "/kit/console", "/kit/nowhere", "/kit/away")
MODES = {"light": "", "elder": "hall_mode=elder", "contrast": "hall_contrast=high"}


def _open(tab: Page, site: str, path: str, mode: str, width: int) -> None:
    tab.set_viewport_size({"width": width, "height": 900})
    if MODES[mode]:
        name, value = MODES[mode].split("=")
        tab.context.add_cookies([{"name": name, "value": value, "url": site}])
    tab.goto(site + path)


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("path", PAGES)
def test_it_is_accessible(tab: Page, kit_site: str, path: str, mode: str, width: int) -> None:
    _open(tab, kit_site, path, mode, width)
    folder = os.environ.get("HALL_SHOTS")
    if folder:
        tab.screenshot(path=Path(folder) / f"{path.strip('/').replace('/', '-')}-{mode}-{width}.png", full_page=True)
    assert_accessible(tab)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("width", [320, 800, 1024])
def test_it_never_scrolls_sideways(tab: Page, kit_site: str, path: str, mode: str, width: int) -> None:
    _open(tab, kit_site, path, mode, width)
    assert_no_sideways_scroll(tab)
