"""A small GPT learns tiny Shakespeare beside nanoGPT: wall time to a loss, and tokens a second of one model.

With --minutes, two minutes of each, and the loss that they come to; with --start, how long two processes need before
they learn; with --turns, what is measured without a flag, but a step of each side in turn; with --gpu, how much of a
GPU the learning of GPT-2 uses.

ARMILLARY_BENCH_NANOGPT names a checkout of https://github.com/karpathy/nanoGPT; without it, Armillary is measured
alone. The text is the one that ARMILLARY_DATA has as lm/tinyshakespeare.txt.
"""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from compare import Claim, Row, compare, measured, settings, show, task
from material import OURS

TARGET = 1.88
"""What nanoGPT's README names as the loss that its CPU settings come to, after 2,000 steps."""
STEPS = 100
MINUTES = 2.0
_STARTS = 3
"""Rounds of what varies much and takes little; the one before them that is not counted compiles Python's modules."""
LOWER = {"published": 0.1, "fast": 0.2}
"""By how many nats a character each recipe shall be better than nanoGPT after as many minutes."""


def main() -> int:
    """To the loss; and 100 steps of one model. Or what the flags say."""
    asked = settings(__doc__, rounds=1, minutes="the loss after two minutes", start="the start of two processes",
                     turns="to the loss, a step of each side in turn", gpu="how much of a GPU is used")
    if asked.gpu:
        return used(asked.json)
    text = str(Path(os.environ.get("ARMILLARY_DATA", "data"), "lm", "tinyshakespeare.txt"))
    nanogpt = "" if asked.alone else os.environ.get("ARMILLARY_BENCH_NANOGPT", "")
    if asked.minutes:
        return show(list(after_minutes(text, nanogpt)), asked.json)
    if asked.start:
        sides = {"start": task(OURS, "learning_side", "start", text=text)}
        claim = Claim("two processes have learned a step, later than a bare script has joined two", "start", limit=1)
        return show(compare(sides, [claim], max(asked.rounds, _STARTS)), asked.json)
    if asked.turns:
        return show(list(in_turn(text, os.environ["ARMILLARY_BENCH_NANOGPT"])), asked.json)
    sides = {
        "loss": task(OURS, "learning_side", "to_loss", text=text, target=TARGET, nanogpt="", every=10),
        "fast": task(OURS, "learning_side", "to_loss", text=text, target=TARGET, nanogpt="", every=10, recipe="fast"),
        "pace": task(OURS, "learning_side", "pace", text=text, nanogpt="", steps=STEPS),
    }
    if nanogpt:
        sides["their pace"] = task(OURS, "learning_side", "pace", text=text, nanogpt=nanogpt, steps=STEPS)
        sides["their loss"] = task(OURS, "learning_side", "to_loss", text=text, target=TARGET, nanogpt=nanogpt,
                                   every=100)
    claims = [
        Claim(f"learning until the held-out loss is {TARGET}", "loss", "their loss", ratio=6),
        Claim(f"the same, recipe fast: {TARGET}", "fast", "their loss", ratio=6),
        Claim(f"{STEPS} steps of the same model and batch", "pace", "their pace", ratio=1.1),
    ]
    return show(compare(sides, claims, asked.rounds), asked.json)


def after_minutes(text: str, nanogpt: str) -> Iterator[Row]:
    """A row for each recipe: the loss that it comes to."""
    asked = {"text": text, "number": MINUTES}
    theirs = measured(task(OURS, "learning_side", "minutes", nanogpt=nanogpt, **asked)).answer if nanogpt else None
    for recipe, lower in LOWER.items():
        side = task(OURS, "learning_side", "minutes", nanogpt="", recipe=recipe, **asked)
        ours = float(measured(side).answer)
        holds = theirs is None or ours <= theirs - lower
        yield Row(f"loss after {MINUTES:g} minutes, recipe {recipe}", "nats", ours, theirs,
                  "nanoGPT" if nanogpt else "", None, f"{lower:g} nats lower", None, holds)


def in_turn(text: str, nanogpt: str) -> Iterator[Row]:
    """A row for each recipe, and for a step of nanoGPT's model."""
    found = measured(task(OURS, "learning_side", "turns", text=text, nanogpt=nanogpt, target=TARGET)).answer
    (ours,), (theirs,) = found.pop("same"), found.pop("nanoGPT")
    for recipe, (steps, seconds, loss) in found.items():
        ratio = 2000 * theirs / seconds
        yield Row(f"recipe {recipe}, {steps} steps to {loss:.3f}", "wall", seconds, 2000 * theirs,
                  "nanoGPT, 2,000 steps", ratio, "6 x", None, ratio >= 6)
    yield Row("a step of the same model and batch", "wall", ours, theirs, "nanoGPT", theirs / ours, "1.1 x", None,
              theirs / ours >= 1.1)


def used(as_json: bool) -> int:
    """Tell what part of its operations a GPU spends on the learning of GPT-2, or that there is none."""
    found = measured(task(OURS, "gpu_side", "learning", steps=20, windows=16, context=1024))
    told = {"device": found.version, **(found.answer or {})}
    lines = [f"{name}: {value:.3g}" if isinstance(value, float) else f"{name}: {value}" for name, value in told.items()]
    print(json.dumps(told) if as_json else "\n".join(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
