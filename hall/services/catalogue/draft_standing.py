"""Where a draft stands: what the checks say of it, and how it lies to the version that people see now."""

from dataclasses import dataclass
from typing import Any

from hall.services.catalogue import publishing, rules
from hall.services.catalogue.draft_contents import BEGAN_FROM, Checked, Surroundings, around, check
from hall.services.catalogue.draft_refusals import CodeTaken, ItemAbolished
from hall.services.catalogue.models import ItemDraft
from hall.services.catalogue.naming import Fault

OPEN = (rules.DraftState.EDITING, rules.DraftState.SUBMITTED, rules.DraftState.RETURNED)
WRITABLE = (rules.DraftState.EDITING, rules.DraftState.RETURNED)
OVERTAKEN = "编制期间这个事项有了新版本，请先比较两边的内容，再点“已核对，继续用这份草稿”。"
NOTHING_NEW = "草稿和现行版本完全一样，没有可以提交的改动。"


@dataclass(frozen=True, slots=True)
class Standing:
    """`held` is the line that the draft is compared with: the present version's, or the one that a published draft began from."""

    surroundings: Surroundings
    version_id: int | None
    held: dict[str, Any] | None
    faults: tuple[Fault, ...]

    def is_overtaken(self, draft: ItemDraft) -> bool:
        """Whether another version was published since the draft began."""
        return bool(self.version_id != draft.content[BEGAN_FROM]["version_id"])


def standing_of(draft: ItemDraft, item: tuple[int | None, str] | None, *, is_compared: bool = True) -> Standing:
    """Everything that keeps the draft from being handed in, and what it is compared with. Five SQL queries, seven to compare.

    `item` is its present version's id and its status, None for a new item.
    """
    surroundings = around(draft.content)
    checked = check(draft.content, surroundings)
    version_id, status = item or (None, "")
    compared = version_id if draft.state in OPEN else draft.based_on_id
    held = None
    if compared is not None and is_compared:
        links = draft.content[BEGAN_FROM]["links"]
        held = publishing.line_of(draft.item_code, compared) | links | {"dept_code": draft.department_id}
    return Standing(surroundings, version_id, held, tuple(_faults(draft, checked, surroundings, version_id, status, held)))


def _faults(
    draft: ItemDraft, checked: Checked, surroundings: Surroundings, version_id: int | None, status: str, held: dict[str, Any] | None
) -> list[Fault]:
    began_from = draft.content[BEGAN_FROM]["version_id"]
    if status == rules.ItemStatus.ABOLISHED:
        return [Fault("", ItemAbolished.sentence)]
    faults = list(checked.faults)
    if version_id is not None and began_from is None:
        faults.append(Fault("code", CodeTaken.sentence))
    elif version_id != began_from:
        faults.append(Fault("", OVERTAKEN))
    elif not faults and held is not None and check(held, surroundings).says_the_same(checked):
        faults.append(Fault("", NOTHING_NEW))
    return faults
