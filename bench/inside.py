"""Looking inside: what keeping every place costs, one attention pattern, the lens, similar contexts, the import.

GPT-2 small's shape with random numbers, the same on both sides; the peer is TransformerLens 4 (`boot_native`). What is
kept is compared in bytes, each storage counted once. The peer's `attn_scores` hold the patterns once more, so that its
cache has no scores; ours makes them of the kept queries and keys, the same to the bit, and by one step each the points
between attention and MLP (a sum) and the MLP's numbers after the activation. With all written down it is shown beside.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from armillary.space import Space
from compare import Claim, Figures, Row, compare, measured, settings, show, task
from material import CACHE, OURS, peer
from sides.measure import random_points

LENGTHS = (128, 512)
KINDS = {
    "every place but scores and patterns": (("armillary", {"patterns": False}), 2.0, 1 / 0.75),
    "every place, scores by q and k": (("armillary", {"patterns": True}), 3.0, 1.0),
    "every place written down": (("squares", {}), None, None),
}
"""What is kept -> its side, the most that it may take beyond plain (of a hundred), how many times smaller."""
SPOTS, DIM = 100_000, 576


def main() -> int:
    """Every row of the table."""
    asked = settings(__doc__, rounds=3)
    theirs = None if asked.alone else peer("transformerlens")
    rows = list(_captures(theirs, asked.rounds))
    sides, claims = {}, []
    for length in LENGTHS:
        for what, mine, yours, ratio in (("one attention pattern on demand", "pattern", "their_pattern", 20),
                                         ("lens of all layers at 8 positions", "lens", "their_lens", 2)):
            name = f"{what}, {length} tokens"
            sides[name] = task(OURS, "inside_side", mine, length=length)
            if theirs:
                sides[f"their {name}"] = task(theirs, "inside_side", yours, length=length)
            claims.append(Claim(name, name, f"their {name}", ratio=ratio))
    path = CACHE / "made" / f"spots-{asked.rows}x{DIM}.space"
    sides["spots"] = task(OURS, "inside_side", "spots", path=str(_spots(path, min(asked.rows, SPOTS))), row=7)
    claims.append(Claim("100,000 spots on disk, opened and asked", "spots", limit=0.1))
    sides["import"] = task(OURS, "inside_side", "imported", module="armillary.trace.run", version="Armillary")
    if theirs:
        sides["their import"] = task(theirs, "inside_side", "imported", module="transformer_lens.model_bridge",
                                     version="TransformerLens")
    claims.append(Claim("import beyond torch", "import", "their import", limit=0.15))
    return show(rows + compare(sides, claims, asked.rounds), asked.json)


def _captures(theirs: Path | None, rounds: int) -> Iterator[Row]:
    """How long a text with its places kept takes, how much longer than plain, and how many bytes are kept."""
    for length in LENGTHS:
        runs: dict[str, list[Figures]] = {}
        for turn in range(rounds):
            for kind, ((name, told), _, _) in KINDS.items():
                print(f"round {turn}, {kind}, {length} tokens", file=sys.stderr)
                side = task(OURS, "inside_side", name, length=length, **told)
                runs.setdefault(kind, []).append(measured(side))
            if theirs:
                print(f"round {turn}, TransformerLens, {length} tokens", file=sys.stderr)
                runs.setdefault("", []).append(measured(task(theirs, "inside_side", "transformerlens", length=length)))
        for kind, (_, most, smaller) in KINDS.items():
            yield from _rows(f"{kind}, {length} tokens", runs[kind], runs.get("", []), most, smaller)


def _rows(
    what: str, ours: list[Figures], theirs: list[Figures], most: float | None, smaller: float | None
) -> Iterator[Row]:
    version = theirs[0].version if theirs else ""
    same = ours[0].answer["likeliest"] == theirs[0].answer["likeliest"] if theirs else None
    mine = median(median(one.wall) for one in ours)
    yours = median(median(one.wall) for one in theirs) if theirs else None
    ratio = yours / mine if yours else None
    yield Row(what, "wall", mine, yours, version, ratio, "1 x", same, same is not False and (ratio or 1) >= 1)
    over = median(one.answer["overhead"] for one in ours)
    asked, holds = ("", True) if most is None else (f"{most:g} at most", over <= most)
    yield Row(f"{what}: beyond plain", "points", over, None, "", None, asked, None, holds)
    kept, held = ours[0].answer["bytes"], theirs[0].answer["bytes"] if theirs else None
    ratio = held / kept if held else None
    asked = "" if smaller is None else f"{smaller:.2f} x"
    yield Row(f"{what}: bytes", "peak", kept, held, version, ratio, asked, None, (ratio or 9) >= (smaller or 0))


def _spots(path: Path, rows: int) -> Path:
    """So many points on the disk, as `armillary embed --layer` writes them."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        Space(*random_points(rows, DIM)).save(path)
    return path


if __name__ == "__main__":
    sys.exit(main())
