import numpy as np
import pytest

from armillary.draw import lookup_svg, matrix_svg, matrix_text
from armillary.draw.matrix import elided
from armillary.draw.measure import cells
from armillary.errors import InputError
from tests.draw.svg_reading import SPACE, parse, words

SMALL = np.array([[0.5, -0.25], [1.0, 0.0]], dtype=np.float32)


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ((3, 4), [0, 1, 2]),
        ((9, 4), [0, 1, None, 8]),
        ((9, 6, 5), [0, 1, None, 5, None, 8]),
        ((9, 6, 2), [0, 1, 2, 3, None, 8]),
        ((9, 6, 8), [0, 1, 2, 3, None, 8]),
        ((9, 7, 7), [0, 1, 2, None, 7, 8]),
    ],
)
def test_elided_shows_first_last_and_the_kept(asked, shown):
    assert elided(*asked) == shown


def test_text_of_a_small_matrix():
    assert matrix_text(SMALL, ["the", "国王"], ["0", "1"]) == (
        "              0        1\n"
        "  the    0.5000  -0.2500\n"
        "  国王   1.0000   0.0000\n"
    )


def test_text_of_a_big_matrix_fits_and_marks_the_kept_row():
    big = np.arange(1000 * 50, dtype=np.float32).reshape(1000, 50)
    lines = matrix_text(big, [f"w{row}" for row in range(1000)], [], keep=500).splitlines()
    assert all(cells(line) <= 80 for line in lines)
    assert [line.split()[0] for line in lines] == ["w0", "w1", "w2", "w3", "w4", "w5", "⋮", "→", "⋮", "w999"]
    assert lines[7].split()[:3] == ["→", "w500", "25000.00"]
    assert lines[7].endswith("… 25049.00")


def test_svg_shows_numbers_colour_by_sign_and_strength_by_size():
    svg = matrix_svg(SMALL, ["<a>", "b"], ["x", "y"], "W_E")
    assert {"<a>", "b", "x", "y", "0.50", "−0.25", "1.00", "0.00", "W_E"} == set(words(svg))
    filled = [
        (rect.get("class"), float(rect.get("fill-opacity")))
        for rect in parse(svg).iter(f"{SPACE}rect")
        if rect.get("fill-opacity")
    ]
    assert filled == [("warm", 0.42), ("cool", 0.21), ("warm", 0.85), ("warm", 0)]


def test_svg_of_a_huge_matrix_reads_only_what_it_shows():
    huge = np.broadcast_to(np.float32(0.5), (400_000, 300))
    svg = matrix_svg(huge, [], [], "W_E", keep=1234)
    assert len(svg) < 60_000
    assert words(svg).count("0.50") == 10 * 8
    frames = [rect for rect in parse(svg).iter(f"{SPACE}rect") if rect.get("class") == "mark-stroke"]
    assert len(frames) == 1


def test_lookup_shows_one_hot_matrix_and_the_row_again():
    values = np.arange(12, dtype=np.float32).reshape(4, 3)
    shown = words(lookup_svg(values, ["a", "b", "c", "d"], 2, "lookup"))
    at = shown.index("=")
    assert shown[at - 4 : at] == ["0", "0", "1", "0"]
    assert shown[at + 1 : at + 4] == ["6.00", "7.00", "8.00"]


@pytest.mark.parametrize(
    ("values", "keep", "said"),
    [
        (np.zeros((0, 3)), None, "0 x 3"),
        (np.zeros((2, 3)), 2, "no row 2"),
        (np.full((2, 3), np.inf), None, "not finite"),
    ],
)
def test_what_cannot_be_drawn_is_refused(values, keep, said):
    with pytest.raises(InputError, match=said):
        matrix_svg(values, [], [], "title", keep=keep)
    with pytest.raises(InputError, match=said):
        matrix_text(values, [], [], keep=keep)
