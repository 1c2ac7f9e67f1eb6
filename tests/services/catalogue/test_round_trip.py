"""Exported and imported again, nothing changes: whatever an item says, the hall keeps all of it."""

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hall.services.catalogue import rules
from hall.services.catalogue.exporting import item_lines
from tests.make.catalogue import DATA, import_folder, item_row, make_cert_type, make_theme, material_row, write_items
from tests.make.people import make_department

CODES = ["370100000301", "370100000302", "370100000303"]
TEXT = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=20).map(str.strip).filter(bool)
TEXTS = st.lists(TEXT, max_size=3, unique=True)


def some(words: type[rules.Word]) -> st.SearchStrategy[str]:
    return st.sampled_from([word.value for word in words])


@st.composite
def materials(draw: st.DrawFn) -> list[dict[str, Any]]:
    return [
        material_row(
            seq,
            name=draw(TEXT),
            source=draw(some(rules.MaterialSource)),
            necessity=draw(some(rules.Necessity)),
            medium=draw(some(rules.Medium)),
            originals=draw(st.integers(0, 99)),
            max_mb=draw(st.integers(1, 200)),
            accept=draw(st.lists(st.sampled_from(["pdf", "jpg", "png"]), min_size=1, unique=True)),
            **draw(st.sampled_from([{}, {"cert_type": "ID_CARD"}, {"when": "委托他人办理时"}])),
        )
        for seq in sorted(draw(st.sets(st.integers(1, 30), max_size=4)))
    ]


@st.composite
def rows(draw: st.DrawFn) -> list[dict[str, Any]]:
    made = []
    for code in CODES:
        promised = draw(st.integers(0, 60))
        # What comes before stands before, so that no circle closes.
        others = {kind: [other for other in CODES if other != code] for kind in rules.RelationKind}
        others[rules.RelationKind.PREREQUISITE] = [other for other in CODES if other < code]
        others[rules.RelationKind.FOLLOWUP] = [other for other in CODES if other > code]
        made.append(
            item_row(
                code=code,
                name=draw(TEXT),
                type=draw(some(rules.ItemType)),
                audience=draw(st.sampled_from([["person"], ["org"], ["person", "org"], ["org", "person"]])),
                themes=draw(st.lists(st.sampled_from(["P01", "L08"]), unique=True)),
                promised_days=promised,
                statutory_days=draw(st.sampled_from([0, 60, 90])),
                handling_type="promise" if promised else "instant",
                day_unit=draw(some(rules.DayUnit)),
                legal_basis=draw(TEXTS),
                conditions=draw(TEXTS),
                keywords=draw(TEXTS),
                materials=draw(materials()),
                related={
                    kind.value: draw(st.lists(st.sampled_from(others[kind]), unique=True)) if others[kind] else []
                    for kind in rules.RelationKind
                },
                status=draw(some(rules.PublicStatus)),
                **draw(st.fixed_dictionaries({}, optional=OPTIONAL)),
            )
        )
    return made


OPTIONAL: dict[str, st.SearchStrategy[Any]] = {
    "leader_approval": st.booleans(),
    "result_name": TEXT,
    "result_kind": some(rules.ResultKind),
    "bookable": st.booleans(),
    "mailable": st.booleans(),
    "quota_limit": TEXT,
    "handling_forms": st.lists(some(rules.HandlingForm), unique=True),
    "faqs": st.lists(st.fixed_dictionaries({"question": TEXT, "answer": TEXT}), max_size=2),
    "fees": st.lists(
        st.fixed_dictionaries(
            {"name": TEXT, "standard": TEXT, "amount": st.sampled_from(["", "20", "20.50"]), "collector": TEXT, "fee_item": TEXT}
        ),
        max_size=2,
    ),
    "places": st.lists(st.fixed_dictionaries({"name": TEXT}, optional={"address": TEXT, "longitude": TEXT}), max_size=2),
    "special_procedures": st.lists(st.fixed_dictionaries({"name": TEXT, "days": st.integers(0, 90)}), max_size=2),
    "consult_contacts": st.lists(st.fixed_dictionaries({"kind": TEXT, "value": TEXT}), max_size=2),
}


def exported(folder: Path) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in item_lines()]
    write_items(folder, lines)
    return lines


@pytest.mark.django_db
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(given_rows=rows())
def test_what_was_exported_changes_nothing_when_imported(given_rows: list[dict[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as name, transaction.atomic():
        folder = Path(name)
        make_department()
        make_theme("P01", audience="person")
        make_theme("L08")
        make_cert_type("ID_CARD", name="居民身份证")
        write_items(folder, given_rows)
        first = import_folder(folder)
        assert [str(problem) for problem in first.problems] == []
        lines = exported(folder)
        assert [line["code"] for line in lines] == CODES
        second = import_folder(folder)
        assert [str(problem) for problem in second.problems] == []
        assert (second.added, second.changed, second.unchanged, second.versions) == (0, 0, 3, 0)
        assert exported(folder) == lines
        transaction.set_rollback(True)


@pytest.mark.shipped
@pytest.mark.django_db
def test_the_shipped_items_survive_the_round_trip(tmp_path: Path) -> None:
    path = tmp_path / "items.jsonl"
    path.write_text("\n".join(item_lines()), encoding="utf-8")
    (tmp_path / "forms").symlink_to(DATA / "forms")
    report = import_folder(tmp_path)
    assert (report.added, report.changed, report.unchanged, report.problems) == (0, 0, 599, ())
