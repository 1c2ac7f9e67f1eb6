"""Who may apply for what, and what is missing before a draft can be handed in. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from hall.services.catalogue.elements import Variant
from hall.support.formrules.vocabulary import FILE_KEY
from hall.support.refusals import Conflict, Refusal

MOST_FILES = 5
DRAFT_DAYS = 30
REAL_NAME_LEVEL = 2


class NotApplicable(Refusal):
    sentence = "这个事项不能在网上申办，请按办事指南到窗口办理。"


class ItemGone(Refusal):
    sentence = "这个事项已停止办理，不能提交。您填写的内容仍保留在草稿里。"


class WrongAudience(Refusal):
    """Persons apply for persons' items, enterprises for theirs."""


class RealNameNeeded(Refusal):
    sentence = "提交前需要实名：请在“我的信息”里补充身份证号码。"
    status = 403


class StaleDraft(Conflict):
    sentence = "这份草稿在另一个窗口里改过。请刷新页面，核对后再保存。"


class StaleVersion(Conflict):
    sentence = "办事指南刚刚更新，表格有变化。您填写的内容都还在，请核对后重新提交。"


class AlreadySubmitted(Conflict):
    sentence = "这份申请已经提交，不能再修改。请到“我的办件”查看进度。"


class TooManyFiles(Refusal):
    sentence = f"每份材料最多上传 {MOST_FILES} 个文件，请先删除不需要的文件。"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to mend: `anchor` is the form field's name or "material-<key>"."""

    anchor: str
    sentence: str


class NotComplete(Refusal):
    """The draft cannot be handed in; `faults` say why, all at once."""

    sentence = "还有内容需要修改，请逐条核对后再提交。"

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(f"还有 {len(faults)} 处需要修改。")
        self.faults = tuple(faults)


def variant_for(variants: Sequence[Variant], asked: str, present: str = "") -> str:
    """The 业务办理项 of a draft: the one asked for, else the present one, else the first; "" where the item has none."""
    keys = [variant.key for variant in variants]
    return next((key for key in (asked, present) if key in keys), keys[0] if keys else "")


def renewed_variant(old: Sequence[Variant], new: Sequence[Variant], present: str) -> str:
    """The variant of a draft that moves to a new version: the one of the same name, else of the same kind, else the first."""
    was = next((variant for variant in old if variant.key == present), None)
    same = [v.key for v in new if was and v.name == was.name] + [v.key for v in new if was and v.kind == was.kind]
    return variant_for(new, same[0] if same else "")


def check_audience(audience: Collection[str], *, is_enterprise: bool) -> None:
    """Raises: WrongAudience with a sentence that says how to go on."""
    if is_enterprise and "org" not in audience:
        raise WrongAudience("这个事项只面向个人，请在右上角切换为“本人”后申办。")
    if not is_enterprise and "person" not in audience:
        raise WrongAudience("这个事项由企业或单位申办，请先在“我的企业”里选择要代办的企业。")


def may_hold(holder: str, *, is_enterprise: bool) -> bool:
    """Whether a licence held by "person", "org" or "both" can be the applicant's own."""
    return holder in {"both", "org" if is_enterprise else "person"}


def missing_materials(wanted: Sequence[tuple[str, str, str]], given: Mapping[str, int]) -> list[Fault]:
    """The required materials without a file. `wanted` holds (key, name, necessity), `given` the number of files by key."""
    return [
        Fault(f"material-{key}", f"请上传“{name}”") for key, name, necessity in wanted if necessity == "required" and not given.get(key)
    ]


def refused_files(judged: Sequence[tuple[str, str, str]]) -> list[Fault]:
    """The files that cannot be handed in. `judged` holds (key, material's name, why not or "")."""
    return [
        Fault(key.removeprefix(FILE_KEY) if key.startswith(FILE_KEY) else f"material-{key}", f"“{name}”：{why}")
        for key, name, why in judged
        if why
    ]


def reuse_of(required: Collection[str], given: Iterable[tuple[str, bool]], covered: Iterable[str]) -> tuple[int, int]:
    """How many required materials were there, and how many of them without any upload.

    `given` are files as (material key, whether it came out of the library), `covered` the keys that a licence stands for. What is to come
    later (out of a forerunner of the same whole) is not there yet and does not count.
    """
    files = list(given)
    uploaded = {key for key, is_reused in files if not is_reused}
    reused = ({key for key, is_reused in files if is_reused} | set(covered)) - uploaded
    return sum(key in uploaded or key in reused for key in required), sum(key in reused for key in required)


# --- several items together -------------------------------------------------------------------------------------------------------

MOST_TOGETHER = 20


class NothingTogether(Refusal):
    sentence = "这些事项里没有现在可以在网上申办的，请看每一项后面的说明。"


class TooManyTogether(Refusal):
    sentence = f"办事清单最多放 {MOST_TOGETHER} 个事项，请先移出暂时不办的。"


def working_days(days: int, unit: str) -> int:
    """A promise in working days, for adding up promises of all kinds: seven natural days hold five working days, a month 22."""
    return {"working": days, "month": days * 22}.get(unit, -(-days * 5 // 7))


def why_not_together(
    *, status: str, status_name: str, applicable: bool, online_depth: str, audience: Collection[str], is_enterprise: bool
) -> str:
    """Why an item is left out of a joint application, "" when it is not. Says how to go on."""
    if status != "published":
        return f"{status_name}，现在不能办。"
    if not applicable:
        return "不是依申请办理的事项，不用申办。"
    if online_depth not in {"prelim", "full"}:
        return "要到窗口办，不能在网上申办。"
    if is_enterprise and "org" not in audience:
        return "由个人申办，请切换为“本人”后单独申办。"
    if not is_enterprise and "person" not in audience:
        return "由企业或单位申办，请选择要代办的企业后单独申办。"
    return ""
