"""Small numbers packed into larger ones, taken apart and scaled."""

import numpy as np

from armillary.shapes import Float32


def planes(packed: np.ndarray, bits: int, count: int) -> np.ndarray:
    """(..., m) to (..., count, m): fields of numbers, lowest bits first; the first field of all, then the second."""
    shifts = np.arange(0, bits * count, bits).astype(packed.dtype)
    taken: np.ndarray = (packed[..., None, :] >> shifts[:, None]) & packed.dtype.type((1 << bits) - 1)
    return taken


def parts(packed: np.ndarray, bits: int, count: int) -> np.ndarray:
    """(..., m) to (..., m, count): fields of numbers, lowest bits first; all of the first number, then the second's."""
    shifts = np.arange(0, bits * count, bits).astype(packed.dtype)
    taken: np.ndarray = (packed[..., None] >> shifts) & packed.dtype.type((1 << bits) - 1)
    return taken


def column(block: np.ndarray, name: str) -> Float32[np.ndarray, "n 1"]:
    """A field of one number."""
    number: np.ndarray = block[name].astype(np.float32)[:, None]
    return number


def scaled(
    scale: Float32[np.ndarray, "n k"], numbers: np.ndarray, plus: Float32[np.ndarray, "n k"] | None = None
) -> Float32[np.ndarray, "n b"]:
    """(n, b) scale * number + plus, each scale for an equal part of the b numbers of its block."""
    values: np.ndarray = numbers.reshape(*scale.shape, -1).astype(np.float32)
    values *= scale[:, :, None]
    if plus is not None:
        values += plus[:, :, None]
    return values.reshape(len(scale), -1)
