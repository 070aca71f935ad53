"""Texts made up for the tests of learning, as files: words that keep company, so that there is something to learn."""

from functools import cache
from pathlib import Path

import numpy as np

ENGLISH = (
    "king queen throne crown court", "river bank water fish boat", "bread butter jam cheese knife",
    "snow ice winter cold frost", "book page letter word story",
)
CHINESE = (
    "国王 王后 宝座 王冠 宫廷", "河流 河岸 流水 渔夫 小船", "面包 黄油 果酱 奶酪 餐刀", "大雪 冰块 冬天 寒冷 霜冻",
)


@cache
def english(sentences: int = 800, seed: int = 0) -> str:
    """Sentences of eight words out of one circle each."""
    random = np.random.default_rng(seed)
    circles = [circle.split() for circle in ENGLISH]
    lines = (" ".join(random.choice(circles[random.integers(len(circles))], 8)) for _ in range(sentences))
    return "".join(f"{line.capitalize()}.\n" for line in lines)


@cache
def chinese(sentences: int = 600, seed: int = 0) -> str:
    """The same in Chinese, without spaces, a comma after each word."""
    random = np.random.default_rng(seed)
    circles = [circle.split() for circle in CHINESE]
    lines = ("，".join(random.choice(circles[random.integers(len(circles))], 8)) for _ in range(sentences))
    return "".join(f"{line}。\n" for line in lines)


def files(folder: Path) -> dict[str, bytes]:
    """All files below a folder, by name."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
