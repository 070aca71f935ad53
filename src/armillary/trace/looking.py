"""Which head looks from one word to another: over a list of phrases, from each noun to its adjective.

An explainer may say that "nouns ask for their adjectives". Here every head of a model is held to it: how much of its
pattern goes from the noun to the adjective, against what a head that looks at all positions alike would give.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from armillary.errors import InputError
from armillary.shapes import Float32
from armillary.trace.run import Run
from armillary.trace.taps import array

DRAWS = 10_000
CERTAIN = 0.95
"""How often the intervals of all heads hold their rates."""
FRAMES = {"en": "Yesterday, near the old station, they talked about the {} {} for a while.",
          "zh": "昨天在车站旁边，他们谈到了{}的{}，谈了很久。"}
PAIRS = {
    "en": (
        ("red", "apple"), ("blue", "house"), ("fluffy", "creature"), ("wooden", "chair"), ("cold", "river"),
        ("happy", "child"), ("broken", "window"), ("dark", "forest"), ("heavy", "stone"), ("young", "doctor"),
        ("empty", "bottle"), ("green", "garden"), ("famous", "writer"), ("silent", "night"), ("tall", "tower"),
        ("sweet", "orange"), ("angry", "dog"), ("golden", "ring"), ("small", "boat"), ("white", "horse"),
        ("warm", "kitchen"), ("narrow", "street"), ("clever", "student"), ("round", "table"), ("dirty", "shirt"),
        ("quiet", "village"), ("strange", "dream"), ("deep", "lake"), ("poor", "farmer"), ("bright", "star"),
    ),
    "zh": (
        ("红色", "苹果"), ("蓝色", "房子"), ("可爱", "动物"), ("木头", "椅子"), ("冰冷", "河水"), ("快乐", "孩子"),
        ("破碎", "窗户"), ("黑暗", "森林"), ("沉重", "石头"), ("年轻", "医生"), ("空荡", "瓶子"), ("绿色", "花园"),
        ("著名", "作家"), ("安静", "夜晚"), ("高大", "城墙"), ("香甜", "橙子"), ("愤怒", "小狗"), ("金色", "戒指"),
        ("小小", "帆船"), ("白色", "骏马"), ("温暖", "厨房"), ("狭窄", "街道"), ("聪明", "学生"), ("圆形", "桌子"),
        ("肮脏", "衬衫"), ("宁静", "村庄"), ("奇怪", "梦境"), ("深邃", "湖泊"), ("贫穷", "农民"), ("明亮", "星星"),
    ),
}
"""An adjective and its noun, in English and in Chinese, and a text to put them in."""


@dataclass(frozen=True)
class Looking:
    """How much a head looks from the second words of phrases to the first.

    Attributes:
        block, head: which head.
        rate: the share of its pattern that goes there, the mean over the phrases.
        low, high: where that mean lies for phrases drawn anew, the number of heads tried taken into account.
        chance: what looking at all positions alike gives.
        most: in which part of the phrases the first word is the one that it looks at most.
        other: the mean share of the other words, at the same distance, in the same texts (see `looking`).
    """

    block: int
    head: int
    rate: float
    low: float
    high: float
    chance: float
    most: float
    other: float

    @property
    def looks(self) -> bool:
        """Whether it does so more than by chance, and more than from any word to the one as far before it."""
        return self.low > max(self.chance, self.other)


def looking(runs: Iterable[tuple[Run, str, str]], seed: int = 0) -> list[Looking]:
    """Every head, that which looks most from the second words to the first at the front.

    `other` is the control: a head that always looks at the word before looks from nouns to adjectives too, but not
    because they are nouns and adjectives. It is the mean share over all other pairs of positions in the same texts that
    stand as far apart. None may do better than both; then `looks` is false of all, which is an answer too.

    Args:
        runs: for each phrase a run, the first word and the second one; words are followed by their last pieces.
        seed: of the phrases drawn for the intervals.

    Raises:
        InputError: no phrases, a text without its words, or with both in one token.
    """
    seen: list[_Seen] = []
    heads: list[tuple[int, int]] = []
    for run, first, second in runs:
        seen.append(_Seen(run, run.position(first), run.position(second)))
        heads = heads or [(block, head) for block, facts in enumerate(run.model.config.blocks)
                          for head in range(facts.attention.n_heads)]
    if not seen:
        raise InputError("there are no phrases to look at")
    rates = np.stack([one.rates for one in seen])
    low, high = _interval(rates, seed)
    mean, top, other = (np.mean(each, 0) for each in (rates, [one.most for one in seen], [one.others for one in seen]))
    chance = float(np.mean([one.chance for one in seen]))
    found = [
        Looking(block, head, float(mean[at]), float(low[at]), float(high[at]), chance, float(top[at]), float(other[at]))
        for at, (block, head) in enumerate(heads)
    ]
    return sorted(found, key=lambda one: -(one.rate - one.other))


class _Seen:
    """A tap that takes from each pattern of one phrase what is asked, so that only one block's are there at a time.

    Attributes:
        rates: how much each head gives to the first word, block by block.
        most: whether that is the most that it gives.
        others: what it gives elsewhere in the text to what stands as far before.
        chance: what looking at all positions alike gives.
    """

    def __init__(self, run: Run, first: int, second: int) -> None:
        """Look on while the text is read.

        Raises:
            InputError: the two words end in one token.
        """
        if first == second:
            raise InputError("in {text!r} both words end in the token {token!r}, which looks at itself",
                             text=run.read.text, token=run.read.names[first])
        self._first, self._second = first, second
        self._rates: list[np.ndarray] = []
        self._most: list[np.ndarray] = []
        self._others: list[np.ndarray] = []
        self._places = {f"blocks.{block}.pattern" for block in range(run.model.config.n_layers)}
        run.look(self)
        self.rates, self.most, self.others = (
            np.concatenate(each) for each in (self._rates, self._most, self._others))
        self.chance = 1 / (second + 1 if run.model.config.blocks[0].attention.causal else len(run))

    def __call__(self, place: str, x: Tensor) -> Tensor:
        """Take what is asked of a pattern; it goes on as it is."""
        if place in self._places:
            patterns = x[0].float()
            row, far = patterns[:, self._second], patterns.diagonal(self._first - self._second, 1, 2)
            rate = row[:, self._first]
            self._rates.append(array(rate))
            self._most.append(array(row.argmax(1) == self._first))
            self._others.append(array((far.sum(1) - rate) / max(far.shape[1] - 1, 1)))
        return x

    def wants(self, place: str) -> bool:
        """Whether it is a pattern."""
        return place in self._places


def _interval(
    rates: Float32[np.ndarray, "phrases heads"], seed: int
) -> tuple[Float32[np.ndarray, "heads"], Float32[np.ndarray, "heads"]]:
    """The percentile bootstrap interval of each mean, wider for as many heads as are tried (Bonferroni)."""
    phrases, heads = rates.shape
    weights = np.random.default_rng(seed).multinomial(phrases, np.full(phrases, 1 / phrases), DRAWS) / phrases
    means = weights.astype(np.float32) @ rates
    out = (1 - CERTAIN) / 2 / heads
    low, high = np.quantile(means, (out, 1 - out), axis=0).astype(np.float32)
    return low, high


def phrases(language: str) -> list[tuple[str, str, str]]:
    """PAIRS of a language, each in its text: the text, the adjective, the noun."""
    frame = FRAMES[language]
    return [(frame.format(first, second), first, second) for first, second in PAIRS[language]]
