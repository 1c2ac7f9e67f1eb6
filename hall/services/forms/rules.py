"""States, digests and differences of forms, and how form design says no. Pure."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from hall.support.formrules.editing import properties_of, required_of, sections_of
from hall.support.refusals import Conflict, Refusal

MOST_BYTES = 256 * 1024
MOST_COMMENT = 500
STATE_NAMES = {"editing": "编写中", "submitted": "待审核", "returned": "已退回", "published": "已发布", "discarded": "已放弃"}
AUDIENCE_NAMES = {"person": "个人", "org": "企业和单位"}


class NoFormHere(Refusal):
    sentence = "这个事项没有网上填写的表单：请核对编码；只有能在网上申报、现在在办的事项才有。"
    field = "item"


class StaleDraft(Conflict):
    sentence = "这份表单刚刚在另一个窗口里改过。请刷新页面，核对后再保存。"


class DraftClosed(Conflict):
    sentence = "这份草稿现在不能修改，请刷新页面查看它的状态。"


class NewerForm(Conflict):
    sentence = "编写期间这份表单发布过新的版本。请先比较两边的内容，再点“已核对，继续用这份草稿”。"


class OwnDraft(Refusal):
    sentence = "自己设计的表单要由另一个人审核发布。"
    status = 403


class CommentNeeded(Refusal):
    sentence = "请写明退回的原因，部门要照着修改。"
    field = "comment"


class NothingNew(Refusal):
    sentence = "草稿和使用中的表单完全一样，没有可以提交的改动。"


class NoSuchStep(Refusal):
    sentence = "没有这个操作，请用页面上的按钮。"


class NotSound(Refusal):
    """The checks before publication found something."""


class NotReadable(Refusal):
    """What was brought in is no form."""

    field = "schema"


def digest_of(schema: Mapping[str, Any] | None) -> str:
    """SHA-256 over a form, the same whatever order its keys are in; "" for none."""
    if schema is None:
        return ""
    return hashlib.sha256(json.dumps(schema, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def read_text(text: str) -> dict[str, Any]:
    """A form out of the text of a file; whether it is sound is asked later. Raises: NotReadable."""
    if len(text.encode()) > MOST_BYTES:
        raise NotReadable(f"内容超过 {MOST_BYTES // 1024} KB，没有导入。一份表单通常不到 50 KB，请核对文件。")
    try:
        schema = json.loads(text, object_pairs_hook=_without_repeats)
    except json.JSONDecodeError as error:
        raise NotReadable(f"第 {error.lineno} 行第 {error.colno} 列不是 JSON，没有导入。") from None
    except (ValueError, RecursionError) as error:
        raise NotReadable(f"内容不能读：{str(error)[:80]}。") from None
    if not isinstance(schema, dict):
        raise NotReadable("内容应是一个 JSON 对象，没有导入。")
    return schema


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("同一个名字出现了两次")
    return found


def written(schema: Mapping[str, Any]) -> str:
    """The text of a form for a file that is reviewed line by line: keys sorted where order says nothing."""
    return json.dumps(schema, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


_WORDS = {
    "title": "名称",
    "x-hint": "提示",
    "x-shown-when": "显示条件",
    "x-required-when": "必填条件",
    "x-required-when-shown": "必填",
    "oneOf": "选项",
    "items": "选项或列",
    "x-rule": "校验",
    "minimum": "下限",
    "maximum": "上限",
    "minLength": "字数",
    "maxLength": "字数",
    "minItems": "项数",
    "maxItems": "项数",
    "x-compute": "算法",
    "x-prefill": "带入",
    "x-verified": "带入",
    "x-last": "带入上次的",
    "x-group": "字段组",
    "x-accept": "文件",
    "x-max-mb": "文件",
    "x-drawn": "签名方式",
    "x-unit": "单位",
    "examples": "样例",
}


def changes(old: Mapping[str, Any] | None, new: Mapping[str, Any]) -> Iterator[str]:
    """What differs between two forms, a line for each field."""
    before, after = properties_of(old or {}), properties_of(new)
    required = [frozenset(required_of(form or {})) for form in (old, new)]
    for name, stored in after.items():
        if name not in before:
            yield f"新增“{stored.get('title', name)}”"
    for name, stored in before.items():
        if name not in after:
            yield f"删除“{stored.get('title', name)}”"
    for name in (name for name in after if name in before):
        keys = [key for key in sorted(before[name].keys() | after[name].keys()) if before[name].get(key) != after[name].get(key)]
        words = list(dict.fromkeys(_WORDS.get(key, "设置") for key in keys))
        if (name in required[0]) != (name in required[1]):
            words = list(dict.fromkeys(["必填", *words]))
        if words:
            yield f"修改“{after[name].get('title', name)}”：{'、'.join(words)}"
    if (old or {}).get("x-checks") != new.get("x-checks"):
        yield "修改了整份表单的校验"
    if sections_of(old or {}) != sections_of(new):
        yield "调整了分节或顺序"
    if any((old or {}).get(key) != new.get(key) for key in ("title", "description")):
        yield "修改了表单名称或说明"
