import re
import struct
import zlib
from base64 import b64decode

import numpy as np
import pytest

from armillary.draw import chromium, heat_svg, heat_text, to_png
from armillary.draw.measure import cells
from armillary.errors import InputError
from tests.draw.svg_reading import SPACE, parse, words

PATTERN = np.array([[1.0, 0, 0], [0.5, 0.5, 0], [0.25, 0.25, 0.5]], np.float32)
SIGNED = np.array([[-2.0, 0.0, 1.0], [2.0, -1.0, 0.0]], np.float32)


def pixels(svg, place=0):
    """The image in an SVG, decoded by hand: (rows, columns, 4)."""
    (held,) = re.findall(r"base64,(.*)", list(parse(svg).iter(f"{SPACE}image"))[place].get("href"))
    png = b64decode(held)
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    found, at = {}, 8
    while at < len(png):
        size, kind = struct.unpack(">I4s", png[at : at + 8])
        body = png[at + 8 : at + 8 + size]
        assert zlib.crc32(kind + body) == struct.unpack(">I", png[at + 8 + size : at + 12 + size])[0]
        found[kind], at = body, at + 12 + size
    columns, rows = struct.unpack(">II", found[b"IHDR"][:8])
    lines = np.frombuffer(zlib.decompress(found[b"IDAT"]), np.uint8).reshape(rows, 1 + 4 * columns)
    assert not lines[:, 0].any()
    return lines[:, 1:].reshape(rows, columns, 4)


def test_text_is_exact():
    assert heat_text(PATTERN, ["国王", "a", "king"], 20) == (
        "国王 ██\n"
        "   a ▄▄▄▄\n"
        "king ▂▂▂▂▄▄\n"
        "     0.00 [ ▁▂▃▄▅▆▇█] 1.00\n"
    )
    assert heat_text(SIGNED, ["0", "1"], 40) == "0   ▒▒▓▓\n1 ██░░▒▒\n  -2.00 [ ░▒▓█] 2.00\n"


def test_text_fits_and_takes_rows_and_columns_evenly():
    wide = np.tile(np.linspace(0, 1, 300, dtype=np.float32), (100, 1))
    drawn = heat_text(wide, [str(row) for row in range(100)], 60, 12).splitlines()
    assert len(drawn) == 13
    assert all(cells(line) <= 60 for line in drawn)
    assert [int(line.split()[0]) for line in drawn[:12]] == [0, 9, 18, 27, 36, 45, 54, 63, 72, 81, 90, 99]
    assert drawn[0].endswith("█")
    assert "".join(sorted(drawn[0][3:], key=" ▁▂▃▄▅▆▇█".index)) == drawn[0][3:]


def test_svg_holds_every_number_as_a_pixel():
    image = pixels(heat_svg(SIGNED, ["one", "two"], "Signed"))
    assert image.shape == (2, 3, 4)
    assert image[..., 3].tolist() == [[255, 0, 128], [255, 128, 0]]
    warm, cool = image[1, 0, :3], image[0, 0, :3]
    assert [tuple(hue) for hue in (warm, cool)] == [(0xE6, 0x9F, 0x00), (0x56, 0xB4, 0xE9)]  # orange above zero
    assert np.array_equal(image[0, 2, :3], warm)
    assert np.array_equal(image[1, 1, :3], cool)


def test_svg_labels_rows_where_there_is_room_and_scales_its_colours():
    svg = heat_svg(PATTERN, ["国王", "a < b", "\x07"], "Who listens to whom")
    assert {"Who listens to whom", "国王", "a < b", "\\x07", "0.00", "1.00"} <= set(words(svg))
    many = heat_svg(np.ones((400, 2), np.float32), [str(row) for row in range(400)], "many")
    assert 20 < len(words(many)) < 60
    assert pixels(many).shape == (400, 2, 4)
    assert {"−2.00", "0.00", "2.00"} <= set(words(heat_svg(SIGNED, ["", ""], "t")))
    assert pixels(heat_svg(np.zeros((3000, 1), np.float32), ["x"] * 3000, "t")).shape == (2048, 1, 4)


@pytest.mark.parametrize("draw", [heat_text, lambda values, names: heat_svg(values, names, "t")])
@pytest.mark.parametrize("values", [np.zeros((0, 3), np.float32), np.full((2, 2), np.nan, np.float32)])
def test_what_cannot_be_drawn_is_refused(draw, values):
    with pytest.raises(InputError):
        draw(values, ["a", "b"])


@pytest.mark.long
@pytest.mark.skipif(chromium() is None, reason="no Chromium")
def test_png():
    assert to_png(heat_svg(SIGNED, ["one", "two"], "Signed"))[:4] == b"\x89PNG"
