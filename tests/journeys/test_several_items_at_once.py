"""一件事: from the basket to three cases under one number, one refused and one opened by itself — without any script (§5.4)."""

import json
import re
from datetime import date
from typing import Any

from hall.presentation.commandline.demo import people
from hall.presentation.commandline.demo.filling import answers_for, paper
from hall.services.serials.rules import grouped
from hall.support.formrules.definition import FormDefinition
from tests.ground.plain import PlainBrowser
from tests.ground.servers import ServedHall
from tests.journeys.story import DATA, Applicant, until

BUNDLE = "YJS004"  # 新生儿出生
FIRST, THEN, BESIDE = "生育登记", "出生医学证明签发", "预防接种证办理"
CODES = {FIRST: "372021001000", THEN: "372021002000", BESIDE: "372021003000"}


def _answers() -> dict[str, Any]:
    schema = json.loads((DATA / "forms" / "person.json").read_text(encoding="utf-8"))
    found = answers_for(FormDefinition.from_schema(schema), date.today())
    return {name: value for name, value in found.items() if name not in {"applicant_name", "applicant_id_number", "applicant_phone"}}


class Family:
    """A newborn's parents, the department's people, and somebody who only knows the number."""

    def __init__(self, hall: ServedHall) -> None:
        self.hall = hall
        self.who = Applicant("孟晓燕")
        self.citizen, self.clerk, self.visitor = (PlainBrowser(hall.address) for _ in range(3))
        self.serial = ""

    def fill_the_basket(self) -> None:
        citizen = self.citizen
        for name in (THEN, FIRST):
            citizen.open(f"/items/{CODES[name]}")
            citizen.press("加入办事清单")
            assert f"已放进清单：{name}" in citizen.text, citizen.text[:800]
        citizen.follow("回到刚才的页面")
        assert citizen.path == f"/items/{CODES[FIRST]}"
        citizen.open("/basket")
        assert "先办 B，B 办好后办 A。" in citizen.text, "the order comes from the relations, not from the basket"
        citizen.press("移出：" + FIRST)
        assert FIRST not in citizen.text.split("先后顺序")[0]

    def choose_from_the_bundle(self) -> None:
        citizen = self.citizen
        citizen.open("/bundles")
        citizen.follow("新生儿出生")
        assert citizen.path == f"/bundles/{BUNDLE}"
        citizen.press("按勾选的重算", {"item": list(CODES.values())})
        assert "要办的 7 件" in citizen.text
        citizen.press("一次申办")
        assert citizen.path == "/sign-in"
        citizen.follow("注册")
        citizen.press(
            "注册",
            {"phone": self.who.phone, "name": self.who.name, "id_number": self.who.id_number, "password": "Quancheng-2026", "agree": "1"},
        )
        assert citizen.path == "/my/joint/new", citizen.text[:800]
        citizen.press("下一步：填表", {"item": list(CODES.values())})
        assert citizen.path.endswith("/form"), citizen.text[:800]

    def fill_in_once(self) -> None:
        citizen = self.citizen
        assert citizen.text.count("联系地址") == 1, "a common question is asked once"
        citizen.press("下一步：上传材料", {})
        assert "处需要修改" in citizen.text and citizen.status == 422
        citizen.press("下一步：上传材料", _answers())
        assert citizen.path.endswith("/materials"), citizen.text[:2000]

    def hand_each_document_in_once(self) -> None:
        citizen = self.citizen
        required = [row.find(".//h3") for row in citizen.page.iterfind(".//div[@data-upload-row]")]
        titles = [head.text.strip() for head in required if "必要" in head.text_content()]
        assert len(titles) == len(set(titles)) > 3
        for title in titles:
            extension = "pdf" if "照片" not in title else "jpg"
            citizen.hand_in(title, {"file": (f"{title[:20]}.{extension}", paper(title, extension))})
        citizen.open(citizen.path)
        assert "必要材料已齐" in citizen.text

    def submit(self) -> None:
        citizen = self.citizen
        citizen.follow("下一步：核对")
        citizen.press("一次提交 3 件", twice=True)
        found = re.search(r"/my/joint/(\d{24})/submitted", citizen.path)
        assert found, citizen.text[:1000]
        self.serial = found[1]
        code = re.search(r"查询码 ?(\d{6})", citizen.text)
        assert code
        self.code = code[1]
        assert citizen.text.count("前一件办好后自动提交") == 1
        citizen.open("/my/cases")
        assert citizen.text.count(grouped(self.serial)) == 1, "a double click made one whole"
        citizen.open("/basket")
        assert "清单还是空的" in citizen.text, "what was handed in leaves the basket, taken along from before the sign-in"

    def _case_of(self, name: str) -> str:
        self.citizen.open(f"/my/joint/{self.serial}")
        return self.citizen.href(f"查看：{name}").rsplit("/", 1)[1]

    def decide(self) -> None:
        clerk = self.clerk
        clerk.open("/sign-in")
        clerk.press("登录", {"login": "health.clerk", "password": people.PASSWORD})
        clerk.open(f"/desk/cases/{self._case_of(BESIDE)}")
        assert "属于一件事“新生儿出生”" in clerk.text
        clerk.press("领取并预审")
        clerk.press("发出不予受理通知书", {"reason": "孩子已在外省建证，请到接种单位换证。"})
        clerk.open(f"/desk/cases/{self._case_of(FIRST)}")
        clerk.press("领取并预审")
        clerk.press("受理并发出通知书", {})
        clerk.press("作出决定", {"verdict": "grant"})
        clerk.press("制作", {})
        self._says(f"“{FIRST}”已办好，这一件已自动提交")
        assert "共 3 件：2 件办理中，1 件没有办成。" in self.citizen.text

    def _says(self, words: str) -> None:
        def look() -> bool:
            self.citizen.open(f"/my/joint/{self.serial}")
            return words in self.citizen.text

        until(look)

    def look_from_outside(self) -> None:
        self.visitor.open("/progress")
        self.visitor.press("查进度", {"serial": self.serial, "code": self.code})
        text = self.visitor.text
        assert "新生儿出生一件事" in text and "1 件没有办成" in text and THEN in text
        assert self.who.name not in text


def test_a_family_does_three_things_at_once(town: ServedHall) -> None:
    family = Family(town)
    family.fill_the_basket()
    family.choose_from_the_bundle()
    family.fill_in_once()
    family.hand_each_document_in_once()
    family.submit()
    family.decide()
    family.look_from_outside()
