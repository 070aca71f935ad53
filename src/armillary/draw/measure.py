"""How wide words and numbers are, and which round numbers mark an axis; English and Chinese are measured alike."""

import math
import unicodedata

from armillary.language import printable

# Said where a caller may as well write 2 as 2.0: the run-time checks of the tests tell the two apart.
Number = int | float

_NARROW = frozenset("ijlI|.,:;!'`()[]{}/\\ft ")
_BROAD = frozenset("mwMW@%—…")
# Left as they are: without them Persian words and joined emoji fall apart.
_JOINERS = ("\u200c", "\u200d")


def legible(text: str) -> str:
    r"""`text` as a picture can show it: control characters, which XML forbids, are written as escapes.

    >>> legible("bell\x07")
    'bell\\x07'
    """
    for joiner in _JOINERS:
        if joiner in text:
            return joiner.join(legible(part) for part in text.split(joiner))
    return printable(text)


def cells(text: str) -> int:
    """Columns that `text` takes in a terminal: two for each East Asian wide character, none for a combining one."""
    return sum(_cells_of(character) for character in text)


def _cells_of(character: str) -> int:
    if unicodedata.east_asian_width(character) in "WF":
        return 2
    return 0 if unicodedata.category(character) in ("Mn", "Me", "Cf") else 1


def text_width(text: str, size: Number) -> Number:
    """Estimated width of `text` in pixels at a font size of `size` pixels, rather too wide than too narrow.

    No font is opened: a wide character counts 1 em, a broad letter 0.88, a capital or digit about 0.6 to 0.7.
    """
    return size * sum(_ems_of(character) for character in text)


def _ems_of(character: str) -> Number:
    columns = _cells_of(character)
    if columns != 1:
        return columns / 2
    if character in _NARROW:
        return 0.36
    if character in _BROAD:
        return 0.92
    return 0.7 if character.isupper() else 0.58


def shorten(text: str, columns: int) -> str:
    """`text`, cut to at most `columns` terminal columns with an ellipsis where it is longer."""
    if cells(text) <= columns:
        return text
    kept, used = "", 0
    for character in text:
        used += _cells_of(character)
        if used > columns - 1:
            break
        kept += character
    return kept + "…"


def right(text: str, columns: int) -> str:
    """`text` set to the right of a terminal column `columns` wide."""
    return " " * (columns - cells(text)) + text


def left(text: str, columns: int) -> str:
    """`text` set to the left of a terminal column `columns` wide."""
    return text + " " * (columns - cells(text))


def figure(value: Number, *, digits: int = 3, minus: str = "-") -> str:
    """`value` to `digits` decimals; huge and tiny values in powers of ten.

    >>> figure(-0.5)
    '-0.500'
    """
    size = abs(value)
    plain = size == 0 or 10.0**-digits / 2 <= size < 1e6
    written = f"{value:.{digits}f}" if plain else f"{value:.2e}"
    return written.replace("-", minus)


def ticks(low: Number, high: Number, about: int = 5) -> list[float]:
    """Round numbers from `low` to `high`, about as many as asked: steps of 1, 2 or 5 times a power of ten.

    >>> ticks(-0.1, 1.0)
    [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    """
    rough = (high - low) / max(1, about)
    if not rough > 0 or not math.isfinite(rough):
        return [float(low)]
    power = math.floor(math.log10(rough))
    mantissa = rough / 10.0**power
    step = next(nice for nice in (1, 2, 5, 10) if mantissa <= nice * 1.000001) * 10.0**power
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    decimals = max(0, 1 - power)
    return [round(index * step, decimals) + 0.0 for index in range(first, last + 1)]


def tick_label(value: Number) -> str:
    """A tick's number, as short as it can be, with a real minus sign."""
    return f"{value:.6g}".replace("-", "−")
