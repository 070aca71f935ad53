from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from armillary.text.merges import merge_steps, ranks_of

LETTERS = [b"a", b"b", b"c"]


def merged(text: bytes, ranks: dict[tuple[bytes, bytes], int]) -> list[bytes]:
    """Merging by pairs, as GPT-2's own program does it."""
    now = [text[place : place + 1] for place in range(len(text))]
    while True:
        pairs = [(ranks[pair], place) for place, pair in enumerate(pairwise(now)) if pair in ranks]
        if not pairs:
            return now
        _, place = min(pairs)
        now[place : place + 2] = [now[place] + now[place + 1]]


@st.composite
def listed(draw: st.DrawFn) -> list[tuple[bytes, bytes]]:
    """Merges in any order, also such as no learning gives: a whole before its parts, two ways to one piece."""
    pieces = list(LETTERS)
    merges = []
    for _ in range(draw(st.integers(1, 12))):
        pair = (draw(st.sampled_from(pieces)), draw(st.sampled_from(pieces)))
        merges.append(pair)
        pieces.append(pair[0] + pair[1])
    return draw(st.permutations(list(dict.fromkeys(merges))))


TEXTS = st.lists(st.text("abc", max_size=14).map(str.encode), min_size=5, max_size=5)


@given(listed(), TEXTS)
def test_merging_by_pieces_gives_what_merging_by_pairs_gives(
    merges: list[tuple[bytes, bytes]], texts: list[bytes]
) -> None:
    ranks = ranks_of(LETTERS, merges)
    by_pair = {pair: rank for rank, pair in enumerate(merges)}
    for text in texts:
        assert list(merge_steps(text, ranks))[-1] == merged(text, by_pair)


@given(listed(), st.randoms(use_true_random=False), TEXTS)
def test_so_it_does_where_pieces_have_the_ranks(
    merges: list[tuple[bytes, bytes]], random: object, texts: list[bytes]
) -> None:
    pieces = sorted({*LETTERS, *(a + b for a, b in merges)})
    random.shuffle(pieces)  # type: ignore[attr-defined]
    rank = {piece: place for place, piece in enumerate(pieces)}
    splits = [(piece[:at], piece[at:]) for piece in pieces for at in range(1, len(piece))]
    splits = [(a, b) for a, b in splits if a in rank and b in rank]
    ranks = ranks_of(LETTERS, splits, [rank[a + b] for a, b in splits])
    for text in texts:
        assert list(merge_steps(text, ranks))[-1] == merged(text, {(a, b): rank[a + b] for a, b in splits})


@given(listed())
def test_every_piece_that_has_a_rank_merges_to_itself(merges: list[tuple[bytes, bytes]]) -> None:
    by_pair = {pair: rank for rank, pair in enumerate(merges)}
    ranks = ranks_of(LETTERS, merges)
    assert list(ranks)[:3] == LETTERS
    assert sorted(ranks.values()) == list(range(len(ranks)))
    for piece in {a + b for a, b in merges}:
        assert (piece in ranks) == (merged(piece, by_pair) == [piece])


def test_a_piece_that_its_own_bytes_do_not_give_has_no_rank() -> None:
    # b + c merges first, so that a + bc is all that "abc" comes to, and ab + c never is.
    ranks = ranks_of(LETTERS, [(b"b", b"c"), (b"a", b"b"), (b"ab", b"c")])
    assert b"abc" not in ranks
    assert list(merge_steps(b"abc", ranks)) == [[b"a", b"b", b"c"], [b"a", b"bc"]]
