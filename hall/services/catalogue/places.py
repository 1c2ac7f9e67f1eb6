"""Regions that people choose from, and the place of an item in one of them: frozen rows. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from hall.services.catalogue.rules import DayUnit, DivisionLevel


@dataclass(frozen=True, slots=True)
class Region:
    """A city or county that people may choose, or the province. `lineage` are (code, level) from itself up to the province."""

    code: str
    name: str
    level: str
    parent_code: str
    full_name: str
    lineage: tuple[tuple[str, str], ...]

    @property
    def city_name(self) -> str:
        """The city of a county, "" for a city."""
        return self.full_name.removesuffix(self.name)


@dataclass(frozen=True)
class Regions:
    """The province with its cities and their counties, as the table has them; real GB/T 2260 codes only."""

    by_code: Mapping[str, Region]

    @cached_property
    def province(self) -> Region | None:
        """None while no divisions are loaded."""
        return next((region for region in self.by_code.values() if region.level == DivisionLevel.PROVINCE), None)

    @cached_property
    def cities(self) -> tuple[tuple[Region, tuple[Region, ...]], ...]:
        """Cities by code, each with its counties."""
        held: dict[str, list[Region]] = {}
        for region in self.by_code.values():
            held.setdefault(region.parent_code, []).append(region)
        cities = (region for region in self.by_code.values() if region.level == DivisionLevel.CITY)
        return tuple((city, tuple(held.get(city.code, ()))) for city in cities)

    def choice(self, code: str) -> Region | None:
        """The city or county with the code: what people choose from. None for anything else."""
        found = self.by_code.get(code)
        return None if found is None or found.level == DivisionLevel.PROVINCE else found


@dataclass(frozen=True, slots=True)
class ImplementationRow:
    """Where an item is handled for a region. `promised_days` holds there; `item_promised_days` is what the item itself promises.

    `is_below`: the item is handled further down only, by the counties of the city that was asked for; the hall named is then the one
    to ask. `has_row`: the item has a row of its own here; else the hall is the division's, for want of another. Texts are empty where
    nothing is known.
    """

    item_code: str
    division_code: str
    division_name: str
    division_level: str
    region_code: str
    venue_code: str
    venue_name: str
    address: str
    hours: str
    phone: str
    counter: str
    longitude: str
    latitude: str
    transport: str
    promised_days: int
    item_promised_days: int
    day_unit: str
    is_below: bool
    has_row: bool

    @property
    def is_here(self) -> bool:
        """Whether the region asked for handles the item itself."""
        return self.division_code == self.region_code and not self.is_below

    @property
    def differs_in_days(self) -> bool:
        return self.promised_days != self.item_promised_days

    @property
    def day_unit_name(self) -> str:
        return DayUnit(self.day_unit).label
