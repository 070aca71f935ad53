"""SVG and HTML to PNG through the Chromium that is installed, and whether it has a font for Chinese.

No rasteriser is among our dependencies: a browser draws these pictures anyway, with the fonts that the reader has.
"""

import os
import shutil
import subprocess
import tempfile
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

from armillary.errors import ArmillaryError
from armillary.language import Note

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_FLAGS = (
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--hide-scrollbars",
    "--no-first-run",
    "--no-default-browser-check",
    "--blink-settings=preferredColorScheme=1",  # a saved picture is a light one, whatever the desktop is
)
_SECONDS = 60.0

# Two ideographs look alike only when no font has them: each is then the same empty box.
_PROBE = """<!DOCTYPE html><meta charset="utf-8"><canvas width="40" height="40"></canvas><script>
const pen = document.querySelector("canvas").getContext("2d", { willReadFrequently: true });
pen.font = "32px sans-serif";
const drawn = (character) => {
  pen.clearRect(0, 0, 40, 40);
  pen.fillText(character, 2, 34);
  return pen.getImageData(0, 0, 40, 40).data.join();
};
document.body.textContent = drawn("国") === drawn("王") ? "boxes" : "glyphs";
</script>"""


def chromium() -> str | None:
    """Path of the Chromium or Chrome to be used: ARMILLARY_CHROMIUM, else the first found on PATH, else None."""
    if chosen := os.environ.get("ARMILLARY_CHROMIUM"):
        return shutil.which(chosen)
    return next((found for name in _NAMES if (found := shutil.which(name))), None)


def to_png(picture: str, *, size: tuple[int, int] | None = None, scale: int = 2) -> bytes:
    """Draw a picture of this package as a PNG, in its light colours.

    Args:
        picture: an SVG element or a whole HTML page, as the other functions give them.
        size: width and height in CSS pixels; an SVG's own size where None, 1000 x 800 for HTML.
        scale: PNG pixels in a CSS pixel.

    Returns:
        The bytes of a PNG of exactly size x scale pixels.

    Raises:
        ArmillaryError: no Chromium is found, or it draws nothing within a minute.
    """
    is_svg = picture.startswith("<svg")
    width, height = size or (_svg_size(picture) if is_svg else (1000, 800))
    with tempfile.TemporaryDirectory(prefix="armillary-", ignore_cleanup_errors=True) as folder:
        page = Path(folder) / ("picture.svg" if is_svg else "picture.html")
        page.write_text(picture, encoding="utf-8")
        shot = Path(folder) / "picture.png"
        said = _run(
            folder,
            [
                f"--screenshot={shot}",
                f"--window-size={width},{height}",
                f"--force-device-scale-factor={scale}",
                "--virtual-time-budget=2000",
                page.as_uri(),
            ],
        )
        if not shot.is_file():
            raise ArmillaryError("Chromium drew no picture; it said: {said}", said=said[-300:])
        return shot.read_bytes()


def font_notes(texts: Iterable[str]) -> tuple[Note, ...]:
    """A warning where `texts` hold Chinese, Japanese or Korean and Chromium has no font that draws it; else nothing.

    Raises:
        ArmillaryError: no Chromium is found.
    """
    if not any(unicodedata.east_asian_width(character) in "WF" for text in texts for character in text):
        return ()
    if _draws_chinese(_required()):
        return ()
    return (
        Note(
            "no installed font draws Chinese, so the picture shows boxes in its place; "
            "install one, for instance the package fonts-noto-cjk.",
        ),
    )


@cache
def _draws_chinese(binary: str) -> bool:
    with tempfile.TemporaryDirectory(prefix="armillary-", ignore_cleanup_errors=True) as folder:
        page = Path(folder) / "probe.html"
        page.write_text(_PROBE, encoding="utf-8")
        return "glyphs</body>" in _run(folder, ["--dump-dom", page.as_uri()], binary)


def _required() -> str:
    found = chromium()
    if found is None:
        raise ArmillaryError(
            "a PNG needs Chromium or Chrome, and none was found; install one, name it in ARMILLARY_CHROMIUM, "
            "or save the picture as .svg or .html."
        )
    return found


def _run(folder: str, arguments: Sequence[str], binary: str | None = None) -> str:
    """Run Chromium with a profile of its own in `folder`; gives what it printed."""
    command = [binary or _required(), *_FLAGS, f"--user-data-dir={folder}/profile", *arguments]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.insert(1, "--no-sandbox")  # Chromium refuses root otherwise
    printed = Path(folder) / "printed"
    # A file, not a pipe: Chromium's helpers inherit it and would keep a pipe open after a timeout.
    with printed.open("wb") as out:
        try:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        except OSError as error:
            raise ArmillaryError(
                "Chromium at {binary} did not start: {error}", binary=command[0], error=error
            ) from error
        try:
            process.wait(_SECONDS)
        except subprocess.TimeoutExpired as error:
            process.kill()
            process.wait()
            raise ArmillaryError(
                "Chromium took longer than {seconds:.0f} s; save the picture as .svg or .html instead.",
                seconds=_SECONDS,
            ) from error
    return printed.read_text(encoding="utf-8", errors="replace")


def _svg_size(picture: str) -> tuple[int, int]:
    root = ElementTree.fromstring(picture)
    return int(root.attrib["width"]), int(root.attrib["height"])
