"""How well photos and scans of documents are judged (§5.3.2): false alarms on good ones, and what is found of bad ones, defect by defect"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from uuid import UUID

from PIL import Image

from bench.ground import Ground
from bench.table import Row
from hall.services.catalogue.elements import Standard
from hall.services.inspections import rules, standards
from hall.services.inspections.rules import Asked, Level
from hall.support.filestore import measures
from hall.support.filestore.facts import FileFacts
from hall.support.filestore.rows import FileRow, ScanState
from tests.make import scenes

Change = Callable[[Image.Image, int], Image.Image]
_NEVER = datetime(2026, 1, 1, tzinfo=UTC)
MOST_FALSE_ALARMS = 0.02
LEAST_FOUND = 0.95
# How each kind of good picture and each defect is made; a defect is named by a word of the sentence that should be said.
GOOD: dict[str, Change] = {
    "as drawn": lambda sheet, seed: sheet,
    "scanned": scenes.scan,
    "by phone": scenes.phone,
    "tilted 1°": lambda sheet, seed: scenes.tilt(sheet, 1.0 - 2.0 * (seed % 2)),
    "dim (60 %)": lambda sheet, seed: scenes.grain(scenes.dim(sheet, 0.6), 3, seed),
}
BAD: dict[str, tuple[str, Change]] = {
    "soft, 1.5 pixels": ("模糊", lambda sheet, seed: scenes.soften(sheet, 1.5)),
    "soft, 2.5 pixels": ("模糊", lambda sheet, seed: scenes.soften(sheet, 2.5)),
    "soft, 2.5 pixels, with grain": ("模糊", lambda sheet, seed: scenes.grain(scenes.soften(sheet, 2.5), 5, seed)),
    "soft, 4 pixels": ("模糊", lambda sheet, seed: scenes.soften(sheet, 4)),
    "by phone, out of focus": ("模糊", lambda sheet, seed: scenes.phone(sheet, seed, sigma=3)),
    "tilted 4°": ("歪了", lambda sheet, seed: scenes.tilt(sheet, 4.0 - 8.0 * (seed % 2))),
    "tilted 6°": ("歪了", lambda sheet, seed: scenes.tilt(sheet, 6.0 - 12.0 * (seed % 2))),
    "on its side": ("横躺", lambda sheet, seed: scenes.turn(sheet)),
    "by phone, on its side": ("横躺", lambda sheet, seed: scenes.turn(scenes.phone(sheet, seed))),
    "dark (30 %)": ("偏暗", lambda sheet, seed: scenes.dim(sheet, 0.3)),
    "very dark (20 %), with grain": ("偏暗", lambda sheet, seed: scenes.grain(scenes.dim(sheet, 0.2), 4, seed)),
    "low resolution": ("像素", lambda sheet, seed: sheet.resize((sheet.width // 3, sheet.height // 3), Image.Resampling.BOX)),
}


def measure(_ground: Ground, *, is_quick: bool) -> Iterator[Row]:
    """Drawn papers (pages, tables, licences, identity cards), each through every change, judged by the usual standard."""
    count = 8 if is_quick else 20
    alarms = {name: sum(bool(_said(change(sheet, seed))) for seed, sheet in _papers(count)) for name, change in GOOD.items()}
    for name, wrong in alarms.items():
        yield Row(f"false alarms, {name}", f"{wrong} of {count}", f"{wrong / count:.1%}")
    share = sum(alarms.values()) / (count * len(GOOD))
    yield Row(
        "false alarms on good papers", f"{share:.1%}", f"{sum(alarms.values())} of {count * len(GOOD)}", "≤ 2 %", share <= MOST_FALSE_ALARMS
    )
    for name, (word, change) in BAD.items():
        found = sum(word in _said(change(sheet, seed)) for seed, sheet in _papers(count))
        yield Row(f"found, {name}", f"{found} of {count}", f"{found / count:.1%}", "≥ 95 %", found / count >= LEAST_FOUND)
    seals = [(seed % 2 == 0, "看到红色圆章（" in _said(scenes.phone(sheet, seed), all_said=True)) for seed, sheet in _sealed(count)]
    yield Row("red seals seen, by phone", f"{sum(a and b for a, b in seals)} of {sum(a for a, _ in seals)}")
    yield Row("seals seen where there is none, by phone", f"{sum(b and not a for a, b in seals)} of {sum(not a for a, _ in seals)}")


def _papers(count: int) -> Iterator[tuple[int, Image.Image]]:
    for seed in range(count):
        kind = seed % 4
        if kind == 0:
            yield seed, scenes.draw_page(seed, size=(20, 24, 28, 34)[seed // 4 % 4])
        elif kind == 1:
            yield seed, scenes.draw_page(seed, table=True)
        else:
            yield seed, scenes.draw_licence(seal=seed % 8 == 2) if kind == 2 else scenes.draw_id_card()


def _sealed(count: int) -> Iterator[tuple[int, Image.Image]]:
    for seed in range(count):
        yield seed, scenes.draw_page(seed, seal=seed % 2 == 0) if seed % 4 < 2 else scenes.draw_licence(seal=seed % 2 == 0)


def _said(picture: Image.Image, *, all_said: bool = False) -> str:
    """What the card would say: only the doubts, or everything with a seal asked for."""
    facts = FileFacts((measures.measure(picture, width=picture.width, height=picture.height),))
    file = FileRow(
        UUID(int=1), "照片.jpg", "image/jpeg", "jpg", 1, "0" * 64, None, picture.width, picture.height, ScanState.CLEAN, 1, _NEVER
    )
    asked = Asked(file, ("jpg",), 2, standards.applied("other", Standard(has_seal=all_said or None)))
    return " ".join(finding.sentence for finding in rules.of_looks(asked, facts) if all_said or finding.level is Level.LOOK)
