"""LEARNING: from a text, or from baskets of anything, to a space in one call; `armillary learn` is a skin over it."""

from armillary.learning.conduct import Conduct
from armillary.learning.learn import items_learned, learn_items, learn_vectors, vectors_learned
from armillary.learning.outcome import Outcome
from armillary.learning.output import snapshot_of
from armillary.learning.reports import Report
from armillary.learning.watched import Watched

__all__ = [
    "Conduct", "Outcome", "Report", "Watched", "items_learned", "learn_items", "learn_vectors", "snapshot_of",
    "vectors_learned",
]
