"""venues.csv and implementations.csv come in like every other file: whole or not at all, and twice the same."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hall.services.catalogue import implementing, queries
from hall.services.catalogue.models import Implementation, Venue
from tests.make.catalogue import DATA, import_folder, make_item, write_csv
from tests.make.regions import JINAN, LIXIA, SHIZHONG, make_regions

pytestmark = pytest.mark.django_db
VENUE = {"code": "SD02-1", "division_code": LIXIA, "name": "投资大厅", "address": "", "hours": "", "phone": "0531-12345"}


@pytest.fixture(autouse=True)
def province() -> Iterator[None]:
    make_regions()
    yield
    implementing.forget_regions()


def row(item: str, division: str = LIXIA, **changes: str) -> dict[str, str]:
    return {"item_code": item, "division_code": division, "venue_code": division, "counter": "", "phone": "", "promised_days": ""} | changes


def test_halls_and_places_come_in_once_and_change_where_the_file_does(tmp_path: Path) -> None:
    item = make_item(levels=["county"]).code
    write_csv(tmp_path, "venues.csv", [VENUE])
    write_csv(tmp_path, "implementations.csv", [row(item, venue_code="SD02-1", promised_days="3"), row(item, SHIZHONG, counter="5 号")])
    first = import_folder(tmp_path)
    assert (first.problems, first.added) == ((), 3)
    assert not import_folder(tmp_path).is_changed
    stamp = queries.content_stamp()
    write_csv(tmp_path, "implementations.csv", [row(item, venue_code="SD02-1", promised_days="4")])
    changed = import_folder(tmp_path)
    assert (changed.added, changed.changed, [str(diff) for diff in changed.diffs]) == (
        0,
        1,
        [f"~ {item} {LIXIA} promised_days：3 → 4"],
    )
    assert queries.content_stamp() == stamp + 1
    found = implementing.implementation_of(item, LIXIA)
    assert found is not None and (found.venue_name, found.promised_days) == ("投资大厅", 4)
    assert Implementation.objects.count() == 2


@pytest.mark.parametrize(
    ("name", "rows", "field", "reason"),
    [
        ("venues.csv", [VENUE, VENUE], "code", "重复"),
        ("venues.csv", [VENUE | {"division_code": "999999"}], "division_code", "没有编码为“999999”的行政区划"),
        ("venues.csv", [VENUE | {"phone": "问一问"}], "phone", "电话号码"),
        ("venues.csv", [VENUE | {"longitude": "12", "latitude": "36"}], "longitude", "73 至 136"),
        ("venues.csv", [VENUE | {"longitude": "117", "latitude": ""}], "longitude", "一起填写"),
        ("implementations.csv", [{"item_code": "999999999999"}], "item_code", "没有编码"),
        ("implementations.csv", [{"division_code": "370176"}], "division_code", "没有编码"),
        ("implementations.csv", [{"venue_code": "X9"}], "venue_code", "没有编码"),
        ("implementations.csv", [{"promised_days": "21"}], "promised_days", "超过了法定时限 20 天"),
        ("implementations.csv", [{"promised_days": "三天"}], "promised_days", "整数"),
        ("implementations.csv", [{}, {}], "item_code", "重复"),
    ],
)
def test_a_broken_row_is_named_and_nothing_comes_in(tmp_path: Path, name: str, rows: list[dict[str, str]], field: str, reason: str) -> None:
    item = make_item(statutory_days=20).code
    write_csv(tmp_path, name, [row(item) | one if name.startswith("imp") else one for one in rows])
    before = Venue.objects.count()
    report = import_folder(tmp_path)
    assert [(problem.file, problem.field) for problem in report.problems] == [(name, field)]
    assert reason in report.problems[0].reason
    assert (Venue.objects.count(), Implementation.objects.count()) == (before, 0)


def test_the_shipped_halls_stand_in_every_region_with_the_area_code_of_its_city(tmp_path: Path) -> None:
    for name in ("divisions_shandong.csv", "venues.csv"):
        (tmp_path / name).write_bytes((DATA / name).read_bytes())
    assert import_folder(tmp_path).problems == ()
    implementing.forget_regions()
    known = implementing.regions()
    assert (len(known.cities), sum(len(counties) for _, counties in known.cities)) == (16, 136)
    halls = {venue.code: venue for venue in Venue.objects.all()}
    assert set(halls) == set(known.by_code)
    for city, counties in known.cities:
        assert {halls[one.code].phone for one in (city, *counties)} == {halls[city.code].phone}
    assert halls[JINAN].phone == "0531-12345"
    assert len({halls[city.code].phone for city, _ in known.cities}) == 16
    assert {venue.address for venue in halls.values()} == {""}
