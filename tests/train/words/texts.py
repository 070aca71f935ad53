"""Texts made up for the tests of learning: words that keep company, so that there is something to learn."""

import numpy as np

from armillary.text.encoded import END, Encoded


def company(places: int = 6000, words: int = 40, seed: int = 0) -> Encoded:
    """Sentences of nine words out of one of four circles, Zipf-distributed inside each."""
    random = np.random.default_rng(seed)
    circle = words // 4
    chances = 1 / np.arange(1, circle + 1)
    drawn = []
    for _ in range(places // 10):
        first = int(random.integers(4)) * circle
        drawn.append([*(first + random.choice(circle, 9, p=chances / chances.sum())), END])
    ids = np.array(drawn, np.int32).reshape(-1)
    counts = np.bincount(ids[ids >= 0], minlength=words).astype(np.int64)
    order = np.lexsort((np.arange(words), -counts))
    place = np.empty(words + 1, np.int32)
    place[order], place[END] = np.arange(words), END
    return Encoded(place[ids], [f"w{row:02}" for row in order.tolist()], counts[order])
