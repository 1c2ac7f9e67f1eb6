"""How the writing and publishing of items says no."""

from collections.abc import Sequence

from hall.services.catalogue.naming import Fault
from hall.support.refusals import Conflict, Refusal


class StaleDraft(Conflict):
    """Somebody else saved the draft in between."""

    sentence = "这份草稿刚刚被别人保存过。您填写的内容还在页面上，请核对后再保存。"


class DraftClosed(Conflict):
    sentence = "这份草稿现在不能修改，请刷新页面查看它的状态。"


class DraftOpen(Conflict):
    """Another draft of the same item is under way."""

    sentence = "这个事项已经有一份没有办完的草稿，请先完成或放弃它。"


class NewerVersion(Conflict):
    sentence = "编制期间这个事项有了新版本。请退回部门，比较两边的内容后再提交。"


class CodeTaken(Refusal):
    sentence = "这个编码已经有事项了，请换一个编码。"
    field = "code"


class ItemAbolished(Refusal):
    sentence = "这个事项已经取消，不能再编制或发布。"


class WrongStatus(Conflict):
    sentence = "事项现在的状态不能这样操作，请刷新页面查看。"


class OwnDraft(Refusal):
    sentence = "自己编制的事项要由另一个人审核发布。"
    status = 403


class CommentMissing(Refusal):
    sentence = "请写明退回的原因，部门要照着修改。"
    field = "comment"


class ReasonMissing(Refusal):
    sentence = "请写明原因，原因会记入审计记录。"
    field = "reason"


class NotReady(Refusal):
    """The draft cannot be handed in; `faults` say why, all at once."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(f"还有 {len(faults)} 处需要修改。")
        self.faults = tuple(faults)
