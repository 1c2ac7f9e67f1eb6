"""How the hall says no: a refusal is a normal answer with a sentence for the person and an HTTP status."""

import re
from typing import ClassVar


class Refusal(Exception):
    """Base of every "no". A subclass gives `sentence` (Chinese, shown as it is) and `status`; a view catches it, once.

    `field` names the form field it belongs to, when there is one.
    """

    sentence: ClassVar[str] = "这一步现在不能办理。"
    status: ClassVar[int] = 422
    field: ClassVar[str | None] = None

    def __init__(self, sentence: str | None = None, *, field: str | None = None) -> None:
        self.shown = sentence or self.sentence
        self.at_field = field or self.field
        super().__init__(self.shown)

    @classmethod
    def code(cls) -> str:
        """Its name for machines: `slot_full` for SlotFull."""
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls.__name__).lower()


class NotFound(Refusal):
    """The thing is not there, or not for this actor: both look the same from outside."""

    sentence = "没有找到您要的内容，请核对后再试。"
    status = 404


class Conflict(Refusal):
    """Somebody else changed the thing in the meantime."""

    sentence = "内容刚刚被更新过，请刷新页面后再操作。"
    status = 409
