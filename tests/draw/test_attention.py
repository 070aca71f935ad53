"""Patterns as matrix, as arcs, as many small ones: what is shown is what is there, at any length."""

import re

import numpy as np
import pytest

from armillary import language
from armillary.draw import arcs_svg, attention_svg, attention_text, heads_svg, small
from armillary.draw.attention import gathered
from armillary.draw.measure import cells
from armillary.errors import InputError
from tests.draw.svg_reading import SPACE, parse, words
from tests.draw.test_heat import pixels

PATTERN = np.array([[1, 0, 0, 0], [0.75, 0.25, 0, 0], [0.5, 0.25, 0.25, 0], [0.04, 0.36, 0.1, 0.5]], np.float32)
NAMES = ["国王", "␣a", "<b>", "\x07"]


def long(t: int = 2000) -> np.ndarray:
    random = np.random.default_rng(0)
    scores = np.where(np.tri(t, dtype=bool), random.standard_normal((t, t), np.float32), -np.inf)
    shares = np.exp(scores)
    return (shares / shares.sum(1, keepdims=True)).astype(np.float32)


def test_gathered_rows_still_add_up_to_one() -> None:
    pattern = long()
    few, starts = gathered(pattern, 30)
    assert few.shape == (30, 30)
    np.testing.assert_allclose(few.sum(1), 1, atol=1e-5)
    assert (starts[0], len(starts)) == (0, 30)
    square = pattern[starts[2] : starts[3], starts[1] : starts[2]]
    np.testing.assert_allclose(few[2, 1], square.sum(1).mean(), rtol=1e-4)
    same, starts = gathered(PATTERN, 4)
    assert same is PATTERN
    assert starts == [0, 1, 2, 3]


@pytest.mark.parametrize("columns", [False, True])
def test_the_matrix_holds_every_share_at_its_root_and_names_both_sides(columns: bool) -> None:
    svg = attention_svg(PATTERN, NAMES, "Head 3 of block 5", columns=columns)
    opaque = pixels(svg)[..., 3] / 255
    np.testing.assert_allclose(opaque**2, PATTERN.T if columns else PATTERN, atol=0.01)
    drawn = words(svg)
    assert all(drawn.count(name) == 2 for name in ("国王", "␣a", "<b>", "\\x07"))
    assert "Head 3 of block 5" in drawn
    assert ("listens →" in drawn) == columns
    assert "国王 0.04" in parse(svg).find(f"{SPACE}desc").text


def test_what_is_never_seen_stays_paper() -> None:
    def corners(pattern: np.ndarray) -> int:
        return len(next(parse(attention_svg(pattern, NAMES, "t")).iter(f"{SPACE}polygon")).get("points").split())

    assert corners(PATTERN) == 2 + 2 * 4
    assert corners(np.full((4, 4), 0.25, np.float32)) == 4


def test_long_texts_are_one_picture() -> None:
    pattern, names = long(), [f"␣w{place}" for place in range(2000)]
    svg = attention_svg(pattern, names, "long")
    assert pixels(svg).shape == (128, 128, 4)
    assert len(svg) < 100_000
    assert int(parse(svg).get("width")) < 1000
    text = attention_text(pattern, names, 80).splitlines()
    assert len(text) == 29
    assert all(cells(line) <= 80 for line in text)
    arcs = arcs_svg(pattern, names, "long", position=1999)
    assert int(parse(arcs).get("height")) < 3000
    assert any(re.match(r"⋮ \d+", word) for word in words(arcs))
    assert "␣w1999 1999" in words(arcs)
    assert small(pattern).shape == (48, 48)


def test_terminal_text_is_exact() -> None:
    assert attention_text(PATTERN, ["国王", "a", "b", "c"], 40) == (
        "国王 ██\n"
        "   a ▇▇▄▄\n"
        "   b ▆▆▄▄▄▄\n"
        "   c ▂▂▅▅▃▃▆▆\n"
        "     0 [ ▁▂▃▄▅▆▇█] 1, half-way up: a quarter\n"
    )
    turned = attention_text(PATTERN, ["国王", "a", "b", "c"], 40, columns=True).splitlines()
    assert turned[0] == "国王 ██▇▇▆▆▂▂"


def test_arcs_lead_from_who_listens_to_who_is_listened_to() -> None:
    svg = arcs_svg(PATTERN, NAMES, "arcs", position=3)
    tips = [tip.text for tip in parse(svg).iter(f"{SPACE}title")]
    assert "\\x07 → ␣a 0.360" in tips
    assert "\\x07 → \\x07 0.500" in tips
    assert not any(tip.startswith("␣a →") for tip in tips)
    assert {"36.0%", "50.0%", "10.0%", "4.0%"} <= set(words(svg))
    every = arcs_svg(PATTERN, NAMES, "arcs")
    widths = [float(path.get("stroke-width")) for path in parse(every).iter(f"{SPACE}path")]
    assert len(widths) == 5  # 0.04 is too little; four listen to themselves
    assert widths == sorted(widths)


def test_many_heads_side_by_side() -> None:
    svg = heads_svg([[PATTERN, PATTERN.T], [PATTERN]], ["block 0", "block 1"], ["0", "1"], "Heads")
    assert len(list(parse(svg).iter(f"{SPACE}image"))) == 4  # and the scale
    assert {"block 0", "block 1", "0", "1"} <= set(words(svg))
    np.testing.assert_allclose((pixels(svg, 1)[..., 3] / 255) ** 2, PATTERN.T, atol=0.01)
    with language.speaking("zh"):
        assert "听的份额" in words(heads_svg([[PATTERN]], ["0"], ["0"], "t"))


@pytest.mark.parametrize("pattern", [np.zeros((0, 0), np.float32), np.full((2, 2), np.nan, np.float32)])
def test_what_cannot_be_drawn_is_refused(pattern: np.ndarray) -> None:
    for draw in (attention_svg, arcs_svg):
        with pytest.raises(InputError):
            draw(pattern, ["a", "b"], "t")
    with pytest.raises(InputError):
        heads_svg([[]], ["a"], ["b"], "t")
