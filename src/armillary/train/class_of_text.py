"""Class of a text: its words' rows of W_E, in the mean, and a score for each class from it.

The plainest model of texts that has a table (Joulin et al. 2016, arXiv:1607.01759). Since the mean of rows times a
matrix is the mean of products, what each word says for each class can be read off: W_E times W_C.
"""

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from armillary.errors import InputError
from armillary.shapes import Float32, Int64
from armillary.train.epochs import Epochs
from armillary.train.objective import Batch

Texts = Sequence[Sequence[int]]
"""The rows of W_E of each text's words, from 1 on; words without a row are left out."""


class MeanOfWords(nn.Module):
    """Scores of classes from the mean of rows of a table; row 0 stands for no word and stays 0."""

    def __init__(self, table: Float32[np.ndarray, "v d"], classes: int) -> None:
        """Begin with `table` (v words, d_model) as W_E; the scores begin at 0."""
        super().__init__()
        rows = np.concatenate([np.zeros((1, table.shape[1]), np.float32), table])
        self.embedding = nn.Parameter(torch.from_numpy(rows))
        self.scores = nn.Parameter(torch.zeros(table.shape[1], classes))
        self.bias = nn.Parameter(torch.zeros(classes))

    def forward(self, words: Tensor) -> Tensor:
        """Scores (b, classes) of words (b, t), 0 where a text has ended."""
        mean = functional.embedding_bag(words, self.embedding, mode="mean", padding_idx=0)
        return mean @ self.scores + self.bias


class ClassOfText:
    """Texts and their classes; see `Objective`.

    Attributes:
        nothing: ln of the number of classes.
    """

    def __init__(self, texts: Texts, classes: Int64[np.ndarray, "n"], size: int, seed: int = 1) -> None:
        """Take texts and the number of each one's class, `size` at once.

        Raises:
            InputError: not as many of the two, or fewer than two classes.
        """
        kinds = int(classes.max(initial=-1)) + 1
        if len(texts) != len(classes) or kinds < 2:
            raise InputError("{texts} texts and {labels} labels of {classes} classes do not go together",
                             texts=len(texts), labels=len(classes), classes=kinds)
        self.nothing = math.log(kinds)
        self._texts, self._classes = texts, classes
        self._epochs = Epochs(len(texts), size, seed)

    def batch(self, step: int) -> Batch:
        """The lessons of a step: "words" (size, t) and "classes" (size,)."""
        rows = self._epochs.rows(step)
        return {"words": side_by_side([self._texts[row] for row in rows]),
                "classes": torch.from_numpy(self._classes[rows])}

    def loss(self, model: MeanOfWords, batch: Batch) -> tuple[Tensor, int]:
        """Nats, in sum, of the classes that were right, and how many they are."""
        return (functional.cross_entropy(model(batch["words"]), batch["classes"], reduction="sum"),
                len(batch["classes"]))


def side_by_side(texts: Texts) -> Tensor:
    """Texts as a matrix, filled up with 0 on the right."""
    words = torch.zeros(len(texts), max(1, *map(len, texts)) if texts else 1, dtype=torch.int64)
    for row, text in enumerate(texts):
        words[row, : len(text)] = torch.tensor(text, dtype=torch.int64)
    return words


@torch.no_grad()
def chances(model: MeanOfWords, texts: Texts) -> Float32[np.ndarray, "n c"]:
    """How likely each class is, of each text."""
    parts = [model(side_by_side(texts[first : first + 256])).softmax(1) for first in range(0, len(texts), 256)]
    found: np.ndarray = torch.cat(parts).numpy()
    return found
