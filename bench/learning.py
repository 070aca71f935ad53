"""A small GPT learns tiny Shakespeare beside nanoGPT: wall time to a loss, and tokens a second of one model.

ARMILLARY_BENCH_NANOGPT names a checkout of https://github.com/karpathy/nanoGPT; without it, Armillary is measured
alone. The text is the one that ARMILLARY_DATA has as lm/tinyshakespeare.txt.
"""

import os
import sys
from pathlib import Path

from compare import Claim, compare, settings, show, task
from material import OURS

TARGET = 1.88
"""What nanoGPT's README names as the loss that its CPU settings come to, after 2,000 steps."""
STEPS = 100


def main() -> int:
    """To the loss; and 100 steps of one model."""
    asked = settings(__doc__, rounds=1)
    text = str(Path(os.environ.get("ARMILLARY_DATA", "data"), "lm", "tinyshakespeare.txt"))
    nanogpt = "" if asked.alone else os.environ.get("ARMILLARY_BENCH_NANOGPT", "")
    sides = {
        "loss": task(OURS, "learning_side", "to_loss", text=text, target=TARGET, nanogpt="", every=25),
        "pace": task(OURS, "learning_side", "pace", text=text, nanogpt="", steps=STEPS),
    }
    if nanogpt:
        sides["their pace"] = task(OURS, "learning_side", "pace", text=text, nanogpt=nanogpt, steps=STEPS)
        sides["their loss"] = task(OURS, "learning_side", "to_loss", text=text, target=TARGET, nanogpt=nanogpt,
                                   every=250)
    claims = [
        Claim(f"learning until the held-out loss is {TARGET}", "loss", "their loss", ratio=6),
        Claim(f"{STEPS} steps of the same model and batch", "pace", "their pace", ratio=1.1),
    ]
    return show(compare(sides, claims, asked.rounds), asked.json)


if __name__ == "__main__":
    sys.exit(main())
