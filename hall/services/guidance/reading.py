"""The JSON of a situation tree: its schema, reading and writing. Pure."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from hall.services.guidance.tree import Answer, Effects, Prefill, Question, Refused, Removed, Skipped, Tree

MOST_QUESTIONS = 30
MOST_ANSWERS = 8
MOST_WORDS = 60
MOST_TEXT = 200


def _words(most: int) -> dict[str, Any]:
    return {"type": "string", "maxLength": most}


def _object(required: tuple[str, ...], properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": list(required), "additionalProperties": False, "properties": properties}


_REFERENCE = {"type": "string", "pattern": r"^([0-9A-Z]{12}\.)?[a-z][a-z0-9_]{0,39}$"}
_CODE = {"type": "string", "pattern": "^[0-9A-Z]{12}$"}
_VALUE = {"type": "string", "minLength": 1, "maxLength": MOST_TEXT}

_ANSWER = _object(
    ("key", "text"),
    {
        "key": {"type": "string", "pattern": "^a[0-9]{1,2}$"},
        "text": _words(MOST_WORDS),
        "help": _words(MOST_TEXT),
        "next": {"type": "string", "pattern": "^(q[0-9]{1,2}|end)?$"},
        "variant": _REFERENCE,
        "add": {"type": "array", "maxItems": 60, "uniqueItems": True, "items": _REFERENCE},
        "remove": {
            "type": "array",
            "maxItems": 60,
            "items": _object(("material", "reason"), {"material": _REFERENCE, "reason": _words(MOST_TEXT)}),
        },
        "skip": {"type": "array", "maxItems": 60, "items": _object(("item", "reason"), {"item": _CODE, "reason": _words(MOST_TEXT)})},
        "refuse": _object(("reason", "instead"), {"reason": _words(MOST_TEXT), "instead": _words(MOST_TEXT), "item": _CODE}),
        "days": {"type": "integer", "minimum": 0, "maximum": 3650},
        "fee": _words(MOST_TEXT),
        "place": _words(MOST_TEXT),
        "note": _words(MOST_TEXT),
        "prefill": {
            "type": "object",
            "maxProperties": 40,
            "propertyNames": _REFERENCE,
            "additionalProperties": {"anyOf": [_VALUE, {"type": "array", "minItems": 1, "maxItems": 40, "items": _VALUE}]},
        },
    },
)
_QUESTION = _object(
    ("key", "text", "answers"),
    {
        "key": {"type": "string", "pattern": "^q[0-9]{1,2}$"},
        "text": _words(MOST_WORDS),
        "help": _words(MOST_TEXT),
        "answers": {"type": "array", "maxItems": MOST_ANSWERS, "items": _ANSWER},
    },
)
# What stands in data/guides/<code>.json and in the tables; explained in docs/how-to/build-a-guide.zh.md.
SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    **_object(
        ("title", "questions"),
        {
            "title": _words(MOST_WORDS),
            "intro": _words(MOST_TEXT),
            "questions": {"type": "array", "maxItems": MOST_QUESTIONS, "items": _QUESTION},
        },
    ),
}
_VALIDATOR = Draft202012Validator(SCHEMA)
_FAULTS = {
    "required": "缺少字段",
    "additionalProperties": "有不认识的字段",
    "maxLength": "文字太长",
    "minLength": "不能是空的",
    "maxItems": "太多了",
    "minItems": "不能是空的",
    "maxProperties": "太多了",
    "uniqueItems": "有重复",
    "pattern": "写法不对",
    "type": "类型不对",
    "minimum": "太小了",
    "maximum": "太大了",
}


class BadTree(ValueError):
    """The JSON is no tree: where, and why, in words."""


def read_tree(content: object) -> Tree:
    """The tree that a JSON value says. Raises: BadTree."""
    fault = next(iter(sorted(_VALIDATOR.iter_errors(content), key=lambda error: [str(part) for part in error.absolute_path])), None)
    if fault is not None:
        raise BadTree(_sentence(fault))
    assert isinstance(content, Mapping)
    questions = tuple(_question(one) for one in content["questions"])
    twice = next(iter(_twice([question.key for question in questions])), None)
    if twice:
        raise BadTree(f"问题 {twice} 出现了两次")
    for question in questions:
        for key in _twice([answer.key for answer in question.answers]):
            raise BadTree(f"问题 {question.key} 的答案 {key} 出现了两次")
    return Tree(content["title"].strip(), content.get("intro", "").strip(), questions)


def _sentence(fault: ValidationError) -> str:
    place = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in fault.absolute_path).lstrip(".")
    words = _FAULTS.get(str(fault.validator), "不合要求")
    if fault.validator in {"required", "additionalProperties"}:
        words += f"：{fault.message[:120]}"
    return f"{place or '整个文件'}{words}"


def _twice(keys: list[str]) -> Iterator[str]:
    return (key for key in dict.fromkeys(keys) if keys.count(key) > 1)


def _question(row: Mapping[str, Any]) -> Question:
    return Question(row["key"], row["text"].strip(), row.get("help", "").strip(), tuple(_answer(one) for one in row["answers"]))


def _answer(row: Mapping[str, Any]) -> Answer:
    refuse = row.get("refuse")
    effects = Effects(
        variant=row.get("variant", ""),
        add=tuple(row.get("add", ())),
        remove=tuple(Removed(one["material"], one["reason"].strip()) for one in row.get("remove", ())),
        skip=tuple(Skipped(one["item"], one["reason"].strip()) for one in row.get("skip", ())),
        refuse=Refused(refuse["reason"].strip(), refuse["instead"].strip(), refuse.get("item", "")) if refuse else None,
        days=row.get("days"),
        fee=row.get("fee", "").strip(),
        place=row.get("place", "").strip(),
        note=row.get("note", "").strip(),
        prefill=tuple(
            Prefill(field, (value,) if isinstance(value, str) else tuple(value)) for field, value in sorted(row.get("prefill", {}).items())
        ),
    )
    return Answer(row["key"], row["text"].strip(), row.get("help", "").strip(), row.get("next", ""), effects)


def write_tree(tree: Tree) -> dict[str, Any]:
    """The JSON value of a tree; `read_tree` reads it back to the same. Empty parts are left out."""
    return {
        "title": tree.title,
        **({"intro": tree.intro} if tree.intro else {}),
        "questions": [
            _full({"key": question.key, "text": question.text, "help": question.help})
            | {"answers": [_answer_row(answer) for answer in question.answers]}
            for question in tree.questions
        ],
    }


def _full(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value not in ("", [], {}, None) or name in {"key", "text"}}


def _answer_row(answer: Answer) -> dict[str, Any]:
    effects = answer.effects
    refuse = effects.refuse
    return _full(
        {
            "key": answer.key,
            "text": answer.text,
            "help": answer.help,
            "next": answer.next,
            "variant": effects.variant,
            "add": list(effects.add),
            "remove": [{"material": gone.material, "reason": gone.reason} for gone in effects.remove],
            "skip": [{"item": skipped.item, "reason": skipped.reason} for skipped in effects.skip],
            "refuse": {"reason": refuse.reason, "instead": refuse.instead, **({"item": refuse.item} if refuse.item else {})}
            if refuse
            else None,
            "days": effects.days,
            "fee": effects.fee,
            "place": effects.place,
            "note": effects.note,
            "prefill": {
                prefill.field: prefill.values[0] if len(prefill.values) == 1 else list(prefill.values) for prefill in effects.prefill
            },
        }
    )


def digest_of(tree: Tree) -> str:
    """SHA-256 over the whole content, the same for the same words."""
    return hashlib.sha256(json.dumps(write_tree(tree), ensure_ascii=False, sort_keys=True).encode()).hexdigest()
