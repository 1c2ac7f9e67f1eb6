"""What JSON Schema finds wrong with a stored form, in the words of those who write forms."""

from collections.abc import Callable, Mapping
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

_TYPE_NAMES = {
    "string": "文字",
    "number": "数字",
    "integer": "整数",
    "boolean": "true 或 false",
    "array": "列表",
    "object": "对象",
    "null": "空",
}


def first_fault(validator: Draft202012Validator, value: Any) -> tuple[str, str] | None:
    """The outermost fault as a JSON pointer and a reason; None for a value of right shape."""
    found = min(
        validator.iter_errors(value),
        key=lambda error: (len(error.absolute_path), [str(part) for part in error.absolute_path]),
        default=None,
    )
    if found is None:
        return None
    return "".join(f"/{part}" for part in found.absolute_path), _words(found)[:300]


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "…"


def _types(value: Any) -> str:
    return "或".join(_TYPE_NAMES.get(one, one) for one in ([value] if isinstance(value, str) else value))


def _given(error: ValidationError) -> Any:
    """What was found wrong; typed as anything."""
    return error.instance


def _wanted(error: ValidationError) -> Any:
    return error.validator_value


def _strange(error: ValidationError) -> str:
    known = error.schema.get("properties", {}) if isinstance(error.schema, Mapping) else {}
    strange = sorted(str(name) for name in _given(error) if name not in known)
    return f"不认识的词 {'、'.join(_short(name) for name in strange[:3])}"


def _names(error: ValidationError) -> str:
    return f"缺少 {'、'.join(str(name) for name in _wanted(error) if name not in _given(error))}"


_WORDS: Mapping[str, Callable[[ValidationError], str]] = {
    "additionalProperties": _strange,
    "required": _names,
    "type": lambda error: f"应为{_types(error.validator_value)}",
    "enum": lambda error: f"不认识的值 {_short(error.instance)}",
    "const": lambda error: f"只能写 {_short(error.validator_value)}",
    "pattern": lambda error: f"{_short(error.instance)} 只能由小写字母开头，含字母、数字和下划线",
    "maxLength": lambda error: f"最多 {error.validator_value} 个字，现在是 {len(_given(error))} 个",
    "minLength": lambda error: "不能为空",
    "maxItems": lambda error: f"最多 {error.validator_value} 项，现在是 {len(_given(error))} 项",
    "minItems": lambda error: f"至少 {error.validator_value} 项，现在是 {len(_given(error))} 项",
    "maxProperties": lambda error: f"最多 {error.validator_value} 项，现在是 {len(_given(error))} 项",
    "minProperties": lambda error: f"至少 {error.validator_value} 项",
    "uniqueItems": lambda error: "有重复的项",
    "minimum": lambda error: f"不能小于 {error.validator_value}",
    "maximum": lambda error: f"不能大于 {error.validator_value}",
}


def _words(error: ValidationError) -> str:
    say = _WORDS.get(str(error.validator))
    return say(error) if say else error.message
