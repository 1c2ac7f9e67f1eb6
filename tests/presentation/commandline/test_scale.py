"""`hall demo --scale`: a province-sized catalogue, always the same, only where nobody real is."""

import argparse
import math
import string
from collections.abc import Iterator

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from hall.presentation.commandline import parser
from hall.presentation.commandline.demo import scale
from hall.presentation.commandline.demo.world import RealAccounts
from hall.services.catalogue import implementing, queries
from hall.services.catalogue.models import Implementation, Item, ItemVersion
from hall.services.search import queries as search
from tests.make.catalogue import DATA, import_folder
from tests.make.people import NOW, make_citizen

REGIONS = 152
NAMES = st.lists(
    st.tuples(st.text("许可登记备案护士食品", min_size=3, max_size=8), st.sampled_from(["许可", "登记", "备案"])).map("".join),
    min_size=9, max_size=60, unique=True,
)  # fmt: skip


@given(NAMES, st.integers(0, 30))
def test_relatives_are_new_alike_and_always_the_same(names: list[str], count: int) -> None:
    real = [(f"3701{number:05d}000", name) for number, name in enumerate(names)]
    try:
        made = list(scale.relatives(real, count))
    except scale.TooMany:
        return
    assert made == list(scale.relatives(real, count))
    assert len(made) == count
    assert len({one.code for one in made} | {code for code, _ in real}) == count + len(real)
    assert len({one.name for one in made} | set(names)) == count + len(names)
    of = dict(real)
    for one in made:
        assert of[one.real_code][:-2] == one.name[:-2]
        assert one.code[:9] == one.real_code[:9] and set(one.code) <= set(string.digits)


@pytest.mark.parametrize("text", ["300000", "items=", "items=-1", "items=1e6", "people=5", "items=１２", "items=12345678901"])
def test_a_wrong_scale_is_refused_before_anything_begins(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parser.main(["demo", "--scale", text])
    assert "items=300000" in capsys.readouterr().err
    with pytest.raises(argparse.ArgumentTypeError):
        parser._scale(text)


@pytest.mark.django_db
@pytest.mark.parametrize("count", [0, scale.LEAST - 1, scale.MOST + 1])
def test_sizes_out_of_reason_are_refused(count: int) -> None:
    with pytest.raises(scale.TooMany):
        scale.build(count=count, now=NOW)


@pytest.mark.django_db
def test_without_a_catalogue_it_says_what_to_do_first() -> None:
    implementing.forget_regions()
    with pytest.raises(scale.NoCatalogue):
        scale.build(count=1000, now=NOW)


@pytest.mark.django_db
def test_it_never_writes_beside_real_accounts() -> None:
    make_citizen(is_demo=False)
    with pytest.raises(RealAccounts):
        scale.build(count=1000, now=NOW)
    assert Item.objects.count() == 0


@pytest.fixture
def forgotten(db: None) -> Iterator[None]:
    implementing.forget_regions()
    yield
    implementing.forget_regions()


@pytest.mark.shipped
def test_every_base_item_stands_in_every_region_and_a_second_time_changes_nothing(forgotten: None) -> None:
    told: list[str] = []
    stamp = queries.content_stamp()
    made = scale.build(count=92_000, now=NOW, say=told.append)
    base = math.ceil(92_000 / REGIONS)
    real = 599
    assert (made.items, made.generated, made.regions, made.implementations) == (base, base - real, REGIONS, base * REGIONS)
    assert len(told) == 4
    assert queries.content_stamp() > stamp
    generated = Item.objects.exclude(code__endswith="000")
    assert generated.count() == base - real
    one = generated.order_by("code")[0]
    page = queries.item_page(one.code, division_code="370102")
    assert page is not None and page.place is not None and page.status == "published"
    assert page.version.materials and page.themes
    assert page.place.has_row and page.place.venue_name == "历下区政务服务中心" and page.place.counter.endswith("号窗口")
    assert one.code in [hit.code for hit in search.search_items(q=page.version.name).hits[:3]]
    quicker = Implementation.objects.exclude(promised_days=None)
    assert 0.1 < quicker.count() / made.implementations < 0.25
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM catalogue_implementation m JOIN catalogue_item i ON i.code = m.item_id"
            " JOIN catalogue_item_version v ON v.id = i.current_version_id WHERE m.promised_days >= v.promised_days"
        )
        assert cursor.fetchone() == (0,)
    versions = ItemVersion.objects.count()
    again = scale.build(count=92_000, now=NOW)
    assert (again.implementations, ItemVersion.objects.count()) == (made.implementations, versions)
    assert not import_folder(DATA).is_changed
