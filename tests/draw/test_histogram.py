import numpy as np
import pytest

from armillary.draw import histogram_svg, histogram_text
from armillary.draw.measure import cells
from armillary.errors import InputError
from tests.draw.svg_reading import SPACE, parse, words

COUNTS = np.array([1, 6, 3, 0, 2])
EDGES = np.linspace(0.0, 1.0, 6)


def test_text_is_exact():
    assert histogram_text(COUNTS, EDGES, 0.75, "王后", 20) == (
        "    ████\n"
        "    ████\n"
        "    ████\n"
        "    ████████\n"
        "    ████████    ████\n"
        "████████████    ████\n"
        "───────────────┴────\n"
        "    王后 0.750 ▲\n"
        "0.000          1.000\n"
    )


@pytest.mark.parametrize("value", [-0.5, 0.0, 0.5, 1.0, 2.0])
def test_text_fits_and_the_marker_stands_under_its_place(value):
    lines = histogram_text(COUNTS, EDGES, value, "国王 ~ 王后", 40).splitlines()
    assert all(cells(line) <= 40 for line in lines)
    before = lines[7].partition("▲")[0]
    assert cells(before) == lines[6].index("┴")
    assert "国王 ~ 王后" in lines[7]


def test_svg_bars_follow_the_counts_and_the_marker_is_labelled():
    svg = histogram_svg(COUNTS, EDGES, 0.75, "a < b", "Random pairs")
    tall = [float(rect.get("height")) for rect in parse(svg).iter(f"{SPACE}rect") if rect.get("class") == "cool"]
    np.testing.assert_allclose(np.array(tall) / tall[1], COUNTS / 6, atol=1e-3)
    assert {"Random pairs", "a < b  0.750"} <= set(words(svg))


@pytest.mark.parametrize(("value", "outside"), [(3.0, "right"), (-3.0, "left")])
def test_a_value_outside_the_bins_is_still_in_the_picture(value, outside):
    svg = histogram_svg(COUNTS, EDGES, value, outside, "title")
    (x,) = [float(line.get("x1")) for line in parse(svg).iter(f"{SPACE}line") if line.get("class") == "fall-stroke"]
    assert x == (684 if outside == "right" else 36)


@pytest.mark.parametrize("draw", [histogram_text, lambda *facts: histogram_svg(*facts, "title")])
@pytest.mark.parametrize(
    ("counts", "edges", "value"), [(COUNTS * 0, EDGES, 0.5), (COUNTS, EDGES * np.nan, 0.5), (COUNTS, EDGES, np.inf)]
)
def test_what_cannot_be_drawn_is_refused(draw, counts, edges, value):
    with pytest.raises(InputError):
        draw(counts, edges, value, "label")
