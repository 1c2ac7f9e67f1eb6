"""An item from a department's draft to the public page and the search box: handed in, given back, mended, published, without any script (§5.1)."""

from urllib.parse import quote

from hall.presentation.commandline.demo import people
from hall.presentation.commandline.demo.filling import paper
from tests.ground.plain import PlainBrowser
from tests.ground.servers import ServedHall
from tests.journeys.story import until

ITEM = "370126021000"  # 气瓶充装单位许可, of the market department
SENTENCE = "想给村里开个灌煤气罐的站"
NICKNAME = "灌气瓶证"


class Change:
    """A clerk of the department, the hall's administrator, and somebody on the public pages."""

    def __init__(self, hall: ServedHall) -> None:
        self.clerk, self.admin, self.visitor = (PlainBrowser(hall.address) for _ in range(3))
        self.draft = ""

    def sign_in(self) -> None:
        for browser, login in ((self.clerk, "market.clerk"), (self.admin, "admin")):
            browser.open("/sign-in")
            browser.press("登录", {"login": login, "password": people.PASSWORD})
            assert browser.status == 200 and browser.path != "/sign-in", browser.text[:400]

    def write(self) -> None:
        clerk = self.clerk
        clerk.open(f"/desk/items?q={quote('气瓶充装')}")
        clerk.follow("气瓶充装单位许可")
        clerk.press("修改这个事项")
        self.draft = clerk.path
        clerk.open(f"{self.draft}/edit/faqs")
        clerk.press("加一个问题", {"faqs-0-question": "瓶子旧了还能充吗？", "faqs-0-answer": "先检验，合格才能充。"})
        clerk.press("保存", {"faqs-1-question": "多久换一次证？", "faqs-1-answer": "四年。"})
        assert "已保存" in clerk.text
        clerk.open(f"{self.draft}/edit/words")
        said, called = self._held("situations"), self._held("keywords")
        clerk.press("保存", {"situations": f"{said}\n{SENTENCE}".strip(), "keywords": f"{called}\n{NICKNAME}".strip()})
        clerk.open(f"{self.draft}/edit/materials")
        clerk.press("加一份材料")
        clerk.press(
            "保存并返回材料列表",
            {"name": "气瓶检验报告", "kind": "intermediary"},
            files={"sample_id": ("检验报告样表.pdf", paper("样表", "pdf"))},
        )
        assert "气瓶检验报告" in clerk.text and "已上传" in clerk.text

    def _held(self, name: str) -> str:
        return str(self.clerk.page.xpath(f'//textarea[@name="{name}"]')[0].text or "").lstrip("\n")

    def hand_in_with_a_mistake(self) -> None:
        clerk = self.clerk
        clerk.open(f"{self.draft}/edit/time")
        clerk.press("保存", {"promised_days": "9999"})
        assert "应是 0 至 3650 的整数" in clerk.text
        clerk.open(self.draft)
        clerk.press("提交大厅审核")
        assert clerk.status == 422 and "应是 0 至 3650 的整数" in clerk.text
        clerk.follow("承诺办结时限")
        assert clerk.path == f"{self.draft}/edit/time"
        clerk.press("保存", {"promised_days": "5"})
        clerk.open(f"{self.draft}/edit/flow")
        for place in range(len(clerk.page.xpath("//fieldset[starts-with(@id, 'row-flow_steps-')]"))):
            assert self.clerk.page.xpath(f'//input[@name="flow_steps-{place}-days"]')
        clerk.press(
            "保存", {f"flow_steps-{n}-days": "0" for n in range(len(clerk.page.xpath("//fieldset[starts-with(@id, 'row-flow_steps-')]")))}
        )
        clerk.open(f"{self.draft}/preview")
        assert "这是预览，还没有发布" in clerk.text and "瓶子旧了还能充吗？" in clerk.text
        clerk.open(self.draft)
        clerk.press("提交大厅审核")
        assert "已提交大厅审核" in clerk.text

    def give_back(self) -> None:
        admin = self.admin
        admin.open("/console/items/review")
        admin.follow("审核 气瓶充装单位许可")
        assert "气瓶检验报告" in admin.text and SENTENCE in admin.text and NICKNAME in admin.text
        admin.press("退回部门", {"comment": "换证年限请写明依据。"})
        assert "已退回部门" in admin.text
        self.visitor.open(f"/items/{ITEM}")
        assert "瓶子旧了还能充吗？" not in self.visitor.text

    def mend(self) -> None:
        clerk = self.clerk
        clerk.open("/desk/items/drafts")
        assert "换证年限请写明依据。" in clerk.text
        clerk.open(f"{self.draft}/edit/faqs")
        clerk.press("保存", {"faqs-1-answer": "四年，依据《气瓶充装许可规则》。"})
        clerk.open(self.draft)
        clerk.press("提交大厅审核")

    def publish(self) -> None:
        admin = self.admin
        admin.open("/console/items/review")
        admin.follow("审核 气瓶充装单位许可")
        admin.press("发布")
        assert "已发布" in admin.text
        admin.open(f"/console/items/{ITEM}")
        assert "第 2 版" in admin.text and "平台编辑" in admin.text

    def look(self) -> None:
        until(self._is_shown, seconds=10)
        until(self._is_found, seconds=20)

    def _is_shown(self) -> bool:
        # A page kept by the server is thrown away within seconds of a publication.
        self.visitor.open(f"/items/{ITEM}")
        return "四年，依据《气瓶充装许可规则》。" in self.visitor.text and "气瓶检验报告" in self.visitor.text

    def _is_found(self) -> bool:
        self.visitor.open(f"/search?q={quote(NICKNAME)}")
        return f"/items/{ITEM}" in str(self.visitor.body.decode())

    def compare(self) -> None:
        clerk = self.clerk
        clerk.open(f"/desk/items/{ITEM}")
        clerk.press("比较所选两版")
        assert "第 1 版和第 2 版有什么不同" in clerk.text and "气瓶检验报告" in clerk.text


def test_without_scripts(town: ServedHall) -> None:
    change = Change(town)
    for step in (change.sign_in, change.write, change.hand_in_with_a_mistake, change.give_back, change.mend, change.publish, change.look):
        step()
    change.compare()
