"""Designed before the first case, so that cases use it: a form published by the hall, one still on the desk, what papers say."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from hall.presentation.commandline.demo.people import MARKET, Cast
from hall.services.forms import commands, groups, queries, tables
from hall.services.papers import commands as papers
from hall.services.papers.defaults import DEFAULTS
from hall.services.papers.kinds import DocType
from hall.support.access.actors import Actor, Role
from hall.support.formrules import editing
from hall.support.identity import queries as identity

FOOD, NEXT, OTHER = "370126013000", "370126014000", "370121009000"
_COLUMNS: dict[str, dict[str, Any]] = {
    "name": {"type": "string", "title": "设备名称", "maxLength": 60},
    "model": {"type": "string", "title": "规格型号", "maxLength": 60},
    "count": {"type": "integer", "title": "数量", "minimum": 1, "maximum": 999},
    "price": {"type": "integer", "title": "单价", "x-widget": "amount", "minimum": 0},
    "total": {
        "type": "integer",
        "title": "小计",
        "x-widget": "computed",
        "x-compute": {"op": "multiply", "of": ["count", "price"], "as": "amount"},
    },
}
_TABLE: dict[str, Any] = {
    "type": "array",
    "title": "主要生产设备",
    "x-widget": "table",
    "x-hint": "照铭牌填写；没有的可以不填",
    "maxItems": 20,
    "items": {
        "type": "object",
        "additionalProperties": False,
        "required": ["name", "count"],
        "properties": _COLUMNS,
        "x-columns": list(_COLUMNS),
    },
}


def design_forms(cast: Cast, now: datetime) -> None:
    """The food licence's form with a table of equipment and a check by a code table, a draft that waits for the hall, groups of fields."""
    clerk, admin = cast.staff[MARKET, Role.CLERK], _admin()
    _keep_groups(clerk, admin, now)
    draft_id, schema = _begin(clerk, FOOD, now)
    schema, table = editing.put_new(schema, _TABLE, 0, after="area")
    total = {"op": "sum", "of": [f"{table}.total"], "as": "amount"}
    stored = {"type": "integer", "title": "设备合计", "x-widget": "computed", "x-compute": total}
    schema, _ = editing.put_new(schema, stored, 0, after=table)
    rows = "".join(f"{n:02},食品类别 {n:02},{'200' if n == 6 else '100' if n in {4, 5} else ''}\n" for n in range(1, 32))
    tables.save_table(actor=clerk, code="food_area", title="食品类别和最小面积", text="代码,名称,最小面积\n" + rows, revision=None, now=now)
    area = {"table": "food_area", "attribute": "最小面积", "relation": "ge"}
    schema = editing.put_checks(schema, [{"check": "in_table", "fields": ["food_categories", "area"], "with": area}])
    _submit(clerk, draft_id, schema, now)
    commands.publish_draft(actor=admin, draft_id=draft_id, revision=1, now=now)
    draft_id, schema = _begin(clerk, NEXT, now)
    last = len(editing.sections_of(schema)) - 1
    schema, _ = editing.put_new(schema, {"type": "array", "title": "经营场所布局图", "x-widget": "file", "maxItems": 2}, last - 1)
    schema, _ = editing.put_new(schema, {"type": "object", "title": "申请人签名", "x-widget": "signature", "x-drawn": True}, last)
    _submit(clerk, draft_id, schema, now)


def _keep_groups(clerk: Actor, admin: Actor, now: datetime) -> None:
    """字段组: one of the department, and one that the hall offers to all."""
    for actor, item_code, section, title in ((clerk, FOOD, "领取结果", "领取结果"), (admin, OTHER, "经办人", "经办人和联系方式")):
        draft_id, schema = _begin(actor, item_code, now)
        place = next(at for at, one in enumerate(editing.sections_of(schema)) if one["title"] == section)
        groups.save_group(actor=actor, draft_id=draft_id, revision=0, place=place, title=title, now=now)
        commands.discard_draft(actor=actor, draft_id=draft_id, revision=1, now=now)


def word_papers(now: datetime) -> None:
    """The closing notice says where papers are kept; the correction notice is still being rewritten."""
    admin = _admin()
    closure = asdict(DEFAULTS[DocType.CLOSURE]) | {"closing": "电子文书保存在“我的办件”，需要时可以随时下载。"}
    papers.save_draft(actor=admin, doc_type=DocType.CLOSURE, revision=0, seen=0, parts=closure, now=now)
    papers.publish_draft(actor=admin, doc_type=DocType.CLOSURE, revision=1, note="提醒申请人文书存在哪里", now=now)
    correction = asdict(DEFAULTS[DocType.CORRECTION])
    correction["closing"] += "看不明白的，可以拨打 {服务热线} 咨询。"
    papers.save_draft(actor=admin, doc_type=DocType.CORRECTION, revision=0, seen=0, parts=correction, now=now)


def _admin() -> Actor:
    account_id = identity.account_id_of_username("admin")
    actor = identity.actor_of(account_id) if account_id is not None else None
    assert actor is not None
    return actor


def _begin(clerk: Actor, item_code: str, now: datetime) -> tuple[int, dict[str, Any]]:
    draft_id = commands.start_draft(actor=clerk, item_code=item_code, audience="org", now=now)
    file = queries.form_file(clerk, draft_id)
    assert file is not None
    return draft_id, file.schema


def _submit(clerk: Actor, draft_id: int, schema: dict[str, Any], now: datetime) -> None:
    commands.save_draft(actor=clerk, draft_id=draft_id, revision=0, schema=schema, now=now)
    commands.submit_draft(actor=clerk, draft_id=draft_id, revision=1, now=now)
