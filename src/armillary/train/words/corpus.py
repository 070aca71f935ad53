"""What a training takes from its corpus before it begins: tables of chances, and how many copies memory allows."""

from dataclasses import dataclass
from hashlib import sha256
from sys import getsizeof

import numpy as np

from armillary.errors import InputError
from armillary.language import Note
from armillary.shapes import Int64, UInt32
from armillary.text.encoded import Encoded
from armillary.text.memory import available
from armillary.train.words.plan import Plan, shards_for
from armillary.train.words.sampling import alias_table, kept, thresholds, weights
from armillary.train.words.shard import Targets
from armillary.train.words.tree import ways


@dataclass(frozen=True, eq=False)
class Tables:
    """What the counts of a corpus give for one plan.

    Attributes:
        keep: (v,) see `sampling.thresholds`.
        targets: what centres are told apart by.
    """

    keep: UInt32[np.ndarray, "v"]
    targets: Targets


def tables(counts: Int64[np.ndarray, "v"], plan: Plan) -> Tables:
    """The tables of a settled plan."""
    counts = np.maximum(counts, 1)
    nothing = np.zeros(0, np.int64)
    if plan.hs:
        targets = Targets(alias_table(np.full(len(counts), 1 / len(counts))), 0, *ways(counts))
    else:
        alias = alias_table(weights(counts, plan.ns_exponent))
        targets = Targets(alias, plan.negative, nothing, nothing.astype(np.int32), nothing.astype(np.float32))
    return Tables(thresholds(kept(counts, plan.sample)), targets)


def bytes_of_copy(rows: int, plan: Plan, more: int = 0) -> int:
    """Bytes of one copy of both matrices, each with a row to spare, rows padded to whole lanes.

    `more` rows of the inputs are for n-grams.
    """
    return (2 * (rows + 1) + more) * (-(-plan.vector_size // 16) * 16) * 4


def memory_note(encoded: Encoded, shards: int, copy_bytes: int) -> Note:
    """What learning will take, to be said before it is taken: S + 1 copies of both matrices, and the vocabulary."""
    copies = shards + (shards > 1)
    facts = {
        "matrices": copies * copy_bytes / 1e6, "copies": copies, "shards": shards, "rows": len(encoded.labels),
        "vocabulary": sum(map(getsizeof, encoded.labels)) / 1e6, "free": available() / 1e6,
    }
    return Note("memory: {matrices:,.0f} MB for {copies} copies of both matrices ({shards} shards, {rows:,} rows), "
                "{vocabulary:,.0f} MB for the vocabulary; {free:,.0f} MB are free", facts)


def shards_that_fit(plan: Plan, places: int, copy_bytes: int) -> tuple[int, list[Note]]:
    """How many shards the text is worth and memory allows; a note where memory is the reason for fewer.

    A shard has a copy of both matrices (`copy_bytes`), and there is one more that they are merged in.

    Raises:
        InputError: not even one copy fits.
    """
    wanted, free = plan.shards or shards_for(places, plan.maxn > 0), available()
    shards = wanted
    while shards > 1 and (shards + 1) * copy_bytes > free // 2 and not plan.shards:
        shards //= 2
    needed = (shards + (shards > 1)) * copy_bytes
    if needed > free:
        raise InputError("learning needs {needed:.1f} GB of memory and {free:.1f} GB are free; take a higher "
                         "min_count, a smaller vector_size, or fewer shards", needed=needed / 1e9, free=free / 1e9)
    if shards == wanted:
        return shards, []
    return shards, [Note("{wanted} shards would need {needed:.1f} GB of memory; {shards} are taken, which gives other "
                         "vectors", {"wanted": wanted, "needed": (wanted + 1) * copy_bytes / 1e9, "shards": shards})]


def fingerprint(encoded: Encoded) -> str:
    """SHA-256 of the ids and the labels."""
    digest = sha256(np.ascontiguousarray(encoded.ids).data)
    for label in encoded.labels:
        digest.update(label.encode("utf-8", "surrogatepass") + b"\n")
    return digest.hexdigest()
