"""开放数据: after a publication the files are new, they say what is published and nothing more, and their checksums are right (§5.1)."""

import csv
import hashlib
import json
from datetime import timedelta
from typing import Any
from unittest.mock import Mock

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from hall.services.catalogue import announcing, opendata, sheets
from hall.services.catalogue.exchange_models import OpenRelease
from hall.services.catalogue.models import Item
from hall.services.catalogue.opendata import NAMES, ReleaseRow, keep_fresh, latest_release, look_whole
from hall.support.filestore import disk, store
from hall.support.filestore.models import StoredFile
from hall.support.jobs.queue import run_due_now
from tests.make.catalogue import make_item, make_theme, material_row
from tests.make.crowds import at_once

pytestmark = pytest.mark.django_db
A, B, C = "370100000801", "370100000802", "370100000803"


def content(name: str, of: ReleaseRow | None = None) -> bytes:
    found = of or latest_release()
    assert found is not None
    file = found.file(name)
    assert file is not None
    return store.open_file(file.file_id).read_bytes()


def items() -> list[dict[str, Any]]:
    return [json.loads(line) for line in content("items.jsonl").decode().splitlines()]


def publish(*codes: str) -> None:
    """As a publication ends: the stamp rises and everybody is told."""
    announcing.announce(codes)


def long_ago() -> None:
    OpenRelease.objects.update(made_at=timezone.now() - timedelta(minutes=5))


def test_after_a_publication_one_round_of_jobs_makes_new_files_with_right_checksums() -> None:
    make_item(code=A)
    publish(A)
    run_due_now()
    first = latest_release()
    assert first is not None and first.items == 1
    long_ago()
    make_item(code=B, name="新发布的事项")
    publish(B)
    run_due_now()
    second = latest_release()
    assert second is not None and second.version != first.version
    assert [item["code"] for item in items()] == [A, B]
    sums = dict(reversed(line.split("  ")) for line in content("checksums.txt").decode().splitlines() if not line.startswith("#"))  # type: ignore[misc]
    assert set(sums) == set(NAMES[:3])
    for name, told in sums.items():
        assert hashlib.sha256(content(name)).hexdigest() == told
        file = second.file(name)
        assert file is not None and (file.sha256, file.size_bytes) == (told, len(content(name)))


@pytest.mark.shipped
def test_the_shipped_catalogue_is_open_in_every_format() -> None:
    assert opendata.release(now=timezone.now())
    found = latest_release()
    assert found is not None and found.items == len(items()) == 599
    rows = list(csv.DictReader(content("items.csv").decode("utf-8-sig").splitlines()))
    assert len(rows) == 599
    nurse = next(row for row in rows if row["事项名称"] == "护士执业注册")
    assert (nurse["实施部门"], nurse["服务对象"], nurse["办理深度"]) == ("山东省卫生健康委员会", "个人", "全程网办")
    file = found.file("items.xlsx")
    assert file is not None
    assert len(sheets.read_workbook(store.open_file(file.file_id)).items) == 599
    head = content("checksums.txt").decode().splitlines()[:2]
    assert found.version in head[0] and "CC BY 4.0" in head[1]


def test_only_published_items_are_open_and_no_numbers_of_files() -> None:
    number = "0f8fad5b-d9cb-469f-a165-70867728950e"
    make_item(code=A, materials=[material_row(1, blank_form_id=number, sample_id=number)])
    make_item(code=B, status="suspended")
    make_item(code=C, status="abolished")
    assert opendata.release(now=timezone.now())
    assert [item["code"] for item in items()] == [A]
    for name in NAMES:
        assert number.encode() not in content(name)
    assert "blank_form_id" not in items()[0]["materials"][0]


def test_a_text_that_a_table_program_would_run_is_harmless_in_the_table() -> None:
    make_theme("L08", name="@投资")
    make_item(code=A, name='=HYPERLINK("http://example.cn")', themes=["L08"])
    opendata.release(now=timezone.now())
    (row,) = csv.DictReader(content("items.csv").decode("utf-8-sig").splitlines())
    assert (row["事项名称"], row["主题"]) == ('\'=HYPERLINK("http://example.cn")', "'@投资")


def test_publications_close_together_make_one_release_and_the_next_round_another() -> None:
    make_item(code=A)
    publish(A)
    run_due_now()
    make_item(code=B)
    publish(B)
    run_due_now()
    assert OpenRelease.objects.count() == 1, "the last files are seconds old"
    assert keep_fresh(now=timezone.now())
    assert [item["code"] for item in items()] == [A, B]
    assert not keep_fresh(now=timezone.now())


def test_what_is_not_about_items_makes_no_new_version() -> None:
    make_item(code=A)
    opendata.release(now=timezone.now())
    first = latest_release()
    publish()
    assert not keep_fresh(now=timezone.now())
    assert latest_release() == first
    with CaptureQueriesContext(connection) as statements:
        keep_fresh(now=timezone.now())
    assert len(statements) == 2, "the stamp was noted"


def test_a_suspended_item_leaves_and_an_empty_catalogue_has_no_files() -> None:
    make_item(code=A)
    opendata.release(now=timezone.now())
    Item.objects.filter(code=A).update(status="suspended")
    publish(A)
    keep_fresh(now=timezone.now())
    assert latest_release() is None
    assert not StoredFile.objects.exists()


def test_a_lost_file_comes_back_over_night() -> None:
    make_item(code=A)
    opendata.release(now=timezone.now())
    found = latest_release()
    assert found is not None
    assert not look_whole(now=timezone.now())
    disk.content_path(found.files[1].sha256).unlink()
    assert look_whole(now=timezone.now())
    assert content("items.csv")


def test_files_of_the_last_releases_are_kept_and_older_ones_forgotten() -> None:
    for number in range(opendata.RELEASES_KEPT + 2):
        make_item(code=A, name=f"第{number}名")
        publish(A)
        assert keep_fresh(now=timezone.now())
    assert OpenRelease.objects.count() == opendata.RELEASES_KEPT
    assert StoredFile.objects.count() == len(NAMES) * opendata.RELEASES_KEPT


def test_a_publication_during_the_making_is_in_the_files(monkeypatch: pytest.MonkeyPatch) -> None:
    make_item(code=A)
    stamps = Mock(side_effect=[1, 2, 2, 2])
    monkeypatch.setattr(opendata, "content_stamp", stamps)
    assert opendata.release(now=timezone.now())
    assert OpenRelease.objects.get().stamp == 2


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_make_one_release() -> None:
    make_item(code=A)
    for number in range(6):
        make_item(code=A, name=f"第{number}名")
        publish(A)
        made = at_once([lambda: keep_fresh(now=timezone.now())] * 2)
        assert sorted(map(bool, made)) == [False, True], made
    assert OpenRelease.objects.order_by("-pk").values_list("digest", flat=True).distinct().count() == opendata.RELEASES_KEPT


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_without_the_lock_two_workers_make_the_same_release_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control."""
    from contextlib import nullcontext

    monkeypatch.setattr(opendata, "_alone", lambda: nullcontext(True))
    outcomes = []
    for number in range(6):
        make_item(code=A, name=f"第{number}名")
        publish(A)
        outcomes.append(at_once([lambda: keep_fresh(now=timezone.now())] * 2))
    assert [True, True] in outcomes
