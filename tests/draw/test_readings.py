"""The lens as a grid, lines over layers, paths through a plane."""

import numpy as np
import pytest

from armillary.draw import (
    Line,
    Readings,
    Scatter,
    lines_svg,
    lines_text,
    paths_text,
    readings_svg,
    readings_text,
    slice_html,
    slice_svg,
)
from armillary.draw.measure import cells
from armillary.errors import InputError
from tests.draw.svg_reading import SPACE, parse, tips, words

GRID = Readings(
    [["␣a", "国王"], ["␣b", "王"], ["␣b", "国王"]], np.array([[0.1, 0.2], [0.5, 0.9], [1, 0.4]], np.float32),
    ["0", "0.5", "1"], ["␣The", "的"],
)


def test_cells_hold_the_words_shaded_by_their_chances() -> None:
    svg = readings_svg(GRID, "Lens")
    drawn = words(svg)
    assert drawn.count("国王") == 2
    assert drawn.count("␣b") == 2
    assert {"␣The", "的", "0", "0.5", "1", "Lens", "100%"} <= set(drawn)
    shades = [float(cell.get("fill-opacity")) for cell in parse(svg).iter(f"{SPACE}rect") if cell.get("fill-opacity")]
    np.testing.assert_allclose(np.array(shades[:6]) / 0.85, GRID.chances.flatten(), atol=0.01)
    framed = [frame for frame in parse(svg).iter(f"{SPACE}rect") if frame.get("fill") == "none"]
    assert len(framed) == 4 + 1  # those of the last row, two that say the same before, and the legend's


def test_the_grid_fits_a_terminal() -> None:
    assert readings_text(GRID, 40) == (
        "     ␣The            的\n"
        "  0 ▁␣a             ▂国王\n"
        "0.5 ▄␣b             ▇王\n"
        "  1 █␣b             ▃国王\n"
    )
    wide = Readings([["意思" * 9] * 50], np.ones((1, 50), np.float32), ["12"], ["␣" * 30] * 50)
    drawn = readings_text(wide).splitlines()
    assert max(map(cells, drawn)) <= 80
    assert drawn[0].count("…") == 9


def test_lines_are_told_apart_without_colours() -> None:
    lines = [Line("pens", [1, 0.5, -0.25]), Line("意思", [1, 0.9, 0.8]), Line("c", [1, 0.9, 0.8])]
    svg = lines_svg(lines, ["0", "1", "2"], "Cosine", "layer")
    assert {"pens", "意思", "c", "layer", "Cosine"} <= set(words(svg))
    drawn = [line for line in parse(svg).iter(f"{SPACE}line") if line.get("stroke-width") == "2"]
    dashes = {line.get("stroke-dasharray") for line in drawn}
    assert len(dashes) == 3
    heights = sorted(float(word.get("y")) for word in parse(svg).iter(f"{SPACE}text") if "halo" in word.get("class"))
    assert min(np.diff(heights)) >= 16  # names at one height are moved apart
    assert "意思: 1: 0.900" in tips(svg)
    assert lines_text(lines, 40) == (
        "pens █▅▁ 1.000 … -0.250\n意思 █▇▇ 1.000 … 0.800\n   c █▇▇ 1.000 … 0.800\n"
    )
    assert all(cells(line) <= 50 for line in lines_text([Line("x" * 99, [0.1] * 300)], 50).splitlines())


def test_journeys_are_joined_in_order_and_named_at_their_ends() -> None:
    points = np.array([[0, 0], [1, 0], [2, 1], [0, 0], [-1, 0], [-2, -1]], np.float64)
    labels = ["layer 0", "layer 1", "pens", "layer 0", "layer 1", "hedgehogs"]
    scatter = Scatter(points, labels, ("1", "2"), "Journey", paths=[(0, 1, 2), (3, 4, 5)], quiet={0, 1, 3, 4})
    svg = slice_svg(scatter)
    joined = [line for line in parse(svg).iter(f"{SPACE}line") if line.get("stroke-width") == "1.75"]
    assert [line.get("class") for line in joined] == ["rise-stroke"] * 2 + ["fall-stroke"] * 2
    assert {"pens", "hedgehogs"} <= set(words(svg))
    assert "layer 1" not in words(svg)
    assert "layer 1" in tips(svg)
    assert '"paths":[[0,1,2],[3,4,5]]' in slice_html(scatter)
    drawn = paths_text(scatter, 40, 9).splitlines()
    assert drawn[0].rstrip()[-1] == "A"
    assert drawn[8][0] == "B"
    assert sum(line.count("o") for line in drawn[:9]) == 1  # they start at one place
    assert drawn[-2:] == ["pens", "hedgehogs"]
    assert max(map(cells, drawn)) <= 40


def test_what_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(InputError):
        Readings([], np.zeros((0, 0), np.float32), [], [])
    for lines in ([], [Line("a", [np.nan])]):
        with pytest.raises(InputError):
            lines_text(lines)
