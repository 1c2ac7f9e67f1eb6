"""axe-core in a Chromium: the accessibility bar of every page (WCAG 2.2 AA and axe's best practices, no violation)."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

SOURCE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
FLAGS = [
    "--headless=new",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium_path() -> str | None:
    """Where the system's Chromium is, None without one."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@contextmanager
def launched() -> Iterator[Browser]:
    """A Chromium for tests; without one the test says so and is skipped."""
    path = chromium_path()
    if path is None:
        pytest.skip("no Chromium here: browser tests are skipped")
    # Chromium's sandbox refuses to work for root.
    flags = [*FLAGS, "--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else FLAGS
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=flags)
        try:
            yield browser
        finally:
            browser.close()


def violations(page: Page) -> list[str]:
    """What axe finds on the page as it stands, one line a finding: rule, place, how to mend it."""
    # Through the debugger and not as a <script>, which the page's own policy would rightly refuse.
    page.evaluate(f"() => {{ if (!window.axe) {{ {SOURCE} }} }}")
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{rule['id']} ({rule['impact']}): {' '.join(map(str, node['target']))}: {node['failureSummary']}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


def assert_accessible(page: Page) -> None:
    """No axe violation on the page as it stands."""
    found = violations(page)
    assert not found, f"{page.url}: {len(found)} accessibility faults\n" + "\n".join(found)


def assert_no_sideways_scroll(page: Page) -> None:
    """The page is not wider than the window (parts that scroll by themselves may be)."""
    wide = page.evaluate(
        """() => document.documentElement.scrollWidth <= innerWidth ? [] :
        [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest(".tbl-wrap, .tabs, .grid--scroll, .app__nav, .sr"))
        .slice(0, 8).map((e) => e.tagName + "." + (e.getAttribute("class") ?? "") + " " + Math.round(e.getBoundingClientRect().right))"""
    )
    assert not wide, f"{page.url} is wider than {page.viewport_size}: {wide}"
