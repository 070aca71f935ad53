"""The points of a corpus at one layer, as a Space: who asks it for neighbours asks for similar contexts.

A word's row of W_E is the same wherever the word stands. Some blocks later each place where it stands has a point of
its own, and what lies near it is used alike.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from armillary.space import Space
from armillary.trace.corpus import Corpus, layers
from armillary.transformer.model import Transformer


@torch.inference_mode()
def contexts(
    model: Transformer, corpus: Corpus, layer: int, each_token: bool = False, folder: Path | None = None,
    told: Callable[[int, int], None] | None = None,
) -> Space:
    """The points after `layer` blocks, labelled by line, position and the token in its context.

    The numbers wait in a file that goes with the Space, so that memory holds a few lines' at a time; `save` keeps them.

    Args:
        model: goes from left to right.
        corpus: the lines.
        layer: 0 are the points before the first block, n_layers those after the last.
        each_token: a point for every token; else for the last of each line, which has seen all of it.
        folder: where that file lies, which has no name; if unsaid, where temporary files do.
        told: hears how many tokens are done, of how many.

    Raises:
        InputError: the model sees both ways, or has no such layer.
    """
    counts = [len(ids) - corpus.frame if each_token else 1 for ids in corpus.ids]
    starts = np.cumsum([0, *counts])
    labels = [""] * int(starts[-1])
    with tempfile.TemporaryFile(dir=folder) as file:
        vectors = np.memmap(file, np.float32, "w+", shape=(len(labels), model.config.d_model)).view(np.ndarray)
    for rows, points in layers(model, corpus, layer, told):
        for row, line in zip(rows, points, strict=True):
            end, start, seen = len(corpus.ids[row]), int(starts[row]), corpus.read(row)
            first = end - counts[row]
            vectors[start : start + counts[row]] = line[first:end].float().cpu().numpy()
            labels[start : start + counts[row]] = [corpus.label(row, at, seen) for at in range(first, end)]
    return Space(labels, vectors, origin={"layer": layer})
