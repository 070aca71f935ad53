"""Splitting text into words: spaced scripts by Unicode words, Chinese by rjieba's dictionary, mixed text by both.

A word is a run of letters and digits; marks (accents, vowel signs, joiners) stay with the letter before them, and an
apostrophe between two letters holds them together. Chinese characters are words of their own kind: a run of them is
cut by rjieba's dictionary, or taken character by character.
"""

import re
import sys
import unicodedata
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import Literal

Chinese = Literal["words", "characters"]

HAN = ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x323AF))
"""The first and the last of each range of Chinese characters."""
JOINERS = "\u200c\u200d"
APOSTROPHES = "'’"
BEYOND = HAN[-1][1] + 1
"""From this code point on there are neither letters nor digits."""


def is_chinese(character: str) -> bool:
    """Whether it is a Chinese character."""
    return bool(character) and any(first <= ord(character) <= last for first, last in HAN)


def split_words(text: str, chinese: Chinese = "words") -> Iterator[str]:
    """The words of `text` in order, punctuation left out, cases kept.

    >>> list(split_words("Don't panic: 我来到北京"))
    ["Don't", 'panic', '我', '来到', '北京']
    """
    for run in _pattern().finditer(text):
        if run.lastgroup == "word":
            yield run["word"]
        elif chinese == "characters":
            yield from run["han"]
        else:
            yield from cut_chinese(run["han"])


def cut_chinese(text: str) -> list[str]:
    """The words of a run of Chinese characters, by rjieba's dictionary; line breaks between runs come out as words."""
    import rjieba  # its dictionary takes 0.1 s and 30 MB to load, which most questions can do without

    words: list[str] = rjieba.cut(text)
    return words


@cache
def marks() -> tuple[int, ...]:
    """The code points that stay with the letter before them: Unicode's marks, and the two joiners."""
    above = (chr(code) for code in range(0x300, HAN[-1][0]))
    return tuple(ord(c) for c in above if c in JOINERS or unicodedata.category(c).startswith("M"))


@cache
def _pattern() -> re.Pattern[str]:
    """What finds the next word (group `word`) or run of Chinese characters (group `han`)."""
    han = "".join(f"{chr(first)}-{chr(last)}" for first, last in HAN)
    codes = marks()
    starts = [code for before, code in pairwise((-1, *codes)) if code != before + 1]
    ends = [code for code, after in pairwise((*codes, sys.maxunicode + 1)) if after != code + 1]
    mark = "".join(f"{chr(first)}-{chr(last)}" for first, last in zip(starts, ends, strict=True))
    run = rf"[^\W_{han}]+(?:[{mark}]+[^\W_{han}]*)*"
    return re.compile(rf"(?P<han>[{han}]+)|(?P<word>{run}(?:[{APOSTROPHES}]{run})*)")
