"""A guide whose item was published anew is looked at again, and flagged where it no longer fits."""

import pytest

from hall.services import events
from hall.services.catalogue.models import Item
from hall.services.guidance import jobs, queries
from hall.services.guidance.facts import Kinds
from hall.services.guidance.models import Guide
from hall.support.access.actors import Role
from tests.make.catalogue import material_row
from tests.make.guidance import guided_item, make_guide
from tests.make.people import NOW, staff_actor

pytestmark = pytest.mark.django_db


def test_a_material_that_went_away_flags_the_guide_until_it_is_back() -> None:
    item = guided_item()
    guide = make_guide(item)
    guided_item(code=item.code, materials=[material_row(1)])
    jobs.recheck_guides(events.ItemsPublished(codes=[item.code]))
    jobs.recheck_guides(events.ItemsPublished(codes=[item.code]))
    guide.refresh_from_db()
    assert {one["fault"] for one in guide.stale_findings} == {"unknown"}
    published = queries.guide_of(Kinds.ITEM, item.code)
    assert published is not None and published.is_stale
    rows = queries.desk_guides(staff_actor(Role.SYS_ADMIN), only="stale")
    assert [(row.code, row.faults > 0) for row in rows] == [(item.code, True)]
    guided_item(code=item.code)
    jobs.recheck([item.code], now=NOW)
    guide.refresh_from_db()
    assert guide.stale_findings == []


def test_other_items_publications_do_not_concern_it() -> None:
    item = guided_item()
    make_guide(item)
    assert jobs.recheck([guided_item().code], now=NOW) == 0
    assert jobs.recheck([item.code], now=NOW) == 1


def test_a_suspended_item_flags_its_guide() -> None:
    item = guided_item()
    make_guide(item)
    Item.objects.filter(pk=item.code).update(status="suspended")
    jobs.recheck([item.code], now=NOW)
    assert "已暂停或取消办理" in Guide.objects.get().stale_findings[0]["sentence"]
    assert queries.guides() == []
