"""The card of a model that a text became."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from armillary.learning import card
from armillary.learning.self_supervised.course import commonest
from armillary.learning.self_supervised.material import Material
from armillary.space import Space
from armillary.text.token_labels import token_labels
from armillary.transformer.model import Transformer

_NEIGHBOURS, _WORDS = 4, 6


@dataclass(frozen=True, kw_only=True)
class Card(card.Card):
    """What was learned, beside what all cards say.

    Attributes:
        text: what the text was.
        tokenizer: what a token is.
        design: the model and its plan.
        neighbours: the commonest tokens, each with those nearest to it in W_E.
        neighbours_before: the same before it learned: of a new model, noise.
        samples: what the model wrote, or filled, at each look.
        command: repeats it, bit for bit on the same machine with as many threads.
        threads: that computed.
    """

    text: Mapping[str, Any]
    tokenizer: str
    design: Mapping[str, Any]
    neighbours: Mapping[str, Sequence[str]]
    neighbours_before: Mapping[str, Sequence[str]]
    samples: Sequence[tuple[int, str]]
    command: str
    threads: int


def neighbours(model: Transformer, material: Material) -> dict[str, list[str]]:
    """The commonest tokens that have letters, each with its nearest in W_E among those that the text has."""
    labels = token_labels(material.tokenizer, model.config.d_vocab)
    seen = commonest(material, 1000)
    table = model.table.detach().numpy()
    space = Space([labels[row] for row in seen], np.ascontiguousarray(table[seen]))
    words = sorted((labels[row] for row in seen[:200] if any(map(str.isalpha, labels[row]))), key=_shortness)[:_WORDS]
    if len(seen) <= _NEIGHBOURS:
        return {}
    return {word: [one.label for one in space.near(word, n=_NEIGHBOURS)] for word in words}


def _shortness(label: str) -> int:
    """Words go before single letters; among equals, the order stays that of how common they are."""
    return 0 if len(label.strip()) > 1 or not label.strip().isascii() else 1
