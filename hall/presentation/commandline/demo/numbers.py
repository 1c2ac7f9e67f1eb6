"""Numbers outside of the web hall in the demo world: a department's system that takes them and tells how far they are, a counter, a block."""

from datetime import datetime, timedelta

from hall.presentation.commandline.demo.people import MARKET, Cast
from hall.services.catalogue import queries as catalogue
from hall.services.serials import blocks, outside, progress
from hall.services.serials.blocks import Use
from hall.services.serials.outside import Order
from hall.services.serials.rules import Channel, State
from hall.support.access.actors import Role
from hall.support.access.scopes import Scope
from hall.support.identity import clients

ITEMS = ("370126001000", "371026002000")
SYSTEM = "食品经营许可审批系统"
COUNTER = "一楼 3 号窗口"
WALKS = (
    (State.ACCEPTED, State.REVIEWING, State.DECIDED, State.CLOSED),
    (State.ACCEPTED, State.CORRECTION),
    (State.ACCEPTED, State.REVIEWING),
)


def take_numbers(*, cast: Cast, now: datetime) -> None:
    """A machine client of the market department with three numbers under way, three slips of today, a block half used."""
    items = [card.code for card in catalogue.item_cards(ITEMS) if card.department_code == MARKET]
    if not items:
        return
    morning = now - timedelta(hours=5)
    admin, clerk = cast.staff["", Role.SYS_ADMIN], cast.staff[MARKET, Role.CLERK]
    made = clients.create_client(
        actor=admin, department_code=MARKET, title=SYSTEM, scopes=tuple(Scope), request_key="demo-client", now=now - timedelta(days=9)
    )
    token = clients.grant_token(client_id=made.client_id, secret=made.secret, wanted=(), address="", now=morning)
    machine = clients.machine_actor(token.text, address="", now=morning)
    orders = [Order(f"2026-{row:06d}", items[row % len(items)]) for row in range(len(WALKS))]
    taken = outside.issue_outside(actor=machine, channel=Channel.DEPARTMENT, orders=orders, now=morning)
    for number, walk in zip(taken, WALKS, strict=True):
        for step, state in enumerate(walk):
            at = morning + timedelta(hours=step)
            progress.record_state(actor=machine, serial=number.serial, event_id=f"evt-{step}", state=state, at=at, now=now)
    block = blocks.reserve_block(
        actor=machine, channel=Channel.WINDOW, request_id="demo-block", size=4, counter=COUNTER, lasts=timedelta(hours=24), now=morning
    )
    used = [Use(block.numbers[0].serial, morning + timedelta(hours=1), items[0])]
    blocks.report_block(actor=machine, block_id=block.block_id, used=used, returned=[block.numbers[3].serial], is_final=False, now=now)
    for place, name in enumerate(("田桂芳", "", "济南泉城路老号食品店")):
        slip = outside.issue_at_counter(
            actor=clerk,
            item_code=items[place % len(items)],
            applicant=name,
            request_key=f"demo-slip-{place}",
            now=now - timedelta(minutes=50 - place),
        )
        if place == 0:
            progress.follow_serial(actor=cast.citizen, serial=slip.serial, query_code=slip.query_code, now=now - timedelta(minutes=20))
