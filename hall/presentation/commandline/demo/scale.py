"""A province-sized catalogue (`hall demo --scale items=300000`): generated relatives of the real items, and a place for each in every
city and county. The same number gives the same rows; what stands already stays.

Rows are written in bulk: no command of a page would make 300,000 of them.
"""

import hashlib
import math
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from hall.presentation.commandline.demo.world import RealAccounts
from hall.services.catalogue import implementing
from hall.services.catalogue.announcing import announce
from hall.services.catalogue.intake.words import refresh_figures
from hall.services.search import commands as search
from hall.support.identity import queries as identity
from hall.support.refusals import Refusal

LEAST, MOST = 1_000, 3_000_000
# An ending of names counts as a word for what is done when so many real items end with it.
_LEAST_ENDINGS = 3
# Sub-items of one item (domain.md §3: the last three digits of a code).
_MOST_RELATIVES = 999


class NoCatalogue(Refusal):
    sentence = "数据库里还没有事项和行政区划，请先运行 hall import-catalogue。"


class TooMany(Refusal):
    sentence = "事项数量超出了可以生成的范围。"


@dataclass(frozen=True, slots=True)
class Relative:
    """A generated item: `code` and `name` of its own, everything else of the real one."""

    code: str
    real_code: str
    name: str
    ending: str


@dataclass(frozen=True, slots=True)
class Scaled:
    """What stands now, and how long making and indexing it took."""

    items: int
    generated: int
    regions: int
    implementations: int
    seconds: float
    index_seconds: float


def build(*, count: int, now: datetime, say: Callable[[str], object] = lambda line: None) -> Scaled:
    """Make `count` items-in-a-region, rounded up to whole base items. In one transaction; `say` hears how far it is.

    Raises: RealAccounts, NoCatalogue, TooMany.
    """
    if identity.has_real_accounts():
        raise RealAccounts
    if not LEAST <= count <= MOST:
        raise TooMany(f"事项数量应在 {LEAST:,} 到 {MOST:,} 之间。")
    began = time.monotonic()
    with transaction.atomic():
        _allow_time()
        regions = sorted(code for city, counties in implementing.regions().cities for code in (city.code, *(one.code for one in counties)))
        real = _real_items()
        if not real or not regions:
            raise NoCatalogue
        wanted = math.ceil(count / len(regions))
        made = list(relatives(real, max(0, wanted - len(real))))
        say(f"基本事项：真实 {min(wanted, len(real)):,} 个，生成 {len(made):,} 个（{time.monotonic() - began:.1f} 秒）")
        _write_relatives(made, now)
        say(f"事项、材料、主题和俗称已写入（{time.monotonic() - began:.1f} 秒）")
        chosen = [code for code, _ in real[:wanted]] + [one.code for one in made]
        rows = _write_places(chosen, regions)
        say(f"各地实施：{len(regions)} 个市、县（市、区），共 {rows:,} 条（{time.monotonic() - began:.1f} 秒）")
        refresh_figures()
        announce()
    seconds, began = time.monotonic() - began, time.monotonic()
    search.reindex(now=now)
    index_seconds = time.monotonic() - began
    say(f"检索索引已重建（{index_seconds:.1f} 秒）")
    return Scaled(len(chosen), len(made), len(regions), rows, seconds, index_seconds)


def _allow_time() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '600s'")


def _real_items() -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT i.code, v.name FROM catalogue_item i JOIN catalogue_item_version v ON v.id = i.current_version_id"
            " WHERE i.status = 'published' AND i.code LIKE '%%000' ORDER BY i.code"
        )
        return [(code, name) for code, name in cursor.fetchall()]


def relatives(real: Sequence[tuple[str, str]], count: int) -> Iterator[Relative]:
    """So many items that might exist: names of real ones with another common ending (护士执业注册 → 护士执业备案). Pure and always the same.

    Raises: TooMany when the names give no more.
    """
    endings = [
        ending for ending, times in sorted(Counter(name[-2:] for _, name in real).items(), key=_most_first) if times >= _LEAST_ENDINGS
    ]
    stems = [(code, name[:-2], endings.index(name[-2:])) for code, name in real if name[-2:] in endings and len(name) > 3]
    taken = {name for _, name in real}
    numbers = Counter[str]()
    made = 0
    for step in range(1, len(endings)):
        for code, stem, own in stems:
            ending = endings[(own + step) % len(endings)]
            if made == count:
                return
            if stem + ending not in taken and numbers[code] < _MOST_RELATIVES:
                taken.add(stem + ending)
                numbers[code] += 1
                made += 1
                yield Relative(f"{code[:9]}{numbers[code]:03d}", code, stem + ending, ending)
    if made < count:
        raise TooMany(f"现有事项的名称最多能生成 {made:,} 个基本事项，请减少数量。")


def _most_first(one: tuple[str, int]) -> tuple[int, str]:
    return -one[1], one[0]


_COPIES = (
    # Which table, what each row of the copy says differently (n is the relative, s the real row), and how the real rows are found.
    (
        "catalogue_item",
        {"code": "n.code", "current_version_id": "NULL", "status": "'draft'"},
        "JOIN catalogue_item s ON s.code = n.real_code",
    ),
    (
        "catalogue_item_version",
        {
            "id": "", "item_id": "n.code", "number": "1", "digest": "n.digest", "published_at": "NULL", "name": "n.name",
            "impl_code": "CASE WHEN length(s.impl_code) = 31 THEN left(s.impl_code, 19) || n.code ELSE '' END",
            "result_name": "left(replace(s.result_name, s.name, n.name), 260)",
        },
        "JOIN catalogue_item r ON r.code = n.real_code JOIN catalogue_item_version s ON s.id = r.current_version_id",
    ),
    (
        "catalogue_material",
        {"id": "", "version_id": "v.id"},
        "JOIN catalogue_item r ON r.code = n.real_code JOIN catalogue_material s ON s.version_id = r.current_version_id"
        " JOIN catalogue_item_version v ON v.item_id = n.code",
    ),
    ("catalogue_item_theme", {"id": "", "item_id": "n.code"}, "JOIN catalogue_item_theme s ON s.item_id = n.real_code"),
    (
        "catalogue_keyword",
        {"id": "", "item_id": "n.code", "word": "left(s.word, 78) || n.ending"},
        "JOIN catalogue_keyword s ON s.item_id = n.real_code",
    ),
)  # fmt: skip


def _write_relatives(made: Sequence[Relative], now: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE scale_relative (code text, real_code text, name text, ending text, digest text) ON COMMIT DROP"
        )
        with cursor.copy("COPY scale_relative FROM STDIN") as copy:
            for one in made:
                digest = hashlib.sha256(f"{one.code} {one.name}".encode()).hexdigest()
                copy.write_row((one.code, one.real_code, one.name, one.ending, digest))
        cursor.execute("DELETE FROM scale_relative n USING catalogue_item i WHERE i.code = n.code")
        for table, changes, source in _COPIES:
            cursor.execute(_copying(table, changes, source))
        # Materials come in while their version is still open; published, it is frozen.
        cursor.execute(
            "UPDATE catalogue_item_version v SET published_at = %s FROM scale_relative n WHERE v.item_id = n.code AND v.published_at IS NULL",
            [now],
        )
        cursor.execute(
            "UPDATE catalogue_item i SET current_version_id = v.id, status = 'published' FROM scale_relative n"
            " JOIN catalogue_item_version v ON v.item_id = n.code WHERE i.code = n.code"
        )
        cursor.execute("DROP TABLE scale_relative")


def _copying(table: str, changes: dict[str, str], source: str) -> str:
    """INSERT … SELECT of every column as it is but for the changes; "" leaves a column to its default."""
    with connection.cursor() as cursor:
        columns = [column.name for column in connection.introspection.get_table_description(cursor, table)]
    values = {name: changes.get(name, f's."{name}"') for name in columns if changes.get(name) != ""}
    names = ", ".join(f'"{name}"' for name in values)
    return f"INSERT INTO {table} ({names}) SELECT {', '.join(values.values())} FROM scale_relative n {source}"  # noqa: S608


# A window everywhere, and in one region of five a quicker promise: by a digest of item and region, so always the same.
_PLACES = """
INSERT INTO catalogue_implementation (item_id, division_id, venue_id, counter, phone, promised_days)
SELECT i.code, d.code, d.code, (d.number %% 40 + 1) || ' 号窗口', '',
       CASE WHEN d.number %% 5 = 0 AND v.promised_days > 1 THEN greatest(1, floor(v.promised_days * 0.6))::int END
FROM catalogue_item i
JOIN catalogue_item_version v ON v.id = i.current_version_id
CROSS JOIN LATERAL (
  SELECT code, ('x' || left(md5(i.code || code), 6))::bit(24)::int AS number FROM unnest(%s::text[]) AS code
) d
JOIN catalogue_venue h ON h.code = d.code
WHERE i.code = ANY (%s)
ORDER BY i.code, d.code
ON CONFLICT (item_id, division_id) DO NOTHING
"""


def _write_places(items: Sequence[str], regions: Sequence[str]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_PLACES, [list(regions), list(items)])
        cursor.execute("ANALYZE catalogue_item, catalogue_item_version, catalogue_material, catalogue_keyword, catalogue_implementation")
        cursor.execute("SELECT count(*) FROM catalogue_implementation")
        return int(cursor.fetchone()[0])
