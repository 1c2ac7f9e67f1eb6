"""Which action forms the case page offers, with what in them."""

from dataclasses import dataclass, field

from hall.presentation.desk import clock_actions
from hall.services.cases.handling import CORRECTION_DAYS
from hall.services.cases.rows import CaseFile
from hall.services.cases.rules import Action
from hall.support.formrules.definition import FormDefinition
from hall.support.formrules.vocabulary import FILE_KEY, Kind

_NOT_TYPED = frozenset({Kind.COMPUTED, Kind.NOTE})


@dataclass(frozen=True, slots=True)
class Panel:
    """One action form. `lead` says what follows from it; `template` is the part of it below cases/actions."""

    action: Action
    title: str
    lead: str
    button: str
    tone: str = ""
    parts: tuple[str, ...] = ()
    targets: tuple[tuple[str, str, str], ...] = field(default=())
    days: int = CORRECTION_DAYS


WORDS: dict[Action, tuple[str, str, str, str, tuple[str, ...]]] = {
    Action.PRE_REVIEW: ("领取并预审", "办件归到您名下，申请人会收到通知。", "领取并预审", "primary", ()),
    Action.ACCEPT: ("受理", "发出受理通知书，承诺时限从下一个工作日起算。", "受理并发出通知书", "primary", ("note",)),
    Action.RECEIVE: ("收取原件", "确认已当面核对纸质原件，发出收件凭证。", "确认已收原件", "primary", ("originals", "note")),
    Action.CORRECT: ("一次性补正", "只能发一次，请列全；发出后暂停计时。", "发出补正告知书", "", ("points", "days")),
    Action.NOT_ACCEPT: ("不予受理", "办件结束，通知书写明理由和救济途径。", "发出不予受理通知书", "bad", ("reason",)),
    Action.RETURN: ("退件", "只用于部门不对、重复提交、文件无法打开。", "退件", "bad", ("reason",)),
    Action.START_REVIEW: ("开始审查", "办件归到您名下。", "开始审查", "primary", ()),
    Action.GIVE_OPINION: ("审查意见", "意见只在部门内可见，是作出决定的依据。", "提交审查意见", "primary", ("verdict", "opinion")),
    Action.SECOND_OPINION: ("复审意见", "由另一位审查人员提出，提交后不再修改。", "提交复审意见", "primary", ("verdict", "opinion")),
    Action.SPECIAL: ("特别程序", "听证、检验、检测、鉴定、专家评审等；告知申请人并暂停计时。", "发出告知书并暂停", "", ("procedure",)),
    Action.END_SPECIAL: ("特别程序结束", "写明结果，下一个工作日起恢复计时。", "恢复计时", "primary", ("outcome",)),
    Action.HEARING: ("告知听证", "告知申请人有权要求听证，暂停计时。", "发出听证告知书", "", ("reason",)),
    Action.END_HEARING: ("听证结束", "写明听证情况，下一个工作日起恢复计时。", "恢复计时", "primary", ("outcome",)),
    Action.DECIDE: ("作出决定", "决定书立即生成并送达申请人空间，不能修改。", "作出决定", "primary", ("decision", "decision_reason")),
    Action.MAKE_RESULT: ("制作结果", "生成带二维码和编号的电子件。", "制作", "primary", ("validity",)),
    Action.DELIVER: ("送达", "电子送达即刻办结；窗口领取和邮寄在签收后办结。", "送达", "primary", ("method",)),
    Action.CLOSE: ("签收办结", "记录谁在何时签收，办件结束。", "确认签收", "primary", ("sign_method", "receiver")),
    Action.ASK_VOID: ("提请终止", "须监督部门审核同意后才终止。", "提请终止", "bad", ("reason",)),
    Action.VOID: ("批准终止", "部门领导已提请，批准后办件结束。", "批准终止", "bad", ("reason",)),
    **clock_actions.WORDS,
}


def panels_for(file: CaseFile, definition: FormDefinition) -> tuple[Panel, ...]:
    """One panel for each action that the table, the guards and the person's role allow now, the likeliest first."""
    panels = []
    for action in file.actions:
        title, lead, button, tone, parts = WORDS[action]
        panels.append(Panel(action, title, lead, button, tone, parts, _targets(action, file, definition)))
    return tuple(sorted(panels, key=lambda panel: panel.tone != "primary"))


def _targets(action: Action, file: CaseFile, definition: FormDefinition) -> tuple[tuple[str, str, str], ...]:
    if action is Action.CORRECT:
        return correction_targets(file, definition)
    return original_targets(file) if action is Action.RECEIVE else ()


def original_targets(file: CaseFile) -> tuple[tuple[str, str, str], ...]:
    """What was handed in as a file and may be compared with its original: ("material", key, title)."""
    return tuple({row.key: ("material", row.key, row.name) for row in file.latest_materials}.values())


def correction_targets(file: CaseFile, definition: FormDefinition) -> tuple[tuple[str, str, str], ...]:
    """Everything that a correction may name: (kind, target, title), materials first, then the form's fields."""
    targets = [("material", material.key, material.name) for material in file.version.materials if material.belongs_to(file.variant)]
    for entry in definition.fields:
        if entry.kind is Kind.FILE:
            targets.append(("material", f"{FILE_KEY}{entry.name}", entry.title))
        elif not entry.is_locked and entry.kind not in _NOT_TYPED:
            targets.append(("field", entry.name, entry.title))
    return tuple(targets)
