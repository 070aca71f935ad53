"""What comes in pieces gets its name: shapes of a few pixels, sounds of any length, spelled by a decoder."""

import numpy as np
import pytest

from armillary.errors import InputError
from armillary.learning.pieces import Namer, learn_names


def shapes(count: int, seed: int) -> tuple[list[np.ndarray], list[str]]:
    """Rising or falling numbers, in 3 to 6 pieces of two, with some noise."""
    random = np.random.default_rng(seed)
    found, names = [], []
    for _ in range(count):
        rises, length = bool(random.integers(2)), int(random.integers(3, 7))
        line = np.linspace(-1, 1, 2 * length) * (1 if rises else -1) + random.normal(0, 0.2, 2 * length)
        found.append(line.reshape(length, 2))
        names.append("升" if rises else "fall")
    return found, names


@pytest.fixture(scope="module")
def namer() -> Namer:
    return learn_names(*shapes(200, 0), steps=40, batch=32, d_model=32, n_layers=1)


def test_others_are_named_too(namer: Namer) -> None:
    others, names = shapes(60, 1)
    said = namer.said(others)
    assert sum(one == name for one, name in zip(said, names, strict=True)) > 55


def test_each_character_listens_to_the_pieces(namer: Namer) -> None:
    one = shapes(20, 2)[0][3]
    said, pattern = namer.listen(one)
    assert said == namer.said([one])[0]
    assert pattern.shape == (len(said) + 1, len(one))
    np.testing.assert_allclose(pattern.sum(1), 1, atol=1e-5)


@pytest.mark.long
def test_the_same_seed_gives_the_same_numbers(namer: Namer) -> None:
    again = learn_names(*shapes(200, 0), steps=40, batch=32, d_model=32, n_layers=1)
    both = zip(namer.model.parameters(), again.model.parameters(), strict=True)
    assert all((one == other).all() for one, other in both)


@pytest.mark.parametrize(("pieces", "names"), [
    ([], []), ([np.ones((2, 3))], ["a", "b"]), ([np.ones((2, 3))], [""]),
    ([np.ones((2, 3)), np.ones((2, 4))], ["a", "b"]),
])  # fmt: skip
def test_what_does_not_go_together_is_refused(pieces: list[np.ndarray], names: list[str]) -> None:
    with pytest.raises(InputError, match="do not go together"):
        learn_names(pieces, names, steps=1)
