"""Inside: one text on its way through a model; attention, the lens, what adds up to a score."""

from dataclasses import dataclass
from typing import Annotated

import numpy as np

from armillary.shapes import Float32, Float64
from armillary.speak.candidates import Candidate
from armillary.web.home import speaks
from armillary.web.library import Library
from armillary.web.looked import Layer, Looked, Place, run_of, shown
from armillary.web.patience import LONG, still_wanted
from armillary.web.route import Route
from armillary.web.schema import Range


@dataclass(frozen=True, kw_only=True)
class BlockQuestion(Looked):
    """One block of a model that reads a text; `last` is the last position to show of one too long to show whole."""

    block: Layer = 0
    last: Place = -1


@dataclass(frozen=True, kw_only=True)
class PairQuestion(Looked):
    """One head, and two positions: who asks, and who is asked."""

    block: Layer = 0
    head: Layer = 0
    query: Place = -1
    key: Place = 0


@dataclass(frozen=True, kw_only=True)
class LensQuestion(Looked):
    """Layers read as if each were the last: after one position, or all that are shown up to `last`."""

    position: Place | None = None
    last: Place = -1
    n: Annotated[int, Range(1, 20)] = 1


@dataclass(frozen=True, kw_only=True)
class PartsQuestion(Looked):
    """The score of a token after a position; of the likeliest if `token` is None."""

    position: Place = -1
    token: Annotated[int, Range(0, 10_000_000)] | None = None


@dataclass(frozen=True)
class Reading:
    """A text as the model reads it.

    Attributes:
        tokens: what the positions are called; ids: their rows in the table.
        heads: how many heads each block has.
        windows: how many positions each block sees at most, or None.
        causal: whether a position sees only itself and those before it.
        next: the likeliest to come next; empty of a model that does not end in scores.
        before: the same with nothing stepping in; empty if nothing does.
    """

    tokens: tuple[str, ...]
    ids: tuple[int, ...]
    heads: tuple[int, ...]
    windows: tuple[int | None, ...]
    causal: bool
    next: tuple[Candidate, ...]
    before: tuple[Candidate, ...]


@dataclass(frozen=True)
class Product:
    """One number of a pattern taken apart.

    Attributes:
        query, key: the numbers of the two, d_head each.
        dot: the sum of their products.
        score: what the model makes of it: scaled, as a rule by 1 over the root of d_head.
        weight: what the softmax makes of that, beside all others that are seen.
    """

    query: tuple[float, ...]
    key: tuple[float, ...]
    dot: float
    score: float
    weight: float


@dataclass(frozen=True)
class Guess:
    """The token that a layer reads as, and its chance."""

    token: str
    chance: float


@dataclass(frozen=True)
class Layers:
    """Layers read through the unembedding.

    Attributes:
        positions: after which.
        cells: for each layer, for each position, the likeliest tokens.
    """

    positions: tuple[int, ...]
    cells: tuple[tuple[tuple[Guess, ...], ...], ...]


@dataclass(frozen=True)
class Part:
    """What one part of the model adds to a score."""

    part: str
    score: float


@dataclass(frozen=True)
class Sum:
    """A score and the parts that add up to it; `error` is by how much they miss it."""

    token: int
    name: str
    position: int
    parts: tuple[Part, ...]
    score: float
    error: float


def reading(library: Library, asked: Looked) -> Reading:
    """A text as the model reads it, and what it makes of it."""
    run = run_of(library, asked)
    config = run.model.config
    ends = config.unembedding is not None
    plain = run_of(library, asked, plain=True) if asked.changed else None
    attentions = [block.attention for block in config.blocks]
    return Reading(
        tuple(run.read.names), tuple(run.read.ids), tuple(one.n_heads for one in attentions),
        tuple(one.window for one in attentions), all(one.causal for one in attentions),
        tuple(run.next(10)) if ends and speaks(config) else (),
        tuple(plain.next(10)) if plain is not None and ends and speaks(config) else (),
    )


def patterns(library: Library, asked: BlockQuestion) -> Float32[np.ndarray, "n"]:
    """Who listens to whom among the positions shown: heads x rows x columns, rows for those who listen.

    Behind them stands for each head and row what falls on the positions that are not shown.
    """
    run = run_of(library, asked)
    attention, chosen = run.attention(asked.block), shown(run, asked.last)
    squares, outside = [], []
    for head in range(attention.facts.n_heads):
        still_wanted()
        rows = attention.pattern(head, rows=slice(chosen.start, chosen.stop))
        squares.append(rows[:, chosen.start : chosen.stop])
        outside.append(rows[:, : chosen.start].sum(1) + rows[:, chosen.stop :].sum(1))
    return np.concatenate([np.ravel(squares), np.ravel(outside)])


def product(library: Library, asked: PairQuestion) -> Product:
    """One number of a pattern, taken apart."""
    run = run_of(library, asked)
    attention = run.attention(asked.block)
    shared = attention.shared(asked.head)
    query, key = (_inside(one, len(run)) for one in (asked.query, asked.key))
    q: Float64[np.ndarray, "d_head"] = attention.q[asked.head, query].double().cpu().numpy()
    k: Float64[np.ndarray, "d_head"] = attention.k[shared, key].double().cpu().numpy()
    return Product(
        tuple(q.tolist()), tuple(k.tolist()), float(q @ k), attention.score(asked.head, query, key),
        float(attention.row(asked.head, query)[key]),
    )


def _inside(position: int, count: int) -> int:
    from armillary.trace.where import inside

    return inside(position, count)


def layers(library: Library, asked: LensQuestion) -> Layers:
    """Every layer read as if it were the last."""
    run = run_of(library, asked)
    found = run.lens(shown(run, asked.last) if asked.position is None else [asked.position], n=asked.n,
                     told=lambda done, of: still_wanted())
    cells = tuple(
        tuple(tuple(map(Guess, names, chances)) for names, chances in zip(row, odds, strict=True))
        for row, odds in zip(found.names, found.chances.tolist(), strict=True)
    )
    return Layers(found.positions, cells)


def parts(library: Library, asked: PartsQuestion) -> Sum:
    """What adds up to the score of a token."""
    found = run_of(library, asked).contributions(asked.position, asked.token)
    return Sum(found.token, found.name, found.position, tuple(Part(one.part, one.score) for one in found.parts),
               found.score, found.error)


ROUTES = (
    Route("inside/read", "A text as a model reads it.", Looked, Reading, reading, seconds=LONG),
    Route("inside/patterns", "Who listens to whom in a block, 512 positions at most: heads x rows x columns float32, "
          "then heads x rows: the share of each row that falls on positions not shown.", BlockQuestion, bytes, patterns,
          "bytes", seconds=LONG),
    Route("inside/product", "One number of a pattern taken apart.", PairQuestion, Product, product, seconds=LONG),
    Route("inside/lens", "Every layer read as if it were the last.", LensQuestion, Layers, layers, seconds=LONG),
    Route("inside/parts", "What adds up to the score of a token.", PartsQuestion, Sum, parts, seconds=LONG),
)
