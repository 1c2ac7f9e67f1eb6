"""The one table: what, figure, how it stands to its baseline, its goal and whether it is reached."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One line. `ratio` compares with a baseline of the same run; `is_met` is None where there is no goal."""

    what: str
    figure: str
    ratio: str = ""
    goal: str = ""
    is_met: bool | None = None


_WIDTHS = (50, 40, 40, 14)


class Table:
    """Prints rows as they come, so that a long run shows that it lives."""

    def head(self, words: str) -> None:
        print(f"\n{words}\n")
        self._line(("what", "figure", "beside it", "goal"), "")
        print("-" * (sum(_WIDTHS) + 12))

    def section(self, name: str, words: str) -> None:
        print(f"{name}: {words}", flush=True)

    def add(self, row: Row) -> None:
        mark = {None: "", True: "reached", False: "MISSED"}[row.is_met]
        self._line((f"  {row.what}", row.figure, row.ratio, row.goal), mark)

    def foot(self, words: str) -> None:
        print(f"\n{words}", flush=True)

    def _line(self, cells: Sequence[str], mark: str) -> None:
        padded = (cell + " " * max(0, width - _columns(cell)) for cell, width in zip(cells, _WIDTHS, strict=True))
        print(" ".join(padded) + f" {mark}".rstrip(), flush=True)


def _columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of all lie; `values` need not be sorted."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def latency(seconds: Sequence[float]) -> str:
    """`p50 3.1 ms, p95 8.0 ms`."""
    return f"p50 {percentile(seconds, 0.5) * 1000:.1f} ms, p95 {percentile(seconds, 0.95) * 1000:.1f} ms"
