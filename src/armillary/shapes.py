"""The legend of shapes, and the types that carry them in signatures.

    n   points of a space (rows)            d   numbers in a point (columns)
    m   queries asked at once               k   answers to a query, best first
    p   pairs or poles                      b   bootstrap or permutation draws

`Float32[np.ndarray, "n d"]` is checked in the test run, where jaxtyping is loaded before anything else. Everywhere else
it costs nothing: jaxtyping takes 0.1 s to import, a third of what `import armillary` may take, so it stays out.
"""

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING or "jaxtyping" in sys.modules:
    from jaxtyping import Bool, Float, Float32, Float64, Int, Int8, Int32, Int64, UInt8, UInt32, UInt64
else:

    class _Unchecked:
        """Stands in for a jaxtyping dtype: `Float32[np.ndarray, "n d"]` is plain `np.ndarray`."""

        def __class_getitem__(cls, item: tuple[type, str]) -> Any:
            return item[0]

    Bool = Float = Float32 = Float64 = Int = Int8 = Int32 = Int64 = UInt8 = UInt32 = UInt64 = _Unchecked

__all__ = ["Bool", "Float", "Float32", "Float64", "Int", "Int8", "Int32", "Int64", "UInt8", "UInt32", "UInt64"]
