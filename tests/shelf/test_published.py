"""What is on this machine's own shelf, where something is, is what the catalogue lists."""

import pytest

from armillary.shelf import Shelf
from armillary.space import Space

SHELF = Shelf()


@pytest.mark.shelf
@pytest.mark.parametrize("name", [entry.name for entry in SHELF.entries if entry.wheels])
def test_every_byte_is_as_it_came(name):
    if not SHELF.here(name):
        pytest.skip(f"armillary get {name}")
    record = SHELF.verify(name)
    assert record.pinned
    assert SHELF.path(name).exists()


@pytest.mark.shelf
def test_glove_is_400_000_words_by_50():
    if not SHELF.here("glove-6b-50d"):
        pytest.skip("armillary get glove-6b-50d")
    glove = Space.load(SHELF.path("glove-6b-50d"))
    assert glove.vectors.shape == (400_000, 50)
    assert glove.labels[:3] == ["the", ",", "."]
    # The first numbers of the line "the" in Stanford's glove.6B.50d.txt
    assert glove.vectors[0, :3].tolist() == pytest.approx([0.418, 0.24968, -0.41242])
