"""Where the points of the plugins' charts lie: latency over the last hour, and what failed, in steps of five minutes."""

from collections.abc import Sequence
from dataclasses import dataclass

from hall.integration.plugins.queries import Step

_SCALES_MS = (50, 100, 200, 500, 1000, 2000, 5000, 10_000, 30_000, 60_000, 120_000)
LEFT, RIGHT, TOP, FLOOR = 60, 340, 16, 96


@dataclass(frozen=True, slots=True)
class Mark:
    """What became of the calls of a step: none, ok or bad; its place from the left."""

    x: float
    kind: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Lines that break where nobody called, dots for steps that stand alone, one mark a step; `words` say the same."""

    lines: tuple[str, ...]
    dots: tuple[tuple[float, float], ...]
    marks: tuple[Mark, ...]
    scale: tuple[tuple[float, str], ...]
    words: str


def seconds_zh(ms: int) -> str:
    """40 → 40 毫秒, 1800 → 1.8 秒."""
    return f"{ms / 1000:g} 秒" if ms >= 1000 else f"{ms} 毫秒"


def spark(steps: Sequence[Step]) -> tuple[str, ...]:
    """The lines of a small chart of 92 by 28; none without calls."""
    return _lines(_points(steps, left=2, right=90, top=3, floor=25, most=max((step.mean_ms or 0 for step in steps), default=0) or 1))


def chart(steps: Sequence[Step]) -> Chart:
    """The chart of one plugin's page."""
    slowest = max((step.mean_ms or 0 for step in steps), default=0)
    most = next((scale for scale in _SCALES_MS if scale >= slowest), slowest)
    points = _points(steps, left=LEFT + 6, right=RIGHT - 6, top=TOP, floor=FLOOR, most=most)
    wide = (RIGHT - LEFT - 12) / max(1, len(steps) - 1)
    marks = tuple(
        Mark(round(LEFT + 6 + wide * place, 1), "none" if not step.calls else "bad" if step.failures else "ok")
        for place, step in enumerate(steps)
    )
    alone = tuple(
        point
        for place, point in enumerate(points)
        if point and not (place and points[place - 1]) and not (place + 1 < len(points) and points[place + 1])
    )
    calls, failures = sum(step.calls for step in steps), sum(step.failures for step in steps)
    words = f"近一小时 {calls} 次调用，{failures} 次失败，最慢的五分钟平均 {seconds_zh(slowest)}" if calls else "近一小时没有调用"
    scale = ((TOP, seconds_zh(most)), ((TOP + FLOOR) / 2, seconds_zh(most // 2)), (FLOOR, "0"))
    return Chart(_lines(points), alone, marks, scale, words)


def _points(steps: Sequence[Step], *, left: float, right: float, top: float, floor: float, most: int) -> list[tuple[float, float] | None]:
    wide = (right - left) / max(1, len(steps) - 1)
    return [
        None if step.mean_ms is None else (round(left + wide * place, 1), round(floor - (floor - top) * step.mean_ms / most, 1))
        for place, step in enumerate(steps)
    ]


def _lines(points: Sequence[tuple[float, float] | None]) -> tuple[str, ...]:
    runs: list[list[str]] = [[]]
    for point in points:
        if point is None:
            runs.append([])
        else:
            runs[-1].append(f"{point[0]},{point[1]}")
    return tuple(" ".join(run) for run in runs if len(run) > 1)
