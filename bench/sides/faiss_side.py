"""faiss's side: its exact index over rows of unit length, where the inner product is the cosine."""

from pathlib import Path
from typing import Any

import faiss
import numpy as np
from measure import Watch, random_points, run, spread

VERSION = f"faiss-cpu {faiss.__version__}"


def query(source: dict[str, Any]) -> dict[str, Any]:
    """One question at a time, the ten nearest but for the asked point itself."""
    words, unit = _unit(source)
    index, watch, answers = _index(unit), Watch(), []
    for row in [0, *spread(len(unit))]:
        with watch:
            scores, rows = index.search(unit[row : row + 1], 11)
            found = [(words[one], score) for one, score in zip(rows[0].tolist(), scores[0].tolist(), strict=True)
                     if one != row]
        answers.append(found[:10])
    for figures in (watch.walls, watch.cpus, watch.peaks):
        del figures[:1]
    return watch.report(answers[1:], VERSION)


def batch(source: dict[str, Any], queries: int) -> dict[str, Any]:
    """Many questions at once, the ten nearest to each, the asked point itself among them."""
    _, unit = _unit(source)
    index, watch = _index(unit), Watch()
    asked = unit[spread(len(unit), queries)]
    for _ in range(3):
        with watch:
            scores, rows = index.search(asked, 10)
    answers = [list(zip(near, alike, strict=True)) for near, alike in zip(rows.tolist(), scores.tolist(), strict=True)]
    return watch.report(answers, VERSION)


def _unit(source: dict[str, Any]) -> tuple[list[str], np.ndarray]:
    if "vectors" in source:
        words = Path(source["labels"]).read_text(encoding="utf-8").removesuffix("\n").split("\n")
        vectors = np.load(source["vectors"])
    else:
        words, vectors = random_points(**source)
    faiss.normalize_L2(vectors)
    return words, vectors


def _index(unit: np.ndarray) -> Any:
    index = faiss.IndexFlatIP(unit.shape[1])
    index.add(unit)
    return index


if __name__ == "__main__":
    run(query, batch)
