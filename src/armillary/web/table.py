"""A text as rows of a model's table W_E: what is looked up, and that a one-hot vector times the table is the same."""

from dataclasses import dataclass
from typing import Annotated

import numpy as np

from armillary.errors import InputError
from armillary.geometry.angle import angle_degrees
from armillary.speak.candidates import name
from armillary.web.library import Library
from armillary.web.route import Route
from armillary.web.schema import Name, Size

MOST = 48
"""Tokens of a text whose rows are sent."""


@dataclass(frozen=True)
class TableQuestion:
    """A text, and the model whose table is read."""

    id: Name
    text: Annotated[str, Size(2_000, 1)]


@dataclass(frozen=True)
class Table:
    """The rows of a text.

    Attributes:
        rows, dim: the shape of the table.
        count: how many tokens the text has; the first `MOST` of them follow.
        tokens, ids: what they are called, and which rows they are.
        numbers: those rows, to six decimals.
        equal: whether a one-hot vector for the first of them, times the table, is its row bit for bit.
        angle: between the first two different rows, in degrees; None where the text has only one.
        pair: what those two are called.
    """

    rows: int
    dim: int
    count: int
    tokens: tuple[str, ...]
    ids: tuple[int, ...]
    numbers: tuple[tuple[float, ...], ...]
    equal: bool
    angle: float | None
    pair: tuple[str, ...]


def looked_up(library: Library, asked: TableQuestion) -> Table:
    """The rows of W_E that a text is made of.

    Raises:
        InputError: the text has no token.
    """
    tokenizer, space = library.tokenizer(asked.id), library.space(asked.id, "W_E")
    every = tokenizer.encode(asked.text).tolist()
    ids = every[:MOST]
    if not ids:
        raise InputError("there is no token in this text")
    found = space.vectors[ids]
    names = tuple(name(tokenizer, one) for one in ids)
    one_hot = np.zeros(len(space), np.float32)
    one_hot[ids[:1]] = 1
    product = one_hot @ space.vectors
    other = next((place for place, one in enumerate(ids) if one != ids[0]), None)
    return Table(
        len(space), space.dim, len(every), names, tuple(ids),
        tuple(tuple(round(x, 6) for x in row) for row in found.tolist()), product.tobytes() == found[0].tobytes(),
        None if other is None else angle_degrees(found[0], found[other]),
        () if other is None else (names[0], names[other]),
    )


ROUTES = (Route("table", "The rows of W_E that a text is made of.", TableQuestion, Table, looked_up),)
