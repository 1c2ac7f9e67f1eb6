"""The shipped form definitions: a folder of JSON files.

`<item code>.<audience>.json` is the form of one item for one audience; `person.json` and `org.json` serve every other item.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hall.support.formrules.definition import BadForm, FormDefinition

AUDIENCES = ("person", "org")
MOST_BYTES = 256 * 1024
_FILE_NAME = re.compile(r"(?:[0-9A-Za-z]{1,40}\.)?(?:person|org)\.json")


@dataclass(frozen=True, slots=True)
class Forms:
    """Stored forms by file name without `.json`, every one of them found sound."""

    by_name: Mapping[str, dict[str, Any]]

    def schemas_for(self, code: str, audience: Iterable[str]) -> dict[str, dict[str, Any]]:
        """The forms of an item, one for each audience that may apply: its own where there is one, else the general one."""
        wanted = set(audience)
        return {one: self.by_name.get(f"{code}.{one}") or self.by_name[one] for one in AUDIENCES if one in wanted}

    @property
    def item_codes(self) -> frozenset[str]:
        """The items that have a form of their own, to be checked against the catalogue."""
        return frozenset(name.rpartition(".")[0] for name in self.by_name if "." in name)


def load_forms(folder: Path) -> Forms:
    """Read and check every form of the folder.

    Raises: BadForm with file, path and reason; OSError.
    """
    by_name = {path.name.removesuffix(".json"): _read(path) for path in sorted(folder.glob("*.json"))}
    for audience in AUDIENCES:
        if audience not in by_name:
            raise BadForm(f"{audience}.json", "缺少这份通用表单")
    return Forms(by_name)


def _read(path: Path) -> dict[str, Any]:
    if not _FILE_NAME.fullmatch(path.name):
        raise BadForm(path.name, "文件名应为 person.json、org.json，或 事项编码.person.json、事项编码.org.json")
    if path.stat().st_size > MOST_BYTES:
        raise BadForm(path.name, f"文件超过 {MOST_BYTES // 1024} KB")
    try:
        schema = json.loads(path.read_text(encoding="utf-8-sig"), object_pairs_hook=_without_repeats)
    except UnicodeDecodeError:
        raise BadForm(path.name, "不是 UTF-8 编码") from None
    except json.JSONDecodeError as error:
        raise BadForm(path.name, f"第 {error.lineno} 行第 {error.colno} 列不是 JSON：{error.msg}") from None
    except (ValueError, RecursionError) as error:
        raise BadForm(path.name, str(error)) from None
    try:
        FormDefinition.from_schema(schema)
    except BadForm as bad:
        raise BadForm(f"{path.name} {bad.path}", bad.reason) from None
    assert isinstance(schema, dict)
    return schema


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # JSON lets a key stand twice and the last one win: a field would vanish without a word.
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"“{next(name for name in names if names.count(name) > 1)}”出现了两次")
    return found
