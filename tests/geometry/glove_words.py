"""Some real words: rows of the first 30,000 of GloVe 6B 50d, by word."""

import lzma
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np


@cache
def table(data: Path) -> dict[str, np.ndarray]:
    with lzma.open(data / "models" / "glove.6B.50d.top30k.txt.xz", "rt", encoding="utf-8") as file:
        lines = (line.rstrip("\n").split(" ", 1) for line in file)
        return {word: np.array(numbers.split(" "), dtype=np.float32) for word, numbers in lines}


def reader(data: Path) -> Callable[[str], np.ndarray]:
    """`reader(data)("dog cat")` is an array of two rows."""
    words = table(data)
    return lambda text: np.stack([words[word] for word in text.split()])
