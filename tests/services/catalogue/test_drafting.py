"""A department writes an item, the hall publishes it: who may do what, what is kept, what follows (§5.1)."""

from typing import Any

import pytest

from hall.services.catalogue import drafting, drafts, publishing, queries, rules
from hall.services.catalogue.draft_refusals import (
    CodeTaken,
    DraftOpen,
    NewerVersion,
    NotReady,
    StaleDraft,
)
from hall.services.catalogue.intake.words import refresh_figures
from hall.services.catalogue.models import Item, ItemVersion, Situation, Tally
from hall.support.jobs.queue import run_due_now
from tests.make.applications import make_file
from tests.make.catalogue import import_folder, item_row, make_item, make_theme, material_row, write_items
from tests.make.drafts import clerk_of, make_draft, make_submitted, page_of, reviewer, revision_of, state_of
from tests.make.people import NOW, citizen_actor, make_department

pytestmark = pytest.mark.django_db


def _publish(draft_id: int, actor: Any = None) -> drafting.Published:
    return drafting.publish_draft(actor=actor or reviewer(), draft_id=draft_id, revision=revision_of(draft_id), now=NOW)


def _tallies() -> dict[tuple[str, str], tuple[int, int, int]]:
    rows = Tally.objects.exclude(items=0).values_list("scope", "key", "items", "applicable", "full_online")
    return {(scope, key): counts for scope, key, *counts in rows}  # type: ignore[misc]


# --- from draft to version ----------------------------------------------------------------------------------------------------------


def test_a_published_draft_is_the_next_version_and_the_old_one_stays() -> None:
    item = make_item(themes=["L08"])
    draft_id = make_draft(clerk_of(), item.code, promised_days=9, flow_steps=[], conditions=["项目列入核准目录", "已取得用地预审"])
    drafting.submit_draft(actor=clerk_of(), draft_id=draft_id, revision=revision_of(draft_id), now=NOW)
    done = _publish(draft_id)
    now = queries.current_version(item.code)
    assert now is not None and (now.version_id, now.number, done.number) == (done.version_id, 2, 2)
    assert now.promised_days == 9 and now.conditions == ("项目列入核准目录", "已取得用地预审")
    assert now.form_schemas == item.form_schemas
    assert now.materials[0].name == item.materials[0].name
    old = queries.item_version(item.version_id)
    assert old is not None and old.promised_days == 10
    assert ItemVersion.objects.get(pk=done.version_id).origin == rules.Origin.HALL
    assert state_of(draft_id) == rules.DraftState.PUBLISHED


def test_nothing_is_seen_before_it_is_published() -> None:
    item = make_item()
    make_submitted(clerk_of(), item.code)
    assert queries.current_version(item.code) == item


def test_a_new_item_appears_with_the_general_forms_and_is_found() -> None:
    clerk = clerk_of()
    code = "370102990000"
    draft_id = drafting.start_new_item(actor=clerk, item_code=code, name="露天演出登记", now=NOW)
    changes = {
        "type": "confirmation",
        "online_depth": "full",
        "onsite_visits": 0,
        "statutory_days": 10,
        "promised_days": 5,
        "legal_basis": ["《营业性演出管理条例》第十三条"],
        "conditions": ["有演出场所的同意书"],
        "materials": [material_row()],
        "keywords": ["广场演出"],
        "situations": ["我们想在广场上搞一场演出"],
    }
    drafting.save_draft(actor=clerk, draft_id=draft_id, revision=0, changes=changes, now=NOW)
    drafting.submit_draft(actor=clerk, draft_id=draft_id, revision=1, now=NOW)
    assert _publish(draft_id).number == 1
    page = queries.item_page(code)
    assert page is not None and page.is_declarable and set(page.version.form_schemas) == {"person"}
    assert page.keywords == ("广场演出",)
    assert list(Situation.objects.values_list("text", "origin")) == [("我们想在广场上搞一场演出", "hall")]
    run_due_now()
    from hall.services.search.queries import search_items

    assert code in [hit.code for hit in search_items(q="广场演出").hits]


def test_a_publication_changes_the_same_figures_as_an_import() -> None:
    make_item(themes=["L08"], name="另一个事项")
    item = make_item(themes=["L08"])
    refresh_figures()
    stamp = queries.content_stamp()
    make_theme("P26", audience="person")
    draft_id = make_submitted(
        clerk_of(),
        item.code,
        themes=["P26"],
        audience=["person"],
        online_depth="prelim",
        onsite_visits=1,
        keywords=["核准", "立项", "审批"],
    )
    _publish(draft_id)
    counted, order = _tallies(), Item.objects.get(code=item.code).order
    assert queries.content_stamp() == stamp + 1
    refresh_figures()
    assert counted == _tallies()
    assert order == Item.objects.get(code=item.code).order == rules.order_of(3)


def test_the_import_leaves_alone_what_a_department_wrote(tmp_path: Any) -> None:
    make_department()
    row = item_row()
    write_items(tmp_path, [row])
    import_folder(tmp_path)
    _publish(make_submitted(clerk_of(), row["code"], promised_days=7, flow_steps=[]))
    write_items(tmp_path, [row | {"promised_days": 3}])
    report = import_folder(tmp_path)
    assert report.kept == (row["code"],)
    now = queries.current_version(row["code"])
    assert now is not None and now.promised_days == 7


def test_sentences_that_a_file_said_and_nobody_wants_stay_away(tmp_path: Any) -> None:
    item = make_item()
    Situation.objects.bulk_create([Situation(item_id=item.code, text=text, order=n) for n, text in enumerate(("我要立项", "办个手续"))])
    _publish(make_submitted(clerk_of(), item.code, situations=["我要立项", "项目怎么批"]))
    said = {text: (origin, is_off) for text, origin, is_off in Situation.objects.values_list("text", "origin", "is_off")}
    assert said == {"我要立项": ("file", False), "办个手续": ("file", True), "项目怎么批": ("hall", False)}


def test_links_changed_by_others_in_the_meantime_are_kept() -> None:
    make_theme("L09")
    item = make_item(themes=["L08"], keywords=["立项"])
    draft_id = make_submitted(clerk_of(), item.code, keywords=["立项", "审批"])
    Item.objects.get(code=item.code).itemtheme_set.create(theme_id="L09")
    _publish(draft_id)
    links = publishing.links_of(item.code)
    assert (set(links.themes), links.keywords) == ({"L08", "L09"}, ("立项", "审批"))


# --- drafts -------------------------------------------------------------------------------------------------------------------------


def test_starting_twice_goes_on_with_the_same_draft() -> None:
    item = make_item()
    first = make_draft(clerk_of(), item.code)
    assert drafting.start_draft(actor=clerk_of(), item_code=item.code, now=NOW) == first


def test_an_old_version_is_restored_as_a_new_draft() -> None:
    item = make_item()
    _publish(make_submitted(clerk_of(), item.code, name="企业投资项目核准（改）"))
    clerk = clerk_of()
    draft_id = drafting.start_draft(actor=clerk, item_code=item.code, number=1, now=NOW)
    page = page_of(clerk, draft_id)
    assert page.line["name"] == item.name and not page.faults and not page.is_outdated
    assert [change.field for change in page.changes] == ["name"]
    drafting.submit_draft(actor=clerk, draft_id=draft_id, revision=0, now=NOW)
    assert _publish(draft_id).number == 3


def test_restoring_never_throws_away_another_draft() -> None:
    item = make_item()
    make_draft(clerk_of(), item.code)
    with pytest.raises(DraftOpen):
        drafting.start_draft(actor=clerk_of(), item_code=item.code, number=1, now=NOW)


def test_a_second_window_does_not_overwrite_the_first() -> None:
    item = make_item()
    draft_id = make_draft(clerk_of(), item.code)
    drafting.save_draft(actor=clerk_of(), draft_id=draft_id, revision=0, changes={"name": "先保存的"}, now=NOW)
    with pytest.raises(StaleDraft):
        drafting.save_draft(actor=clerk_of(), draft_id=draft_id, revision=0, changes={"name": "后保存的"}, now=NOW)
    assert page_of(clerk_of(), draft_id).line["name"] == "先保存的"


def test_what_was_typed_wrong_is_kept_but_not_handed_in() -> None:
    item = make_item()
    draft_id = make_draft(clerk_of(), item.code, promised_days="十天", name="含\0有坏\ud800字")
    assert page_of(clerk_of(), draft_id).line["promised_days"] == "十天"
    assert page_of(clerk_of(), draft_id).line["name"] == "含有坏字"
    with pytest.raises(NotReady):
        drafting.submit_draft(actor=clerk_of(), draft_id=draft_id, revision=1, now=NOW)


def test_a_draft_never_moves_to_another_item_or_department() -> None:
    item = make_item()
    draft_id = make_draft(clerk_of(), item.code, code="370102000000", dept_code="SD33", status="abolished", promised_days=9, flow_steps=[])
    line = page_of(clerk_of(), draft_id).line
    assert (line["code"], line["dept_code"]) == (item.code, "SD02")
    assert "status" not in line


def test_a_material_names_only_files_that_were_uploaded_for_it() -> None:
    item, clerk = make_item(), clerk_of()
    foreign = make_file(citizen_actor())
    own = make_file(clerk)
    draft_id = make_draft(clerk, item.code)
    rows = [material_row(blank_form_id=str(foreign.file_id)), material_row(2, sample_id=str(own.file_id))]
    drafting.save_draft(actor=clerk, draft_id=draft_id, revision=0, changes={"materials": rows}, files=[foreign, own], now=NOW)
    materials = page_of(clerk, draft_id).line["materials"]
    assert "blank_form_id" not in materials[0]
    assert materials[1]["sample_id"] == str(own.file_id)
    assert drafts.has_file(clerk, draft_id, own.file_id) and not drafts.has_file(clerk, draft_id, foreign.file_id)
    drafting.submit_draft(actor=clerk, draft_id=draft_id, revision=1, now=NOW)
    _publish(draft_id)
    now = queries.current_version(item.code)
    assert now is not None and now.materials[1].sample_id == own.file_id


def test_a_draft_without_changes_is_not_handed_in() -> None:
    item = make_item()
    draft_id = make_draft(clerk_of(), item.code)
    with pytest.raises(NotReady) as told:
        drafting.submit_draft(actor=clerk_of(), draft_id=draft_id, revision=0, now=NOW)
    assert [fault.sentence for fault in told.value.faults] == ["草稿和现行版本完全一样，没有可以提交的改动。"]


def test_a_version_published_in_the_meantime_is_looked_at_first() -> None:
    item = make_item()
    draft_id = make_draft(clerk_of(), item.code, conditions=["只有一条"])
    make_item(code=item.code, name="企业投资项目核准（新）")
    assert page_of(clerk_of(), draft_id).is_outdated
    with pytest.raises(NotReady):
        drafting.submit_draft(actor=clerk_of(), draft_id=draft_id, revision=1, now=NOW)
    drafting.catch_up(actor=clerk_of(), draft_id=draft_id, revision=1, now=NOW)
    drafting.submit_draft(actor=clerk_of(), draft_id=draft_id, revision=2, now=NOW)
    make_item(code=item.code, name="企业投资项目核准（又新）")
    with pytest.raises(NewerVersion):
        _publish(draft_id)


# --- bad input ----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "path", "words"),
    [
        ({"promised_days": 30}, "promised_days", "承诺办结时限：承诺 30 天超过法定 20 天，请改为不超过法定时限。"),
        ({"legal_basis_quality": "宪法"}, "legal_basis_quality", "依据核实程度：没有“宪法”选项，请从列表中选择。"),
        ({"type": "许可"}, "type", "事项类型：没有“许可”选项，请从列表中选择。"),
        ({"statutory_days": "二十"}, "statutory_days", "法定办结时限：“二十”应是 0 至 3650 的整数。"),
        ({"statutory_days": ""}, "statutory_days", "法定办结时限：请填写 0 至 3650 的整数。"),
        ({"name": " "}, "name", "事项名称：请填写。"),
        ({"name": "长" * 201}, "name", "事项名称：最多 200 个字，现在是 201 个。"),
        ({"audience": []}, "audience", "服务对象：至少要有一个。"),
        ({"onsite_visits": 2}, "onsite_visits", "到现场次数：全程网办的事项到现场次数应为 0。"),
        ({"handling_type": "instant"}, "handling_type", "办件类型：即办件的承诺天数是 0，承诺件至少 1 天。"),
        ({"charged": True, "fee": ""}, "fee", "收费说明：收费的事项应写明收费标准。"),
        ({"themes": ["X99"]}, "themes", "主题分类：没有编码为“X99”的主题。"),
        ({"related": {"prerequisite": ["370100999999"]}}, "related.prerequisite", "先办事项：没有编码为“370100999999”的事项。"),
        ({"materials": [material_row(name="")]}, "materials[0].name", "第 1 份申请材料的名称：请填写。"),
        ({"materials": [material_row(), material_row()]}, "materials[1].seq", "第 2 份申请材料的序号：序号 1 出现了两次。"),
        ({"materials": [material_row(accept=["exe"])]}, "materials[0].accept", "第 1 份申请材料的可传格式：没有编码为“exe”的文件格式。"),
        (
            {"variants": [{"key": "v1", "kind": "merge", "name": "合并"}]},
            "variants[0].kind",
            "第 1 个业务办理项的种类：没有“merge”选项，请从列表中选择。",
        ),
        ({"conditions": ["一样", "一样"]}, "conditions", "受理条件：“一样”出现了两次。"),
        ({"situations": ["长" * 121]}, "situations[0]", "第 1 句情形说法：最多 120 个字，现在是 121 个。"),
        ({"faqs": [{"question": "要多久？"}]}, "faqs[0].answer", "第 1 个常见问题的回答：请填写。"),
        ({"places": "省府前街"}, "places", "办理地点：应是列表。"),
    ],
)
def test_every_fault_is_a_sentence_at_its_field(changes: dict[str, Any], path: str, words: str) -> None:
    item = make_item()
    draft_id = make_draft(clerk_of(), item.code, **changes)
    with pytest.raises(NotReady) as told:
        drafting.submit_draft(actor=clerk_of(), draft_id=draft_id, revision=1, now=NOW)
    assert (path, words) in [(fault.path, fault.sentence) for fault in told.value.faults]
    assert state_of(draft_id) == rules.DraftState.EDITING


def test_a_circle_of_prerequisites_is_named_and_not_handed_in() -> None:
    first, second, clerk = make_item(name="甲事项"), make_item(name="乙事项"), clerk_of()
    _publish(make_submitted(clerk, first.code, related={"prerequisite": [second.code]}))
    draft_id = make_draft(clerk, second.code, related={"prerequisite": [first.code]})
    with pytest.raises(NotReady) as told:
        drafting.submit_draft(actor=clerk, draft_id=draft_id, revision=1, now=NOW)
    (fault,) = told.value.faults
    assert fault.path == "related.prerequisite" and "甲事项" in fault.sentence and "乙事项" in fault.sentence
    drafting.abolish_item(actor=reviewer(), item_code=first.code, reason="废止", now=NOW)
    with pytest.raises(NotReady) as told:
        drafting.submit_draft(actor=clerk, draft_id=draft_id, revision=1, now=NOW)
    assert "取消" in "".join(fault.sentence for fault in told.value.faults)


def test_a_circle_closed_between_review_and_publication_is_not_published() -> None:
    first, second, clerk = make_item(name="甲事项"), make_item(name="乙事项"), clerk_of()
    drafts_of = [
        make_submitted(clerk, one.code, related={"prerequisite": [other.code]}) for one, other in ((first, second), (second, first))
    ]
    _publish(drafts_of[0])
    with pytest.raises(NotReady):
        _publish(drafts_of[1])


def test_all_faults_are_told_at_once() -> None:
    item = make_item()
    draft_id = make_draft(clerk_of(), item.code, name="", promised_days=30, themes=["X99"])
    with pytest.raises(NotReady) as told:
        drafting.submit_draft(actor=clerk_of(), draft_id=draft_id, revision=1, now=NOW)
    assert {"name", "promised_days", "themes"} <= {fault.path for fault in told.value.faults}
    assert told.value.shown == f"还有 {len(told.value.faults)} 处需要修改。"


def test_a_code_is_given_once() -> None:
    item = make_item(name="已有的事项")
    clerk = clerk_of()
    with pytest.raises(CodeTaken, match=f"编码 {item.code} 已经用于“已有的事项”"):
        drafting.start_new_item(actor=clerk, item_code=item.code, name="新事项", now=NOW)
    drafting.start_new_item(actor=clerk, item_code="370102990001", name="新事项", now=NOW)
    with pytest.raises(CodeTaken, match="已经有一份草稿"):
        drafting.start_new_item(actor=clerk, item_code="370102990001", name="又一个", now=NOW)
    with pytest.raises(NotReady) as told:
        drafting.start_new_item(actor=clerk, item_code="3701-02", name=" ", now=NOW)
    assert [fault.path for fault in told.value.faults] == ["code", "name"]


def test_a_code_that_an_import_took_meanwhile_is_not_published() -> None:
    clerk = clerk_of()
    draft_id = drafting.start_new_item(actor=clerk, item_code="370102990002", name="新事项", now=NOW)
    changes = {"statutory_days": 5, "promised_days": 5, "legal_basis": ["《条例》"], "conditions": ["年满十八周岁"]}
    drafting.save_draft(actor=clerk, draft_id=draft_id, revision=0, changes=changes, now=NOW)
    drafting.submit_draft(actor=clerk, draft_id=draft_id, revision=1, now=NOW)
    make_item(code="370102990002")
    with pytest.raises(CodeTaken):
        _publish(draft_id)
