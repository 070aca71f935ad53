"""A tokenizer that is mapped in place of being made gives what the one that was made gives."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.errors import InputError
from armillary.formats.gguf_tokenizer import gguf_tokenizer
from armillary.formats.kept_tokenizer import kept_tokenizer
from armillary.text.byte_pairs import FEW, SHORT, BytePairs
from armillary.text.rolling import Rolling
from armillary.text.rows_of_pieces import ById, ByPiece, Row
from armillary.text.tokenizer import Tokenizer
from tests.formats.test_tokenizer_files import metadata
from tests.text.made_pairs import TEXT

TEXTS = ["", "The king's 国王 writes <|end|> 1234  \n", "国王 the kingin é", "\x00\xff",
         TEXT[:SHORT], TEXT[: SHORT + 1]]


@cache
def made(kind: str) -> BytePairs:
    found = gguf_tokenizer(Path("model.gguf"), metadata(kind))
    assert isinstance(found, BytePairs)
    return found


def never() -> Tokenizer:
    pytest.fail("made again")


def both(kind: str, path: Path) -> tuple[BytePairs, BytePairs]:
    """One that was made and kept, and the same mapped."""
    first, second = kept_tokenizer(path, lambda: made(kind)), kept_tokenizer(path, never)
    assert isinstance(first, BytePairs)
    assert isinstance(second, BytePairs)
    return first, second


@pytest.mark.parametrize("kind", ["gpt2", "llama"])
def test_it_is_the_same(kind: str, tmp_path: Path) -> None:
    first, second = both(kind, tmp_path / "one.tokenizer")
    told, again = first.vocabulary, second.vocabulary
    assert dict(again.pieces) == dict(told.pieces)
    assert list(second.ranks.items()) == list(first.ranks.items())
    for name in ("added", "format", "before", "after", "notes", "special", "size", "unused", "ids"):
        assert getattr(again, name) == getattr(told, name), name
    for text in TEXTS:
        assert second.tokens(text, special=True) == first.tokens(text, special=True)
        ids = first.encode(text, framed=True)
        assert second.encode(text, framed=True).tolist() == ids.tolist()
        assert second.decode_bytes(ids) == first.decode_bytes(ids)
    with pytest.raises(InputError, match="no token 100000"):
        second.decode([100_000])


@given(text=st.text(st.sampled_from("the kingswr国王'1 \n\0é<|end|>"), max_size=60))
def test_short_texts_are_cut_alike(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "shared.tokenizer"
    kept_tokenizer(path, lambda: made("gpt2"))
    assert kept_tokenizer(path, never).encode(text).tolist() == made("gpt2").encode(text).tolist()


def test_all_merges_are_put_in_order_for_long_texts_and_for_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, one = both("gpt2", tmp_path / "one.tokenizer")
    asked: list[int] = []
    core = BytePairs._core_of
    monkeypatch.setattr(BytePairs, "_core_of", lambda self, ranks: asked.append(len(ranks)) or core(self, ranks))
    for _ in range(FEW + 2):
        one.encode("king")
    assert asked[:FEW] == [asked[0]] * FEW
    assert asked[0] < 10 < asked[FEW] == len(one.ranks)
    assert len(asked) == FEW + 1
    _, other = both("gpt2", tmp_path / "one.tokenizer")
    other.encode(TEXT)
    assert asked[-1] == len(other.ranks)


def test_what_is_not_whole_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "one.tokenizer"
    both("gpt2", path)
    for file in sorted(path.iterdir()):
        content = file.read_bytes()
        file.write_bytes(content[:-1])
        calls: list[int] = []
        kept_tokenizer(path, lambda: calls.append(1) or made("gpt2"))  # noqa: B023
        assert calls == [1]
        assert file.read_bytes() == content
        both("gpt2", path)


def test_where_nothing_can_be_written_it_is_made_each_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    ids = made("gpt2").encode("king").tolist()
    for path in (tmp_path / "file", tmp_path / "file" / "one.tokenizer", tmp_path / "no" / "one.tokenizer"):
        assert kept_tokenizer(path, lambda: made("gpt2")).encode("king").tolist() == ids
    assert list(tmp_path.iterdir()) == [tmp_path / "file"]


def test_pieces_of_one_number_are_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Rolling, "numbers", lambda self, start, end: (end - start).astype("u8"))
    kept_tokenizer(tmp_path / "one.tokenizer", lambda: made("gpt2"))
    assert not list(tmp_path.iterdir())


@given(st.lists(st.binary(min_size=1, max_size=4), unique=True, min_size=1), st.binary(max_size=40))
def test_pieces_are_found_in_a_text(pieces: list[bytes], text: bytes) -> None:
    ranks = {piece: place for place, piece in enumerate(pieces)}
    table = ByPiece.of(ranks)
    assert table.within(text) == {piece: place for piece, place in ranks.items() if piece in text}
    assert list(table) == pieces
    assert all(table[piece] == place for piece, place in ranks.items())
    assert table.get(text) == ranks.get(text)


def test_a_number_that_another_text_has_is_not_believed() -> None:
    table = ByPiece.of({b"a": 0, b"b": 1})
    number = Rolling(table.row.text).numbers(table.row.starts[:1], table.row.starts[1:2])
    other = ByPiece(Row.of([b"x"]), number, table.places[:1] * 0)
    assert other.within(b"a") == {}
    assert b"a" not in other


def test_ids_without_a_piece_have_none() -> None:
    pieces = ById.of({3: b"three", 1: b"", 5: b"five"})
    assert dict(pieces) == {1: b"", 3: b"three", 5: b"five"}
    assert [pieces.get(one) for one in (-1, 0, 1, 4, 5, 6)] == [None, None, b"", None, b"five", None]
    assert len(pieces) == 3


@pytest.mark.parametrize("starts", [[], [0, 2], [1, 3], [0, 2, 1, 3]])
def test_pieces_must_lie_in_their_text(starts: list[int]) -> None:
    with pytest.raises(ValueError, match="lie nowhere"):
        Row(np.zeros(3, np.uint8), np.array(starts, np.int32))
