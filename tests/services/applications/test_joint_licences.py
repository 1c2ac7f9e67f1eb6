"""免提交 in joint applications: one look-up stands for a document in every case that needs it, with the rules and records of a single one."""

import html
from collections.abc import Iterator

import pytest
from django.utils import timezone

from hall.integration.adapters.http_licences.simulator import LicenceService
from hall.services.applications import commands, measuring, rules
from hall.services.applications import joint as joints
from hall.services.applications import licence_commands as licences
from hall.services.applications.models import JointDraftLicence, ReuseRecord
from hall.services.cases.models import CaseLicence, JointPartLicence
from hall.services.catalogue.queries import ItemVersionRow
from hall.services.licences import commands as looking
from hall.services.licences.models import Lookup
from hall.services.licences.rules import Ground
from hall.support.access.actors import Actor
from hall.support.refusals import NotFound
from tests.make.catalogue import make_item, material_row
from tests.make.joint import MadeJoint, make_chain, make_joint_draft, page_of
from tests.make.licences import licence_of, licence_service
from tests.make.people import NOW, citizen_actor, signed_in

pytestmark = pytest.mark.django_db
ID = material_row(name="身份证", kind="id", cert_type="ID_CARD", source="government")


@pytest.fixture
def wang() -> Actor:
    return citizen_actor(name="王建国")


@pytest.fixture
def service(wang: Actor) -> Iterator[LicenceService]:
    with licence_service(licence_of(licences.holder_of(commands.applicant_of(wang)))) as running:
        yield running


def two_items() -> list[ItemVersionRow]:
    return [make_item(name=f"事项{at}", department_code=code, materials=[ID]) for at, code in enumerate(("SD02", "SD26"), 1)]


def draft_of(actor: Actor, items: list[ItemVersionRow]) -> int:
    return make_joint_draft(actor, items, has_files=False)


def fetch(actor: Actor, draft_id: int, *types: str) -> int:
    return licences.fetch_licences_jointly(actor=actor, draft_id=draft_id, cert_types=types, ground=Ground.ONCE, now=NOW)


def hand_in(actor: Actor, draft_id: int, items: list[ItemVersionRow]) -> MadeJoint:
    done = joints.submit_joint(actor=actor, draft_id=draft_id, revision=page_of(actor, draft_id).revision, now=NOW)
    return MadeJoint(done.serial, done.joint_id, actor, items, NOW)


def test_one_look_up_stands_in_every_case_and_is_counted(service: LicenceService, wang: Actor) -> None:
    items = two_items()
    draft_id = draft_of(wang, items)
    assert len(page_of(wang, draft_id).whole.materials) == 1 and page_of(wang, draft_id).faults
    assert fetch(wang, draft_id, "ID_CARD") == 1
    page = page_of(wang, draft_id)
    assert not page.faults and page.covered == {page.whole.materials[0].key}
    hand_in(wang, draft_id, items)
    held = CaseLicence.objects.all()
    assert [one.material_name for one in held] == ["身份证"] * 2 and len({one.lookup_id for one in held}) == 1
    assert Lookup.objects.count() == 1
    assert list(ReuseRecord.objects.values_list("required", "reused")) == [(1, 1)] * 2
    day = timezone.localdate(NOW)
    assert measuring.differences(since=day, until=day) == []


def test_a_part_that_waits_keeps_its_licence_until_its_case_opens(service: LicenceService, wang: Actor) -> None:
    items = make_chain(2, materials=[ID])
    draft_id = draft_of(wang, items)
    fetch(wang, draft_id, "ID_CARD")
    whole = hand_in(wang, draft_id, items)
    assert CaseLicence.objects.count() == 1 and JointPartLicence.objects.count() == 1
    whole.walk(0, "closed")
    assert CaseLicence.objects.count() == 2 and whole.row.parts[1].case is not None


@pytest.mark.parametrize("status", ["revoked", "lost"])
def test_what_does_not_hold_stands_for_nothing(service: LicenceService, wang: Actor, status: str) -> None:
    service.licences[0]["status"] = status  # type: ignore[index]
    draft_id = draft_of(wang, two_items())
    fetch(wang, draft_id, "ID_CARD")
    page = page_of(wang, draft_id)
    assert not page.covered and page.faults
    with pytest.raises(rules.NotComplete):
        joints.submit_joint(actor=wang, draft_id=draft_id, revision=page.revision, now=NOW)


def test_only_ones_own_draft_and_only_what_it_asks_for(service: LicenceService, wang: Actor) -> None:
    draft_id, stranger = draft_of(wang, two_items()), citizen_actor(name="李四")
    for actor, cert_type in ((stranger, "ID_CARD"), (wang, "BUSINESS_LICENSE")):
        with pytest.raises(NotFound):
            fetch(actor, draft_id, cert_type)
    fetch(wang, draft_id, "ID_CARD")
    with pytest.raises(NotFound):
        licences.drop_licence_jointly(actor=stranger, draft_id=draft_id, cert_type="ID_CARD", now=NOW)
    for _ in range(2):
        licences.drop_licence_jointly(actor=wang, draft_id=draft_id, cert_type="ID_CARD", now=NOW)
    assert not JointDraftLicence.objects.exists() and page_of(wang, draft_id).faults


def test_on_a_standing_agreement_it_is_fetched_once(service: LicenceService, wang: Actor) -> None:
    draft_id = draft_of(wang, two_items())
    assert licences.fetch_agreed_licences_jointly(actor=wang, draft_id=draft_id, now=NOW) == 0
    looking.give_consent(actor=wang, now=NOW)
    assert [licences.fetch_agreed_licences_jointly(actor=wang, draft_id=draft_id, now=NOW) for _ in range(2)] == [1, 0]


def test_the_page_offers_it_shows_it_and_takes_it_back(service: LicenceService, wang: Actor) -> None:
    draft_id = draft_of(wang, two_items())
    assert wang.account_id is not None
    browser, base = signed_in(wang.account_id), f"/my/joint/drafts/{draft_id}"
    key = page_of(wang, draft_id).whole.materials[0].key

    def text(path: str) -> str:
        return html.unescape(browser.get(base + path).content.decode())

    assert "证照库里有的，不用上传" in text("/materials") and "取到就不用上传" in text("/materials")
    service.fault = "error"
    browser.post(f"{base}/licences", {"cert_type": "ID_CARD", "at": key})
    assert "再查一次" in text("/materials")
    service.fault = "none"
    pressed = browser.post(f"{base}/licences", {"cert_type": "ID_CARD", "at": key})
    assert pressed.headers["Location"] == f"{base}/materials#row-material-{key}"
    page = text("/materials")
    assert "免提交" in page and "验真通过" in page and "济南市公安局历下区分局" in page and "必要材料已齐" in page
    assert "免提交" in text("/review")
    browser.post(f"{base}/licences/drop", {"cert_type": "ID_CARD", "at": key})
    assert "还差 <b" in text("/materials")
