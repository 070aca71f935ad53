"""Neighbours among Debian's packages, from nothing but what depends on what.

    apt-cache dumpavail | python examples/debian_packages.py debian.txt

Each package's Depends line is a basket: what is needed together. The baskets go into a file, one a line, and are
learned from as the command line does it,

    armillary learn items debian.txt --method ppmi --unordered --min-count 5 --out debian.space

which makes points of the packages that are depended on. The archive's sections (libs, python, games, ...), which the
method never sees, say whether nearest neighbours belong together; chance is what a neighbour drawn at random gives.
"""

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np

from armillary import learn_items
from armillary.space import Space

LEAST = 5  # packages that must depend on one before it becomes a point


@dataclass(frozen=True)
class Agreement:
    """How often the nearest neighbour of a package is of its own section, and how often a random one would be."""

    packages: int
    share: float
    chance: float


def fields(lines: Iterable[str]) -> Iterator[dict[str, str]]:
    """The packages of `apt-cache dumpavail`: name -> value, lines that go on left out."""
    package: dict[str, str] = {}
    for line in lines:
        if line == "\n":
            yield package
            package = {}
        elif not line.startswith(" "):
            name, _, value = line.partition(":")
            package[name] = value.strip()
    if package:
        yield package


def read(lines: Iterable[str]) -> tuple[list[list[str]], dict[str, str]]:
    """Baskets of what each package depends on (of alternatives the first), and the section of each package."""
    baskets, sections = [], {}
    for package in fields(lines):
        sections[package["Package"]] = package.get("Section", "").rpartition("/")[2]
        needed = (part.split("|")[0].split("(")[0].partition(":")[0] for part in package.get("Depends", "").split(","))
        baskets.append([name for name in dict.fromkeys(map(str.strip, needed)) if name])
    return [basket for basket in baskets if basket], sections


def learned(baskets: list[list[str]], file: Path, size: int = 100) -> Space:
    """The packages as points, by way of a file of one basket a line."""
    file.write_text("".join(f"{','.join(basket)}\n" for basket in baskets), encoding="utf-8")
    return learn_items(file, method="ppmi", unordered=True, min_count=LEAST, vector_size=size)


def agreement(space: Space, sections: dict[str, str]) -> Agreement:
    """Hold the nearest neighbours to the sections; packages of none (virtual ones) are left out on both sides."""
    known = [row for row, label in enumerate(space.labels) if sections.get(label)]
    own = np.array([sections[space.labels[row]] for row in known])
    units = space.vectors[known] / np.maximum(np.linalg.norm(space.vectors[known], axis=1, keepdims=True), 1e-12)
    cosines = units @ units.T
    np.fill_diagonal(cosines, -2)
    shares = np.array(list(Counter(own.tolist()).values()))
    chance = (shares * (shares - 1)).sum() / (len(own) * (len(own) - 1))
    return Agreement(len(own), float((own[cosines.argmax(1)] == own).mean()), float(chance))


def main() -> None:
    """Read, learn, and print what came out."""
    if len(sys.argv) != 2:
        raise SystemExit("name the file that the baskets go to")
    baskets, sections = read(sys.stdin)
    space = learned(baskets, Path(sys.argv[1]))
    found = agreement(space, sections)
    click.echo(f"{len(baskets):,} packages depend on others; {found.packages:,} are depended on by {LEAST} or more")
    click.echo(f"nearest neighbour in the same section: {found.share:.1%}; a random one: {found.chance:.1%}")
    for label in ("python3-numpy", "libgtk-3-0", "perl", "fonts-dejavu-core"):
        if label in space:
            click.echo(f"{label}: {', '.join(one.label for one in space.near(label, 4))}")


if __name__ == "__main__":
    main()
