from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from armillary.draw.labels import Box, Obstacles, leader, place

FRAME = Box(0.0, 0.0, 800.0, 600.0)


def around(dot, radius=5.0):
    return Box(dot[0] - radius, dot[1] - radius, dot[0] + radius, dot[1] + radius)


def placed(dots, size=(60.0, 16.0), arrows=()):
    return place(dots, [size] * len(dots), Obstacles(FRAME, [around(dot) for dot in dots], list(arrows)))


def test_a_lone_label_stands_to_the_right():
    (box,) = placed([(400.0, 300.0)])
    assert (box.left, box.top, box.bottom) == (408.0, 292.0, 308.0)


def test_at_the_right_edge_it_stands_to_the_left():
    (box,) = placed([(790.0, 300.0)])
    assert box.right == 782.0


def test_it_avoids_the_arrow_that_leaves_its_dot():
    dots = [(400.0, 300.0), (700.0, 300.0)]
    box, _ = placed(dots, arrows=[(dots[0], dots[1])])
    assert not box.crossed(*dots)


def test_a_grid_with_room_gets_every_label_and_hides_no_dot():
    dots = [(60.0 + 85 * (at % 8), 40.0 + 50 * (at // 8)) for at in range(80)]
    boxes = placed(dots)
    assert None not in boxes
    assert all(box.overlap(around(dot)) == 0 for box in boxes for dot in dots)


def test_a_label_without_any_place_is_left_out():
    boxes = placed([(400.0, 300.0)] * 60)
    assert None in boxes
    assert any(box is not None for box in boxes)


@given(st.lists(st.tuples(st.floats(0, 800), st.floats(0, 600)), max_size=25))
def test_labels_never_overlap_nor_leave_the_frame(dots):
    boxes = [box for box in placed(dots) if box is not None]
    assert all(one.overlap(other) == 0 for one, other in combinations(boxes, 2))
    assert all(box.inside(FRAME) for box in boxes)


def test_a_segment_crosses_a_box_or_does_not():
    box = Box(10.0, 10.0, 20.0, 20.0)
    assert box.crossed((0.0, 0.0), (30.0, 30.0))
    assert box.crossed((15.0, 15.0), (16.0, 16.0))
    assert not box.crossed((0.0, 15.0), (9.0, 15.0))
    assert not box.crossed((0.0, 25.0), (30.0, 25.0))
    assert not box.crossed((0.0, 18.0), (12.0, 30.0))


def test_only_a_distant_label_has_a_leader():
    assert leader(Box(8.0, -8.0, 60.0, 8.0), (0.0, 0.0)) is None
    assert leader(Box(30.0, -8.0, 60.0, 8.0), (0.0, 0.0)) == ((6.0, 0.0), (30.0, 0.0))
