"""The words of notices, and how long a message is worth sending. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from hall.services import events
from hall.support.refusals import NotFound

UNREAD_CAP = 100
MAX_TRIES = 8
# A text message about yesterday's step helps nobody; the notice itself stays in the site.
WORTH_SENDING = timedelta(hours=48)
# Longer than any adapter may take (30 s), so that two workers never send one message at the same time.
CLAIM = timedelta(minutes=2)
SMS_BODY_LIMIT = 200
TITLE_LIMIT = 120
BODY_LIMIT = 900

# What may be rated, and for how long, as ratings.rules has it one floor up (a test compares the two).
INVITED_CLOSE_KINDS = frozenset({"granted", "denied"})
INVITED_DAYS = 15
# States in which the applicant has something to do, and how the notice of it begins.
_YOUR_TURN = {"correction": "请补正材料", "payment": "请缴费"}


class NoticeKind(StrEnum):
    """What a notice is about; pages choose their icon by it."""

    SUBMITTED = "submitted"
    MOVED = "moved"
    CORRECTION = "correction"  # the applicant has something to do
    FINISHED = "finished"
    RATING_ANSWERED = "rating_answered"
    APPOINTMENT = "appointment"


class DeliveryState(StrEnum):
    """How far a message got on one channel."""

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"  # given up
    SKIPPED = "skipped"  # the person has no address of this kind


class NoticeMissing(NotFound):
    sentence = "没有找到这条消息，可能已经删除。"


@dataclass(frozen=True, slots=True)
class Words:
    """What a notice says. `link` is a path within the hall. `is_sent_out`: also by text message and mail."""

    kind: NoticeKind
    title: str
    body: str
    link: str
    is_sent_out: bool = True


def clip(text: str, limit: int) -> str:
    """The text on at most `limit` signs; an ellipsis tells that something was left out."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def case_path(serial: str) -> str:
    """The applicant's page of a case."""
    return f"/my/cases/{serial}"


def titled(words: str, item_name: str) -> str:
    """A title that fits: what happened, and to what."""
    return f"{words}：{clip(item_name, TITLE_LIMIT - len(words) - 1)}"


def submitted(fact: events.ApplicationSubmitted) -> Words:
    """The application has arrived. Source: 行政许可法 32, five working days to decide on acceptance."""
    body = f"您申办的“{fact.item_name}”已提交。5 个工作日内告诉您是否受理，凭统一申办流水号可随时查进度。"
    return Words(NoticeKind.SUBMITTED, titled("已提交", fact.item_name), body, case_path(fact.serial))


def joint_path(serial: str) -> str:
    """The applicant's page of several cases handed in together."""
    return f"/my/joint/{serial}"


def joint_submitted(fact: events.JointSubmitted) -> Words:
    """Several applications have arrived as one."""
    rest = f"其中 {fact.waiting} 件等前一件办好后自动提交，不用您再操作。" if fact.waiting else ""
    body = f"“{fact.name}”共 {fact.items} 件已一次提交。{rest}5 个工作日内告诉您是否受理，凭总流水号可查全部进度。"
    return Words(NoticeKind.SUBMITTED, titled("已提交", fact.name), body, joint_path(fact.serial))


def joint_part_left(fact: events.JointPartLeft) -> Words:
    """A part that waited is not handled."""
    return Words(NoticeKind.CORRECTION, titled("没有提交", fact.item_name), clip(fact.sentence, BODY_LIMIT), joint_path(fact.serial))


def moved(fact: events.CaseMoved) -> Words:
    """A step of the case; the department's sentence is the text."""
    title = titled(_YOUR_TURN.get(fact.to_state, "办理有进展"), fact.item_name)
    kind = NoticeKind.CORRECTION if fact.to_state in _YOUR_TURN else NoticeKind.MOVED
    # A step that leaves the state as it is (an opinion handed in) is worth a line in the site, not a text message.
    is_sent_out = fact.from_state != fact.to_state or fact.is_told
    return Words(kind, title, clip(fact.sentence, BODY_LIMIT), case_path(fact.serial), is_sent_out=is_sent_out)


def finished(fact: events.CaseFinished) -> Words | None:
    """The invitation to rate; None when the case ended without a decision. Source: domain §6."""
    if fact.close_kind not in INVITED_CLOSE_KINDS:
        return None
    body = f"您申办的“{fact.item_name}”已有结果。欢迎在 {INVITED_DAYS} 天内评价这次办理，评价时可以选择匿名。"
    # In the site only: the step that ended the case has sent its own message a moment ago.
    return Words(NoticeKind.FINISHED, titled("请您评价", fact.item_name), body, f"{case_path(fact.serial)}/rating", is_sent_out=False)


def money_given_back(fact: events.MoneyGivenBack) -> Words:
    """Money is on its way back by the way it came."""
    body = f"为“{fact.item_name}”缴纳的 {fact.amount} 元已按原路退回，到账时间以银行为准。原因：{fact.reason}"
    return Words(NoticeKind.MOVED, titled("已退款", fact.item_name), clip(body, BODY_LIMIT), case_path(fact.serial))


def result_revoked(fact: events.ResultRevoked) -> Words:
    """A result does not hold any more; the department's reason is the text."""
    body = f"“{fact.title}”（{fact.number}）已被撤销，不再有效。理由：{fact.reason}"
    return Words(NoticeKind.MOVED, titled("证照已撤销", fact.title), clip(body, BODY_LIMIT), case_path(fact.serial))


def result_replaced(fact: events.ResultReplaced) -> Words:
    """A new version of a result; the one before does not hold any more."""
    body = f"“{fact.title}”已换发，新编号 {fact.number}，原来那一份不再有效。原因：{fact.reason}"
    return Words(NoticeKind.MOVED, titled("证照已换发", fact.title), clip(body, BODY_LIMIT), case_path(fact.serial))


def serial_moved(fact: events.SerialMoved) -> Words:
    """A newer step of a number that the person keeps in view."""
    body = f"号码 {fact.serial} 现在是“{fact.state_name}”。"
    return Words(NoticeKind.MOVED, titled("办理有进展", fact.item_name or "窗口办件"), body, "/my/serials")


def rating_answered(fact: events.RatingAnswered) -> Words:
    """The department replied to the rating."""
    body = f"部门回复了您对“{fact.item_name}”的评价。"
    return Words(NoticeKind.RATING_ANSWERED, titled("评价有回复", fact.item_name), body, case_path(fact.serial))


def material_ending(fact: events.MaterialEnding) -> Words:
    """A material of the library ends soon. Enterprises' materials open only while acting for them."""
    end = date.fromisoformat(fact.valid_until)
    when = "今天到期" if fact.days_left == 0 else f"{end.month} 月 {end.day} 日到期，还有 {fact.days_left} 天"
    whose = f"{fact.enterprise_name}材料库" if fact.enterprise_name else "您材料库"
    advice = "需要继续使用的，请及早办理换证或延续。" if fact.is_result else "换上新的一版，以后办事就能接着用。"
    page = f"/my/materials/{fact.material_id}"
    link = f"/my/enterprises?next={page}" if fact.enterprise_name else page
    body = f"{whose}里的“{clip(fact.name, 60)}”{when}。{advice}"
    return Words(NoticeKind.CORRECTION, titled("材料快到期", fact.name), body, link)


def sms_text(*, hall_name: str, body: str, address: str) -> str:
    """A text message: signed by the hall, short, with the way back."""
    return f"【{hall_name}】{clip(body, SMS_BODY_LIMIT)} 详情：{address}"


def mail_text(*, hall_name: str, body: str, serial: str, address: str, hotline: str) -> str:
    """A mail's text. It names no person: mail is read over shoulders."""
    number = f"统一申办流水号：{serial}\n" if serial else ""
    return (
        f"您好：\n\n{body}\n\n{number}查看详情：{address}\n\n{hall_name}\n办事有疑问，请拨打 {hotline}。这封邮件由系统发出，请不要回复。\n"
    )


def is_worth_trying(*, tries: int, created_at: datetime, now: datetime) -> bool:
    """Whether one more try makes sense after `tries` tries."""
    return tries < MAX_TRIES and now - created_at < WORTH_SENDING
