"""A process that goes on with what lies at a path, up to a step, and saves; one of several shares the model."""

import json
import sys
from pathlib import Path

import torch

from armillary.train.checkpoint import Standing, resume, save
from armillary.train.fit import fit
from armillary.train.optimiser import Optimiser
from armillary.train.plan import Plan
from armillary.train.together import is_first, join, leave, processes
from tests.train.lessons import lessons, small

PLAN = Plan(steps=20, rate=0.01, matrices=0.02, warm=2)


def learned(path: Path, until: int) -> list[float]:
    """The losses of the steps."""
    model = small()
    if processes() > 1:
        from armillary.train.sharded import sharded

        model = sharded(model.config, model.named_parameters())
    optimiser, losses, done = Optimiser(model, PLAN), [], 0
    if path.exists():
        done = resume(path, optimiser, {}).step
    for step in fit(model, lessons(), PLAN, optimiser, done):
        losses.append(step.loss)
        if step.number == until:
            break
    save(path, optimiser, Standing(until), {})
    return losses


if __name__ == "__main__":
    torch.set_num_threads(1)
    join()
    losses = learned(Path(sys.argv[1]), int(sys.argv[2]))
    if is_first():
        sys.stdout.write(json.dumps({"losses": losses}))
    leave()
    if left := {task.read_text().strip() for task in Path("/proc/self/task").glob("*/comm")} & {"pt_gloo_runloop"}:
        raise SystemExit(f"threads of the group are left: {left}")
