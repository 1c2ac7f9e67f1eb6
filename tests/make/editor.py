"""The item editor as a browser without scripts uses it, and an item with something in every element."""

import re
from html import unescape
from typing import Any

from django.test import Client

from hall.support.access.actors import Actor
from tests.make.catalogue import make_item, make_theme, material_row
from tests.make.people import signed_in


def client_of(actor: Actor) -> Client:
    assert actor.account_id is not None
    return signed_in(actor.account_id)


def text_of(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status, (answer.status_code, answer.content.decode()[:2000])
    text = str(answer.content.decode())
    assert "style=" not in text and "<script>" not in text
    return text


def fields_of(text: str) -> dict[str, Any]:
    """What a browser without scripts would send back from the page's editor, buttons aside."""
    form = text[text.index('<form class="panel edit"') :]
    form = form[: form.index("</form>")]
    found: dict[str, Any] = {}
    for tag in re.findall(r"<input [^>]*>", form):
        given = {name: unescape(value) for name, value in re.findall(r'([a-z-]+)="([^"]*)"', tag)}
        if given.get("type") == "file" or "name" not in given:
            continue
        if given.get("type") in {"checkbox", "radio"} and not re.search(r"\schecked[\s>]", tag):
            continue
        found.setdefault(given["name"], []).append(given.get("value", ""))
    for name, body in re.findall(r'<textarea [^>]*name="([^"]+)"[^>]*>\n(.*?)</textarea>', form, re.DOTALL):
        found[name] = [unescape(body)]
    for name, body in re.findall(r'<select [^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected>', body)
        found[name] = [chosen.group(1) if chosen else ""]
    return found


def full_item(**changes: Any) -> Any:
    """An item in which every element says something."""
    make_theme("L08")
    before = make_item(name="先办的事项")
    return make_item(
        themes=["L08"],
        variants=[
            {"key": "v1", "kind": "new", "name": "新办", "note": "第一次办"},
            {"key": "v2", "kind": "change", "name": "变更", "note": ""},
        ],
        materials=[material_row(variants=["v1"], guideline="盖章", when="委托办理时"), material_row(2)],
        special_procedures=[{"name": "专家评审", "basis": "办法第三条", "days": 15}],
        fees=[{"name": "工本费", "standard": "10 元", "basis": "", "unit": "每证", "reduction": ""}],
        charged=True,
        fee="每证 10 元",
        intermediary_services=[{"name": "检测", "basis": "", "providers": "省检测院", "fee": "面议"}],
        places=[{"name": "省政务服务大厅 12 号窗口", "address": "济南市省府前街 1 号", "hours": "工作日 9:00 至 17:00"}],
        consult_contacts=[{"kind": "电话", "value": "0531-86060000", "note": ""}],
        complaint_contacts=[{"kind": "网上", "value": "https://example.gov.cn", "note": "全天"}],
        faqs=[{"question": "要多久？", "answer": "十个工作日。\n节假日不算。"}],
        conditions=["列入目录", "第二条\n分两行写"],
        authority_kind="statutory",
        handling_forms=["counter", "online"],
        related={"prerequisite": [before.code], "followup": [], "parallel": [], "joint": []},
        **changes,
    )
