from itertools import combinations

import numpy as np
import pytest

from armillary.draw import Scatter, slice_svg
from armillary.draw.perspective import Camera
from armillary.errors import InputError
from tests.draw.svg_reading import SPACE, label_boxes, parse, tips, words

WORDS = ["man", "woman", "国王", "王后", "uncle", "aunt"]
PAIRS = [(0, 1), (2, 3), (4, 5)]
PLACES = np.array([[-1, -2, 0], [2, -2, 1], [-1, 2, 0], [1, 1.5, 1], [-0.5, 0.5, 2], [1.75, 0.25, 2]])


def scatter(dimensions=2, **changes):
    facts = {
        "coordinates": PLACES[:, :dimensions].astype(np.float32),
        "labels": WORDS,
        "axes": ["gender", "royalty", "third"][:dimensions],
        "title": "A slice",
        "arrows": PAIRS,
    }
    return Scatter(**(facts | changes))


def dots(svg):
    """(n, 3) centre and radius of each dot, in the order of the words."""
    found = {
        circle.find(f"{SPACE}title").text: [float(circle.get(name)) for name in ("cx", "cy", "r")]
        for circle in parse(svg).iter(f"{SPACE}circle")
        if circle.find(f"{SPACE}title") is not None
    }
    return np.array([found[word] for word in WORDS])


def test_a_unit_is_as_long_across_as_down_and_up_is_up():
    at = dots(slice_svg(scatter()))
    across, down = np.diff(at[:, 0]), np.diff(at[:, 1])
    real = np.diff(PLACES[:, :2], axis=0)
    scale = across[0] / real[0, 0]
    assert scale > 50
    np.testing.assert_allclose(across, real[:, 0] * scale, atol=0.02)
    np.testing.assert_allclose(down, -real[:, 1] * scale, atol=0.02)


@pytest.mark.parametrize("axes", [2, 3])
def test_words_axes_title_and_arrows_are_all_there(axes):
    svg = slice_svg(scatter(axes))
    assert {*WORDS, *["gender", "royalty", "third"][:axes], "A slice"} <= set(words(svg))
    assert sorted(tips(svg)) == sorted(WORDS)
    heads = [shape for shape in parse(svg).iter(f"{SPACE}polygon") if shape.get("class") == "fall"]
    assert len(heads) == 3


@pytest.mark.parametrize("axes", [2, 3])
def test_labels_do_not_overlap_and_stay_in_the_picture(axes):
    boxes = label_boxes(slice_svg(scatter(axes)))
    assert all(one.overlap(other) == 0 for one, other in combinations(boxes.values(), 2))
    assert all(box.left >= 0 and box.right <= 800 and box.top >= 40 and box.bottom <= 640 for box in boxes.values())


@pytest.mark.parametrize("axes", [2, 3])
def test_what_has_no_room_is_counted_and_still_told_by_its_dot(axes):
    many = Scatter(
        np.zeros((40, axes)) + np.arange(axes), [f"word{place}" for place in range(40)], list("xyz")[:axes]
    )
    svg = slice_svg(many)
    hidden = sum(f"word{place}" not in words(svg) for place in range(40))
    assert hidden > 0
    assert f"labels without room: {hidden}" in words(svg)
    assert len(tips(svg)) == 40


def strokes(svg):
    return [line.get("class") for line in parse(svg).iter(f"{SPACE}line")]


def test_the_origin_cross_is_there_unless_it_would_dwarf_the_points():
    near = slice_svg(scatter())
    far = slice_svg(scatter(coordinates=(PLACES[:, :2] + 100).astype(np.float32)))
    assert strokes(near).count("line-stroke") == 2
    assert "line-stroke" not in strokes(far)
    assert {"100", "101"} <= set(words(far))


def test_share_of_length_is_opacity_with_a_legend():
    svg = slice_svg(scatter(shares=np.array([0, 0.5, 1, 1, 1, 1.0])))
    solid = [float(circle.get("fill-opacity")) for circle in parse(svg).iter(f"{SPACE}circle")]
    assert solid[:3] == [0.25, 0.62, 1]
    assert {"0%", "50%", "100%"} <= set(words(svg))
    assert "100%" not in words(slice_svg(scatter()))


def test_in_space_the_near_dot_is_larger_and_drawn_last():
    # The eye stands at azimuth -1, where (0.54, -0.84) is towards it.
    towards = np.array([0.54, -0.84, 0.0])
    places = np.concatenate([np.outer([-2, 2], towards), PLACES[2:]])
    svg = slice_svg(scatter(3, coordinates=places))
    at = dots(svg)
    assert at[1, 2] > at[0, 2]
    assert tips(svg).index("woman") > tips(svg).index("man")
    assert at[1, 1] > at[0, 1]  # seen from above, the near one is lower


def test_the_camera_sees_no_mirror_image_and_the_third_axis_upright():
    x, y, z = Camera(distance=1e6).project(np.eye(3))
    across, up = np.stack([x, y, z])[:, :2].T
    assert (across[2], up[2] > 0.9) == (pytest.approx(0), True)
    assert across[0] * up[1] - across[1] * up[0] > 0  # from x to y is counter-clockwise, seen from above


def test_the_same_scatter_gives_the_same_bytes():
    assert slice_svg(scatter(3)) == slice_svg(scatter(3))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"coordinates": np.zeros((0, 2)), "labels": []}, "no points"),
        ({"coordinates": np.zeros((6, 4))}, "not 4"),
        ({"labels": ["one"]}, "1 labels"),
        ({"axes": ["x"]}, "1 axis names"),
        ({"coordinates": np.full((6, 2), np.nan)}, "not finite"),
        ({"arrows": [(0, 6)]}, "there are 6"),
        ({"arrows": [(-1, 0)]}, "there are 6"),
    ],
)
def test_what_cannot_be_drawn_is_refused(changes, said):
    with pytest.raises(InputError, match=said):
        scatter(**changes)
