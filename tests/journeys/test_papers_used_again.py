"""避免重复提交: what was handed in once is there the second time, with consent and on one click (§5.3.4, §5.8.5)."""

from typing import TYPE_CHECKING

import pytest

from tests.ground.browsers import OpenPage
from tests.ground.plain import PlainBrowser
from tests.ground.servers import ServedHall

if TYPE_CHECKING:
    from tests.ground.tab import TabBrowser
    from tests.journeys.story import Story


def _tell(story: "Story") -> None:
    from tests.journeys.story import ITEM, ITEM_CODE, required_materials, until

    citizen = story.citizen
    story.find_and_register()
    story.fill_in()
    story.hand_in_materials()
    story.submit()
    citizen.open(f"/my/cases/{story.serial}/submitted")
    citizen.press("保存")
    assert "这次交的材料已存进材料库" in citizen.text, "asked once"

    def is_kept() -> bool:
        citizen.open("/my/materials")
        return "身份证明" in str(citizen.text)

    until(is_kept)
    citizen.open(f"/my/applications/new?item={ITEM_CODE}")
    citizen.press("下一步：填表")
    story.shop_is_typed_again()
    assert "材料库里有" in citizen.text and "上次办这件事交的" in citizen.text
    before = citizen.text.count("从材料库取用")
    assert before == 0, "nothing is attached by itself"
    used = 0
    for title in required_materials():
        if f"用这一份：{title}" in citizen.text:
            citizen.take_out(title)
            used += 1
    citizen.open(citizen.path)
    assert used and citizen.text.count("从材料库取用") == used
    citizen.open("/my/materials")
    citizen.press("查找", {"q": "身份证明"})
    citizen.follow("申请人身份证明")
    assert "在草稿里" in citizen.text and ITEM in citizen.text


def test_without_scripts(town: ServedHall) -> None:
    from tests.journeys.story import Story

    _tell(Story(lambda: PlainBrowser(town.address), name="韩晓梅"))


@pytest.mark.browser
def test_in_a_browser(town: ServedHall, chromium_page: OpenPage) -> None:
    from tests.ground.tab import TabBrowser
    from tests.journeys.story import Story

    def window() -> "TabBrowser":
        return TabBrowser(town.address, chromium_page(viewport={"width": 1280, "height": 900}))

    _tell(Story(window, name="曹志远"))
