"""A text file in blocks of whole lines."""

from collections.abc import Iterator
from pathlib import Path

from armillary.errors import DamagedFile
from armillary.formats import limits
from armillary.formats.points import Accept
from armillary.formats.unpack import pieces


class TextBlocks:
    """The content of a text file, unpacked, in blocks of whole lines that all end in a newline.

    Attributes:
        unfinished: after the last block, whether the file itself did not end in a newline.
    """

    def __init__(self, path: Path, accept: Accept) -> None:
        self.unfinished = False
        self._path = path
        self._accept = accept

    def __iter__(self) -> Iterator[bytes]:
        """The blocks; a line beyond all limits is refused before it fills the memory (DamagedFile)."""
        longest = limits.LINE + limits.DIMENSION * limits.NUMBER
        rest: list[bytes | memoryview] = []
        held = 0
        for piece in pieces(self._path, self._accept):
            end = piece.rfind(b"\n") + 1
            if end:
                yield b"".join([*rest, memoryview(piece)[:end]])
                rest, held = [], 0
            rest.append(piece[end:])
            held += len(piece) - end
            if held > longest and not self._accept.huge:
                raise self._too_long(longest)
        if held:
            self.unfinished = True
            yield b"".join([*rest, b"\n"])

    def check(self, block: bytes, dim: int) -> None:
        """Refuse a block that holds a line too long for `dim` numbers (DamagedFile)."""
        longest = limits.LINE + dim * limits.NUMBER
        start = len(block) if self._accept.huge else 0
        while len(block) - start > longest:
            end = block.rfind(b"\n", start, start + longest + 1)
            if end < 0:
                raise self._too_long(longest)
            start = end + 1

    def _too_long(self, longest: int) -> DamagedFile:
        return DamagedFile(
            self._path,
            "has a line of more than {limit} bytes; convert --huge (in Python Accept(huge=True)) reads it all the same",
            limit=longest,
        )
