from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.draw.svg import ROLES, Drawing, arrow
from tests.draw.svg_reading import SPACE, parse, words


def test_the_root_is_named_described_and_sized():
    root = parse(Drawing((640.2, 300.0), "Bars & more", "Two bars.").svg())
    assert root.get("role") == "img"
    assert root.get("aria-label") == root.find(f"{SPACE}title").text == "Bars & more"
    assert root.find(f"{SPACE}desc").text == "Two bars."
    assert (root.get("width"), root.get("viewBox")) == ("641", "0 0 641 300")


@given(st.text(st.characters(codec=None)))
def test_any_words_give_valid_xml_and_no_element_of_their_own(text):
    drawing = Drawing((10.0, 10.0), text, text)
    drawing.text((1.0, 1.0), text)
    drawing.circle((1.0, 1.0), 2.0, "rise", text)
    root = parse(drawing.svg())
    assert {element.tag.removeprefix(SPACE) for element in root.iter()} <= {
        "svg", "title", "desc", "style", "rect", "text", "circle"
    }


@pytest.mark.parametrize(
    ("word", "shown"),
    [
        ("</text><script>alert(1)</script>", "</text><script>alert(1)</script>"),
        ('"><img src=x onerror=alert(1)>', '"><img src=x onerror=alert(1)>'),
        ("&lt;", "&lt;"),
        ("]]>", "]]>"),
        ("bell\x07", "bell\\x07"),
        ("\ufffe", "\\ufffe"),
    ],
)
def test_hostile_words_are_shown_as_they_are(word, shown):
    drawing = Drawing((10.0, 10.0), word)
    drawing.text((1.0, 1.0), word)
    assert words(drawing.svg()) == [shown]
    assert parse(drawing.svg()).get("aria-label") == shown


def test_the_same_calls_give_the_same_bytes():
    def draw():
        drawing = Drawing((100.0, 50.0), "same")
        drawing.line((0.0, -0.001), (1 / 3, 50.0), stroke_width=2.0)
        return drawing.svg()

    assert draw() == draw()
    assert 'x1="0" y1="0" x2="0.33" y2="50" stroke-width="2"' in draw()


def test_each_role_has_a_dark_twin():
    style = parse(Drawing((1.0, 1.0), "x").svg()).find(f"{SPACE}style").text
    dark = style.partition("prefers-color-scheme:dark")[2]
    assert all(f".armillary .{role}{{fill:{colour}}}" in dark for role, (_, colour) in ROLES.items())


def luminance(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", [0, 1])
@pytest.mark.parametrize(("role", "least"), [("ink", 7), ("soft", 4.5), ("rise", 3), ("fall", 3), ("mark", 3)])
def test_contrast_with_the_paper_is_that_of_wcag(role, least, theme):
    dark, light = sorted([luminance(ROLES[role][theme]), luminance(ROLES["paper"][theme])])
    assert (light + 0.05) / (dark + 0.05) >= least


def test_an_arrow_points_at_its_end_and_leaves_the_dots_free():
    drawing = Drawing((200.0, 10.0), "arrow")
    arrow(drawing, (10.0, 5.0), (110.0, 5.0), "fall", (6.0, 8.0))
    root = parse(drawing.svg())
    assert root.find(f"{SPACE}line").get("x1") == "16"
    corners = [tuple(map(float, pair.split(","))) for pair in root.find(f"{SPACE}polygon").get("points").split()]
    assert corners[0] == (102.0, 5.0)
    assert all(first[0] >= second[0] for first, second in pairwise(corners))


def test_no_arrow_where_there_is_no_room():
    drawing = Drawing((20.0, 10.0), "arrow")
    arrow(drawing, (5.0, 5.0), (5.0, 5.0), "fall")
    arrow(drawing, (5.0, 5.0), (17.0, 5.0), "fall", (6.0, 8.0))
    assert parse(drawing.svg()).find(f"{SPACE}polygon") is None
