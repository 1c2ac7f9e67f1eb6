"""The company's library: it agreed to keep what it hands in, and put a few papers in itself."""

import io
from datetime import datetime, timedelta

from django.utils import timezone

from hall.presentation.commandline.demo.filling import paper
from hall.services.materials import commands
from hall.services.materials.commands import Description
from hall.support.access.actors import Actor


def agree(*, actor: Actor, now: datetime) -> None:
    """Before the first case, so that what is handed in is there the next time."""
    commands.agree_to_keep(actor=actor, now=now)


def fill(*, actor: Actor, now: datetime) -> None:
    """A lease, a plan in its second version, a proof that ends soon and one's own word."""
    today = timezone.localdate(now)
    folder = commands.make_folder(actor=actor, name="章丘厂区", now=now)
    soon, later = (today + timedelta(days=12)).isoformat(), (today + timedelta(days=600)).isoformat()
    for said in (
        Description("生产场所租赁合同", valid_until=later, tags="章丘，租房"),
        Description("食品安全管理员培训证明", place="other", valid_until=soon),
        Description("用水情况说明", is_own_word=True),
    ):
        _upload(actor, said, now)
    plan = _upload(actor, Description("章丘厂区平面图", place=str(folder)), now)
    commands.replace_material(actor=actor, material_id=plan, number=1, files=[_file("章丘厂区平面图（新）")], valid_until="", now=now)


def _file(title: str) -> tuple[io.BytesIO, str]:
    return io.BytesIO(paper(title, "pdf")), f"{title}.pdf"


def _upload(actor: Actor, said: Description, now: datetime) -> int:
    return commands.upload_material(actor=actor, files=[_file(said.name)], said=said, now=now)
