"""Where an item is handled for a region: the nearest division that has a row of its own or exercises it at its level (§5.2)."""

from collections.abc import Iterator
from itertools import chain, combinations

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from hall.services.catalogue import implementing, queries
from hall.services.catalogue.models import Implementation, Venue
from hall.support.access.actors import VISITOR, Actor, NotAllowed, Role, SignInNeeded
from hall.support.audit.models import TrailEntry
from hall.support.refusals import NotFound, Refusal
from tests.make.catalogue import make_code, make_item
from tests.make.people import NOW
from tests.make.regions import JINAN, LIXIA, PROVINCE, QINGDAO, SHINAN, SHIZHONG, ZONE, make_implementation, make_regions, make_venue

pytestmark = pytest.mark.django_db
CLERK = Actor(account_id=1, name="张磊", roles=frozenset({Role.CLERK}), department_code="SD02")
STRANGER = Actor(account_id=2, name="孙丽", roles=frozenset({Role.CLERK}), department_code="SD21")
ADMIN = Actor(account_id=3, name="吴管", roles=frozenset({Role.SYS_ADMIN}))
CITIZEN = Actor(account_id=4, name="王建国", roles=frozenset({Role.CITIZEN}))
LEVELS = ("province", "city", "county")


@pytest.fixture(autouse=True)
def province() -> Iterator[None]:
    make_regions()
    yield
    implementing.forget_regions()


def _subsets(values: tuple[str, ...]) -> list[tuple[str, ...]]:
    return list(chain.from_iterable(combinations(values, size) for size in range(len(values) + 1)))


def _expected(levels: tuple[str, ...], rows: tuple[str, ...], asked: str) -> tuple[str, bool]:
    """The rule once more, without a database."""
    lineage = {LIXIA: (LIXIA, JINAN, PROVINCE), JINAN: (JINAN, PROVINCE), PROVINCE: (PROVINCE,)}[asked]
    level_of = dict(zip((PROVINCE, JINAN, LIXIA), LEVELS, strict=True))
    for division in lineage:
        if division in rows or level_of[division] in levels:
            return division, False
    return asked, any(LEVELS.index(level) > LEVELS.index(level_of[asked]) for level in levels)


@pytest.mark.parametrize("levels", _subsets(LEVELS)[1:])
def test_every_mixture_of_levels_and_rows_leads_to_the_nearest_place(levels: tuple[str, ...]) -> None:
    for rows in _subsets((PROVINCE, JINAN, LIXIA)):
        item = make_item(levels=list(levels)).code
        for division in rows:
            make_implementation(item, division)
        for asked in (LIXIA, JINAN, PROVINCE):
            found = implementing.implementation_of(item, asked)
            assert found is not None
            assert (found.division_code, found.is_below) == _expected(levels, rows, asked), (levels, rows, asked)
            assert found.venue_code == found.division_code


def test_no_region_and_an_unknown_one_mean_the_province() -> None:
    item = make_item(levels=["province"]).code
    for asked in ("", "999999", ZONE, "37'; DROP TABLE x"):
        found = implementing.implementation_of(item, asked)
        assert found is not None
        assert (found.venue_name, found.region_code) == ("山东省政务服务中心", PROVINCE)


def test_a_row_gives_hall_window_phone_and_days_and_what_it_leaves_out_stays() -> None:
    item = make_item(levels=["city", "county"], promised_days=10).code
    hall = make_venue(address="解放东路 99 号", longitude="117.07", latitude="36.65", phone="0531-82000000")
    make_implementation(item, LIXIA, venue=hall, counter="2 楼 B 区 12 号", promised_days=5)
    make_implementation(item, SHIZHONG, phone="0531-86000000")
    here = implementing.implementation_of(item, LIXIA)
    there = implementing.implementation_of(item, SHIZHONG)
    assert here is not None and there is not None
    assert (here.venue_name, here.address, here.counter, here.phone) == (
        "投资服务大厅",
        "解放东路 99 号",
        "2 楼 B 区 12 号",
        "0531-82000000",
    )
    assert (here.longitude, here.latitude, here.promised_days, here.item_promised_days) == ("117.07", "36.65", 5, 10)
    assert here.is_here and here.differs_in_days
    assert (there.venue_name, there.phone, there.promised_days, there.counter) == ("市中区政务服务中心", "0531-86000000", 10, "")
    assert not there.differs_in_days


def test_a_page_of_cards_costs_one_statement_and_unknown_items_are_left_out() -> None:
    codes = [make_item(levels=["county"]).code for _ in range(5)]
    make_implementation(codes[0], SHINAN, promised_days=3)
    implementing.regions()
    with CaptureQueriesContext(connection) as statements:
        found = implementing.implementations_for([*codes, codes[0], "999999999999"], SHINAN)
    assert len(statements) == 1
    assert list(found) != [] and set(found) == set(codes)
    assert {row.venue_name for row in found.values()} == {"市南区政务服务中心"}
    assert found[codes[0]].promised_days == 3
    with CaptureQueriesContext(connection) as none:
        assert implementing.implementations_for([], SHINAN) == {}
    assert len(none) == 0


def test_the_item_page_tells_the_place_without_a_statement_more() -> None:
    item = make_item(levels=["county"]).code
    implementing.regions()
    counts = []
    for asked in ("", LIXIA):
        with CaptureQueriesContext(connection) as statements:
            page = queries.item_page(item, division_code=asked)
        counts.append(len(statements))
    assert page is not None and page.place is not None
    assert page.place.venue_name == "历下区政务服务中心"
    assert counts[0] == counts[1] <= 6


def test_lists_carry_place_and_days_of_the_region_without_a_statement_more() -> None:
    item = make_item(levels=["county"], promised_days=10, statutory_days=20).code
    make_implementation(item, LIXIA, promised_days=4)
    implementing.regions()
    for read in (queries.item_cards, lambda codes, **more: list(queries.items(**more).cards)):
        with CaptureQueriesContext(connection) as plain:
            (card,) = read([item])  # type: ignore[operator]
        with CaptureQueriesContext(connection) as placed:
            (there,) = read([item], division_code=LIXIA)  # type: ignore[operator]
        assert len(plain) == len(placed) <= 2
        assert (card.place, card.promised_days) == (None, 10)
        assert (there.place.venue_name, there.promised_days, there.place.item_promised_days) == ("历下区政务服务中心", 4, 10)


def test_a_division_without_a_hall_and_a_hall_without_divisions_break_nothing() -> None:
    item = make_item(levels=["county"]).code
    Venue.objects.all().delete()
    found = implementing.implementation_of(item, LIXIA)
    assert found is not None
    assert (found.division_name, found.venue_name, found.phone) == ("历下区", "", "")


# --- regions ----------------------------------------------------------------------------------------------------------------------


def test_regions_are_cities_with_their_counties_and_zones_are_none() -> None:
    known = implementing.regions()
    assert known.province is not None and known.province.code == PROVINCE
    assert [(city.code, [county.code for county in counties]) for city, counties in known.cities] == [
        (JINAN, [LIXIA, SHIZHONG]),
        (QINGDAO, [SHINAN]),
    ]
    assert known.by_code[LIXIA].full_name == "济南市历下区"
    assert [known.choice(code) for code in (PROVINCE, ZONE, "", "x")] == [None] * 4
    assert known.choice(LIXIA) is known.by_code[LIXIA]


def test_regions_are_read_once_a_minute_and_survive_an_absent_database(monkeypatch: pytest.MonkeyPatch) -> None:
    now = {"s": 100.0}
    monkeypatch.setattr(implementing.time, "monotonic", lambda: now["s"])
    implementing.forget_regions()
    with CaptureQueriesContext(connection) as statements:
        first = implementing.regions()
        assert implementing.regions() is first
    assert len(statements) == 1
    now["s"] += implementing.KEEP_SECONDS + 1

    def gone() -> implementing.Regions:
        raise OperationalError("gone")

    monkeypatch.setattr(implementing, "_read_regions", gone)
    assert implementing.regions() is first
    implementing.forget_regions()
    with pytest.raises(OperationalError):
        implementing.regions()


# --- writing ----------------------------------------------------------------------------------------------------------------------


def test_the_items_department_sets_its_place_and_the_stamp_and_the_trail_know() -> None:
    item = make_item(levels=["county"], promised_days=10, statutory_days=20).code
    before = queries.content_stamp()
    for days in (5, 6):
        implementing.set_implementation(
            actor=CLERK, item_code=item, division_code=LIXIA, venue_code=LIXIA, counter=" 3 号窗口 ", promised_days=days, now=NOW
        )
    found = implementing.implementation_of(item, LIXIA)
    assert found is not None and (found.counter, found.promised_days) == ("3 号窗口", 6)
    assert Implementation.objects.count() == 1
    assert queries.content_stamp() == before + 2
    assert TrailEntry.objects.filter(deed="implementation.set", subject=f"{item} {LIXIA}").count() == 2
    implementing.remove_implementation(actor=ADMIN, item_code=item, division_code=LIXIA, now=NOW)
    implementing.remove_implementation(actor=ADMIN, item_code=item, division_code=LIXIA, now=NOW)
    assert Implementation.objects.count() == 0
    assert TrailEntry.objects.filter(deed="implementation.removed").count() == 1


@pytest.mark.parametrize(("actor", "refusal"), [(VISITOR, SignInNeeded), (CITIZEN, NotAllowed), (STRANGER, NotAllowed)])
def test_nobody_else_sets_a_place(actor: Actor, refusal: type[Refusal]) -> None:
    item = make_item().code
    with pytest.raises(refusal):
        implementing.set_implementation(actor=actor, item_code=item, division_code=LIXIA, venue_code=LIXIA, now=NOW)
    with pytest.raises(refusal):
        implementing.remove_implementation(actor=actor, item_code=item, division_code=LIXIA, now=NOW)
    with pytest.raises(refusal):
        implementing.set_venue(actor=actor, code="SD02-9", division_code=LIXIA, name="大厅", now=NOW)
    assert Implementation.objects.count() == 0
    assert not TrailEntry.objects.filter(deed__in=["implementation.set", "venue.set"]).exists()


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"promised_days": 21}, implementing.PromiseTooLong),
        ({"promised_days": -1}, implementing.PromiseTooLong),
        ({"division_code": ZONE}, implementing.NoSuchRegion),
        ({"division_code": "999999"}, implementing.NoSuchRegion),
        ({"venue_code": "nowhere"}, implementing.NoSuchVenue),
        ({"item_code": make_code()}, NotFound),
        ({"phone": "打电话"}, implementing.BadVenue),
        ({"counter": "窗" * 61}, implementing.BadVenue),
    ],
)
def test_a_wrong_place_is_refused_in_words(changes: dict[str, object], refusal: type[Refusal]) -> None:
    item = make_item(statutory_days=20).code
    wanted: dict[str, object] = {"item_code": item, "division_code": LIXIA, "venue_code": LIXIA} | changes
    with pytest.raises(refusal) as caught:
        implementing.set_implementation(actor=CLERK, now=NOW, **wanted)  # type: ignore[arg-type]
    assert caught.value.shown.endswith("。")
    assert Implementation.objects.count() == 0


def test_without_a_statutory_limit_any_promise_holds() -> None:
    item = make_item(statutory_days=0, promised_days=10).code
    implementing.set_implementation(actor=CLERK, item_code=item, division_code=LIXIA, venue_code=LIXIA, promised_days=30, now=NOW)
    found = implementing.implementation_of(item, LIXIA)
    assert found is not None and found.promised_days == 30


def test_the_administrator_sets_any_hall_and_a_department_its_own() -> None:
    implementing.set_venue(actor=ADMIN, code=LIXIA, division_code=LIXIA, name="历下区市民中心", phone="0531-12345", now=NOW)
    implementing.set_venue(
        actor=CLERK, code="SD02-2", division_code=JINAN, name="投资大厅", longitude="117.0009", latitude="36.6758", now=NOW
    )
    assert Venue.objects.get(pk=LIXIA).name == "历下区市民中心"
    assert Venue.objects.get(pk="SD02-2").longitude == "117.0009"
    with pytest.raises(NotAllowed):
        implementing.set_venue(actor=CLERK, code=LIXIA, division_code=LIXIA, name="改名", now=NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {"name": " "},
        {"name": "厅" * 81},
        {"code": "小写"},
        {"code": "x"},
        {"phone": "12345 或者 <b>"},
        {"longitude": "117.0009"},
        {"longitude": "200", "latitude": "36"},
        {"longitude": "东经117", "latitude": "36"},
        {"hours": "时" * 201},
    ],
)
def test_a_wrong_hall_is_refused_in_words(changes: dict[str, str]) -> None:
    wanted = {"code": "SD02-2", "name": "投资大厅"} | changes
    with pytest.raises(implementing.BadVenue) as caught:
        implementing.set_venue(actor=ADMIN, division_code=LIXIA, now=NOW, **wanted)  # type: ignore[arg-type]
    assert caught.value.at_field in changes
    assert caught.value.shown.endswith("。")
