"""From application to rating (§5.2, §5.3.2, §5.5.1, §5.7.1, §5.3.5), told once for any kind of browser."""

import json
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pypdfium2
import zxingcpp

from hall.presentation.commandline.demo import people
from hall.presentation.commandline.demo.filling import answers_for, paper
from hall.support.formrules.definition import FormDefinition
from tests.make import scenes

DATA = Path(__file__).resolve().parents[2] / "data"
ITEM = "食品经营许可"
ITEM_CODE = "370126014000"
SHOP = "历下区泉水叮咚小吃店"
Browsers = Callable[[], Any]


@dataclass
class Applicant:
    """A citizen whom nobody registered before."""

    name: str
    phone: str = field(default_factory=lambda: f"139{secrets.randbelow(10**8):08d}")
    id_number: str = field(
        default_factory=lambda: people.with_check_digit(f"370102{1950 + secrets.randbelow(50)}0615{secrets.randbelow(900):03d}0")
    )


def answers() -> dict[str, Any]:
    """Right answers for everything that the hall does not know of the applicant already."""
    schema = json.loads((DATA / "forms" / f"{ITEM_CODE}.person.json").read_text(encoding="utf-8"))
    found = answers_for(FormDefinition.from_schema(schema), date.today())
    known = {"applicant_name", "applicant_id_number", "applicant_phone"}
    return {name: value for name, value in found.items() if name not in known} | {"shop_name": SHOP}


def required_materials() -> list[str]:
    """The titles of the item's required materials."""
    for line in (DATA / "items.jsonl").read_text(encoding="utf-8").splitlines():
        item = json.loads(line)
        if item["code"] == ITEM_CODE:
            return [material["name"] for material in item["materials"] if material["necessity"] == "required"]
    raise AssertionError(ITEM_CODE)


def read_qr(pdf: bytes) -> str:
    """What a telephone reads from the paper."""
    document = pypdfium2.PdfDocument(pdf)
    for page in document:
        for found in zxingcpp.read_barcodes(page.render(scale=3).to_pil()):
            if found.text.startswith("http"):  # a result has a second code, which needs no network and opens no page
                return str(found.text)
    raise AssertionError("no QR code on the paper")


def until(says: Callable[[], bool], *, seconds: float = 20) -> None:
    """Look again until it is so: another process is at work."""
    end = time.monotonic() + seconds
    while not says():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.2)


class Story:
    """The people of one application, each with a browser of their own."""

    def __init__(self, browsers: Browsers, *, name: str) -> None:
        self.photographed = required_materials()[1]
        self.who = Applicant(name)
        self.citizen, self.clerk, self.reviewer, self.leader, self.visitor = (browsers() for _ in range(5))
        self.serial = ""

    def tell(self) -> None:
        """All of it, in order."""
        self.find_and_register()
        self.fill_in()
        self.hand_in_materials()
        self.submit()
        self.ask_for_correction()
        self.correct()
        self.accept_and_decide()
        self.deliver()
        self.verify()
        self.rate()
        self.reply()

    def find_and_register(self) -> None:
        citizen = self.citizen
        citizen.open("/")
        citizen.press("搜索", {"q": "开饭店"})
        assert ITEM in citizen.text
        citizen.follow(ITEM)
        assert citizen.path == f"/items/{ITEM_CODE}"
        citizen.follow("立即申办")
        assert citizen.path == "/sign-in"
        citizen.follow("注册")
        citizen.press(
            "注册",
            {"phone": self.who.phone, "name": self.who.name, "id_number": self.who.id_number, "password": "Quancheng-2026", "agree": "1"},
        )
        assert citizen.path == "/my/applications/new", citizen.text
        citizen.press("下一步：填表")

    def fill_in(self) -> None:
        citizen = self.citizen
        assert self.who.name in citizen.text or citizen.path.endswith("/form")
        citizen.press("下一步：上传材料", {"shop_name": SHOP})
        assert citizen.path.endswith("/form"), "an unfinished form does not go on"
        assert "处需要修改" in citizen.text
        citizen.press("下一步：上传材料", answers())
        assert citizen.path.endswith("/materials"), citizen.text[:2000]

    def shop_is_typed_again(self) -> None:
        """The form of a second application."""
        self.citizen.press("下一步：上传材料", answers())
        assert self.citizen.path.endswith("/materials"), self.citizen.text[:2000]

    def hand_in_materials(self) -> None:
        citizen = self.citizen
        assert "还差" in citizen.text
        for title in required_materials():
            citizen.hand_in(title, {"file": (f"{title[:20]}.pdf", paper(title, "pdf"))})
            if title == self.photographed:
                self.mend_a_photo(title)
        citizen.open(citizen.path)
        assert "必要材料已齐" in citizen.text

    def mend_a_photo(self, title: str) -> None:
        """A second file of this material is a photo, soft and on its side: it is turned with a click, and handed in soft as it is."""
        citizen = self.citizen
        citizen.hand_in(title, {"file": ("横拍.jpg", scenes.as_jpg(scenes.turn(scenes.soften(scenes.draw_id_card(), 2))))})
        until(lambda: "文字像是横躺着的" in self._seen_again(citizen), seconds=60)
        assert "有些模糊" in citizen.text
        citizen.press("向右转：横拍.jpg")
        assert "选好之前，原件一直都在" in citizen.text and "横拍-向右转.jpg" in citizen.text
        citizen.press("用整理后的")
        until(lambda: "横躺" not in self._seen_again(citizen) and "有些模糊" in citizen.text, seconds=60)

    @staticmethod
    def _seen_again(citizen: Any) -> str:
        """The page after a while; without scripts only a reload shows what was found meanwhile."""
        if not citizen.has_scripts:
            citizen.open(citizen.path)
        return str(citizen.text)

    def submit(self) -> None:
        citizen = self.citizen
        citizen.follow("下一步：核对")
        assert SHOP in citizen.text
        citizen.press("确认提交", twice=True)
        found = re.search(r"/my/cases/(\d{24})/submitted", citizen.path)
        assert found, citizen.text[:1000]
        self.serial = found[1]
        code = re.search(r"查询码 ?(\d{6})", citizen.text)
        assert code, citizen.text
        receipt = citizen.fetch(citizen.href("打印回执"))
        assert receipt.startswith(b"%PDF")
        assert "/verify/" in read_qr(receipt)
        self.visitor.open("/progress")
        self.visitor.press("查进度", {"serial": self.serial, "code": code[1]})
        assert ITEM in self.visitor.text
        assert "待受理" in self.visitor.text
        citizen.open("/my/cases?tab=running")
        assert citizen.text.count(self._grouped()) == 1, "a double click made one case"

    def _grouped(self) -> str:
        from hall.services.serials.rules import grouped

        return grouped(self.serial)

    def _staff(self, browser: Any, username: str) -> None:
        browser.open("/sign-in")
        browser.press("登录", {"login": username, "password": people.PASSWORD})
        assert browser.path == "/desk", browser.text
        browser.open(f"/desk/cases/{self.serial}")
        assert self.who.name in browser.text

    def ask_for_correction(self) -> None:
        self.first_material = required_materials()[0]
        self._staff(self.clerk, "market.clerk")
        assert SHOP in self.clerk.text
        self.clerk.press("领取并预审")
        assert "经办人 张磊" in self.clerk.text
        self.clerk.press(
            "发出补正告知书",
            {"point.field.shop_name": "字号与营业执照不一致，请按执照填写。", "point.material.m1": "第 1 页看不清印章，请重新扫描。"},
        )
        assert "等待申请人补正" in self.clerk.text, self.clerk.text

    def correct(self) -> None:
        citizen = self.citizen
        until(lambda: self._is_told("补正"))
        citizen.open("/my/cases?tab=mine")
        citizen.follow("去补正")
        assert "第 1 页看不清印章" in citizen.text
        citizen.press("提交补正")
        assert "还有需要补正的内容没有改" in citizen.text
        citizen.press("保存", {"value": f"{SHOP}（个体工商户）"})
        citizen.hand_in(self.first_material, {"file": ("重新扫描.pdf", paper(f"{self.first_material}（补正）", "pdf"))})
        citizen.press("提交补正")
        assert citizen.path == f"/my/cases/{self.serial}"
        assert "您已提交补正" in citizen.text

    def _is_told(self, words: str) -> bool:
        self.citizen.open("/my/notices")
        return words in self.citizen.text

    def accept_and_decide(self) -> None:
        self.clerk.open(f"/desk/cases/{self.serial}")
        assert f"{SHOP}（个体工商户）" in self.clerk.text
        assert "重新扫描.pdf" in self.clerk.text
        assert "横拍-向右转.jpg" in self.clerk.text and "请看一眼" in self.clerk.text
        self.clerk.press("受理并发出通知书", {"note": "材料已齐。"})
        self._staff(self.reviewer, "market.reviewer")
        self.reviewer.press("开始审查")
        self.reviewer.press("提交审查意见", {"verdict": "grant", "opinion": "场所、人员、制度符合法定条件。"})
        self._staff(self.leader, "market.leader")
        assert "场所、人员、制度符合法定条件。" in self.leader.text
        self.leader.press("作出决定", {"verdict": "grant"})
        self.citizen.open(f"/my/cases/{self.serial}")
        assert "已作出准予决定" in self.citizen.text
        assert "场所、人员、制度符合法定条件。" not in self.citizen.text, "the opinion stays inside the department"

    def deliver(self) -> None:
        self.clerk.open(f"/desk/cases/{self.serial}")
        self.clerk.press("制作", {"valid_until": (date.today() + timedelta(days=1826)).isoformat()})
        self.clerk.press("送达", {"method": "electronic"})
        assert "这个办件已经结束" in self.clerk.text
        until(lambda: self._is_told("办结"))

    def verify(self) -> None:
        citizen, visitor = self.citizen, self.visitor
        citizen.open(f"/my/cases/{self.serial}")
        paper_of_result = citizen.fetch(citizen.href("下载"))
        address = read_qr(paper_of_result)
        visitor.open(address)
        assert "这份文书是真的" in visitor.text
        assert self.who.name[0] in visitor.text
        assert self.who.name not in visitor.text, "a citizen's name is masked in public"
        number = re.search(r"鲁\S+?证字〔\d{4}〕\d+号", visitor.text)
        assert number, visitor.text
        visitor.open("/verify")
        visitor.press("查验", {"number": number[0]})
        assert "这份文书是真的" in visitor.text
        code = address.rsplit("/", 1)[1]
        visitor.open("/verify")
        visitor.press("查验", {"number": code.replace("-", "").lower()})
        assert "这份文书是真的" in visitor.text
        visitor.open("/verify/" + code[:-1] + ("2" if code[-1] != "2" else "3"))
        assert "没有查到这份文书" in visitor.text

    def rate(self) -> None:
        citizen = self.citizen
        citizen.open(f"/my/cases/{self.serial}")
        citizen.follow("去评价")
        self.words = f"补正一次说全了，{self.serial[-4:]}很清楚。"
        citizen.press("提交评价", {"grade": "5", "guide": "5", "attitude": "5", "speed": "4", "text": self.words})
        assert citizen.path == f"/my/cases/{self.serial}"
        assert self.words in citizen.text
        citizen.open(f"/items/{ITEM_CODE}")
        assert self.words in citizen.text

    def reply(self) -> None:
        leader = self.leader
        leader.open("/desk/ratings?only=unanswered")
        assert self.words in leader.text
        thanks = f"谢谢您的评价（{self.serial[-4:]}）。"
        leader.press("回复", {"text": thanks})
        self.citizen.open(f"/my/cases/{self.serial}")
        assert thanks in self.citizen.text
        self.visitor.open(f"/items/{ITEM_CODE}/reviews?before=")
        assert thanks in self.visitor.text
        assert self.who.name not in self.visitor.text
