"""One application from the search box to the answered rating: in a real browser, and without any script."""

from typing import TYPE_CHECKING

import pytest

from tests.ground.browsers import OpenPage
from tests.ground.plain import PlainBrowser
from tests.ground.servers import ServedHall

if TYPE_CHECKING:
    from tests.ground.tab import TabBrowser


def test_without_scripts(town: ServedHall) -> None:
    from tests.journeys.story import Story

    Story(lambda: PlainBrowser(town.address), name="林晓燕").tell()


@pytest.mark.browser
def test_in_a_browser(town: ServedHall, chromium_page: OpenPage) -> None:
    from tests.ground.tab import TabBrowser
    from tests.journeys.story import Story

    def window() -> "TabBrowser":
        return TabBrowser(town.address, chromium_page(viewport={"width": 1280, "height": 900}))

    Story(window, name="宋建军").tell()
