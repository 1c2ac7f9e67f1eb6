"""The newest result on the case page, and what may be done to it."""

from dataclasses import dataclass

from hall.services.cases.results import WITH_RESULT
from hall.services.cases.rows import CaseFile, DocumentRow
from hall.services.cases.rules import CaseState
from hall.support.access.actors import Actor, Role


@dataclass(frozen=True, slots=True)
class ResultPanel:
    """The newest result of a case and what this person may do to it."""

    document: DocumentRow
    may_revoke: bool
    may_replace: bool


def result_panel(file: CaseFile, actor: Actor) -> ResultPanel | None:
    """None before there is a result. No SQL."""
    made = [document for document in file.documents if document.kind == "result"]
    if not made:
        return None
    is_open = not made[-1].is_revoked and file.row.state in WITH_RESULT
    return ResultPanel(
        made[-1], is_open and file.row.state is CaseState.CLOSED and actor.has(Role.LEADER), is_open and actor.has(Role.CLERK)
    )
