"""From the scores of the next token to the token: pure functions of scores, each with the name the field gives it.

    scores -> penalise -> / temperature -> top k -> top p -> min p -> softmax -> draw

The order is that of the `transformers` library, from which most published settings come; llama.cpp divides by the
temperature last, which differs wherever top p or min p is used with a temperature other than 1.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from armillary.errors import InputError
from armillary.shapes import Float32, Float64

NEVER = -np.inf
"""The score of a token that is not to be drawn."""


@dataclass(frozen=True)
class Sampling:
    """How the next token is chosen.

    Attributes:
        temperature: scores are divided by it: above 1 evens the chances out, below 1 sharpens them, and 0 always takes
            the highest. Any number from 0 on; 0 to 2 is only the range that OpenAI's service documents.
        top_k: only the k highest may be drawn; 0 for all.
        top_p: only the fewest that together have this chance may (nucleus sampling, Holtzman et al. 2020); 1 for all.
        min_p: only those with at least this share of the highest one's chance may (Nguyen et al. 2024); 0 for all.
        repetition_penalty: scores of tokens that were there already are divided by it where they are above 0, and
            multiplied where they are below (Keskar et al. 2019); 1 for none.
    """

    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    min_p: float = 0.0
    repetition_penalty: float = 1.0

    def __post_init__(self) -> None:
        bounds = {"temperature": (0, np.inf), "top_k": (0, np.inf), "top_p": (0, 1), "min_p": (0, 1),
                  "repetition_penalty": (0, np.inf)}
        for name, (low, high) in bounds.items():
            value = getattr(self, name)
            if not (low <= value <= high and np.isfinite(value)) or (value == 0 and name in _ABOVE_ZERO):
                raise InputError("{name} cannot be {value}", name=name, value=value)


_ABOVE_ZERO = ("top_p", "repetition_penalty")


def softmax(scores: Float32[np.ndarray, "*n v"], temperature: float = 1.0) -> Float64[np.ndarray, "*n v"]:
    """(..., v) e^(score / temperature), divided by their sum; at temperature 0, 1 for the first of the highest."""
    highest = scores.max(axis=-1, keepdims=True)
    if temperature == 0:
        chances = np.zeros(scores.shape)
        np.put_along_axis(chances, scores.argmax(axis=-1, keepdims=True), 1.0, axis=-1)
        return chances
    powers: np.ndarray = np.exp((scores.astype(np.float64) - highest) / temperature)
    powers /= powers.sum(axis=-1, keepdims=True)
    return powers


def penalise(scores: Float32[np.ndarray, "v"], seen: Sequence[int], penalty: float) -> Float32[np.ndarray, "v"]:
    """The scores, with those of tokens that were seen made smaller."""
    lower: np.ndarray = scores.copy()
    rows = np.unique(np.asarray(seen, np.int64))
    lower[rows] = np.where(lower[rows] > 0, lower[rows] / np.float32(penalty), lower[rows] * np.float32(penalty))
    return lower


def keep_top_k(scores: Float32[np.ndarray, "v"], k: int) -> Float32[np.ndarray, "v"]:
    """The k highest scores, and what equals the last of them; the others are NEVER."""
    if not 0 < k < len(scores):
        return scores
    return _only(scores, scores >= np.partition(scores, -k)[-k])


def keep_top_p(scores: Float32[np.ndarray, "v"], p: float) -> Float32[np.ndarray, "v"]:
    """The fewest highest scores that together have at least the chance p; the others are NEVER."""
    if p >= 1:
        return scores
    order = np.argsort(-scores, kind="stable")
    before = np.cumsum(softmax(scores)[order]) - softmax(scores)[order]
    keep = np.zeros(len(scores), bool)
    keep[order[before < p]] = True
    return _only(scores, keep)


def keep_min_p(scores: Float32[np.ndarray, "v"], p: float) -> Float32[np.ndarray, "v"]:
    """The scores whose chance is at least p times that of the highest; the others are NEVER."""
    if p <= 0:
        return scores
    return _only(scores, softmax(scores) >= p * softmax(scores).max())


def chances(
    scores: Float32[np.ndarray, "v"], how: Sampling, seen: Sequence[int] = ()
) -> Float64[np.ndarray, "v"]:
    """The chance of each token to be drawn next.

    Args:
        scores: of the v tokens of the vocabulary (logits).
        how: the settings.
        seen: ids of the tokens so far, for the penalty.

    Raises:
        InputError: a score is no number.
    """
    if np.isnan(scores).any():
        raise InputError("the scores of the next token hold NaN: the model's weights, or what was changed in it, "
                         "do not make sense")
    if how.repetition_penalty != 1 and len(seen):
        scores = penalise(scores, seen, how.repetition_penalty)
    if how.temperature == 0:
        return softmax(scores, 0.0)
    scores = scores / np.float32(how.temperature)
    return softmax(keep_min_p(keep_top_p(keep_top_k(scores, how.top_k), how.top_p), how.min_p))


def draw(chances: Float64[np.ndarray, "v"], random: "np.random.Generator") -> int:
    """A token by its chance: each waits a random time, shorter on average the greater its chance, and the first wins.

    Laying the chances end to end and throwing a dart gives the same chances, but a change in the last digit of the
    scores then moves all that lies behind it, and among thousands of tiny chances another token is hit. Here the token
    changes only where the two that come first are as good as equal; so a seed gives the same text with a cache and
    without, and on another machine.
    """
    waits = random.standard_exponential(len(chances))
    return int(np.argmax(chances / np.maximum(waits, np.finfo(np.float64).tiny)))


def _only(scores: Float32[np.ndarray, "v"], keep: np.ndarray) -> Float32[np.ndarray, "v"]:
    kept: np.ndarray = np.where(keep, scores, np.float32(NEVER))
    return kept
