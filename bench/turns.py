"""Sides that stay: each opens its model once, then they take turns of a second or so until all have had theirs.

Where a side runs for a minute before the other begins, what the machine does meanwhile (a neighbour, a clock that
falls) is measured with it. Here it falls on all sides alike. Every side waits for a line, does its work, and tells that
it is done (see `sides/measure.py`); nothing runs in it until the next.
"""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from tempfile import TemporaryFile
from typing import IO, Self

from compare import Claim, Figures, Row, Side, environment, rows_of

TURNS = 7


def in_turns(sides: Mapping[str, Side], claims: Sequence[Claim], turns: int = TURNS) -> list[Row]:
    """Have all sides opened at once, let each work `turns` times, and hold the claims to what they measured."""
    with ExitStack() as stack:
        staying = {}
        for name, side in sides.items():
            print(f"opening, {name}", file=sys.stderr)
            staying[name] = stack.enter_context(Staying(side, stack.enter_context(TemporaryFile("w+"))))
        for turn in range(turns):
            for name, one in staying.items():
                print(f"turn {turn + 1}, {name}", file=sys.stderr)
                one.work()
        taken = {name: [one.told()] for name, one in staying.items()}
    return rows_of(claims, taken)


class Staying:
    """A side's process, ready to work; what it says besides, for when it fails, goes into the file `errors`."""

    def __init__(self, side: Side, errors: IO[str]) -> None:
        self._command, self._errors = [str(word) for word in side.command], errors
        self._process = subprocess.Popen(self._command, env=environment(), stdin=subprocess.PIPE,
                                         stdout=subprocess.PIPE, stderr=errors, text=True)

    def __enter__(self) -> Self:
        self._heard()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def work(self) -> None:
        """One turn."""
        _open(self._process.stdin).write("work\n")
        _open(self._process.stdin).flush()
        self._heard()

    def told(self) -> Figures:
        """What it measured; it ends."""
        said, _ = self._process.communicate()
        return Figures(**json.loads(said))

    def _heard(self) -> None:
        if not _open(self._process.stdout).readline():
            self._errors.seek(0)
            raise SystemExit(f"{' '.join(self._command)} failed:\n{self._errors.read()}")


def _open(stream: IO[str] | None) -> IO[str]:
    assert stream is not None
    return stream
