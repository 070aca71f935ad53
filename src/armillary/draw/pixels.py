"""Many cells as one small image: numbers become colours, colours become a PNG that an SVG can hold."""

import struct
import zlib

import numpy as np

from armillary.draw.svg import ROLES
from armillary.shapes import Float, UInt8


def coloured(values: Float[np.ndarray, "rows columns"]) -> UInt8[np.ndarray, "rows columns 4"]:
    """Numbers from -1 to 1 as pixels: the hue by the sign, as opaque as they are large."""
    warm, cool = ([int(ROLES[role][0][place : place + 2], 16) for place in (1, 3, 5)] for role in ("warm", "cool"))
    hue = np.where((values < 0)[..., None], np.array(cool), np.array(warm))
    opaque = np.abs(values)[..., None] * 255
    return np.concatenate([hue, np.rint(opaque)], axis=-1).astype(np.uint8)


def png(pixels: UInt8[np.ndarray, "rows columns 4"]) -> bytes:
    """Pixels with red, green, blue and opacity as a PNG (https://www.w3.org/TR/png-3/)."""
    rows, columns, _ = pixels.shape
    lines = np.concatenate([np.zeros((rows, 1), np.uint8), pixels.reshape(rows, -1)], axis=1)  # 0: no filter
    size = struct.pack(">IIBBBBB", columns, rows, 8, 6, 0, 0, 0)  # 8 bits each, with opacity, nothing special
    parts = [(b"IHDR", size), (b"IDAT", zlib.compress(lines.tobytes())), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in parts
    )
