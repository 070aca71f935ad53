import pytest

from armillary.draw import Bar, bars_svg, bars_text
from armillary.draw.measure import cells
from armillary.errors import InputError
from tests.draw.svg_reading import SPACE, parse, words

PLAIN = [Bar("one", 0.5), Bar("三个", -0.25), Bar("ten", 1.0)]


def test_text_bars_are_exact_at_80_columns():
    # 80 = 4 for labels, 1, 13 for bars to the left, 1 for the axis, 54 for bars to the right, 1, 6 for numbers
    assert bars_text(PLAIN) == (
        " one" + " " + " " * 13 + "│" + "█" * 27 + " " * 27 + "  0.500\n"
        "三个" + " " + "█" * 13 + "│" + " " * 54 + " -0.250\n"
        " ten" + " " + " " * 13 + "│" + "█" * 54 + "  1.000\n"
    )


def test_text_bars_end_in_parts_of_a_column():
    text = bars_text([Bar("a", 1.0), Bar("b", 0.51), Bar("c", -0.33), Bar("d", -1.0)], 30)
    assert text == (
        "a           │██████████  1.000\n"
        "b           │█████▏      0.510\n"
        "c       ▐███│           -0.330\n"
        "d ██████████│           -1.000\n"
    )


def test_text_bars_with_intervals_and_ranks():
    assert bars_text([Bar("国王", 1.0, 0.9, 1.1), Bar("x", 0.55)], 50, ranked=True) == (
        "1  国王 │███████████████████ 1.000  [0.900, 1.100]\n"
        "2     x │██████████▌         0.550\n"
    )


def test_long_labels_are_cut_and_lines_fit():
    text = bars_text([Bar("国" * 80, 3.0), Bar("\x1b[31mred", -2.0)], 60)
    assert all(cells(line) <= 60 for line in text.splitlines())
    assert "…" in text
    assert "\x1b" not in text
    assert "\\x1b[31mred" in text


def test_all_zero_bars_have_an_axis_and_no_block():
    assert bars_text([Bar("none", 0.0)], 24) == "none │             0.000\n"


def test_too_narrow_says_how_wide_is_enough():
    with pytest.raises(InputError, match="at least 21"):
        bars_text(PLAIN, 12)
    assert bars_text(PLAIN, 21)


@pytest.mark.parametrize("bars", [[], [Bar("x", float("nan"))], [Bar("x", float("-inf"))]])
@pytest.mark.parametrize("draw", [bars_text, lambda bars: bars_svg(bars, "title")])
def test_nothing_or_not_finite_is_refused(bars, draw):
    with pytest.raises(InputError):
        draw(bars)


def test_an_interval_that_is_not_finite_is_refused():
    with pytest.raises(InputError, match="not finite"):
        bars_svg([Bar("x", 0.0, 0.0, float("inf"))], "title")


def rects(svg):
    return [
        (element.get("class"), float(element.get("x")), float(element.get("width")))
        for element in parse(svg).iter(f"{SPACE}rect")
        if element.get("x")
    ]


def test_svg_bars_are_as_long_as_their_values_and_start_at_zero():
    (one, minus, ten) = rects(bars_svg(PLAIN, "Projection"))
    assert (one[0], minus[0], ten[0]) == ("rise", "fall", "rise")
    assert one[1] == ten[1] == pytest.approx(minus[1] + minus[2], abs=0.02)
    assert ten[2] == pytest.approx(2 * one[2], abs=0.02)
    assert ten[2] == pytest.approx(4 * minus[2], abs=0.04)


def test_svg_says_labels_values_intervals_and_ranks():
    svg = bars_svg([Bar("<b>", 0.5, 0.25, 0.75), Bar("王后", -0.5)], "A & B", ranked=True)
    said = words(svg)
    assert {"A & B", "<b>", "王后", "1", "2", "0.500  [0.250, 0.750]", "−0.500"} <= set(said)
    whiskers = [line for line in parse(svg).iter(f"{SPACE}line") if line.get("class") == "ink-stroke"]
    assert len(whiskers) == 3
