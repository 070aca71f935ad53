"""A place as people write it.

    5.z.3@7             head 3 of z in block 5, at position 7
    5.attn_out          a place of block 5, at all positions
    5.z.3               one head of it; of mlp_pre and mlp_post, one unit; of points, one number
    5.mlp_out@-1        at the last position
    5.resid_post@2,3    at two positions

Places outside the blocks, such as embed and logits, are written as they are called.
"""

from dataclasses import dataclass, replace
from difflib import get_close_matches

from torch import Tensor

from armillary.errors import InputError, NotFound
from armillary.transformer.config import Config
from armillary.transformer.places import PLACES, places

_SHAPES = {place.name: place.shape.split() for place in PLACES}
Index = tuple[slice | list[int], ...]


@dataclass(frozen=True)
class Where:
    """Where to look or to step in.

    Attributes:
        place: the long name of a place.
        part: one head of q, k, v, z, scores, pattern; one unit of an MLP; one number of a point. None for all.
        positions: the positions that are meant, counted from the end where negative; None for all.
    """

    place: str
    part: int | None = None
    positions: tuple[int, ...] | None = None

    def at(self, *positions: int) -> "Where":
        """The same place at these positions."""
        return replace(self, positions=positions)

    def index(self, x: Tensor) -> Index:
        """What of x is meant, which stands at the place: axes are kept.

        Raises:
            InputError: the text has no such position, or the place no such part.
        """
        letters = _SHAPES[self.place.rpartition(".")[2]]
        axes: list[slice | list[int]] = [slice(None)] * x.dim()
        if self.part is not None:
            axis = 1 if letters[1] in "hg" else len(letters) - 1
            if not 0 <= self.part < x.shape[axis]:
                raise InputError("{place} has parts 0 to {last}, not {part}",
                                 place=self.place, last=x.shape[axis] - 1, part=self.part)
            axes[axis] = slice(self.part, self.part + 1)
        if self.positions is not None:
            axis = letters.index("t")
            axes[axis] = [inside(one, x.shape[axis]) for one in self.positions]
        return tuple(axes)


def inside(position: int, count: int) -> int:
    """A position from 0 on; negative ones count from the end.

    Raises:
        InputError: a text of `count` tokens does not have it.
    """
    if not -count <= position < count:
        raise InputError("position {position} is outside the text, whose {count} tokens are 0 to {last}",
                         position=position, count=count, last=count - 1)
    return position % count


def where(written: str, config: Config) -> Where:
    """The place that is written, of a model of this config.

    Raises:
        NotFound: there is no such place; near names are told.
        InputError: what follows @ is no list of positions.
    """
    name, at, listed = written.partition("@")
    positions = _positions(listed, written) if at else None
    known = list(places(config))
    name = name if name in known or not name[:1].isdigit() else f"blocks.{name}"
    if name in known:
        return Where(name, positions=positions)
    place, _, part = name.rpartition(".")
    if place in known and part.isdecimal():
        return Where(place, int(part), positions)
    near = [one.removeprefix("blocks.") for one in get_close_matches(name, known, 4, 0.6)]
    if near:
        raise NotFound("there is no place {name!r} in this model. Near names: {listed}",
                       name=written, listed=", ".join(near))
    raise NotFound("there is no place {name!r} in this model; `armillary inside --places` lists all", name=written)


def _positions(listed: str, written: str) -> tuple[int, ...]:
    try:
        return tuple(int(one) for one in listed.split(","))
    except ValueError:
        raise InputError("{written!r}: positions after @ are whole numbers with commas between them",
                         written=written) from None
