"""A stream of bytes in blocks of bounded size that end between two words."""

from collections.abc import Iterable, Iterator

BLOCK = 1 << 18
"""Bytes of a block at most: it stays in a processor's cache, and a line without end does not fill the memory."""


def blocks(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """`pieces` put together and cut anew: where the blocks end depends on the bytes alone, not on the pieces.

    A block ends after the last line break in BLOCK bytes; where there is none, after the last white space; where there
    is none either, between two characters.
    """
    held: list[bytes] = []
    size = 0
    for piece in pieces:
        held.append(piece)
        size += len(piece)
        if size > BLOCK:
            whole, start = b"".join(held), 0
            while len(whole) - start > BLOCK:
                end = _end(whole, start)
                yield whole[start:end]
                start = end
            held, size = [whole[start:]], len(whole) - start
    if size:
        yield b"".join(held)


def _end(held: bytes, start: int) -> int:
    """Where the block that begins at `start` ends."""
    stop = start + BLOCK
    for separators in ((b"\n",), (b" ", b"\t")):
        end = max(held.rfind(separator, start, stop) for separator in separators) + 1
        if end > start:
            return end
    while stop > start + BLOCK - 3 and held[stop] & 0xC0 == 0x80:  # inside a character, whose bytes stay together
        stop -= 1
    return stop


def decoded(block: bytes) -> tuple[str, int]:
    """The text of a block, and how many of its bytes are not UTF-8; each run of those is read as U+FFFD."""
    try:
        return block.decode(), 0
    except UnicodeDecodeError:
        text = block.decode(errors="replace")
        replaced = text.count("\ufffd") - block.count("\ufffd".encode())
        return text, len(block) - (len(text.encode()) - 3 * replaced)
