"""What the queries and commands of licences return."""

from dataclasses import dataclass, field
from datetime import date, datetime

from hall.integration.ports.licence import LicenceCode
from hall.services.licences import rules
from hall.services.licences.rules import Asker, Ground, Standing


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose licences: `key` is the identity number or unified credit code, `kind` "person" or "org"."""

    kind: str
    key: str = field(repr=False)
    name: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Looked:
    """One look-up and what came of it. The licence's own facts are there when it was found. `request_id` as 32 hex digits."""

    lookup_id: int
    request_id: str
    asked_at: datetime
    answered_at: datetime | None
    cert_type: str
    cert_name: str
    code: str
    source_request_id: str  # whose answer it is; another one's while that was fresh
    number: str = field(default="", repr=False)
    holder_name: str = field(default="", repr=False)
    issuer: str = ""
    issued_on: date | None = None
    valid_to: date | None = None
    is_found: bool = False

    def code_on(self, today: date) -> LicenceCode:
        """The result code as it stands today."""
        return rules.code_on(self.code, self.valid_to, today)

    def standing(self, today: date) -> Standing:
        """Whether it counts today."""
        return rules.standing(self.code, self.valid_to, today)


@dataclass(frozen=True, slots=True)
class AccessRow:
    """One line of 谁查看过我的信息. `department_code` is empty unless a department looked."""

    lookup_id: int
    at: datetime
    asker: Asker
    ground: Ground
    is_by_me: bool
    department_code: str
    cert_name: str
    purpose: str
    code: str

    def code_on(self, today: date) -> LicenceCode:
        """What came of it; a row without an answer counts as one that never came."""
        return rules.code_on(self.code, None, today)
