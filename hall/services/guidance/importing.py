"""data/guides/<code>.json: guides that come with the hall, checked like every other before they are published."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import transaction

from hall.services.catalogue import queries as catalogue
from hall.services.catalogue.report import Problem
from hall.services.guidance import commands, queries, reading, rules
from hall.services.guidance.facts import Kinds
from hall.services.guidance.models import Guide
from hall.services.guidance.tree import Tree
from hall.support.access.actors import Actor, Role, require
from hall.support.audit import trail

FOLDER = "guides"


@dataclass(frozen=True, slots=True)
class GuideReport:
    """What became of the files. `kept` were written anew in the hall since: the file does not write over them."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    unchanged: tuple[str, ...]
    kept: tuple[str, ...]
    problems: tuple[Problem, ...]

    def lines(self) -> Iterator[str]:
        """The report for a terminal; nothing for a folder without guides."""
        if any((self.added, self.changed, self.unchanged, self.kept)):
            yield f"{FOLDER}/：新增 {len(self.added)}，变更 {len(self.changed)}，未变 {len(self.unchanged)}"
        if self.kept:
            yield f"部门已在平台修改、文件没有覆盖的导办 {len(self.kept)} 个：{' '.join(self.kept)}"
        if self.problems:
            yield f"导办文件有问题 {len(self.problems)} 处，有问题的文件没有导入："
            yield from (f"  {problem}" for problem in self.problems)


@transaction.atomic
def import_guides(*, folder: Path, dry_run: bool = False, actor: Actor, now: datetime) -> GuideReport:
    """Publish the guides of `folder`/guides, one file each, named by the code of the item or bundle.

    A file with a fault is not loaded and is named with the question; the others are. The same files again change nothing; what was
    written in the hall since stays. Raises: NotAllowed. Source: §5.4.
    """
    require(actor, Role.SYSTEM, Role.SYS_ADMIN)
    done: dict[str, list[str]] = {"added": [], "changed": [], "unchanged": [], "kept": []}
    problems: list[Problem] = []
    for path in sorted((folder / FOLDER).glob("*.json")) if folder.is_dir() else []:
        read = _read(path)
        if isinstance(read, Tree):
            outcome = _load(path, read, actor, now)
            if isinstance(outcome, str):
                done[outcome].append(path.stem)
            else:
                problems += outcome
        else:
            problems.append(read)
    words = {name: tuple(codes) for name, codes in done.items()}
    report = GuideReport(words["added"], words["changed"], words["unchanged"], words["kept"], tuple(problems))
    if dry_run:
        transaction.set_rollback(True)
    elif report.added or report.changed:
        trail.record(actor, "guide.imported", "guides", detail=f"added={len(report.added)} changed={len(report.changed)}", at=now)
    return report


def _read(path: Path) -> Tree | Problem:
    place = f"{FOLDER}/{path.name}"
    try:
        return reading.read_tree(json.loads(path.read_bytes().decode("utf-8-sig")))
    except OSError as fault:
        return Problem(place, 0, "", f"读不了这个文件：{fault.strerror}")
    except UnicodeDecodeError:
        return Problem(place, 0, "", "不是 UTF-8 编码，请另存为 UTF-8 后再导入")
    except json.JSONDecodeError as fault:
        return Problem(place, fault.lineno, "", f"不是正确的 JSON（第 {fault.colno} 个字符附近）")
    except reading.BadTree as fault:
        return Problem(place, 0, "", str(fault))
    except (RecursionError, ValueError):
        return Problem(place, 0, "", "嵌套太深，或数字太长")


def _load(path: Path, tree: Tree, actor: Actor, now: datetime) -> str | list[Problem]:
    """One word of what was done, or why it was not."""
    kind = Kinds.ITEM if len(path.stem) == 12 else Kinds.BUNDLE
    facts = queries.facts_of(kind, path.stem, tree)
    if facts is None:
        return [Problem(f"{FOLDER}/{path.name}", 0, "", f"没有已发布的{kind.label} {path.stem}")]
    found = rules.blocking(rules.check(tree, facts))
    if found:
        return [Problem(f"{FOLDER}/{path.name}", 0, finding.question, finding.sentence) for finding in found]
    card = next(iter(catalogue.item_cards([path.stem])), None) if kind == Kinds.ITEM else None
    guide, _ = Guide.objects.get_or_create(kind=kind, code=path.stem, defaults={"department_code": card.department_code if card else ""})
    guide = Guide.objects.select_for_update().get(pk=guide.pk)
    held = guide.versions.order_by("-number").values_list("origin", "digest").first()
    if held is not None and held[1] == reading.digest_of(tree):
        return "unchanged"
    if held is not None and held[0] == "hall":
        return "kept"
    commands.store_version(guide, tree, origin="file", author=actor.name, publisher=actor.name, now=now)
    return "changed" if held else "added"
