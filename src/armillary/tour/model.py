"""The tour's second half: one text on its way through a language model, from its tokens to the word that comes next.

`walk` goes the way once, looking on at every block; each stop then gives JSON facts of what was seen. `cli.tour_model`
tells them.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from armillary.count import count
from armillary.errors import InputError
from armillary.language_model import LanguageModel
from armillary.shapes import Float32
from armillary.speak.candidates import candidates
from armillary.speak.sample import Sampling, softmax
from armillary.trace.journeys import Journeys, journeys
from armillary.trace.run import Run
from armillary.trace.taps import array
from armillary.trace.text import read
from armillary.transformer.one_hot import ways
from armillary.transformer.positions import position_kind

TEXTS = {
    "en": "The king looked down from the tower at the dogs and cats of the",
    "zh": "国王从高塔上望着城里的猫和",
}
"""What is taken through the model if nothing else is asked for."""
MODELS = {"en": "smollm2-135m-instruct", "zh": "gemma3-270m"}
"""The model for each language."""
TEMPERATURES = (0.5, 1.0, 2.0)
MOST_TOKENS = 24
"""Tokens of the text that are taken along: a pattern must fit a terminal."""
_CHARACTERS = "北京欢迎你"


@dataclass(frozen=True, eq=False)
class Walk:
    """What was seen on the way of a text through a model.

    Attributes:
        model: which.
        text: the text; only its first tokens, if it has many.
        run: the text on its way.
        ids: its t tokens, those included that the model expects before a text.
        labels: what the tokens are called.
        start: (t, d_model) the points before the first block.
        patterns: (blocks, heads, t, t) who listens to whom.
        scores: (d_vocab,) of the token that comes next.
    """

    model: LanguageModel
    text: str
    run: Run
    ids: list[int]
    labels: list[str]
    start: Float32[np.ndarray, "t d_model"]
    patterns: Float32[np.ndarray, "blocks heads t t"]
    scores: Float32[np.ndarray, "d_vocab"]


def walk(model: LanguageModel, text: str) -> Walk:
    """Take `text` through `model`.

    Raises:
        InputError: no text, or a model that does not go from left to right or ends in points.
        MissingExtra: torch is not installed.
    """
    config = model.config
    if config.encoder or config.unembedding is None or not all(block.attention.causal for block in config.pattern):
        raise InputError("{name} does not tell what comes next; the tour needs a model that does", name=model.name)
    if not text.strip():
        raise InputError("there is no text to take through the model")
    whole = read(model.tokenizer, text)
    run = Run(model.transformer, replace(whole, pieces=whole.pieces[:MOST_TOKENS]), model.tokenizer)
    patterns = np.stack([
        np.stack([attention.pattern(head) for head in range(attention.facts.n_heads)])
        for attention in map(run.attention, range(config.n_layers))
    ])
    return Walk(model, text, run, run.read.ids, run.read.names, array(run.points[0]), patterns, run.scores([-1])[0])


def tokens(seen: Walk) -> dict[str, Any]:
    """The tokens of the text, with their ids and bytes."""
    pieces = seen.model.tokenizer.vocabulary.pieces
    listed = [{"id": one, "text": label, "bytes": pieces[one].hex()}
              for one, label in zip(seen.ids, seen.labels, strict=True)]
    return {"model": seen.model.name, "text": seen.text, "cut": len(seen.model.ids(seen.text)) > len(seen.ids),
            "d_vocab": seen.model.config.d_vocab, "tokens": listed}


def rows(seen: Walk) -> dict[str, Any]:
    """The row of W_E of each token, its first numbers."""
    table = seen.model.transformer.table
    picked = table[seen.ids].float().cpu().numpy()
    again = next((label for place, label in enumerate(seen.labels) if label in seen.labels[:place]), None)
    return {
        "d_vocab": table.shape[0], "d_model": table.shape[1], "numbers": table.numel(), "twice": again,
        "rows": [{"token": label, "id": one, "numbers": row[:5].tolist()}
                 for label, one, row in zip(seen.labels, seen.ids, picked, strict=True)],
    }


def one_hot(seen: Walk) -> dict[str, Any]:
    """One-hot times W_E in four ways: on five characters with three numbers each, and on the text."""
    small = torch.randn(5, 3, generator=torch.Generator().manual_seed(0)) * 0.02
    found = ways(torch.arange(5), small)
    table = seen.model.transformer.table.detach().cpu()
    real = ways(torch.tensor(seen.ids), table)
    return {
        "characters": list(_CHARACTERS), "table": small.tolist(), "product": found[0].points.tolist(),
        "characters_equal": all(one.equals(found[0]) for one in found),
        "ways": [{"name": one.name, "seconds": one.seconds, "multiplications": one.multiplications,
                  "equal_bit_for_bit": one.equals(real[1])} for one in real],
    }


def positions(seen: Walk) -> dict[str, Any]:
    """What the model does to the rows before the first block: their scale, and what positions add."""
    config = seen.model.config
    picked = seen.model.transformer.table[seen.ids].float().cpu() * torch.tensor(config.embedding.scale)
    added = seen.start - picked.numpy()
    turning = next((block.attention for block in config.blocks if block.attention.rotary), None)
    return {
        "kind": position_kind(config), "scale": config.embedding.scale, "normed": config.embedding.norm,
        "largest_added": float(np.abs(added).max()), "n_ctx": config.n_ctx,
        "pairs": turning.d_head // 2 if turning else None, "base": turning.rotary.base if turning and turning.rotary
        else None,
    }


def attention(seen: Walk) -> dict[str, Any]:
    """The head that listens farthest back, and how much of all listening goes to the first token."""
    t = len(seen.ids)
    far = np.tril(np.ones((t, t), bool), -2) & (np.arange(t) > 0)  # neither itself, nor the one before, nor the first
    reach = (seen.patterns * far).sum(axis=(2, 3))
    block, head = (int(place) for place in np.unravel_index(int(reach.argmax()), reach.shape))
    pattern = seen.patterns[block, head]
    return {
        "block": block, "head": head, "blocks": seen.patterns.shape[0], "heads": seen.patterns.shape[1],
        "tokens": seen.labels, "pattern": pattern.tolist(),
        "on_first": float(seen.patterns[:, :, 1:, 0].mean()) if t > 1 else 1.0,
        "last_listens_to": [{"token": seen.labels[place], "share": float(pattern[-1, place])}
                            for place in np.argsort(-pattern[-1], kind="stable")[:3].tolist()],
    }


def journey(seen: Walk) -> dict[str, Any]:
    """The last token's way through the layers, and how far apart two tokens come that start as one point."""
    last = len(seen.ids) - 1
    way, found = journeys([(seen.run, last)]), seen.run.lens([last])
    names = [tokens[0][0] for tokens in found.names]
    facts: dict[str, Any] = {"token": seen.labels[last], "layers": [
        {"layer": layer, "cosine_with_start": float(way.from_start[0, layer]), "length": float(way.lengths[0, layer]),
         "read_as": names[layer], "chance": float(found.chances[layer, 0, 0])} for layer in range(len(names))]}
    pair = _twice(seen)
    twice = None if pair is None else journeys([(seen.run, place) for place in pair])
    return {**facts, "twice": None if pair is None or twice is None else {
        "token": seen.labels[pair[0]], "positions": list(pair), "cosines": twice.cosines[:, 0, 1].tolist(),
        "ways": _plane(twice)}}


def _twice(seen: Walk) -> tuple[int, int] | None:
    """The first and the last place of the token that stands there most often, after the first position."""
    places = {one: [place for place, other in enumerate(seen.ids) if other == one and place] for one in seen.ids}
    most = max(places.values(), key=len)
    return (most[0], most[-1]) if len(most) > 1 else None


def _plane(ways: Journeys) -> list[list[list[float]]]:
    """Where each way leads, in the plane in which they differ most."""
    drawn: list[list[list[float]]] = ways.scatter().coordinates.reshape(2, -1, 2).tolist()
    return drawn


def scores(seen: Walk) -> dict[str, Any]:
    """The scores that the last point gets from W_U."""
    best = candidates(seen.scores, seen.model.tokenizer, 8)
    ends = seen.model.config.unembedding
    return {
        "count": len(seen.scores), "lowest": float(seen.scores.min()), "highest": float(seen.scores.max()),
        "tied": ends is not None and ends.tied, "last": seen.labels[-1],
        "best": [{"token": one.token, "id": one.id, "score": one.logit} for one in best],
    }


def temperatures(seen: Walk) -> dict[str, Any]:
    """The softmax of the scores at three temperatures, and how many tokens are in play."""
    best = candidates(seen.scores, seen.model.tokenizer, 6)
    chances = [softmax(seen.scores, temperature) for temperature in TEMPERATURES]
    return {
        "temperatures": list(TEMPERATURES),
        "tokens": [{"token": one.token, "chances": [float(row[one.id]) for row in chances]} for one in best],
        "in_play": [float(np.exp(-(row * np.log(np.maximum(row, 1e-300))).sum())) for row in chances],
    }


def next_word(seen: Walk) -> dict[str, Any]:
    """The likeliest token."""
    best = candidates(seen.scores, seen.model.tokenizer, 1, Sampling())[0]
    return {"text": seen.text, "token": best.token, "id": best.id, "chance": best.probability}


def parameters(seen: Walk) -> dict[str, Any]:
    """Every number of the model, counted from its config and in its tensors."""
    ledger = count(seen.model.config)
    there = sum(one.numel() for one in seen.model.transformer.parameters())
    return {"total": ledger.total, "by_kind": ledger.by_kind, "in_the_tensors": there}


STOPS: dict[str, Callable[[Walk], dict[str, Any]]] = {
    "tokens": tokens, "rows": rows, "one_hot": one_hot, "positions": positions, "attention": attention,
    "journey": journey, "scores": scores, "temperatures": temperatures, "next_word": next_word,
    "parameters": parameters,
}
