"""The way of chosen words through space while they are learned, to be replayed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from armillary.errors import DamagedFile, UnknownFormat, UnknownLabel
from armillary.formats.labels import Labels
from armillary.formats.store import Store, open_store
from armillary.shapes import Float32, Float64, Int64
from armillary.space import Space

KIND = "watched words"
Seen = Callable[[Sequence[str], float, Float32[np.ndarray, "w d"]], None]
"""Shown each frame as it is recorded: the words, how much of the learning is done, where the words stand."""
FRAMES = 200
"""Frames of a whole learning, at most: one where it begins, then one whenever another 1/200 of it is done."""


def unseen(words: Sequence[str], fraction: float, vectors: Float32[np.ndarray, "w d"]) -> None:
    """Shown to no one."""


@dataclass(frozen=True, eq=False)
class Watched:
    """Where some words stood at several moments of a learning.

    Attributes:
        words: w words.
        fractions: (f,) how much of the learning was done at each moment, from 0 (random vectors) to 1.
        vectors: (f, w, d) their vectors at each moment.
    """

    words: Sequence[str]
    fractions: Float64[np.ndarray, "f"]
    vectors: Float32[np.ndarray, "f w d"]

    @classmethod
    def load(cls, path: str | Path) -> "Watched":
        """Read what `--watch` wrote: the folder `OUT.watch`.

        Raises:
            UnknownFormat: not what `--watch` writes.
            DamagedFile: a part is missing, cut or of another shape.
        """
        store = open_store(Path(path))
        if store.facts.get("kind") != KIND:
            raise UnknownFormat(path, "is a store of another kind: {kind}", kind=str(store.facts.get("kind")))
        try:
            return cls(tuple(store.facts["words"]), store.arrays["fractions"], store.arrays["vectors"])
        except KeyError as error:
            raise DamagedFile(path, "its manifest lacks a part: {part}", part=str(error)) from error

    def space(self, frame: int) -> Space:
        """The words where they stood at one moment: frame 0 is the first, -1 the last."""
        return Space(self.words, self.vectors[frame], origin={"fraction": float(self.fractions[frame])})


class Frames:
    """What is recorded of watched words, and goes on where a snapshot stopped."""

    def __init__(
        self, labels: Sequence[str], words: Sequence[str], saved: Store | None, seen: Seen = unseen
    ) -> None:
        """Find the rows of `words`; each frame is shown to `seen`.

        Raises:
            UnknownLabel: one is not among the labels.
        """
        self.words = tuple(dict.fromkeys(words))
        self._rows, self._seen = rows_of(labels, self.words), seen
        self._fractions: list[float] = []
        self._vectors: list[np.ndarray] = []
        if saved is not None and self.words:
            self._fractions = np.asarray(saved.arrays["fractions"]).tolist()
            self._vectors = list(np.asarray(saved.arrays["frames"]))

    def due(self, fraction: float) -> bool:
        """Whether so much has been done since the last frame that there should be another."""
        last = -1 if not self._fractions else int(self._fractions[-1] * FRAMES)
        return bool(self.words) and int(fraction * FRAMES) > last

    def record(self, fraction: float, vectors: Float32[np.ndarray, "n d"]) -> None:
        """One more frame."""
        self._fractions.append(fraction)
        self._vectors.append(vectors[self._rows].copy())
        self._seen(self.words, fraction, self._vectors[-1])

    def arrays(self) -> dict[str, np.ndarray]:
        """What a snapshot keeps."""
        if not self._vectors:
            return {}
        return {"fractions": np.array(self._fractions), "frames": np.stack(self._vectors)}

    def store(self) -> Store | None:
        """What `Watched.load` reads; None where nothing is watched."""
        if not self._vectors:
            return None
        arrays = {"fractions": np.array(self._fractions), "vectors": np.stack(self._vectors)}
        return Store(arrays, {"kind": KIND, "words": list(self.words)})


def rows_of(labels: Sequence[str], words: Sequence[str]) -> Int64[np.ndarray, "w"]:
    """The rows of `words` among `labels`; UnknownLabel, with near spellings, for one that is not there."""
    if not words:
        return np.zeros(0, np.int64)
    known = labels if isinstance(labels, Labels) else Labels.of(labels)
    rows = [known.find(word) for word in words]
    for word, row in zip(words, rows, strict=True):
        if row is None:
            raise UnknownLabel(word, known.near(word))
    return np.array(rows, np.int64)
