"""What each token listened to on the other side: every cell where it belongs, in SVG and in a terminal."""

from xml.etree import ElementTree

import numpy as np
import pytest

from armillary.draw import crossing_svg, crossing_text
from armillary.errors import InputError

PATTERN = np.array([[1, 0, 0, 0], [0, 0.25, 0.75, 0], [0, 0, 0, 1]], np.float32)
ROWS, COLUMNS = ["3", "5", "</s>"], list("三十五<")


def test_the_picture_names_both_sides() -> None:
    picture = ElementTree.fromstring(crossing_svg(PATTERN, ROWS, COLUMNS, "what was heard"))
    words = [one.text for one in picture.iter() if one.tag.endswith("text")]
    assert words.count("三") == words.count("5") == words.count("</s>") == 1
    places = {one.text: (float(one.attrib["x"]), float(one.attrib["y"]))
              for one in picture.iter() if one.tag.endswith("text")}
    assert places["三"][0] < places["十"][0] < places["五"][0]
    assert places["三"][1] < places["3"][1] < places["5"][1] < places["</s>"][1]
    assert "3 – 三, 5 – 五" in "".join(one.text or "" for one in picture.iter())


def test_long_names_lie_along_their_columns() -> None:
    picture = crossing_svg(PATTERN, ROWS, ["three", "hundred", "and", "five"], "words")
    assert picture.count("rotate(-90") == 4
    assert "rotate(-90" not in crossing_svg(PATTERN, ROWS, COLUMNS, "characters")


def test_the_terminal_shows_the_same() -> None:
    told = crossing_text(PATTERN, ROWS, COLUMNS, 60).splitlines()
    assert told[0] == "     三十五< "[: len(told[0])].rstrip()
    assert told[1].rstrip() == "   3 ██"
    assert told[2].rstrip() == "   5   ▄▄▇▇"
    assert told[3] == "</s>       ██"
    assert "a quarter" in told[4]


def test_a_narrow_terminal_goes_on_below() -> None:
    wide = np.full((2, 30), 1 / 30, np.float32)
    told = crossing_text(wide, ["a", "b"], [chr(97 + place % 26) for place in range(30)], 20)
    assert max(map(len, told.splitlines()[:-1])) <= 20
    assert told.count("\n\n") == 1


@pytest.mark.parametrize("bad", [np.zeros((0, 3), np.float32), np.full((2, 2), np.nan, np.float32),
                                 np.zeros((1, 1025), np.float32)])
def test_what_cannot_be_drawn_is_refused(bad: np.ndarray) -> None:
    with pytest.raises(InputError, match="1 to 1024 tokens"):
        crossing_svg(bad, ["x"] * len(bad), ["y"] * bad.shape[1], "t")
