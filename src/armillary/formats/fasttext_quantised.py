"""The quantised matrix of a fastText `.ftz` file: rows as codes of a product quantiser.

A row is cut into pieces of a few numbers, and each piece replaced by the number of the nearest of its 256 centroids;
rows may first have been divided by their length, which is then a code as well. Joulin et al. 2016, "FastText.zip:
compressing text classification models", arXiv:1612.03651.
"""

from dataclasses import dataclass

import numpy as np

from armillary.formats import limits
from armillary.formats.bounded import BoundedReader
from armillary.shapes import Float32, UInt8

_CENTROIDS = 256


@dataclass(frozen=True, eq=False)
class QuantisedMatrix:
    """A matrix (n, d) in p pieces a row.

    Attributes:
        codes: which centroid stands for each piece of each row.
        norms: what each row is multiplied by, or None.
        pieces: the 256 centroids of each piece; the last piece may be narrower.
    """

    codes: UInt8[np.ndarray, "n p"]
    norms: Float32[np.ndarray, "n 1"] | None
    pieces: tuple[Float32[np.ndarray, "256 _"], ...]

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return len(self.codes), sum(piece.shape[1] for piece in self.pieces)

    def dense(self) -> Float32[np.ndarray, "n d"]:
        """The rows, in the same float32 products as fastText's."""
        rows = np.concatenate([piece[self.codes[:, i]] for i, piece in enumerate(self.pieces)], axis=1)
        with np.errstate(over="ignore", invalid="ignore"):  # a damaged row; readers look at the result
            return rows if self.norms is None else rows * self.norms


def read_quantised(file: BoundedReader) -> QuantisedMatrix:
    """A quantised matrix, from the cursor on.

    Raises:
        DamagedFile: sizes that do not fit each other, or the file; or rows that are out of proportion to it.
    """
    normed = file.u8()
    rows, dim, size = file.i64(), file.i64(), file.i32()
    if not 0 < dim <= limits.DIMENSION or rows < 0:
        raise file.damaged("states a quantised matrix of {rows} rows of {dim} numbers", rows=rows, dim=dim)
    if rows * dim * 4 > max(limits.RATIO_FROM, limits.RATIO * file.size):
        raise file.damaged("states {rows} rows of {dim} numbers in so few bytes", rows=rows, dim=dim)
    codes = file.array("u1", size)
    pieces = _pieces(file, dim)
    if size != rows * len(pieces):
        raise file.damaged(
            "has {size} codes for {rows} rows of {pieces} pieces", size=size, rows=rows, pieces=len(pieces)
        )
    norms = None
    if normed:
        norm_codes = file.array("u1", rows)
        norms = _pieces(file, 1)[0][norm_codes]
    return QuantisedMatrix(codes.reshape(rows, len(pieces)), norms, pieces)


def _pieces(file: BoundedReader, wanted: int) -> tuple[Float32[np.ndarray, "256 _"], ...]:
    """The centroids of each piece of a row of `wanted` numbers."""
    dim, count, width, last = (file.i32() for _ in range(4))
    if dim != wanted or width < 1 or count != -(-dim // width) or last != dim - (count - 1) * width:
        raise file.damaged(
            "cuts rows of {dim} numbers into {count} pieces of {width}", dim=dim, count=count, width=width
        )
    return tuple(file.array("<f4", _CENTROIDS, min(width, dim - start)) for start in range(0, dim, width))
