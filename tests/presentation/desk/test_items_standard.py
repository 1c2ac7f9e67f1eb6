"""规范要求 of a material: asked for in the editor, kept with the version, compared, and left out of old digests."""

import pytest

from hall.services.catalogue.elements import SAYS_NOTHING, Standard
from hall.services.catalogue.models import ItemVersion
from hall.services.inspections import rules
from tests.make.catalogue import make_item, material_row
from tests.make.drafts import clerk_of, make_draft, page_of
from tests.make.editor import client_of, fields_of, text_of
from tests.services.inspections.test_verdicts import FILE

pytestmark = pytest.mark.django_db


def test_a_department_says_how_files_are_checked() -> None:
    item, clerk = make_item(), clerk_of()
    client, draft_id = client_of(clerk), make_draft(clerk, item.code)
    path = f"/desk/items/drafts/{draft_id}/materials/1"
    text = text_of(client.get(path))
    assert "交来的文件怎么检查" in text and "只看颜色和形状，不辨真伪" in text
    sent = fields_of(text) | {"most_pages": ["3"], "has_seal": ["1"], "legible": ["0"], "go": ["save"]}
    assert client.post(path, sent).status_code == 302
    page = page_of(clerk, draft_id)
    assert page.faults == ()
    one = page.line["materials"][0]
    assert (one["most_pages"], one["has_seal"], one["legible"], "in_force" in one) == (3, True, False, False)
    told = " ".join(str(change) for change in page.changes)
    assert "最多几页" in told and "要有红色圆章" in told and "不检查" in told


@pytest.mark.parametrize(("name", "value"), [("most_pages", "0"), ("least_dpi", "5000"), ("least_pixels", "abc")])
def test_a_wrong_number_is_told_at_its_field(name: str, value: str) -> None:
    item, clerk = make_item(), clerk_of()
    client, draft_id = client_of(clerk), make_draft(clerk, item.code)
    path = f"/desk/items/drafts/{draft_id}/materials/1"
    client.post(path, fields_of(text_of(client.get(path))) | {name: [value], "go": ["save"]})
    assert f'id="f-{name}-err"' in text_of(client.get(f"{path}?check=1"))


def test_the_version_carries_it_to_the_check_card() -> None:
    item = make_item(materials=[material_row(seq=1, most_pages=2, legible=False), material_row(seq=2)])
    assert item.materials[0].standard == Standard(most_pages=2, legible=False)
    assert item.materials[1].standard == SAYS_NOTHING
    # What is left out is the usual for the kind; the others are as said.
    question = rules.asked_of(item.materials[0], FILE)
    assert "最多 2 页" in rules.refusal_of(question)
    assert (question.standard.legible, question.standard.least_dpi) == (False, 150)


def test_saying_nothing_keeps_the_digest_and_saying_no_changes_it() -> None:
    def digest(**standard: object) -> str:
        item = make_item(code="370126019990", materials=[material_row(**standard)])
        return str(ItemVersion.objects.values_list("digest", flat=True).get(pk=item.version_id))

    assert digest() == digest(has_seal=None)
    assert digest() != digest(has_seal=False)
