"""Points of many numbers in a flat picture, and one picture turned to go on from another."""

import numpy as np

from armillary.errors import InputError
from armillary.geometry.projection import principal_components
from armillary.shapes import Float32, Float64


def picture(vectors: Float32[np.ndarray, "n d"], along: Float32[np.ndarray, "m d"]) -> Float64[np.ndarray, "n 2"]:
    """The points on the two principal axes of others; zeros along an axis that there is not."""
    flat = np.zeros((len(vectors), 2))
    dims = min(2, along.shape[1], len(along) - 1)
    try:
        flat[:, :dims] = principal_components(along, dims).coordinates(vectors)
    except InputError:  # one point, or several that are all the same
        return np.zeros((len(vectors), 2))
    return flat


def onto(flat: Float64[np.ndarray, "n 2"], before: Float64[np.ndarray, "n 2"] | None) -> Float64[np.ndarray, "n 2"]:
    """A picture turned or mirrored so that its points move least from those of an earlier one."""
    if before is None:
        return flat
    left, _, right = np.linalg.svd(flat.T @ before)
    turned: np.ndarray = flat @ left @ right
    return turned
