"""Regions (GB/T 2260): of identity numbers, where a missing one is a hint only, for old cards keep codes that were abolished; and to choose from."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from hall.support.formrules.fields import Option


@dataclass(frozen=True, slots=True)
class Regions:
    """Names by six-digit code: provinces (ending 0000) and counties."""

    names: Mapping[str, str]

    def name(self, id_number: str) -> str | None:
        """Where a valid identity number was first issued, e.g. 山东省历下区; the province alone when the county is abolished."""
        province = self.names.get(f"{id_number[:2]}0000")
        county = self.names.get(id_number[:6], "")
        return province and province + county

    def warning(self, id_number: str) -> str | None:
        """A sentence for the one who checks, when the region of a valid identity number is not in force; never a refusal."""
        if id_number[:6] in self.names:
            return None
        if f"{id_number[:2]}0000" in self.names:
            return f"身份证号码前 6 位 {id_number[:6]} 不在现行区划中，可能是已撤销的旧区划，请核对证件。"
        return f"身份证号码前 2 位 {id_number[:2]} 不是省级区划，请核对证件。"


def load_regions(folder: Path) -> Regions:
    """Read provinces.csv and gb2260_counties.csv of the data folder. Raises: OSError, KeyError for a missing column."""
    names: dict[str, str] = {}
    for file_name in ("provinces.csv", "gb2260_counties.csv"):
        with (folder / file_name).open(encoding="utf-8-sig", newline="") as lines:
            names |= {row["code"]: row["name"] for row in csv.DictReader(lines)}
    return Regions(names)


@lru_cache(maxsize=1)
def region_options() -> tuple[Option, ...]:
    """Every county of the hall's province under its city, then the other provinces: what a field of regions offers.

    A city has its own code too, for what belongs to no single county.
    """
    folder = settings.DATA_DIR
    with next(iter(sorted(folder.glob("divisions_*.csv")))).open(encoding="utf-8-sig", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["gb2260"] == "1"]
    home = {row["code"] for row in rows if row["level"] == "province"}
    options = []
    for city in (row for row in rows if row["level"] == "city"):
        options.append(Option(city["code"], city["name"], group=city["name"]))
        counties = [row for row in rows if row["parent_code"] == city["code"] and row["level"] == "county"]
        options += [Option(row["code"], city["name"] + row["name"], group=city["name"]) for row in counties]
    with (folder / "provinces.csv").open(encoding="utf-8-sig", newline="") as lines:
        others = [Option(row["code"], row["name"], group="省外") for row in csv.DictReader(lines) if row["code"] not in home]
    return tuple(options + others)
