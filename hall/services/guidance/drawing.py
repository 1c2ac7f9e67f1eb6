"""A tree as a drawing: boxes of questions from left to right, a row for each answer, lines to the next question. Pure."""

from dataclasses import dataclass

from hall.services.guidance.tree import END, Question, Tree, onward

WIDTH, HEAD, ROW, GAP_X, GAP_Y, MARGIN, LANE = 236, 38, 26, 76, 28, 12, 12
# Characters that fit into a line of a box; a Chinese one counts as two.
_FITS_TITLE, _FITS_ANSWER = 26, 22


@dataclass(frozen=True, slots=True)
class Row:
    """An answer in its box: where it stands, and what it leads to: ok (the sheet), no (a refusal), open (nobody decided) or empty."""

    key: str
    text: str
    y: int
    ends: str


@dataclass(frozen=True, slots=True)
class Box:
    """A question. `is_first` is asked first; `is_lost` when no path leads to it."""

    key: str
    title: str
    whole: str
    x: int
    y: int
    height: int
    rows: tuple[Row, ...]
    is_first: bool
    is_lost: bool


@dataclass(frozen=True, slots=True)
class Edge:
    """A line from an answer to a question, as the path of an SVG."""

    path: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """The whole picture, in its own units."""

    width: int
    height: int
    boxes: tuple[Box, ...]
    edges: tuple[Edge, ...]


def draw(tree: Tree) -> Drawing:
    """Lay the tree out. Questions stand as far right as the longest way to them; lines that pass others go above all boxes, a lane each."""
    columns = _columns(tree)
    reached = {question.key for question in onward(tree, tree.questions[0].key)} if tree.questions else set()
    lanes = _lanes(tree, columns)
    top = MARGIN + LANE * len(lanes) + (LANE if lanes else 0)
    boxes: dict[str, Box] = {}
    used: dict[int, int] = {}
    for question in tree.questions:
        column = columns[question.key]
        y = used.get(column, top)
        x = MARGIN + column * (WIDTH + GAP_X)
        boxes[question.key] = _box(question, x, y, is_first=question is tree.questions[0], is_lost=question.key not in reached)
        used[column] = y + boxes[question.key].height + GAP_Y
    edges = tuple(
        _edge(boxes[question.key], row, boxes[answer.next], lanes.get(answer.next))
        for question in tree.questions
        for answer, row in zip(question.answers, boxes[question.key].rows, strict=True)
        if answer.next in boxes
    )
    width = max((box.x + WIDTH for box in boxes.values()), default=0) + MARGIN
    return Drawing(width, max(used.values(), default=MARGIN), tuple(boxes.values()), edges)


def _lanes(tree: Tree, columns: dict[str, int]) -> dict[str, int]:
    """The height of the lane to each question that lines reach past others, or backwards."""
    far = [
        answer.next
        for question in tree.questions
        for answer in question.answers
        if answer.next in columns and columns[answer.next] - columns[question.key] != 1
    ]
    return {key: MARGIN + LANE * at for at, key in enumerate(dict.fromkeys(far))}


def _columns(tree: Tree) -> dict[str, int]:
    """By question: the length of the longest way to it; a circle pushes its questions no further than there are questions."""
    found = dict.fromkeys((question.key for question in tree.questions), 0)
    for _ in range(len(found)):
        for question in tree.questions:
            for answer in question.answers:
                if answer.next in found and answer.next != question.key:
                    found[answer.next] = min(max(found[answer.next], found[question.key] + 1), len(found) - 1)
    return found


def _box(question: Question, x: int, y: int, *, is_first: bool, is_lost: bool) -> Box:
    rows = []
    for at, answer in enumerate(question.answers):
        ends = "no" if answer.effects.refuse else "ok" if answer.next == END else "" if answer.next else "open"
        rows.append(Row(answer.key, shortened(answer.text or "（没有写字）", _FITS_ANSWER), y + HEAD + at * ROW + 17, ends))
    title = shortened(f"{question.key} {question.text or '（没有写问题）'}", _FITS_TITLE)
    return Box(question.key, title, question.text, x, y, HEAD + ROW * max(len(rows), 1) + 6, tuple(rows), is_first, is_lost)


def _edge(source: Box, row: Row, target: Box, lane: int | None) -> Edge:
    x1, y1, x2, y2, half = source.x + WIDTH, row.y - 4, target.x, target.y + 20, GAP_X // 2
    if lane is None or x2 - x1 == GAP_X:
        return Edge(f"M{x1} {y1}C{x1 + half} {y1} {x2 - half} {y2} {x2} {y2}")
    up = f"M{x1} {y1}C{x1 + half} {y1} {x1 + half} {lane} {x1 + GAP_X} {lane}"
    return Edge(f"{up}H{x2 - GAP_X}C{x2 - half} {lane} {x2 - half} {y2} {x2} {y2}")


def shortened(text: str, most: int) -> str:
    """The text cut to a width, with an ellipsis where something was cut."""
    width, kept = 0, ""
    for letter in text:
        width += 2 if ord(letter) > 0x2E7F else 1
        if width > most:
            return f"{kept}…"
        kept += letter
    return kept
