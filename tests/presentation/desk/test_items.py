"""The department's item pages over HTTP: lists, the editor and what it keeps, files, bad input, who gets in (§5.1)."""

import re
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from hall.presentation.desk.items_form import SECTIONS
from hall.services.catalogue import drafting
from hall.support.filestore.models import StoredFile
from tests.make.catalogue import make_cert_type, make_item, material_row
from tests.make.drafts import clerk_of, make_draft, make_submitted, page_of, reviewer, state_of
from tests.make.editor import client_of, fields_of, full_item, text_of
from tests.make.files import make_exe, make_pdf
from tests.make.people import NOW

pytestmark = pytest.mark.django_db


# --- lists --------------------------------------------------------------------------------------------------------------------------


def test_the_list_shows_the_departments_own_items_and_finds_them_by_part_of_a_name() -> None:
    item, other = make_item(name="食品经营许可"), make_item(name="投资项目备案")
    foreign = make_item(name="食品生产许可", department_code="SD33")
    client = client_of(clerk_of())
    text = text_of(client.get("/desk/items"))
    assert item.code in text and other.code in text and foreign.code not in text
    found = text_of(client.get("/desk/items?q=品经"))
    assert item.code in found and other.code not in found
    assert item.code in text_of(client.get(f"/desk/items?q={item.code[:12].lower()}"))
    assert "没有符合条件的事项" in text_of(client.get("/desk/items?status=abolished"))


def test_long_lists_are_walked_without_missing_or_repeating_an_item() -> None:
    codes = {make_item(keywords=[f"词{n}" for n in range(number % 3)]).code for number in range(65)}
    client, seen, path = client_of(clerk_of()), [], "/desk/items"
    for _ in range(5):
        text = text_of(client.get(path))
        seen += re.findall(r'<td data-l="编码" class="mono nw">([0-9A-Z]{12})</td>', text)
        more = re.search(r'<a href="([^"]+)" rel="next">', text)
        if more is None:
            break
        path = unescape(more.group(1))
    assert len(seen) == 65 and set(seen) == codes


def test_drafts_are_listed_open_and_done() -> None:
    item, clerk = make_item(name="食品经营许可"), clerk_of()
    draft_id = make_draft(clerk, item.code)
    client = client_of(clerk)
    assert f"/desk/items/drafts/{draft_id}" in text_of(client.get("/desk/items/drafts"))
    drafting.discard_draft(actor=clerk, draft_id=draft_id, revision=0, now=NOW)
    assert "没有正在办的草稿" in text_of(client.get("/desk/items/drafts"))
    assert "已放弃" in text_of(client.get("/desk/items/drafts?only=done"))


# --- the editor ---------------------------------------------------------------------------------------------------------------------


def test_saving_every_section_as_it_stands_changes_nothing() -> None:
    item, clerk = full_item(), clerk_of()
    client, draft_id = client_of(clerk), make_draft(clerk, item.code)
    for section in SECTIONS:
        if section.slug == "materials":
            continue
        path = f"/desk/items/drafts/{draft_id}/edit/{section.slug}"
        sent = fields_of(text_of(client.get(path))) | {"go": "save"}
        assert client.post(path, sent).status_code == 302
    for seq in (1, 2):
        path = f"/desk/items/drafts/{draft_id}/materials/{seq}"
        assert client.post(path, fields_of(text_of(client.get(path))) | {"go": "save"}).status_code == 302
    page = page_of(clerk, draft_id)
    assert page.changes == ()
    assert [fault.sentence for fault in page.faults] == ["草稿和现行版本完全一样，没有可以提交的改动。"]


def test_adding_and_removing_rows_keeps_everything_typed() -> None:
    item, clerk = make_item(), clerk_of()
    client, draft_id = client_of(clerk), make_draft(clerk, item.code)
    path = f"/desk/items/drafts/{draft_id}/edit/faqs"
    sent = {"revision": "0", "faqs-0-question": "能代办吗？", "faqs-0-answer": "可以。", "go": "add:faqs"}
    answer = client.post(path, sent)
    assert answer.headers["Location"] == f"{path}?more=faqs#row-faqs-1"
    text = text_of(client.get(f"{path}?more=faqs"))
    assert 'name="faqs-1-question"' in text and "能代办吗？" in text
    sent = {key: value for key, value in fields_of(text).items() if key != "csrfmiddlewaretoken"}
    sent |= {"faqs-1-question": ["收费吗？"], "faqs-1-answer": ["不收费。"], "go": ["remove:faqs:0"]}
    assert client.post(path, sent).status_code == 302
    assert page_of(clerk, draft_id).line["faqs"] == [{"question": "收费吗？", "answer": "不收费。"}]


def test_variants_keep_their_keys_and_new_ones_get_a_free_one() -> None:
    item, clerk = full_item(), clerk_of()
    client, draft_id = client_of(clerk), make_draft(clerk, item.code)
    path = f"/desk/items/drafts/{draft_id}/edit/variants"
    sent = fields_of(text_of(client.get(path)))
    sent |= {"variants-2-kind": ["renew"], "variants-2-name": ["延续"], "go": ["remove:variants:0"]}
    client.post(path, sent)
    assert [(one["key"], one["name"]) for one in page_of(clerk, draft_id).line["variants"]] == [("v2", "变更"), ("v3", "延续")]


def test_wrong_answers_are_kept_and_told_at_their_field() -> None:
    item, clerk = make_item(), clerk_of()
    client, draft_id = client_of(clerk), make_draft(clerk, item.code)
    path = f"/desk/items/drafts/{draft_id}/edit/time"
    sent = fields_of(text_of(client.get(path))) | {"promised_days": ["三十天"], "statutory_days": ["20"], "go": ["save"]}
    text = text_of(client.get(client.post(path, sent).headers["Location"]))
    assert "<title>错误：" in text and 'href="#f-promised_days"' in text
    assert 'value="三十天"' in text and "“三十天”应是 0 至 3650 的整数" in text
    sent |= {"promised_days": ["30"], "revision": ["1"]}
    text = text_of(client.get(client.post(path, sent).headers["Location"]))
    assert "承诺 30 天超过法定 20 天，请改为不超过法定时限" in text


def test_a_stale_page_keeps_what_was_typed_and_saves_it_when_asked_again() -> None:
    item, clerk = make_item(), clerk_of()
    client, draft_id = client_of(clerk), make_draft(clerk, item.code)
    path = f"/desk/items/drafts/{draft_id}/edit/basic"
    sent = fields_of(text_of(client.get(path))) | {"name": ["我写的名称"], "go": ["save"]}
    drafting.save_draft(actor=clerk_of(), draft_id=draft_id, revision=0, changes={"quota_limit": "100 个"}, now=NOW)
    text = text_of(client.post(path, sent), 409)
    assert "刚刚被别人保存过" in text and 'value="我写的名称"' in text
    again = client.post(path, fields_of(text) | {"go": ["save"]})
    assert again.status_code == 302
    assert page_of(clerk, draft_id).line["name"] == "我写的名称"


def test_faults_lead_to_the_place_where_they_are_mended() -> None:
    item, clerk = make_item(), clerk_of()
    client = client_of(clerk)
    changes = {"promised_days": 30, "materials": [material_row(name="")], "keywords": ["好", "长" * 90], "conditions": ["甲", ""]}
    draft_id = make_draft(clerk, item.code, **changes)
    text = text_of(client.post(f"/desk/items/drafts/{draft_id}/submit", {"revision": 1}), 422)
    base = f"/desk/items/drafts/{draft_id}"
    places = [unescape(one) for one in re.findall(rf'href="({base}/[^"]+#f-[^"]+)"', text)]
    assert f"{base}/edit/time?check=1#f-promised_days" in places
    assert f"{base}/materials/1?check=1#f-name" in places
    assert f"{base}/edit/words?check=1#f-keywords" in places
    for place in places:
        path, _, anchor = place.partition("#")
        assert f'id="{anchor}"' in text_of(client.get(path)), place
    assert state_of(draft_id) == "editing"


# --- materials ----------------------------------------------------------------------------------------------------------------------


def test_materials_are_added_moved_and_removed() -> None:
    item, clerk = full_item(), clerk_of()
    client, draft_id = client_of(clerk), make_draft(clerk, item.code)
    path = f"/desk/items/drafts/{draft_id}/edit/materials"
    added = client.post(path, {"revision": 0, "go": "new"}).headers["Location"]
    assert added == f"/desk/items/drafts/{draft_id}/materials/3"
    sent = fields_of(text_of(client.get(added))) | {"name": ["授权委托书"], "kind": ["proxy"], "go": ["list"]}
    assert client.post(added, sent).headers["Location"] == path
    client.post(path, {"revision": 1, "go": "up:3"})
    client.post(path, {"revision": 2, "go": "remove:1"})
    line = page_of(clerk, draft_id).line
    assert sorted((one["seq"], one["name"]) for one in line["materials"]) == [(2, "授权委托书"), (3, "项目申请书（2）")]


def test_a_blank_form_and_a_sample_are_uploaded_looked_at_replaced_and_dropped() -> None:
    item, clerk = make_item(materials=[material_row(has_blank_form=False, has_sample=False)]), clerk_of()
    make_cert_type()
    client, draft_id = client_of(clerk), make_draft(clerk, item.code)
    path = f"/desk/items/drafts/{draft_id}/materials/1"
    sent = fields_of(text_of(client.get(path)))
    files = {
        "blank_form_id": SimpleUploadedFile("申请书.pdf", make_pdf(), "application/pdf"),
        "sample_id": SimpleUploadedFile("样表.exe", make_exe(), "application/octet-stream"),
    }
    text = text_of(client.post(path, {**sent, **files, "guideline": "盖公章", "go": "save"}), 422)
    assert "填写样表没有保存" in text and "申请书.pdf" in text
    one = page_of(clerk, draft_id).line["materials"][0]
    assert one["guideline"] == "盖公章" and one["has_blank_form"] is True and one["has_sample"] is False
    got = client.get(f"/desk/items/drafts/{draft_id}/files/{one['blank_form_id']}")
    assert b"".join(got).startswith(b"%PDF")  # type: ignore[arg-type]
    assert client_of(clerk_of("SD33")).get(f"/desk/items/drafts/{draft_id}/files/{one['blank_form_id']}").status_code == 404
    sent = fields_of(text_of(client.get(path))) | {"drop-blank_form_id": ["1"], "go": ["save"]}
    client.post(path, sent)
    assert "blank_form_id" not in page_of(clerk, draft_id).line["materials"][0]


def test_a_file_sent_with_a_stale_page_is_not_left_behind() -> None:
    item, clerk = make_item(), clerk_of()
    client, draft_id = client_of(clerk), make_draft(clerk, item.code)
    path = f"/desk/items/drafts/{draft_id}/materials/1"
    sent = fields_of(text_of(client.get(path)))
    drafting.save_draft(actor=clerk, draft_id=draft_id, revision=0, changes={"quota_limit": "1 个"}, now=NOW)
    file = SimpleUploadedFile("申请书.pdf", make_pdf(), "application/pdf")
    text = text_of(client.post(path, {**sent, "guideline": "盖公章", "blank_form_id": file, "go": "save"}), 409)
    assert "盖公章" in text and not StoredFile.objects.exists()


# --- on its way ---------------------------------------------------------------------------------------------------------------------


def test_the_preview_looks_like_the_item_page_with_the_drafts_words() -> None:
    item, clerk = full_item(), clerk_of()
    client = client_of(clerk)
    draft_id = make_draft(clerk, item.code, name="企业投资项目核准（预览）", conditions=["新写的条件"], promised_days="错的")
    text = text_of(client.get(f"/desk/items/drafts/{draft_id}/preview"))
    assert "这是预览，还没有发布" in text and "新写的条件" in text and "<h1>企业投资项目核准（预览）</h1>" in text
    assert 'id="materials"' in text and "项目申请书" in text


def test_a_new_item_has_a_preview_too() -> None:
    clerk = clerk_of()
    draft_id = drafting.start_new_item(actor=clerk, item_code="370102990009", name="露天演出登记", now=NOW)
    assert "露天演出登记" in text_of(client_of(clerk).get(f"/desk/items/drafts/{draft_id}/preview"))


def test_a_new_item_begins_with_its_code_and_name() -> None:
    item, client = make_item(name="食品经营许可"), client_of(clerk_of())
    text = text_of(client.post("/desk/items/new", {"code": item.code, "name": "又一个"}), 422)
    assert f"编码 {item.code} 已经用于“食品经营许可”" in text and 'value="又一个"' in text
    text = text_of(client.post("/desk/items/new", {"code": "12", "name": ""}), 422)
    assert 'href="#f-code"' in text and 'href="#f-name"' in text
    done = client.post("/desk/items/new", {"code": "370102990010", "name": "露天演出登记"})
    assert done.headers["Location"].endswith("/edit/basic")


def test_versions_are_compared_and_restored() -> None:
    item, clerk = make_item(), clerk_of()
    draft_id = make_submitted(clerk, item.code, conditions=["完全另写的一条"])
    drafting.publish_draft(actor=reviewer(), draft_id=draft_id, revision=1, now=NOW)
    client = client_of(clerk)
    assert "恢复为草稿" in text_of(client.get(f"/desk/items/{item.code}"))
    text = text_of(client.get(f"/desk/items/{item.code}/compare?old=1&new=2"))
    assert "<ins>完全另写的一条</ins>" in text and "<del>项目列入政府核准的投资项目目录</del>" in text
    assert "两个版本的内容一样" in text_of(client.get(f"/desk/items/{item.code}/compare?old=2&new=2"))
    place = client.post(f"/desk/items/{item.code}/draft", {"version": "1"}).headers["Location"]
    assert "项目列入政府核准的投资项目目录" in text_of(client.get(place))
    refused = text_of(client.post(f"/desk/items/{item.code}/draft", {"version": "1"}), 409)
    assert "已经有一份没有办完的草稿" in refused


def test_a_handed_in_draft_is_closed_to_the_pen() -> None:
    item, clerk = make_item(), clerk_of()
    draft_id = make_submitted(clerk, item.code)
    client = client_of(clerk)
    assert client.get(f"/desk/items/drafts/{draft_id}/edit/basic").headers["Location"] == f"/desk/items/drafts/{draft_id}"
    assert client.post(f"/desk/items/drafts/{draft_id}/materials/1", {"revision": 1}).status_code == 302
    text = text_of(client.post(f"/desk/items/drafts/{draft_id}/discard", {"revision": 1}), 409)
    assert "现在不能修改" in text and state_of(draft_id) == "submitted"


def test_giving_up_and_going_on_after_a_new_version() -> None:
    item, clerk = make_item(), clerk_of()
    client, draft_id = client_of(clerk), make_draft(clerk, item.code, conditions=["只有一条"])
    make_item(code=item.code, name="企业投资项目核准（新）")
    assert "编制期间这个事项有了新版本" in text_of(client.get(f"/desk/items/drafts/{draft_id}"))
    client.post(f"/desk/items/drafts/{draft_id}/catch-up", {"revision": 1})
    assert "编制期间" not in text_of(client.get(f"/desk/items/drafts/{draft_id}"))
    assert client.post(f"/desk/items/drafts/{draft_id}/discard", {"revision": 2}).status_code == 302
    assert state_of(draft_id) == "discarded"
