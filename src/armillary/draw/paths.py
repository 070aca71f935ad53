"""Ways through a plane or a space: the points of a journey joined in order, each way with its colour and its dashes."""

from itertools import pairwise

from armillary.draw.lines import STYLES
from armillary.draw.measure import legible, shorten
from armillary.draw.scatter import Scatter
from armillary.draw.svg import Drawing, Point

MARKS = "abcdefghijklmnopqrstuvwxyz"


def ways(scatter: Scatter) -> dict[int, int]:
    """Row -> which path it lies on, of those rows that lie on one."""
    return {row: path for path, rows in enumerate(scatter.paths) for row in rows}


def role_of(path: int | None) -> str:
    """The colour of a dot on a path, or on none."""
    return "rise" if path is None else STYLES[path % len(STYLES)][0]


def draw_paths(drawing: Drawing, scatter: Scatter, dots: list[Point]) -> None:
    """The lines of all paths, to be drawn under the dots."""
    for path, rows in enumerate(scatter.paths):
        role, dashes = STYLES[path % len(STYLES)]
        style: dict[str, str | float] = {"stroke_dasharray": dashes} if dashes else {}
        for first, second in pairwise(rows):
            drawing.line(dots[first], dots[second], role, stroke_width=1.75, stroke_opacity=0.8, **style)


def paths_text(scatter: Scatter, width: int = 80, height: int = 22) -> str:
    """The paths of a plane for a terminal: a letter for each from a on, `o` where it starts, capital where it ends.

    Every fifth step is marked by the letter, the way between by dots; below stands what each path's end is called.
    """
    low, high = scatter.coordinates.min(axis=0), scatter.coordinates.max(axis=0)
    spans = [float(span) or 1.0 for span in high - low]
    cells = [[" "] * width for _ in range(height)]

    def at(row: int) -> tuple[int, int]:
        x, y = ((float(scatter.coordinates[row, axis]) - float(low[axis])) / spans[axis] for axis in (0, 1))
        return round(x * (width - 1)), round((1 - y) * (height - 1))

    for rows in scatter.paths:
        for first, second in pairwise(rows):
            _dotted(cells, at(first), at(second))
    for path, rows in enumerate(scatter.paths):
        letter = MARKS[path % len(MARKS)]
        for step, row in enumerate(rows):
            x, y = at(row)
            if step % 5 == 0 or cells[y][x] == " ":
                cells[y][x] = letter
    for path, rows in enumerate(scatter.paths):
        (x, y), (from_x, from_y) = at(rows[-1]), at(rows[0])
        cells[from_y][from_x] = "o"
        cells[y][x] = MARKS[path % len(MARKS)].upper()
    lines = ["".join(line).rstrip() for line in cells]
    lines += [shorten(legible(scatter.labels[rows[-1]]), width) for rows in scatter.paths]
    return "".join(f"{line}\n" for line in lines)


def _dotted(cells: list[list[str]], start: tuple[int, int], end: tuple[int, int]) -> None:
    """Dots from one cell to another, where nothing stands yet."""
    steps = max(abs(end[0] - start[0]), abs(end[1] - start[1]), 1)
    for step in range(steps + 1):
        x = round(start[0] + (end[0] - start[0]) * step / steps)
        y = round(start[1] + (end[1] - start[1]) * step / steps)
        if cells[y][x] == " ":
            cells[y][x] = "·"
