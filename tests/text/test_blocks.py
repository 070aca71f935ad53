"""Blocks: whole lines where there are lines, bounded always, the same however the stream is cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.text import blocks as module
from armillary.text.blocks import BLOCK, blocks, decoded


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BLOCK", 8)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(("text", "cut"), [
    (b"", []),
    (b"ab", [b"ab"]),
    (b"a\nb\nc\nd\ne\nf", [b"a\nb\nc\nd\n", b"e\nf"]),
    (b"one two three", [b"one two ", b"three"]),
    (b"one\ttwo3 four", [b"one\t", b"two3 four"[:5], b"four"]),
    (b"abcdefghijk", [b"abcdefgh", b"ijk"]),
    ("我来到".encode(), ["我来".encode(), "到".encode()]),
    (b"\x80" * 12, [b"\x80" * 5, b"\x80" * 7]),
])
def test_a_block_ends_at_the_best_place_there_is(text: bytes, cut: list[bytes]) -> None:
    assert list(blocks([text])) == cut


@given(st.lists(st.binary(max_size=30)))
def test_blocks_depend_on_the_bytes_alone(pieces: list[bytes]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "BLOCK", 8)
        cut = list(blocks(pieces))
        assert cut == list(blocks([b"".join(pieces)]))
    assert b"".join(cut) == b"".join(pieces)
    assert all(0 < len(block) <= 8 for block in cut)


def test_a_line_without_end_is_cut_before_it_fills_the_memory() -> None:
    longest = max(map(len, blocks(b"a " * 4096 for _ in range(1024))))
    assert longest <= BLOCK


@pytest.mark.parametrize(("block", "text", "undecodable"), [
    (b"caf\xc3\xa9", "café", 0),
    (b"caf\xe9 x", "caf\ufffd x", 1),
    ("\ufffd".encode() + b"\xff\xff", "\ufffd\ufffd\ufffd", 2),
    (b"\xe4\xb8", "\ufffd", 2),
])
def test_bytes_that_are_not_utf8_are_counted(block: bytes, text: str, undecodable: int) -> None:
    assert decoded(block) == (text, undecodable)
