"""Two imports at the same moment: one after the other, one set of versions."""

from contextlib import nullcontext
from pathlib import Path

import pytest

from hall.services.catalogue import commands
from hall.services.catalogue.models import Item, ItemVersion
from hall.services.catalogue.report import ImportReport
from tests.make.catalogue import import_folder, item_row, write_items
from tests.make.crowds import at_once
from tests.make.people import make_department

ROUNDS = 8
CODES = [f"3701000004{number:02d}" for number in range(20)]


def rounds(folder: Path) -> tuple[list[list[ImportReport | Exception]], bool]:
    """Pairs of imports of ever new content; and whether each round left exactly one more version of each item."""
    outcomes, is_exact = [], True
    make_department()
    for number in range(1, ROUNDS + 1):
        write_items(folder, [item_row(code=code, promised_days=number) for code in CODES])
        outcomes.append(at_once([lambda: import_folder(folder)] * 2))
        is_exact &= ItemVersion.objects.count() == number * len(CODES) and Item.objects.count() == len(CODES)
    return outcomes, is_exact


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_imports_at_once_make_one_set_of_versions(tmp_path: Path) -> None:
    outcomes, is_exact = rounds(tmp_path)
    assert is_exact
    for pair in outcomes:
        assert all(isinstance(report, ImportReport) for report in pair), pair
        versions = sorted(report.versions for report in pair if isinstance(report, ImportReport))
        assert versions == [0, len(CODES)]


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_without_the_lock_two_imports_get_into_each_others_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "_wait_for_other_imports", nullcontext)
    outcomes, is_exact = rounds(tmp_path)
    assert not is_exact or any(isinstance(report, Exception) for pair in outcomes for report in pair)
