"""免提交: a licence that was found stands for its file, in the draft, in the case and on the receipt; what was not found stands for nothing."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from django.utils import timezone

from hall.integration.adapters.http_licences.simulator import LicenceService
from hall.services.applications import commands, queries, rules
from hall.services.applications import licence_commands as licences
from hall.services.applications.models import DraftMaterial
from hall.services.licences import commands as looking
from hall.services.licences.models import Lookup
from hall.services.licences.rules import Ground
from hall.support.access.actors import Actor
from hall.support.identity import queries as identity
from hall.support.refusals import NotFound
from tests.make.cases import make_draft
from tests.make.catalogue import make_item, material_row
from tests.make.licences import licence_of, licence_service
from tests.make.people import NOW, actor_for, citizen_actor, enterprise_actor, make_citizen

pytestmark = pytest.mark.django_db


@pytest.fixture
def wang() -> Actor:
    return citizen_actor(name="王建国")


@pytest.fixture
def service(wang: Actor) -> Iterator[LicenceService]:
    with licence_service(licence_of(licences.holder_of(commands.applicant_of(wang)))) as running:
        yield running


def draft_of(actor: Actor, *cert_types: str) -> int:
    """A draft whose form is filled in, without any file for its materials."""
    rows = [material_row(n, cert_type=t, source="government") for n, t in enumerate(cert_types, 1)]
    draft_id, _ = make_draft(actor, make_item(materials=rows).code)
    DraftMaterial.objects.filter(draft_id=draft_id).delete()
    return draft_id


def page_of(actor: Actor, draft_id: int) -> queries.DraftPage:
    page = queries.draft_page(actor, draft_id, now=NOW)
    assert page is not None
    return page


def fetch(actor: Actor, draft_id: int, *cert_types: str) -> int:
    return licences.fetch_licences(actor=actor, draft_id=draft_id, cert_types=cert_types, ground=Ground.ONCE, now=NOW)


def test_a_licence_found_valid_stands_for_the_file_and_goes_along_with_the_case(service: LicenceService, wang: Actor) -> None:
    draft_id = draft_of(wang, "ID_CARD")
    assert [fault.anchor for fault in page_of(wang, draft_id).faults] == ["material-m1"]
    assert fetch(wang, draft_id, "ID_CARD") == 1
    page = page_of(wang, draft_id)
    assert page.faults == () and page.covered == {"m1"}
    done = commands.submit_application(actor=wang, draft_id=draft_id, revision=page.revision, now=NOW)
    from hall.services.cases.queries import case_file

    file = case_file(wang, done.serial, now=NOW)
    assert file is not None
    (held,) = file.licences
    assert (held.material_name, held.given.code, held.given.holder_name, held.rechecked) == ("项目申请书", "0000", "王建国", None)


@pytest.mark.parametrize(("status", "code"), [("revoked", "1004"), ("lost", "1005")])
def test_a_licence_that_does_not_hold_stands_for_nothing(service: LicenceService, wang: Actor, status: str, code: str) -> None:
    service.licences[0]["status"] = status  # type: ignore[index]
    draft_id = draft_of(wang, "ID_CARD")
    fetch(wang, draft_id, "ID_CARD")
    page = page_of(wang, draft_id)
    assert page.licences["ID_CARD"].code == code and not page.covered and page.faults
    with pytest.raises(rules.NotComplete):
        commands.submit_application(actor=wang, draft_id=draft_id, revision=page.revision, now=NOW)


def test_a_service_that_is_down_loses_nothing_and_uploading_goes_on(service: LicenceService, wang: Actor) -> None:
    service.fault = "error"
    draft_id = draft_of(wang, "ID_CARD")
    fetch(wang, draft_id, "ID_CARD")
    page = page_of(wang, draft_id)
    assert page.licences["ID_CARD"].code == "3002" and page.faults
    service.fault = "none"
    fetch(wang, draft_id, "ID_CARD")
    assert not page_of(wang, draft_id).faults


def test_a_licence_that_runs_out_before_handing_in_does_not_count(service: LicenceService, wang: Actor) -> None:
    service.licences[0]["valid_to"] = date.today().isoformat()  # type: ignore[index]
    draft_id = draft_of(wang, "ID_CARD")
    fetch(wang, draft_id, "ID_CARD")
    assert page_of(wang, draft_id).covered
    later = timezone.now() + timedelta(days=2)
    page = queries.draft_page(wang, draft_id, now=later)
    assert page is not None and not page.covered and page.faults


def test_a_type_that_the_draft_does_not_ask_for_is_not_looked_up(service: LicenceService, wang: Actor) -> None:
    draft_id = draft_of(wang, "ID_CARD")
    with pytest.raises(NotFound):
        fetch(wang, draft_id, "ID_CARD", "PASSPORT")
    assert service.asked == 0


def test_nobody_fetches_for_anothers_draft(service: LicenceService, wang: Actor) -> None:
    draft_id = draft_of(wang, "ID_CARD")
    with pytest.raises(NotFound):
        fetch(citizen_actor(), draft_id, "ID_CARD")
    with pytest.raises(NotFound):
        licences.drop_licence(actor=citizen_actor(), draft_id=draft_id, cert_type="ID_CARD", now=NOW)
    assert service.asked == 0


def test_an_enterprise_fetches_its_own_and_no_persons_licence() -> None:
    agent = enterprise_actor()
    assert agent.enterprise_id is not None
    enterprise = identity.enterprise(agent.enterprise_id)
    assert enterprise is not None
    with licence_service(
        licence_of(licences.holder_of(commands.applicant_of(agent)), "BUSINESS_LICENSE", number=enterprise.uscc)
    ) as running:
        draft_id = draft_of(agent, "BUSINESS_LICENSE", "ID_CARD")
        with pytest.raises(NotFound):
            fetch(agent, draft_id, "ID_CARD")
        fetch(agent, draft_id, "BUSINESS_LICENSE")
        assert page_of(agent, draft_id).covered == {"m1"} and running.asked == 1


def test_without_an_identity_number_nothing_is_asked(service: LicenceService) -> None:
    nameless = actor_for(make_citizen(id_number=""))
    draft_id = draft_of(nameless, "ID_CARD")
    with pytest.raises(rules.RealNameNeeded):
        fetch(nameless, draft_id, "ID_CARD")
    assert service.asked == 0


def test_a_standing_agreement_fetches_by_itself_and_only_once(service: LicenceService, wang: Actor) -> None:
    draft_id = draft_of(wang, "ID_CARD")

    def by_itself() -> int:
        return licences.fetch_agreed_licences(actor=wang, draft_id=draft_id, now=NOW)

    assert by_itself() == 0 and service.asked == 0
    looking.give_consent(actor=wang, now=NOW)
    assert by_itself() == 1 and by_itself() == 0 and service.asked == 1
    assert Lookup.objects.get().ground == Ground.STANDING
    looking.withdraw_consent(actor=wang, now=NOW)
    licences.drop_licence(actor=wang, draft_id=draft_id, cert_type="ID_CARD", now=NOW)
    assert by_itself() == 0


def test_a_licence_put_aside_asks_for_the_file_again(service: LicenceService, wang: Actor) -> None:
    draft_id = draft_of(wang, "ID_CARD")
    fetch(wang, draft_id, "ID_CARD")
    for _ in range(2):
        licences.drop_licence(actor=wang, draft_id=draft_id, cert_type="ID_CARD", now=NOW)
    assert page_of(wang, draft_id).faults
