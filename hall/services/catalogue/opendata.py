"""开放数据: the published catalogue as files that anybody may take, made after each publication, never inside a request (§5.1).

Four files: every published item as a line (items.jsonl), as a row (items.csv), as a workbook (items.xlsx), and checksums.txt.
Nothing in them is about a person; numbers of stored files stay out.
"""

import csv
import json
import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from hall.services import events
from hall.services.catalogue import rules, sheets
from hall.services.catalogue.exchange_models import OpenRelease
from hall.services.catalogue.exporting import item_lines
from hall.services.catalogue.models import Theme
from hall.services.catalogue.queries import content_stamp
from hall.services.catalogue.sheet_text import harmless
from hall.support.filestore import disk, store
from hall.support.filestore import rules as file_rules
from hall.support.identity import queries as identity
from hall.support.jobs.queue import every
from hall.support.refusals import Refusal

log = logging.getLogger("hall.opendata")

NAMES = ("items.jsonl", "items.csv", "items.xlsx", "checksums.txt")
# A release each few seconds would keep a worker busy while a department publishes one item after the other.
PAUSE = timedelta(seconds=20)
# Who has the checksums of the last release may still fetch its files by their tags.
RELEASES_KEPT = 3
_LOCK = 0x6F70656E
_TRIES = 3


class NotMadeYet(Refusal):
    sentence = "开放数据正在生成，请过一分钟再来。"
    status = 404


@dataclass(frozen=True, slots=True)
class OpenFile:
    """One file of a release."""

    name: str
    file_id: UUID
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class ReleaseRow:
    """One release, as of `made_at`, of so many published items."""

    version: str
    items: int
    made_at: datetime
    files: tuple[OpenFile, ...]

    def file(self, name: str) -> OpenFile | None:
        """The file of that name."""
        return next((file for file in self.files if file.name == name), None)


def latest_release() -> ReleaseRow | None:
    """What /open shows; None before the first one is made. One SQL query."""
    found = OpenRelease.objects.order_by("-pk").first()
    if found is None:
        return None
    files = tuple(OpenFile(**{**file, "file_id": UUID(file["file_id"])}) for file in found.files)
    return ReleaseRow(_version(found.made_at, found.digest), found.items, found.made_at, files)


def _version(made_at: datetime, digest: str) -> str:
    """The time, and a stamp of the content: two halls with the same items show the same one."""
    return f"{timezone.localtime(made_at):%Y%m%d-%H%M%S}-{digest[:8]}"


# --- when -------------------------------------------------------------------------------------------------------------------------


def after_publication(fact: events.ItemsPublished) -> None:
    """Make new files, unless some were made a moment ago: then the next round of `keep_fresh` does."""
    now = timezone.now()
    newest = OpenRelease.objects.order_by("-pk").values_list("made_at", flat=True).first()
    if newest is None or newest <= now - PAUSE:
        release(now=now)


@every("* * * * * */20")
def keep_fresh(*, now: datetime) -> bool:
    """Make new files when the catalogue has moved on since the last ones; returns whether it did. Two SQL queries when not."""
    newest = OpenRelease.objects.order_by("-pk").values_list("stamp", flat=True).first()
    return newest != content_stamp() and release(now=now)


@every("7 4 * * *")
def look_whole(*, now: datetime) -> bool:
    """Once a night make them from the catalogue as it is and compare: a lost file comes back. Returns whether there was anything to do."""
    return release(now=now, is_forced=True)


def release(*, now: datetime, is_forced: bool = False) -> bool:
    """Make a release where the published items say something new; returns whether one was made. One at a time over all workers."""
    with _alone() as is_alone:
        if not is_alone:
            return False
        newest = OpenRelease.objects.order_by("-pk").first()
        if newest is not None and newest.stamp == content_stamp() and not is_forced:
            return False
        started = time.monotonic()
        with TemporaryDirectory(prefix="hall-open-") as folder:
            stamp, count = _write_lines(Path(folder) / NAMES[0])
            is_made = _keep(Path(folder), newest, stamp, count, now)
        log.info("event=opendata.looked made=%d items=%d ms=%d", is_made, count, (time.monotonic() - started) * 1000)
        return is_made


@contextmanager
def _alone() -> Iterator[bool]:
    # Held by the connection, not by a transaction: making the files takes seconds.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        (is_ours,) = cursor.fetchone()
    try:
        yield is_ours
    finally:
        if is_ours:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


# --- what -------------------------------------------------------------------------------------------------------------------------


def _write_lines(path: Path) -> tuple[int, int]:
    """The published items as lines; the stamp that they are of, and how many. Begun again when a publication came in between."""
    for _ in range(_TRIES):
        stamp, count = content_stamp(), 0
        with path.open("w", encoding="utf-8", newline="\n") as target:
            for line in item_lines(status=rules.ItemStatus.PUBLISHED):
                target.write(f"{_public(line)}\n")
                count += 1
        if content_stamp() == stamp:
            break
    return stamp, count


def _public(line: str) -> str:
    item = json.loads(line)
    for material in item["materials"]:
        material.pop("blank_form_id", None)
        material.pop("sample_id", None)
    return json.dumps(item, ensure_ascii=False)


def _keep(folder: Path, newest: OpenRelease | None, stamp: int, count: int, now: datetime) -> bool:
    """Keep the release if it says something new."""
    lines = folder / NAMES[0]
    digest = disk.hash_of(lines)
    if not count:  # nothing is published any more, so nothing is open
        _forget(OpenRelease.objects.all())
        return False
    if newest is not None and newest.digest == digest and _is_whole(newest):
        OpenRelease.objects.filter(pk=newest.pk).update(stamp=stamp)
        return False
    version = _version(now, digest)
    _write_table(folder / NAMES[1], lines)
    with lines.open(encoding="utf-8") as source:
        sheets.write_workbook(folder / NAMES[2], map(json.loads, source), notes=_notes(version))
    _write_checksums(folder, version)
    with transaction.atomic():
        files = [_stored(folder / name, now) for name in NAMES]
        OpenRelease.objects.create(stamp=stamp, digest=digest, items=count, files=files, made_at=now)
        kept = OpenRelease.objects.order_by("-pk").values_list("pk", flat=True)[:RELEASES_KEPT]
        _forget(OpenRelease.objects.exclude(pk__in=list(kept)))
    return True


def _is_whole(found: OpenRelease) -> bool:
    try:
        for file in found.files:
            store.open_file(UUID(file["file_id"]))
    except file_rules.FileMissing:
        return False
    return True


def _stored(path: Path, now: datetime) -> dict[str, Any]:
    media_type = file_rules.MADE_TYPES[path.suffix.removeprefix(".")]
    kept = store.store_made(path=path, name=path.name, media_type=media_type, now=now)
    return {**asdict(OpenFile(path.name, kept.file_id, kept.sha256, kept.size_bytes)), "file_id": str(kept.file_id)}


def _forget(releases: Any) -> None:
    for files in releases.values_list("files", flat=True):
        for file in files:
            store.forget_file(UUID(file["file_id"]))
    releases.delete()


def _notes(version: str) -> list[tuple[str, str]]:
    address = f"{settings.PUBLIC_ADDRESS}/open"
    return [
        ("数据名称", f"{settings.HALL_NAME}政务服务事项"),
        ("版本", version),
        ("许可", f"{settings.OPEN_LICENCE}　{settings.OPEN_LICENCE_ADDRESS}"),
        ("来源", address),
    ]


def _write_checksums(folder: Path, version: str) -> None:
    """As `sha256sum -c checksums.txt` reads it; lines that begin with # are left out there."""
    head = [f"# {settings.HALL_NAME} 政务服务事项 {version}", f"# {settings.OPEN_LICENCE} {settings.OPEN_LICENCE_ADDRESS}"]
    sums = [f"{disk.hash_of(folder / name)}  {name}" for name in NAMES[:3]]
    (folder / NAMES[3]).write_text("\n".join([*head, *sums]) + "\n", encoding="utf-8", newline="\n")


_TABLE: tuple[tuple[str, str], ...] = (
    *(("事项编码", "code"), ("事项名称", "name"), ("事项类型", "type"), ("实施部门编码", "dept_code"), ("实施部门", "department")),
    *(("实施编码", "impl_code"), ("行使层级", "levels"), ("服务对象", "audience"), ("主题编码", "themes"), ("主题", "theme_names")),
    *(("办件类型", "handling_type"), ("法定天数", "statutory_days"), ("承诺天数", "promised_days"), ("天数单位", "day_unit")),
    *(("办理深度", "online_depth"), ("到场次数", "onsite_visits"), ("依申请", "applicable"), ("收费", "charged"), ("收费说明", "fee")),
    *(("通办范围", "region_scope"), ("结果名称", "result_name"), ("受理条件", "conditions"), ("设定依据", "legal_basis")),
    *(("申请材料", "material_names"), ("俗称", "keywords"), ("网址", "address")),
)
_WORDS: dict[str, type[rules.Word]] = {
    "type": rules.ItemType,
    "levels": rules.Level,
    "audience": rules.Audience,
    "handling_type": rules.HandlingType,
    "day_unit": rules.DayUnit,
    "online_depth": rules.OnlineDepth,
    "region_scope": rules.RegionScope,
}


def _write_table(path: Path, lines: Path) -> None:
    """One row an item, lists joined by ；, for table programs: with the mark that tells Excel it is UTF-8, and nothing that runs."""
    departments = {row.code: row.name for row in identity.departments()}
    themes = dict(Theme.objects.values_list("code", "name"))
    with path.open("w", encoding="utf-8-sig", newline="") as target, lines.open(encoding="utf-8") as source:
        rows = csv.writer(target)
        rows.writerow([title for title, _ in _TABLE])
        for line in source:
            item = json.loads(line)
            item |= {
                "department": departments.get(item["dept_code"], ""),
                "theme_names": [themes[code] for code in item["themes"] if code in themes],
                "material_names": [material["name"] for material in item["materials"]],
                "address": f"{settings.PUBLIC_ADDRESS}/items/{item['code']}",
            }
            rows.writerow([_table_cell(item, field) for _, field in _TABLE])


def _table_cell(item: Mapping[str, Any], field: str) -> Any:
    value = item[field]
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, int):
        return value
    parts = value if isinstance(value, list) else [value]
    words = _WORDS.get(field)
    labels = {word.value: word.label for word in words} if words else {}
    return harmless("；".join(labels[part] if part in labels else str(part) for part in parts))
