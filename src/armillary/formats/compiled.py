"""The door to the compiled parsers."""

from typing import Any

from armillary import extras

COMPILED_FROM = 8 << 20
"""Bytes of a file from which on importing compiled code (0.4 s) pays."""


def kernels(size: int) -> Any | None:
    """The module `parse_kernels` for a file of `size` bytes; None for a small file, or without numba (extra `fast`)."""
    if size < COMPILED_FROM or not extras.have("numba"):
        return None
    extras.numba_cache()
    from armillary.formats import parse_kernels

    return parse_kernels
