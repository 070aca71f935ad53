"""One question at a time, and 1,024 at once: the ten nearest of 400,000 points, exact."""

from typing import Any

from compare import Claim, compare, settings, show, task
from material import OURS, Material, peer

QUERIES = 1024


def main() -> int:
    """GloVe's 50 numbers, then 300 random ones."""
    asked = settings(__doc__, rounds=5)
    glove = Material(asked.target)
    random = {"rows": asked.rows, "dim": 300}
    rows = compared("GloVe x 50", {"store": str(glove.store)}, glove, asked)
    rows += compared("random x 300", random, None, asked)
    return show(rows, asked.json)


def compared(name: str, ours: dict[str, Any], glove: Material | None, asked: Any) -> list[Any]:
    """All claims on one matrix."""
    sides = {
        "plain": task(OURS, "armillary_side", "query", source=ours, fast=False),
        "fast": task(OURS, "armillary_side", "query", source=ours, fast=True),
        "batch": task(OURS, "armillary_side", "batch", source=ours, queries=QUERIES),
    }
    if not asked.alone:
        keyed = {"saved": str(glove.saved)} if glove else ours
        plain = {"vectors": str(glove.vectors), "labels": str(glove.labels)} if glove else ours
        sides |= {
            "gensim": task(peer("gensim"), "gensim_side", "query", source=keyed),
            "faiss": task(peer("faiss"), "faiss_side", "query", source=plain),
            "faiss batch": task(peer("faiss"), "faiss_side", "batch", source=plain, queries=QUERIES),
        }
    claims = [
        Claim(f"one query, {name}, base", "plain", "gensim", ratio=1),
        Claim(f"one query, {name}, base", "plain", "faiss"),
        Claim(f"one query, {name}, fast", "fast", "gensim", ratio=2),
        Claim(f"one query, {name}, fast", "fast", "faiss", ratio=2),
        Claim(f"{QUERIES:,} at once, {name}", "batch", "faiss batch", ratio=1),
    ]
    return compare(sides, claims, asked.rounds)


if __name__ == "__main__":
    raise SystemExit(main())
