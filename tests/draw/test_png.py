import struct
import sys
import zlib

import numpy as np
import pytest

from armillary.draw import Bar, Scatter, bars_svg, chromium, font_notes, slice_html, to_png
from armillary.draw import png as png_module
from armillary.errors import ArmillaryError

needs_chromium = pytest.mark.skipif(chromium() is None, reason="no Chromium is installed")


def size_of(image):
    assert image.startswith(b"\x89PNG\r\n\x1a\n")
    return struct.unpack(">II", image[16:24])


def pixels(image):
    """(height, width, 3 or 4) of an 8-bit PNG, its line filters undone."""
    width, height = size_of(image)
    channels = {2: 3, 6: 4}[image[25]]
    packed, at = b"", 8
    while at < len(image):
        (length,) = struct.unpack(">I", image[at : at + 4])
        if image[at + 4 : at + 8] == b"IDAT":
            packed += image[at + 8 : at + 8 + length]
        at += length + 12
    lines = np.frombuffer(zlib.decompress(packed), np.uint8).reshape(height, 1 + width * channels).copy()
    done = np.zeros((height + 1, width + 1, channels), np.int64)
    for y in range(height):
        kind, line = lines[y, 0], lines[y, 1:].reshape(width, channels)
        for x in range(width):
            done[y + 1, x + 1] = (line[x] + predicted(kind, done[y + 1, x], done[y, x + 1], done[y, x])) % 256
    return done[1:, 1:]


def predicted(kind, left, up, corner):
    if kind == 4:
        guess = left + up - corner
        gaps = np.stack([abs(guess - left), abs(guess - up), abs(guess - corner)])
        return np.choose(gaps.argmin(axis=0), [left, up, corner])
    return [0, left, up, (left + up) // 2][kind]


@needs_chromium
def test_a_png_is_exactly_size_times_scale_light_and_not_cut():
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="60" height="40"><rect width="60" height="40" fill="#0072b2"/>'
        "<style>@media (prefers-color-scheme:dark){rect{fill:#000}}</style></svg>"
    )
    image = to_png(svg, scale=2)
    assert size_of(image) == (120, 80)
    assert (pixels(image)[..., :3] == [0x00, 0x72, 0xB2]).all()


@needs_chromium
def test_pictures_of_ours_become_pngs():
    assert size_of(to_png(bars_svg([Bar("国王", 0.5)], "Bars"), scale=1)) == (720, 120)
    page = slice_html(Scatter(np.eye(3), ["a", "b", "c"], ["x", "y", "z"]))
    assert size_of(to_png(page, size=(640, 480), scale=1)) == (640, 480)


@needs_chromium
def test_fonts_for_chinese_are_looked_for_only_where_words_need_them(monkeypatch):
    asked = []
    monkeypatch.setattr(png_module, "_draws_chinese", lambda binary: asked.append(binary) or False)
    assert font_notes(["king", "roi"]) == ()
    assert asked == []
    (note,) = font_notes(["king", "国王"])
    assert "no installed font" in str(note)
    assert asked == [chromium()]


@needs_chromium
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="fonts are hidden through fontconfig")
def test_chromium_without_fonts_is_found_out(monkeypatch, tmp_path):
    config = tmp_path / "fonts.conf"
    config.write_text(f"<fontconfig><dir>{tmp_path}</dir><cachedir>{tmp_path}</cachedir></fontconfig>")
    monkeypatch.setenv("FONTCONFIG_FILE", str(config))
    assert not png_module._draws_chinese.__wrapped__(chromium())


def test_without_chromium_the_error_says_what_to_do(monkeypatch):
    monkeypatch.setenv("ARMILLARY_CHROMIUM", "/nowhere/chromium")
    assert chromium() is None
    with pytest.raises(ArmillaryError, match=r"ARMILLARY_CHROMIUM.*\.svg or \.html"):
        to_png("<svg width='1' height='1'/>")
    with pytest.raises(ArmillaryError, match="ARMILLARY_CHROMIUM"):
        font_notes(["国王"])


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script stands in for Chromium")
@pytest.mark.parametrize(
    ("script", "said"), [("echo cannot open display; exit 1", "cannot open display"), ("sleep 300", "longer than 0 s")]
)
def test_a_chromium_that_fails_or_hangs_is_an_error(monkeypatch, tmp_path, script, said):
    stand_in = tmp_path / "chromium"
    stand_in.write_text(f"#!/bin/sh\n{script.replace('sleep', 'exec sleep')}\n")
    stand_in.chmod(0o755)
    monkeypatch.setenv("ARMILLARY_CHROMIUM", str(stand_in))
    monkeypatch.setattr(png_module, "_SECONDS", 0.3)
    with pytest.raises(ArmillaryError, match=said):
        to_png("<svg width='1' height='1'/>")
