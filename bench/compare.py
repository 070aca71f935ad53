"""The harness: two sides or more in turn, their medians, the ratio, and whether they gave the same answer.

Every side is a command that runs in a process of its own, peers in a virtual environment of their own. After one round
that is not counted (it compiles, and reads the files into memory, for all sides alike) the sides take turns, A B A B,
so that whatever else the machine does falls on all of them. All are held to the same two processors.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

THREADS = 2
TOLERANCE = 1e-5  # of a cosine in float32
SIDES = Path(__file__).parent / "sides"
UNITS = {"wall": "s", "cpu": "s", "peak": "bytes", "points": "of a hundred", "nats": "nats"}


@dataclass(frozen=True)
class Side:
    """One command.

    Attributes:
        command: what is run.
        read: where the process is measured from outside, how its output is read as an answer; where it is None, the
            process measures itself and prints a report (see `sides/measure.py`).
        version: what to call it, where it prints no report.
    """

    command: Sequence[str | Path]
    read: Callable[[str], Any] | None = None
    version: str = "Armillary"


@dataclass(frozen=True)
class Claim:
    """What is to be shown: `ours` needs at most `limit`, and `peer` at least `ratio` times as much as `ours`.

    Attributes:
        what: in words.
        ours: a side's name.
        peer: a side's name, or None where only the limit counts.
        ratio: at least.
        limit: at most, in the measure's unit.
        measure: "wall" or "cpu" (seconds), or "peak" (bytes).
    """

    what: str
    ours: str
    peer: str | None = None
    ratio: float | None = None
    limit: float | None = None
    measure: str = "wall"


@dataclass(frozen=True)
class Figures:
    """What one run of a side measured."""

    wall: list[float]
    cpu: list[float]
    peak: list[int]
    answer: Any
    version: str


@dataclass(frozen=True)
class Row:
    """What came out for one claim: medians in the measure's unit, and whether the claim holds."""

    what: str
    measure: str
    ours: float
    peer: float | None
    version: str
    ratio: float | None
    asked: str
    same_answer: bool | None
    holds: bool


def task(python: Path, script: str, name: str, **settings: object) -> Side:
    """The side that runs task `name` of a script in `sides/`."""
    return Side([python, SIDES / f"{script}.py", name, json.dumps(settings)])


def compare(sides: Mapping[str, Side], claims: Sequence[Claim], rounds: int) -> list[Row]:
    """Run all sides in turn and hold the claims to what they measured; a single round is counted as it is."""
    taken: dict[str, list[Figures]] = {name: [] for name in sides}
    for turn in range(rounds + 1 if rounds > 1 else 1):
        for name, side in sides.items():
            print(f"round {turn}, {name}", file=sys.stderr)
            figures = measured(side)
            if turn or rounds == 1:
                taken[name].append(figures)
    return rows_of(claims, taken)


def rows_of(claims: Sequence[Claim], taken: Mapping[str, Sequence[Figures]]) -> list[Row]:
    """The claims held to what the sides measured; one about a peer that is not here is shown without it."""
    alone = (replace(claim, peer=None, ratio=None) if claim.peer not in taken else claim for claim in claims)
    return [_row(claim, taken) for claim in dict.fromkeys(alone)]


def environment() -> dict[str, str]:
    """What every side runs in: as many threads for all libraries."""
    return {**os.environ, **{f"{name}_NUM_THREADS": str(THREADS) for name in ("OMP", "OPENBLAS", "MKL", "NUMBA")}}


def measured(side: Side) -> Figures:
    """Run a side once."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        [str(word) for word in side.command], env=environment(), capture_output=True, text=True, check=False
    )
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, side.command))} failed:\n{done.stderr}")
    if side.read is None:
        return Figures(**json.loads(done.stdout))
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Figures([wall], [cpu], [], side.read(done.stdout), side.version)


def same_answer(ours: Any, theirs: Any) -> bool:
    """Whether two answers agree: equal, or lists of neighbours [label, cosine] that differ in no more than rounding.

    Neighbours whose cosines are that close may have changed places, also with the first that is not listed any more.
    """
    if not (isinstance(ours, list) and isinstance(theirs, list)) or len(ours) != len(theirs):
        return bool(ours == theirs)
    if not ours or not isinstance(ours[0], list):
        return ours == theirs
    return all(_same_neighbours(mine, yours) for mine, yours in zip(ours, theirs, strict=True))


def _same_neighbours(ours: list[Any], theirs: list[Any]) -> bool:
    scores, last = dict(theirs), theirs[-1][1]
    return len(ours) == len(theirs) and all(
        abs(score - scores.get(label, last)) < TOLERANCE and abs(score - placed) < TOLERANCE
        for (label, score), (_, placed) in zip(ours, theirs, strict=True)
    )


def _row(claim: Claim, taken: Mapping[str, Sequence[Figures]]) -> Row:
    ours, mine = _median(taken[claim.ours], claim.measure), taken[claim.ours][0]
    within = claim.limit is None or ours <= claim.limit
    if claim.peer is None:
        return Row(claim.what, claim.measure, ours, None, "", None, _asked(claim), None, within)
    peer, yours = _median(taken[claim.peer], claim.measure), taken[claim.peer][0]
    ratio = peer / ours if ours else float("inf")
    same = same_answer(mine.answer, yours.answer)
    holds = within and same and (claim.ratio is None or ratio >= claim.ratio)
    return Row(claim.what, claim.measure, ours, peer, yours.version, ratio, _asked(claim), same, holds)


def _median(runs: Sequence[Figures], measure: str) -> float:
    """The median over the rounds of each round's own median."""
    return float(median(median(getattr(run, measure)) for run in runs))


def _asked(claim: Claim) -> str:
    ratio = "" if claim.ratio is None else f"{claim.ratio:g} x"
    limit = "" if claim.limit is None else f"{_quantity(claim.limit, claim.measure)} at most"
    return " and ".join(filter(None, [ratio, limit]))


def _quantity(value: float | None, measure: str) -> str:
    if value is None:
        return ""
    if UNITS[measure] == "bytes":
        return f"{value / 1e6:.1f} MB"
    if UNITS[measure] == "nats":
        return f"{value:.3f} nats"
    if UNITS[measure] == "of a hundred":
        return f"{value:.1f}"
    return f"{value:.2f} s" if value >= 1 else f"{value * 1000:.1f} ms"


def show(rows: Sequence[Row], as_json: bool) -> int:
    """Print the table, or one JSON object; the exit code is 1 where a claim does not hold."""
    if as_json:
        print(json.dumps({"rows": [asdict(row) for row in rows]}, indent=2))
    else:
        lines = [("what", "Armillary", "peer", "", "ratio", "asked", "same answer", "")] + [_line(row) for row in rows]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        for line in lines:
            print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
    return 0 if all(row.holds for row in rows) else 1


def _line(row: Row) -> tuple[str, ...]:
    return (
        row.what, _quantity(row.ours, row.measure), _quantity(row.peer, row.measure), row.version,
        "" if row.ratio is None else f"{row.ratio:.1f}", row.asked,
        {None: "", True: "yes", False: "NO"}[row.same_answer], "" if row.holds else "MISSED",
    )


def settings(
    description: str | None, rounds: int, target: str = "glove-6b-50d", **flags: str
) -> argparse.Namespace:
    """The command line that all benchmarks share; also holds this process and its children to two processors.

    `flags` are a benchmark's own, each with its help.
    """
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    for flag, told in flags.items():
        parser.add_argument(f"--{flag}", action="store_true", help=told)
    parser.add_argument("--in", dest="target", default=target, help="what is worked on: a file, or its shelf name")
    parser.add_argument("--rows", type=int, default=400_000, help="rows of random matrices")
    parser.add_argument("--rounds", type=int, default=rounds)
    parser.add_argument("--alone", action="store_true", help="leave the peers out")
    parser.add_argument("--json", action="store_true")
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:THREADS])
    return parser.parse_args()
