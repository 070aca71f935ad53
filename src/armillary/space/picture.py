"""Pictures of chosen points: a slice spanned by directions, principal axes, or a t-SNE map."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from armillary.draw import Scatter, slice_html, slice_svg
from armillary.errors import InputError
from armillary.geometry.projection import principal_components, slice_through, tsne
from armillary.language import say
from armillary.shapes import Float
from armillary.space.direction import Pair
from armillary.space.rows import Rows

_SENTENCES = {
    "slice": "Slice: {axes}",
    "pca": "{n} points, {kept:.0%} of their variance kept",
    "tsne": "{n} points by t-SNE, {kept:.0%} of neighbours kept",
}


@dataclass(frozen=True, eq=False)
class Picture:
    """Points where a picture puts them, and how far it can be believed.

    Attributes:
        method: slice, pca or tsne.
        labels: n labels.
        coordinates: (n, 2) or (n, 3).
        axes: what each axis is.
        arrows: pairs of rows, from and to.
        shares: of a slice, (n,) the share of each point's length that lies in it, 0 to 1; else None.
        kept: of pca, the share of the variance kept; of tsne, the share of true neighbours that are neighbours on the
            map; of a slice, the mean of `shares`.
    """

    method: str
    labels: tuple[str, ...]
    coordinates: Float[np.ndarray, "n axes"]
    axes: tuple[str, ...]
    arrows: tuple[tuple[int, int], ...]
    shares: Float[np.ndarray, "n"] | None
    kept: float

    @property
    def title(self) -> str:
        """What is seen, in one line."""
        return say(_SENTENCES[self.method], axes=", ".join(self.axes), n=len(self.labels), kept=self.kept)

    def svg(self) -> str:
        """The picture as one SVG element."""
        return slice_svg(self._scatter())

    def html(self) -> str:
        """The picture as one HTML file that turns and needs nothing else."""
        return slice_html(self._scatter())

    def facts(self) -> dict[str, Any]:
        """The numbers behind the picture, for JSON."""
        shares = [None] * len(self.labels) if self.shares is None else self.shares.tolist()
        return {
            "method": self.method, "axes": list(self.axes), "kept": self.kept,
            "points": [
                {"label": label, "at": at, "share": share}
                for label, at, share in zip(self.labels, self.coordinates.tolist(), shares, strict=True)
            ],
            "arrows": [[self.labels[a], self.labels[b]] for a, b in self.arrows],
        }

    def _repr_html_(self) -> str:
        return self.svg()

    def _scatter(self) -> Scatter:
        return Scatter(self.coordinates, self.labels, self.axes, self.title, self.arrows, self.shares)


def slice_picture(space: Rows, words: Sequence[str], axes: Sequence[str], arrows: Sequence[Pair] = ()) -> Picture:
    """`words` in the plane or space that two or three words or expressions span."""
    labels, vectors = _chosen(space, words, arrows)
    frame = slice_through(np.stack([space.point(axis).vector for axis in axes]))
    shares = frame.kept(vectors)
    names = (axes[0], *(say("{axis} (rest)", axis=axis) for axis in axes[1:]))
    return Picture(
        "slice", labels, frame.coordinates(vectors), names, _rows(labels, arrows), shares, float(shares.mean())
    )


def pca_picture(space: Rows, words: Sequence[str], dims: int = 2, arrows: Sequence[Pair] = ()) -> Picture:
    """`words` along the directions in which they vary most."""
    labels, vectors = _chosen(space, words, arrows)
    frame = principal_components(vectors, dims)
    names = tuple(f"{place}: {share:.0%}" for place, share in enumerate(frame.variance.tolist(), 1))
    return Picture(
        "pca", labels, frame.coordinates(vectors), names, _rows(labels, arrows), None, float(frame.variance.sum())
    )


def tsne_picture(space: Rows, words: Sequence[str], seed: int = 0, arrows: Sequence[Pair] = ()) -> Picture:
    """`words` on a t-SNE map (extra `map`): who is near whom; distances and directions mean nothing on it."""
    labels, vectors = _chosen(space, words, arrows)
    found = tsne(vectors, seed=seed)
    return Picture("tsne", labels, found.coordinates, ("", ""), _rows(labels, arrows), None, found.kept)


def _chosen(
    space: Rows, words: Sequence[str], arrows: Sequence[Pair]
) -> tuple[tuple[str, ...], Float[np.ndarray, "n d"]]:
    """The labels to draw, those of the arrows with them, each once; and their vectors."""
    labels = tuple(dict.fromkeys([*words, *(end for pair in arrows for end in pair)]))
    if not labels:
        raise InputError("there are no words to draw")
    return labels, np.stack([space.point(label).vector for label in labels])


def _rows(labels: Sequence[str], arrows: Sequence[Pair]) -> tuple[tuple[int, int], ...]:
    return tuple((labels.index(a), labels.index(b)) for a, b in arrows)
