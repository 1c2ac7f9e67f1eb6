"""Cases that have ended, for what comes after: ratings. Rows written directly; the way there is proved elsewhere."""

from datetime import datetime
from itertools import count

from hall.services.cases.models import Case
from hall.services.catalogue.models import Item, ItemVersion
from hall.support.access.actors import Actor
from tests.make.people import NOW, make_department

_numbers = count(1)
ITEM_NAME = "食品经营许可（新办）"


def make_item_version(*, code: str | None = None, department_code: str = "SD02", name: str = ITEM_NAME) -> ItemVersion:
    """A draft item of the department with one version; the version that the item has already, if it is there."""
    code = code or f"37{next(_numbers):010d}"
    found = ItemVersion.objects.filter(item_id=code).first()
    if found is not None:
        return found
    make_department(code=department_code)
    item = Item.objects.create(code=code, department_id=department_code, status="draft")
    return ItemVersion.objects.create(
        item=item,
        number=1,
        digest="0" * 64,
        department_id=department_code,
        name=name,
        item_type="license",
        levels=["province"],
        audience=["person", "org"],
        handling_type="promise",
        statutory_days=20,
        promised_days=10,
        day_unit="working",
        online_depth="full",
        onsite_visits=0,
        applicable=True,
        charged=False,
        region_scope="local",
        bookable=False,
        mailable=False,
        payable=False,
        leader_approval=False,
        result_name="食品经营许可证",
        result_kind="licence",
        legal_basis_quality="verified",
        conditions_quality="verified",
    )


def make_finished_case(
    applicant: Actor,
    *,
    item_code: str | None = None,
    department_code: str = "SD02",
    closed_at: datetime = NOW,
    close_kind: str = "granted",
    state: str = "closed",
) -> str:
    """A case of the applicant (or of the enterprise the applicant acts for) that has ended. Returns its serial number."""
    version = make_item_version(code=item_code, department_code=department_code)
    serial = f"3700000020261123{next(_numbers):08d}"
    Case.objects.create(
        serial=serial,
        item_version=version,
        item_code=version.item_id,
        item_name=version.name,
        department_code=department_code,
        channel=1,
        account_id=applicant.account_id or 0,
        enterprise_id=applicant.enterprise_id,
        applicant_name=applicant.enterprise_name or applicant.name,
        applicant_digest="0" * 64,
        answers=b"",
        query_code=b"",
        state=state,
        close_kind=close_kind,
        is_granted=close_kind == "granted",
        submitted_at=closed_at,
        accepted_at=closed_at,
        decided_at=closed_at,
        closed_at=closed_at,
        moved_at=closed_at,
    )
    return serial


def make_open_case(applicant: Actor) -> str:
    """A case that is still being handled. Returns its serial number."""
    serial = make_finished_case(applicant)
    Case.objects.filter(serial=serial).update(state="reviewing", close_kind="", closed_at=None, is_granted=None)
    return serial
