"""What each character is to the splitter: the compiled one's table, made from the rules of `words`."""

from functools import cache
from typing import Literal

import numpy as np

from armillary.shapes import UInt8
from armillary.text.words import APOSTROPHES, BEYOND, HAN, Chinese, marks

Split = Literal["words", "spaces"]

GAP, LETTER, MARK, APOSTROPHE, HAN_RUN, HAN_ONE = range(6)
_CODES = 0x110000


@cache
def classes(split: Split, chinese: Chinese) -> UInt8[np.ndarray, "codes"]:
    """The class of every code point: GAP, LETTER, MARK, APOSTROPHE, HAN_RUN or HAN_ONE.

    Args:
        split: "words" for the rules of `words`; "spaces" where all but white space is a letter.
        chinese: whether a run of Chinese characters is to be cut (HAN_RUN) or is a word each (HAN_ONE).
    """
    table = np.full(_CODES, LETTER if split == "spaces" else GAP, np.uint8)
    if split == "spaces":
        table[[code for code in range(0x3001) if chr(code).isspace()]] = GAP
        return table
    table[:BEYOND] = np.fromiter((chr(code).isalnum() for code in range(BEYOND)), np.uint8, BEYOND) * LETTER
    table[list(marks())] = MARK
    table[[ord(c) for c in APOSTROPHES]] = APOSTROPHE
    for first, last in HAN:
        table[first : last + 1] = HAN_RUN if chinese == "words" else HAN_ONE
    return table
