import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.draw.measure import cells, figure, left, legible, right, shorten, text_width, tick_label, ticks


@pytest.mark.parametrize(
    ("text", "columns"),
    [("king", 4), ("国王", 4), ("ｆｕｌｌ", 8), ("e\u0301", 1), ("\u200d", 0), ("ﾃｽﾄ", 3), ("", 0)],
)
def test_cells_count_wide_characters_twice_and_combining_ones_not_at_all(text, columns):
    assert cells(text) == columns


def test_a_chinese_word_is_twice_as_wide_as_its_terminal_share_of_latin():
    assert text_width("国王", 14) == 28
    assert text_width("e\u0301", 10) == text_width("e", 10)
    assert text_width("mm", 10) > text_width("ee", 10) > text_width("ii", 10)


@pytest.mark.parametrize(
    ("text", "columns", "short"),
    [("queen", 5, "queen"), ("queen", 4, "que…"), ("国王王后", 6, "国王…"), ("国王", 1, "…")],
)
def test_shorten_cuts_by_columns(text, columns, short):
    assert shorten(text, columns) == short


@given(st.text(), st.integers(1, 30))
def test_shortened_text_fits_and_columns_are_filled(text, columns):
    short = shorten(text, columns)
    assert cells(short) <= columns
    assert cells(left(short, columns)) == cells(right(short, columns)) == columns


@pytest.mark.parametrize(
    ("value", "written"), [(0.0, "0.000"), (-1.25, "-1.250"), (1e-9, "1.00e-09"), (2.5e7, "2.50e+07")]
)
def test_figure(value, written):
    assert figure(value) == written


def test_figure_with_a_real_minus():
    assert figure(-0.5, digits=1, minus="−") == "−0.5"
    assert tick_label(-0.25) == "−0.25"


@pytest.mark.parametrize(
    ("low", "high", "marks"),
    [
        (0.0, 1.0, [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        (-3.0, 12.0, [0.0, 5.0, 10.0]),
        (-0.02, 0.02, [-0.02, -0.01, 0.0, 0.01, 0.02]),
        (5.0, 5.0, [5.0]),
    ],
)
def test_ticks_are_round(low, high, marks):
    assert ticks(low, high) == marks


@given(st.floats(-1e12, 1e12), st.floats(1e-6, 1e12))
def test_ticks_lie_inside_and_are_few(low, span):
    marks = ticks(low, low + span)
    assert len(marks) <= 13
    slack = 1e-6 * span + 1e-9 * abs(low)
    assert all(low - slack <= mark <= low + span + slack for mark in marks)


def test_legible_keeps_joiners_and_escapes_controls():
    assert legible("a\x00b\u202e") == "a\\x00b\\u202e"
    assert legible("می\u200cخواهم") == "می\u200cخواهم"
    assert legible("\ud800") == "\\ud800"
