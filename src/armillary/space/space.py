"""Space: labelled points, the one type of the whole project.

What a row is lives in its label: a word of GloVe, a token of a language model, one position of one prompt after one
layer, an item of a catalogue. A space turns labels into rows and rows into labels; all arithmetic is `geometry`'s,
which knows only arrays. The class is built in four storeys, a file each: `rows` (labels and vectors), `questions` (what
can be asked), `keyed` (gensim's names for it), and this one (files, tables, how it shows itself).
"""

from collections.abc import Mapping, Sequence
from copy import copy
from html import escape
from pathlib import Path
from typing import Any

from armillary.errors import DamagedFile, InputError, UnknownFormat
from armillary.extras import need
from armillary.formats.labels import Labels
from armillary.formats.points import Points
from armillary.formats.store import Store, open_store, write_store
from armillary.geometry.direction import remove
from armillary.language import printable
from armillary.space.comparing import Aligned, align
from armillary.space.direction import Direction, Pair
from armillary.space.keyed import KeyedNames
from armillary.text.ngrams import Subwords

KIND = "space"


class Space(KeyedNames):
    """n labelled points in d dimensions, and every question that can be asked of them.

    `len(space)`, `"king" in space`, `for label in space`, `space["king"]` (a `Point`, which does arithmetic).

    Attributes:
        labels: n distinct labels; `labels.find(label)` gives a row or None.
        vectors: (n, d) float32, read-only, memory-mapped where the space was opened from a store.
        counts: (n,) how often each label was seen, or None.
        subwords: n-gram vectors that give unseen words a point (fastText), or None.
        tokens: whether the labels are tokens of a language model, which words are looked up among (see `named`).
        origin: how to make it again: JSON facts such as the file and its SHA-256.
    """

    @classmethod
    def of(cls, points: Points, origin: Mapping[str, Any] | None = None) -> "Space":
        """The space of what a reader of `formats` gave."""
        return Space(
            points.labels, points.vectors,
            counts=points.counts, subwords=points.subwords, origin=origin, notes=points.notes,
        )

    @classmethod
    def load(cls, path: str | Path) -> "Space":
        """Map the native store at `path`: milliseconds at any size, since nothing is read but the manifest.

        Raises:
            UnknownFormat: not a store of a space.
            DamagedFile: a part is missing, cut or of another shape.
        """
        store = open_store(Path(path))
        if store.facts.get("kind") != KIND:
            raise UnknownFormat(path, "is a store of another kind: {kind}", kind=str(store.facts.get("kind")))
        space = cls.__new__(cls)
        arrays = store.arrays
        try:
            space.labels = Labels(
                arrays["label_text"], arrays["label_ends"], arrays["label_checksums"], arrays["label_rows"]
            )
            space.vectors = arrays["vectors"]
            space.norms = arrays["norms"]
            space.counts = arrays.get("counts")
            subwords = store.facts.get("subwords")
            space.subwords = subwords and Subwords(
                arrays["subword_vectors"], **subwords, kept=arrays.get("subword_kept")
            )
            space.tokens = bool(store.facts.get("tokens"))
            space.origin = store.facts["origin"]
            space.notes = ()
        except (KeyError, TypeError) as error:
            raise DamagedFile(path, "its manifest lacks a part: {part}", part=str(error)) from error
        return space

    def save(self, path: str | Path, force: bool = False) -> None:
        """Write the native store `path` (a folder; by custom its name ends in `.space`), whole or not at all.

        Raises:
            OutputExists: something is there and `force` is false.
            FileError: the disk refuses.
        """
        facts: dict[str, Any] = {"kind": KIND, "origin": dict(self.origin)}
        if self.tokens:
            facts["tokens"] = True
        arrays = {
            "vectors": self.vectors,
            "norms": self.norms,
            "label_text": self.labels.text,
            "label_ends": self.labels.ends,
            "label_checksums": self.labels.checksums,
            "label_rows": self.labels.rows,
        }
        if self.counts is not None:
            arrays["counts"] = self.counts
        if self.subwords is not None:
            facts["subwords"] = {name: getattr(self.subwords, name) for name in ("minn", "maxn", "buckets", "zeros")}
            arrays["subword_vectors"] = self.subwords.vectors
            if self.subwords.kept is not None:
                arrays["subword_kept"] = self.subwords.kept
        write_store(Store(arrays, facts), Path(path), force)

    def without(self, direction: Direction) -> "Space":
        """The same labels at points that have no part along `direction` any more."""
        origin = {**self.origin, "without": [list(pair) for pair in direction.pairs]}
        vectors = remove(self.vectors, direction.axis.vector)
        return Space(self.labels, vectors, counts=self.counts, tokens=self.tokens, origin=origin)

    def align(self, onto: "Space", pairs: Sequence[Pair] | None = None, centred: bool = False) -> Aligned:
        """This space turned onto another over the labels that both hold (see `comparing.align`)."""
        return align(self, onto, pairs, centred)

    def first(self, n: int) -> "Space":
        """The space of the first n rows: in most published files the n most frequent words.

        Raises:
            InputError: n is under 1.
        """
        if n < 1:
            raise InputError("at least one row must be taken, not {n}", n=n)
        counts = None if self.counts is None else self.counts[:n]
        return Space(
            self.labels[:n], self.vectors[:n],
            counts=counts, subwords=self.subwords, tokens=self.tokens, origin=self.origin,
        )

    def with_origin(self, **facts: Any) -> "Space":
        """The same points (nothing is copied) with more said about where they come from."""
        told = copy(self)
        told.origin = {**self.origin, **facts}
        return told

    def to_pandas(self) -> Any:
        """A pandas DataFrame, labels as its index, one column a dimension."""
        return need("pandas").DataFrame(self.vectors, index=list(self.labels))

    def to_arrow(self) -> Any:
        """A pyarrow Table with the columns word, vector and, where known, count (extra `table`)."""
        need("pyarrow")
        from armillary.formats.parquet import table_of

        return table_of(Points(self.labels, self.vectors, self.counts))

    def __repr__(self) -> str:
        name = self.origin.get("name")
        shown = ", ".join(self.labels[:3])
        more = ", …" if len(self) > 3 else ""
        return printable(f"Space({f'{name}: ' if name else ''}{len(self):,} x {self.dim}; {shown}{more})")

    def _repr_html_(self) -> str:
        """The first rows as a table, for a notebook: no script, nothing from elsewhere."""
        columns = min(self.dim, 6)
        rest = "<td>…</td>" if self.dim > columns else ""
        rows = "".join(
            f"<tr><th style='text-align:left'>{escape(label)}</th>"
            + "".join(f"<td>{value:.4g}</td>" for value in self.vectors[row, :columns].tolist())
            + f"{rest}</tr>"
            for row, label in enumerate(self.labels[:5])
        )
        return f"<table><caption>{escape(repr(self))}</caption>{rows}</table>"
