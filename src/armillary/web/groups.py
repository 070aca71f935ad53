"""The points of a space in groups, to be coloured by, and what each group is about."""

from dataclasses import dataclass
from typing import cast

import numpy as np

from armillary.geometry.clusters import Clusters, clusters
from armillary.geometry.neighbours import nearest
from armillary.web.library import Library, Points
from armillary.web.route import Route
from armillary.web.schema import Name

COUNT, NAMED = 8, 4
EARLY = 50_000
"""Groups are called by words among so many first rows, which are the frequent ones in most files."""


@dataclass(frozen=True)
class GroupsQuestion:
    """A space; of a model, which of its tables."""

    id: Name
    points: Points = "W_E"


@dataclass(frozen=True)
class Group:
    """Points around one direction.

    Attributes:
        size: how many there are.
        words: the labels that lie nearest to the middle, of the first rows.
    """

    size: int
    words: tuple[str, ...]


@dataclass(frozen=True)
class Groups:
    """The groups of a space, the largest first."""

    groups: tuple[Group, ...]
    early: int


def grouped(library: Library, name: str, points: Points) -> Clusters:
    """The groups of a space, made once."""

    def make() -> Clusters:
        vectors = library.space(name, points).vectors
        return clusters(vectors, min(COUNT, len(vectors)))

    return cast(Clusters, library.once(("groups", name, points), make))


def groups(library: Library, asked: GroupsQuestion) -> Groups:
    """What each group is about."""
    space, found = library.space(asked.id, asked.points), grouped(library, asked.id, asked.points)
    early = min(EARLY, len(space))
    told = []
    for one, (centre, size) in enumerate(zip(found.centres, found.sizes.tolist(), strict=True)):
        own = np.flatnonzero(found.members[:early] == one)
        rows = nearest(space.vectors[own], centre[None], min(NAMED, len(own))).rows[0] if len(own) else []
        told.append(Group(size, tuple(space.labels[int(own[row])] for row in rows)))
    return Groups(tuple(told), early)


ROUTES = (Route("groups", "The points in groups by direction, and words in the middle of each.", GroupsQuestion, Groups,
                groups),)
