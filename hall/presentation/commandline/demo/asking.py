"""Requests for calls of the demo world: two departments, some open, one late, one that nobody answered, two that are done."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from hall.presentation.commandline.demo.days import Diary
from hall.presentation.commandline.demo.people import HEALTH, MARKET
from hall.services.guidance import asks, talks
from hall.services.guidance.ask_rules import Outcome
from hall.support.access.actors import VISITOR, Actor, Role

_SPACE = UUID("5f1c2f0a-7f0e-4f0e-9a55-0a6d0f2a1c11")


@dataclass(frozen=True, slots=True)
class _Ask:
    """Left so many working days ago; `said` was said before, in the conversation."""

    department: str
    item: str
    days: int
    name: str
    question: str
    said: tuple[str, ...] = ()
    end: Outcome | None = None
    note: str = ""
    tries: int = 0


_ASKS = (
    _Ask(MARKET, "370126014000", 3, "刘先生", "饭馆后厨要改到二楼，原来的许可证还能用吗，还是要重新办？", tries=2),
    _Ask(
        MARKET,
        "370126014000",
        1,
        "王女士",
        "学校门口的小吃店，面积只有二十平，按食品经营许可办还是按小餐饮备案办？",
        said=("食品经营许可", "要带什么", "二十平的小店按哪个办"),
    ),
    _Ask(MARKET, "370126001000", 0, "", "公司名称里想带“泰山”两个字，要不要另外批？"),
    _Ask(MARKET, "", 6, "老赵", "集上卖自家磨的香油，要办什么证？", end=Outcome.ANSWERED, note="已说明按食品小作坊登记，告知材料和窗口。"),
    _Ask(HEALTH, "370121005000", 0, "孙女士", "护士资格是在外省考的，在山东注册要不要先转档案？", said=("护士注册", "要带什么")),
    _Ask(
        HEALTH,
        "372021001000",
        4,
        "",
        "怀孕四个月了，户口不在一起，在哪边登记？",
        end=Outcome.UNREACHABLE,
        note="三次都无人接听。",
    ),
)


def leave_asks(*, staff: Mapping[tuple[str, Role], Actor], now: datetime) -> None:
    """Leave them, by the same commands as the pages."""
    for number, one in enumerate(_ASKS):
        diary = Diary.from_days_ago(one.days, now, number * 11)
        made = asks.ask_for_call(
            actor=VISITOR,
            request_key=uuid5(_SPACE, str(number)),
            department_code=one.department,
            item_code=one.item,
            name=one.name,
            phone=f"1380000{number:04}",
            question=one.question,
            history=_history(one.said, diary.moment),
            is_agreed=True,
            now=diary.moment,
        )
        clerk = staff[one.department, Role.CLERK]
        for _ in range(one.tries):
            asks.note_try(actor=clerk, ask_id=made.ask_id, now=diary.later(minutes=90))
        if one.end:
            asks.close_ask(actor=clerk, ask_id=made.ask_id, outcome=one.end, note=one.note, now=diary.later(minutes=50))


def _history(said: tuple[str, ...], now: datetime) -> str:
    token, record = "", ""
    for sentence in said:
        held = talks.go_on(actor=VISITOR, token=token, sentence=sentence, now=now)
        token, record = held.token, held.talk.record
    if token:
        talks.forget(token)
    return record
