"""The order in which the pieces of a large vocabulary merge, kept in the user's cache from one opening to the next.

Finding it takes most of the time that a tokenizer of a quarter of a million pieces takes to open, and gives the same
each time. What is kept is known by the SHA-256 of what it follows from, and believed only with its own; a file that is
missing, damaged or cannot be written costs time and nothing else.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from hashlib import sha256

import numpy as np
import platformdirs

from armillary.errors import ArmillaryError
from armillary.formats.aside import file_aside
from armillary.shapes import Float64, Int64

_LARGE = 50_000
"""Pieces from which it is worth a file."""
_RULES = b"1"
"""To be changed with the rules by which the order is found."""

Maker = Callable[[Sequence[str], Float64[np.ndarray, "n"]], Int64[np.ndarray, "m"]]


def kept_order(pieces: Sequence[str], scores: Float64[np.ndarray, "n"], make: Maker) -> Int64[np.ndarray, "m"]:
    """What `make` gives for these pieces and their scores, from the cache if it is there."""
    if len(pieces) < _LARGE:
        return make(pieces, scores)
    key = sha256(_RULES + scores.tobytes() + "\0".join(pieces).encode()).hexdigest()
    path = platformdirs.user_cache_path("armillary") / "orders" / key
    with suppress(OSError):
        content = path.read_bytes()
        if content[:32] == sha256(content[32:]).digest():
            return np.frombuffer(content[32:], "<i4").astype(np.int64)
    order = make(pieces, scores)
    numbers = order.astype("<i4").tobytes()
    with suppress(OSError, ArmillaryError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with file_aside(path, force=True) as file:
            file.write(sha256(numbers).digest() + numbers)
    return order
