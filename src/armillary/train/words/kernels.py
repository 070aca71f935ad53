"""The compiled kernels of words that have a row each (numba, extra `fast`), by method.

`plain` says the same in plain Python, and a test holds the two equal, bit for bit.
"""

from types import ModuleType

from armillary.train.words import cbow_kernels, skipgram_kernels
from armillary.train.words.shard import Copies, How, Net, Targets, Text, Work


def learn(text: Text, net: Net, targets: Targets, how: How) -> tuple[int, float]:
    """Learn from a stretch of text: the pairs, and the sum of their losses in nats."""
    found: tuple[int, float] = _method(how).learn(text, net, targets, how)
    return found


def take_part(turn: int, work: Work, copies: Copies, targets: Targets, how: How) -> int:
    """Take part in the rounds of a step from its round `turn` on; gives the round that is not done, if any."""
    reached: int = _method(how).take_part(turn, work, copies, targets, how)
    return reached


def _method(how: How) -> ModuleType:
    return cbow_kernels if how.cbow else skipgram_kernels
