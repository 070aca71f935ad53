"""Inside, number by number: a window of any matrix, one of its numbers taken apart, a vector's way through a slice."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import numpy as np

from armillary.errors import InputError
from armillary.speak.candidates import name as token_name
from armillary.web.library import Library
from armillary.web.looked import Layer, Looked, Place, run_of
from armillary.web.patience import LONG
from armillary.web.route import Route
from armillary.web.schema import Expression, Name, Range, Size

if TYPE_CHECKING:
    from armillary.trace.products import Matrix

ROWS = 64
Start = Annotated[int, Range(0, 10_000_000)]
Many = Annotated[int, Range(1, ROWS)]
AXES = 2


@dataclass(frozen=True, kw_only=True)
class MatrixQuestion(Looked):
    """A window of a matrix: its first row and column, and how many of each."""

    block: Layer = 0
    head: Layer = 0
    matrix: Name = "scores"
    row: Start = 0
    column: Start = 0
    rows: Many = 12
    columns: Many = 8


@dataclass(frozen=True)
class Listed:
    """A matrix of the block; `product` says of what it is the product, or nothing."""

    name: str
    rows: int
    columns: int
    product: tuple[str, ...]


@dataclass(frozen=True)
class Window:
    """Some numbers of a matrix.

    Attributes:
        all: the matrices of the block, in the order in which they are made.
        row, column: where the window begins; it is moved into the matrix where that lies outside.
        row_names, column_names: what the rows and columns are called; tokens, or numbers.
        values: the numbers, row by row.
    """

    all: tuple[Listed, ...]
    row: int
    column: int
    row_names: tuple[str, ...]
    column_names: tuple[str, ...]
    values: tuple[tuple[float, ...], ...]


@dataclass(frozen=True, kw_only=True)
class CellQuestion(Looked):
    """One number of a matrix."""

    block: Layer = 0
    head: Layer = 0
    matrix: Name = "scores"
    row: Start = 0
    column: Start = 0


@dataclass(frozen=True)
class Taken:
    """A number taken apart: factor · Σ left · right + bias; the lists are empty of a matrix that is no product.

    Attributes:
        row, column: where it stands.
        value: the number that the matrix holds.
        product: what the two factors are called.
        left, right: the row of the one, the column of the other.
        sum: of their products.
        factor, bias: what that is scaled by, and what is added.
    """

    row: int
    column: int
    value: float
    product: tuple[str, ...]
    left: tuple[float, ...]
    right: tuple[float, ...]
    sum: float
    factor: float
    bias: float


@dataclass(frozen=True, kw_only=True)
class JourneyQuestion(Looked):
    """The way of one vector through the layers, in a slice that two words span; or where it varies most, without."""

    position: Place = -1
    axes: Annotated[tuple[Expression, ...], Size(AXES)] = ()


@dataclass(frozen=True)
class Stage:
    """The vector at one layer.

    Attributes:
        at: where it falls in the slice, its length brought to 1.
        kept: the share of it that lies in the slice.
        length: how long it is.
        start: its cosine with layer 0.
        says: the token that the layer reads as, and with what chance; "" of a model without scores.
        chance: of that token.
    """

    at: tuple[float, float]
    kept: float
    length: float
    start: float
    says: str
    chance: float


@dataclass(frozen=True)
class Journey:
    """A way through the layers; `words` is where the words of the axes lie."""

    token: str
    position: int
    axes: tuple[str, ...]
    words: tuple[tuple[float, float], ...]
    stages: tuple[Stage, ...]


def window(library: Library, asked: MatrixQuestion) -> Window:
    """A window of a matrix."""
    from armillary.trace.products import matrices, matrix

    run = run_of(library, asked)
    found = matrices(run, asked.block, asked.head)
    chosen = matrix(found, asked.matrix)
    row, column = (max(0, min(first, size - many)) for first, size, many in zip(
        (asked.row, asked.column), chosen.shape, (asked.rows, asked.columns), strict=True))
    values = chosen.window(slice(row, row + asked.rows), slice(column, column + asked.columns))

    def names(kind: str, first: int, many: int) -> tuple[str, ...]:
        if kind == "token":
            return tuple(run.read.names[first : first + many])
        if kind == "vocabulary":
            return tuple(token_name(run.tokenizer, one) for one in range(first, first + many))
        return tuple(map(str, range(first, first + many)))

    return Window(
        tuple(Listed(name, *one.shape, _product(one)) for name, one in found.items()), row, column,
        names(chosen.rows, row, values.shape[0]), names(chosen.columns, column, values.shape[1]),
        tuple(map(tuple, values.tolist())),
    )


def _product(one: "Matrix") -> tuple[str, ...]:
    return () if one.factors is None else one.factors.names


def cell(library: Library, asked: CellQuestion) -> Taken:
    """One number of a matrix, taken apart."""
    from armillary.trace.products import matrices, matrix

    found = matrix(matrices(run_of(library, asked), asked.block, asked.head), asked.matrix)
    rows, columns = found.shape
    if asked.row >= rows or asked.column >= columns:
        raise InputError("{name} has {rows} rows and {columns} columns, counted from 0", name=asked.matrix, rows=rows,
                         columns=columns)
    value = float(found.window(slice(asked.row, asked.row + 1), slice(asked.column, asked.column + 1))[0, 0])
    taken = found.cell(asked.row, asked.column)
    if taken is None:
        return Taken(asked.row, asked.column, value, (), (), (), 0.0, 1.0, 0.0)
    sides = taken.left, taken.right
    return Taken(asked.row, asked.column, value, _product(found), *sides, taken.sum, taken.factor, taken.bias)


def journey(library: Library, asked: JourneyQuestion) -> Journey:
    """A vector's way through the layers."""
    from armillary.geometry.projection import principal_components, slice_through
    from armillary.geometry.rows import unit_rows
    if len(asked.axes) == 1:
        raise InputError("a slice is spanned by two words, or by none: then by where the vector varies most")
    run = run_of(library, asked)
    way = run.journey(asked.position)  # no `journeys`: it reads all other tokens at each layer too
    rows = unit_rows(way.vectors)
    words = np.zeros((0, rows.shape[1]))
    if asked.axes:
        space = library.space(asked.id, "W_U")
        words = unit_rows(np.stack([space.point(axis).vector for axis in asked.axes]))
    frame = slice_through(words) if asked.axes else principal_components(rows, 2)
    ends = run.model.config.unembedding is not None
    said = run.lens([asked.position], n=1) if ends else None
    guesses = [(row[0][0], float(odds[0][0])) for row, odds in zip(said.names, said.chances.tolist(), strict=True)
               ] if said else [("", 0.0)] * len(rows)
    lengths = np.linalg.norm(way.vectors, axis=1)
    stages = tuple(
        Stage((float(at[0]), float(at[1])), float(kept), float(length), float(start), *guess)
        for at, kept, length, start, guess in zip(
            frame.coordinates(rows), frame.kept(rows), lengths, rows @ rows[0], guesses, strict=True)
    )
    placed = tuple((float(x), float(y)) for x, y in frame.coordinates(words)[:, :2]) if len(words) else ()
    position = asked.position % len(run)
    return Journey(run.read.names[position], position, asked.axes, placed, stages)


ROUTES = (
    Route("inside/matrix", "A window of any matrix of a block.", MatrixQuestion, Window, window, seconds=LONG),
    Route("inside/cell", "One number of a matrix: the row, the column, their sum.", CellQuestion, Taken, cell,
          seconds=LONG),
    Route("inside/journey", "A vector's way through the layers, in a slice.", JourneyQuestion, Journey, journey,
          seconds=LONG),
)
