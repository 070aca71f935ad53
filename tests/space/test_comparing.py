"""Two spaces side by side: what was only turned lies as it was, what moved is found."""

import numpy as np
import pytest

from armillary.errors import InputError
from armillary.geometry.alignment import random_rotation
from armillary.space import Space


def made(n: int = 80, d: int = 6) -> Space:
    vectors = np.random.default_rng(5).standard_normal((n, d), np.float32)
    return Space([f"w{i}" for i in range(n)], vectors, origin={"name": "before"})


def turned(space: Space) -> np.ndarray:
    return (space.vectors @ random_rotation(space.dim, seed=1)).astype(np.float32)


@pytest.mark.parametrize("centred", [False, True])
def test_a_rotated_copy_comes_back(centred: bool) -> None:
    before = made()
    after = Space(list(before), turned(before), origin={"name": "after"})
    found = before.align(after, centred=centred)
    assert found.shared == 80
    assert found.settled == before.dim
    assert found.residual < 1e-5
    assert min(one.cosine for one in found.moved) > 1 - 1e-5
    assert found.space.origin == {"aligned": {"name": "before"}, "onto": {"name": "after"}, "shared": 80}
    unit = after.vectors / np.linalg.norm(after.vectors, axis=1, keepdims=True)
    assert np.allclose(found.space.vectors, unit, atol=1e-4), "at unit length, in the coordinates of the other"


def test_words_that_moved_are_found_first() -> None:
    before = made()
    vectors = turned(before)
    vectors[[7, 33]] *= -1
    found = before.align(Space(list(before), vectors))
    assert {one.label for one in found.moved[:2]} == {"w7", "w33"}
    assert found.moved[0].cosine < -0.5
    assert found.moved[2].cosine > 0.9
    assert [one.cosine for one in found.moved] == sorted(one.cosine for one in found.moved)
    assert 0 < found.residual < 1


def test_only_shared_labels_settle_the_rotation_and_every_point_is_turned() -> None:
    before = made()
    after = Space([f"w{i}" for i in range(40)] + [f"x{i}" for i in range(40)], turned(before))
    found = before.align(after)
    assert found.shared == 40
    assert len(found.space) == 80
    nearest = [space.near("w70", 3).neighbours for space in (before, found.space)]
    assert [one.label for one in nearest[0]] == [one.label for one in nearest[1]]


def test_a_lexicon_takes_the_place_of_shared_labels() -> None:
    before = made()
    after = Space([f"词{i}" for i in range(80)], turned(before))
    pairs = [(f"w{i}", f"词{i}") for i in range(30)] + [("nobody", "词3"), ("w3", "没有")]
    found = before.align(after, pairs)
    assert found.shared == 30, "pairs of which a side is missing are left out"
    assert found.residual < 1e-5
    for i in range(30, 80):
        assert after.near(found.space[f"w{i}"], 1).neighbours[0].label == f"词{i}"


def test_few_pairs_settle_few_directions() -> None:
    before = made()
    found = before.align(Space(list(before), turned(before)), [(f"w{i}", f"w{i}") for i in range(4)])
    assert found.settled == 4


def test_words_at_zero_settle_nothing() -> None:
    before = made()
    vectors = turned(before)
    vectors[3] = 0
    found = before.align(Space(list(before), vectors))
    assert found.shared == 79
    assert "w3" not in {one.label for one in found.moved}


def test_what_cannot_be_aligned_is_refused() -> None:
    before = made()
    with pytest.raises(InputError, match="6 and 5 numbers"):
        before.align(made(d=5))
    strangers = Space(["a", "b"], np.ones((2, 6), np.float32))
    with pytest.raises(InputError, match="share no label"):
        before.align(strangers)
    with pytest.raises(InputError, match="of no pair"):
        before.align(strangers, [("w1", "nobody")])
