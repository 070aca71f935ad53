"""Points: sums of labelled vectors that NumPy takes too."""

import numpy as np
import pytest

from armillary.errors import InputError
from armillary.space import Point, Space


def test_sums_are_points_that_remember_their_words(royal: Space) -> None:
    point = royal["king"] - royal["man"] + royal["woman"]
    assert isinstance(point, Point)
    assert point.label == "king - man + woman"
    expected = royal.vector("king") - royal.vector("man") + royal.vector("woman")
    assert point.vector.dtype == np.float32
    assert np.array_equal(point.vector, expected)
    assert np.array_equal(royal.point("king - man + woman").vector, expected)
    assert point.near(1).neighbours == royal.near("king - man + woman", 1).neighbours


def test_multiples_and_negatives(royal: Space) -> None:
    king = royal["king"]
    assert np.array_equal((-king).vector, -king.vector)
    assert (-king).label == "- king"
    assert np.array_equal((2 * king).vector, 2 * king.vector)
    assert np.array_equal((king * np.float32(2)).vector, 2 * king.vector)
    assert (king / 2).label == "0.5·king"
    assert ((king + royal["queen"]) / 2).label == "0.5·king + 0.5·queen"
    assert np.allclose(((king + royal["queen"]) / 2).vector, (king.vector + royal["queen"].vector) / 2)
    with pytest.raises(ZeroDivisionError):
        king / 0


def test_a_label_that_needs_quotes_gets_them(royal: Space) -> None:
    assert (royal["king"] - royal["new york"]).label == 'king - "new york"'
    assert royal["new york"].near(1).neighbours


def test_numpy_takes_a_point_for_an_array(royal: Space) -> None:
    king, queen = royal["king"], royal["queen"]
    assert len(king) == 4
    assert king[0] == 4
    assert king[1:3].tolist() == [1, 0]
    assert king.norm == pytest.approx(np.linalg.norm(king))
    assert np.dot(king, queen) == pytest.approx(king @ queen)
    assert king @ queen == pytest.approx(float(king.vector @ queen.vector))
    assert np.asarray(king).dtype == np.float32
    assert np.asarray(king, np.float64).dtype == np.float64
    assert np.stack([king, queen]).shape == (2, 4)
    assert np.array_equal(royal.vectors @ king, royal.vectors @ king.vector)
    assert np.array_equal(king @ royal.vectors.T, king.vector @ royal.vectors.T)
    assert np.array_equal(np.eye(4, dtype=np.float32) @ king, king.vector)


def test_arrays_beside_a_point_are_left_to_numpy(royal: Space) -> None:
    king, ones = royal["king"], np.ones(4, np.float32)
    for made in (king + ones, ones + king, king - ones, king * ones, ones * king, np.add(king, ones)):
        assert type(made) is np.ndarray
    assert np.array_equal(king + ones, king.vector + 1)
    assert np.array_equal(ones - king, 1 - king.vector)


def test_a_copy_of_a_point_may_be_written_to_and_the_space_not(royal: Space) -> None:
    copy = np.array(royal["king"])
    copy[0] = 9
    assert royal["king"][0] == 4
    with pytest.raises(ValueError, match="read-only"):
        royal["king"].vector[0] = 9
    assert not np.asarray(royal["king"]).flags.writeable or not np.shares_memory(
        np.asarray(royal["king"]), royal.vectors
    )


def test_points_of_two_spaces_do_not_add_up(royal: Space) -> None:
    other = royal.first(3)
    with pytest.raises(InputError, match="'king' and 'man' lie in different spaces; align"):
        royal["king"] - other["man"]


def test_what_cannot_be_added_says_so(royal: Space) -> None:
    for wrong in ("queen", None):
        with pytest.raises(TypeError, match="unsupported operand"):
            royal["king"] + wrong
        with pytest.raises(TypeError):
            royal["king"] * wrong


def test_a_point_shows_itself_in_one_line(royal: Space) -> None:
    assert repr(royal["king"] - royal["man"]) == "Point(king - man: [3.5 0 -0.5 0.2], d=4)"
    assert repr(royal["国王"]).startswith("Point(国王: [3.9 1.1 ")
    wide = Space(["a"], np.ones((1, 5), np.float32))
    assert repr(wide["a"]) == "Point(a: [1 1 1 1 …], d=5)"
