"""The child: one picture on standard input, its lines as JSON on standard output. Knows nothing of the hall.

python -m hall.integration.adapters.rapid_ocr.child < picture
"""

import io
import json
import math
import os
import statistics
import sys
from collections.abc import Sequence
from typing import Any

MEMORY_BYTES = 3 * 1024**3
CPU_SECONDS = 60
MOST_PIXELS = 80_000_000
SIDE_PIXELS = 2000
# Each thread takes address space from the limit on memory; a machine with many cores must not run into it.
THREADS = 2
_LEAST_CONFIDENCE = 0.5
# Below it the page may stand on its head.
_SURE = 0.75
_REFUSED = 3
Corners = Sequence[Sequence[float]]
Found = tuple[Corners, str, float]


def limit() -> None:
    """Bound memory and time, write nothing, give way to everybody else."""
    if sys.platform == "win32":
        return  # there the parent's limit on time alone
    import resource  # noqa: PLC0415  (not on Windows)

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, resource.RLIM_INFINITY))
    os.nice(10)


def opened(picture: bytes) -> Any:
    """The picture upright, in RGB, its long side at most SIDE_PIXELS. Raises: ValueError, OSError."""
    from PIL import Image, ImageOps  # noqa: PLC0415  (after the limits)

    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    with Image.open(io.BytesIO(picture), formats=["JPEG", "PNG"]) as image:
        if image.width * image.height > MOST_PIXELS:
            raise ValueError("too many pixels")
        image.draft("RGB", (SIDE_PIXELS, SIDE_PIXELS))
        whole = ImageOps.exif_transpose(image).convert("RGB")
    whole.thumbnail((SIDE_PIXELS, SIDE_PIXELS))
    return whole


class Reader:
    """RapidOCR with the models of its package."""

    def __init__(self) -> None:
        from rapidocr import RapidOCR  # noqa: PLC0415  (heavy, and not always there)

        threads = {f"EngineConfig.onnxruntime.{kind}_op_num_threads": count for kind, count in (("intra", THREADS), ("inter", 1))}
        self._engine = RapidOCR(params={"Global.log_level": "critical", "Global.max_side_len": SIDE_PIXELS, **threads})

    def read(self, picture: Any) -> list[Found]:
        """Corners, text and confidence of each line, doubtful ones included."""
        import numpy as np  # noqa: PLC0415

        found = self._engine(np.ascontiguousarray(np.asarray(picture)[:, :, ::-1]), use_cls=False, text_score=0.0)
        if found.boxes is None or found.txts is None or found.scores is None:
            return []
        return [
            (corners.tolist(), text, float(score))
            for corners, text, score in zip(found.boxes, found.txts, found.scores, strict=True)
            if text.strip()
        ]


def _worth(lines: list[Found]) -> float:
    return sum(score**2 * len(text) for _, text, score in lines)


def _is_lying(lines: list[Found]) -> bool:
    """Whether most words run up or down the page."""
    tall = sum(len(text) for corners, text, _ in lines if len(text) > 1 and _high(corners) > 1.5 * _wide(corners))
    return tall * 2 > sum(len(text) for _, text, _ in lines)


def _wide(corners: Corners) -> float:
    return max(x for x, _ in corners) - min(x for x, _ in corners)


def _high(corners: Corners) -> float:
    return max(y for _, y in corners) - min(y for _, y in corners)


def upright(reader: Any, picture: Any) -> tuple[Any, list[Found]]:
    """The picture turned so that its words read best, and its lines. One look where it stands right, two or three where it does not."""
    lines = reader.read(picture)
    if not lines:
        return picture, lines
    lying = _is_lying(lines)
    if not lying and statistics.fmean(score for _, _, score in lines) >= _SURE:
        return picture, lines
    turned = [(picture.rotate(angle, expand=True)) for angle in ((90, 270) if lying else (180,))]
    looks = [(picture, [] if lying else lines), *((one, reader.read(one)) for one in turned)]
    return max(looks, key=lambda look: _worth(look[1]))


def straightened(lines: list[Found]) -> list[tuple[str, float, float, float, float, float]]:
    """The lines with boxes as if the page lay straight: words of one row get the same height on the page."""
    long = [corners for corners, text, _ in lines if len(text) > 2]
    tilt = statistics.median(math.atan2(c[1][1] - c[0][1], c[1][0] - c[0][0]) for c in long) if long else 0.0
    across, down = math.cos(tilt), math.sin(tilt)
    found = []
    for corners, text, score in lines:
        if score < _LEAST_CONFIDENCE:
            continue
        xs = [x * across + y * down for x, y in corners]
        ys = [y * across - x * down for x, y in corners]
        found.append((text, round(min(xs), 1), round(min(ys), 1), round(max(xs), 1), round(max(ys), 1), round(score, 3)))
    return found


def main() -> int:
    """Read standard input, answer on standard output."""
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever the libraries say goes to the complaints
    picture = sys.stdin.buffer.read()
    limit()
    try:
        page, lines = upright(Reader(), opened(picture))
    except (OSError, ValueError, SyntaxError, MemoryError) as fault:
        print(type(fault).__name__, file=sys.stderr)
        return _REFUSED
    answer.write(json.dumps({"width": page.width, "height": page.height, "lines": straightened(lines)}).encode())
    answer.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
