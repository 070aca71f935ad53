from hypothesis import given
from hypothesis import strategies as st

import armillary.text.splits
from armillary.text.splits import splits


def plainly(pieces: list[str]) -> list[tuple[int, int, int]]:
    """The same, one cut after the other."""
    at = {piece: place for place, piece in enumerate(pieces)}
    return [(at[piece[:cut]], at[piece[cut:]], place) for place, piece in enumerate(pieces)
            for cut in range(1, len(piece)) if piece[:cut] in at and piece[cut:] in at]


PIECES = st.lists(st.one_of(st.text("ab", min_size=1, max_size=9), st.text(min_size=1, max_size=4)), unique=True)


@given(PIECES)
def test_they_are_those_that_cutting_one_by_one_gives(pieces: list[str]) -> None:
    assert list(zip(*(column.tolist() for column in splits(pieces)), strict=True)) == plainly(pieces)


@given(PIECES)
def test_so_they_are_where_all_pieces_want_one_entry_of_the_table(pieces: list[str]) -> None:
    before, armillary.text.splits._MOST_BITS = armillary.text.splits._MOST_BITS, 1
    try:
        assert list(zip(*(column.tolist() for column in splits(pieces)), strict=True)) == plainly(pieces)
    finally:
        armillary.text.splits._MOST_BITS = before


def test_texts_that_have_one_number_are_told_apart() -> None:
    """Modulo 2^64 this word and its mirror image in letters have equal sums, whatever the constant (Thue and Morse)."""
    letters = ["a" if place.bit_count() % 2 else "b" for place in range(2048)]
    one, other = "".join(letters), "".join("ba"[letter == "b"] for letter in letters)
    pieces = [one, "x", f"{one}x", f"{other}x"]
    text = armillary.text.splits._Text([one, other])
    assert text._numbers[0] == text._numbers[1]
    assert [column.tolist() for column in splits(pieces)] == [[0], [1], [2]]
