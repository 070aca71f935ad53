"""Armillary's side of every comparison that is made inside a process."""

from pathlib import Path
from typing import Any

import numpy as np
from measure import Watch, digest, random_points, run, spread

import armillary
from armillary.geometry.neighbours import nearest
from armillary.opening import open
from armillary.space import Space

VERSION = "Armillary"


def query(source: dict[str, Any], fast: bool) -> dict[str, Any]:
    """One question at a time, the ten nearest."""
    space, watch = _space(source), Watch()
    answers = []
    if fast:
        space.prepare()
    for row in [0, *spread(len(space))]:
        label = space.labels[row]
        with watch:
            found = space.near(label)
        answers.append([(one.label, one.cosine) for one in found.neighbours])
    return _without_first(watch, answers)


def batch(source: dict[str, Any], queries: int) -> dict[str, Any]:
    """Many questions at once, the ten nearest to each, the asked point itself among them."""
    space, watch = _space(source), Watch()
    asked = np.ascontiguousarray(space.vectors[spread(len(space), queries)])
    for _ in range(3):
        with watch:
            found = nearest(space.vectors, asked, 10, norms=space.norms)
    answers = [list(zip(rows, scores, strict=True)) for rows, scores in
               zip(found.rows.tolist(), found.scores.tolist(), strict=True)]
    return watch.report(answers, VERSION)


def first_answer(store: str, word: str) -> dict[str, Any]:
    """Open a native store and ask the first question."""
    watch = Watch()
    with watch:
        found = [(one.label, one.cosine) for one in open(store).near(word).neighbours]
    return watch.report([found], VERSION)


def opening(store: str) -> dict[str, Any]:
    """Open a native store."""
    watch = Watch()
    with watch:
        space = open(store)
    return watch.report(len(space), VERSION)


def first_lookup(store: str, word: str) -> dict[str, Any]:
    """Open a native store and look up the first vector."""
    watch = Watch()
    with watch:
        vector = open(store).vector(word)
    return watch.report(vector.tolist(), VERSION)


def load(file: str, word: str) -> dict[str, Any]:
    """Read a file of word vectors until a word can be looked up."""
    watch = Watch()
    with watch:
        space = open(file)
        space.vector(word)
    return watch.report(digest(list(space), np.ascontiguousarray(space.vectors)), VERSION)


def _space(source: dict[str, Any]) -> Space:
    return open(Path(source["store"])) if "store" in source else armillary.Space(*random_points(**source))


def _without_first(watch: Watch, answers: list[Any]) -> dict[str, Any]:
    """The first question warms up whatever is made once."""
    for figures in (watch.walls, watch.cpus, watch.peaks):
        del figures[:1]
    return watch.report(answers[1:], VERSION)


if __name__ == "__main__":
    run(query, batch, first_answer, opening, first_lookup, load)
