"""Directions: axes kept as the pairs they were made of, words placed on them."""

import json
from pathlib import Path

import numpy as np
import pytest

from armillary.errors import DamagedFile, InputError, OutputExists, UnknownLabel
from armillary.space import Space
from armillary.space.direction import read_pairs

PAIRS = [("cat", "cats"), ("dog", "dogs")]


def test_an_axis_is_the_mean_difference_of_its_pairs(royal: Space) -> None:
    axis = royal.direction(PAIRS)
    steps = np.stack([royal.vector(b) - royal.vector(a) for a, b in PAIRS])
    assert np.allclose(axis.vector, steps.mean(axis=0))
    assert axis.vector.dtype == np.float32
    unit = steps / np.linalg.norm(steps, axis=1, keepdims=True)
    assert axis.coherence == pytest.approx(unit[0] @ unit[1])
    assert axis.pairs == tuple(PAIRS)


def test_words_are_placed_by_their_dot_product_highest_first(royal: Space) -> None:
    axis = royal.direction(PAIRS)
    found = axis.project(["cat", "dogs", "king - man"])
    assert [one.label for one in found] == ["dogs", "king - man", "cat"]
    for one in found:
        assert one.value == pytest.approx(float(royal.point(one.label).vector @ axis.vector), abs=1e-5)
        assert one.low <= one.value <= one.high
    assert axis.project(["cat"], seed=1) == axis.project(["cat"], seed=1)


def test_one_pair_has_no_interval_and_no_test(royal: Space) -> None:
    axis = royal.direction([("cat", "cats")])
    assert axis.coherence is None
    assert axis.separation is None
    assert axis.project(["dog"])[0].low is None
    assert repr(axis) == "Direction(cat:cats)"


def test_three_pairs_have_a_test_with_its_smallest_p(royal: Space) -> None:
    axis = royal.direction([*PAIRS, ("man", "woman")])
    assert axis.separation is not None
    assert axis.separation.smallest == 0.25
    assert axis.separation.smallest <= axis.separation.p <= 1


def test_ends_may_be_expressions(royal: Space) -> None:
    axis = royal.direction([("king - man", "queen - woman")])
    assert np.allclose(axis.vector, royal.point("queen - woman - king + man").vector)


def test_what_makes_no_axis_is_refused(royal: Space) -> None:
    with pytest.raises(InputError, match="at least one pair"):
        royal.direction([])
    with pytest.raises(InputError, match="twice the same point"):
        royal.direction([("cat", "cat")])
    with pytest.raises(InputError, match="cancel out"):
        royal.direction([("cat", "cats"), ("cats", "cat")])
    with pytest.raises(UnknownLabel, match="'catz'"):
        royal.direction([("cat", "catz")])


def test_no_words_are_placed_nowhere(royal: Space) -> None:
    assert royal.direction(PAIRS).project([]) == ()


def test_a_saved_axis_is_the_same_in_any_space(royal: Space, tmp_path: Path) -> None:
    path = tmp_path / "plural.json"
    royal.direction([*PAIRS, ("国王", "女人")]).save(path)
    assert json.loads(path.read_text(encoding="utf-8")) == {"pairs": [*map(list, PAIRS), ["国王", "女人"]]}
    assert "国王" in path.read_text(encoding="utf-8"), "legible, not escaped"
    assert read_pairs(path) == [*PAIRS, ("国王", "女人")]
    assert np.array_equal(royal.direction(read_pairs(path)).vector, royal.direction([*PAIRS, ("国王", "女人")]).vector)
    with pytest.raises(OutputExists):
        royal.direction(PAIRS).save(path)
    royal.direction(PAIRS).save(path, force=True)
    assert read_pairs(path) == PAIRS


@pytest.mark.parametrize("content", [
    b"", b"{", b"[]", b"3", b'{"pairs": 3}', b'{"pairs": [["a"]]}', b'{"pairs": [["a", "b", "c"]]}', b'{"paris": []}',
    b"\xff\xfe", b'{"pairs": ["ab", "cd", 3]}', b"[" * 100_000,
])
def test_what_is_no_saved_axis_says_so(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(content)
    with pytest.raises(DamagedFile, match="no saved direction"):
        read_pairs(path)


def test_hostile_labels_do_not_reach_the_terminal() -> None:
    space = Space(["\x1b[31m", "b"], np.eye(2, dtype=np.float32))
    assert repr(space.direction([("\x1b[31m", "b")])).isprintable()
