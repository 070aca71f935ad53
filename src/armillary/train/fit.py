"""LEARNING, the loop. Five lines of it matter: lessons, loss, gradient, move, hand over.

    model = drawn(config).requires_grad_()
    lessons = NextToken(ids, context=64, batch=12, d_vocab=256)
    for step in fit(model, lessons, Plan(steps=2000)):
        print(step.number, step.loss)

Whoever calls prints, measures, saves and stops; there is nothing to hook into. All that is drawn at random is drawn
from (seed, step), so that a run that was broken off and goes on at a step equals one that was not, bit for bit.
"""

import math
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from time import perf_counter

import torch
from torch import nn

from armillary.errors import Diverged
from armillary.train.objective import Batch, Objective
from armillary.train.optimiser import Optimiser
from armillary.train.plan import Plan
from armillary.train.together import my_part, summed

_LOOKED_BACK = 20
"""Steps whose mean loss is held against that of a model that knows nothing."""


@dataclass(frozen=True)
class Step:
    """A step that was made.

    Attributes:
        number: how many are done, this one included.
        loss: the mean over what was guessed in it, before it moved anything.
        count: how much was guessed in it: of texts, tokens.
        gradient: its length, before clipping.
        seconds: it took.
    """

    number: int
    loss: float
    count: int
    gradient: float
    seconds: float


def fit(
    model: nn.Module, objective: Objective, plan: Plan, optimiser: Optimiser | None = None, done: int = 0
) -> Iterator[Step]:
    """Teach `model` the lessons of `objective`, a step at a time.

    Args:
        model: those of its weights learn that ask for a gradient.
        objective: what is learned.
        plan: how.
        optimiser: what moves the weights; a new one if unsaid.
        done: steps that were made before, by the same optimiser.

    Raises:
        Diverged: the loss is no number any more, or stays above that of a model that knows nothing.
    """
    optimiser = optimiser or Optimiser(model, plan)
    device = next(iter(optimiser.learned.values())).device
    losses: list[float] = []
    for number in range(done, plan.steps):
        began = perf_counter()
        batch = {name: rows.to(device) for name, rows in my_part(objective.batch(number)).items()}
        loss, count = _gradient(model, objective, batch, plan)
        loss, count = summed(optimiser.gradients(), loss, count)
        length = optimiser.step(number)
        losses = [*losses[1 - _LOOKED_BACK :], loss / count]
        _check(losses, number, objective.nothing, plan)
        yield Step(number + 1, loss / count, count, length, perf_counter() - began)


def _gradient(model: nn.Module, objective: Objective, batch: Batch, plan: Plan) -> tuple[float, int]:
    """Add up the gradients of all pieces of a batch; gives the loss and how much was guessed, in sum."""
    total, guessed = 0.0, 0
    rows = len(next(iter(batch.values())))
    size = math.ceil(rows / plan.pieces)
    for first in range(0, rows, size):
        piece = {name: tensor[first : first + size] for name, tensor in batch.items()}
        with _precise(plan, next(iter(batch.values())).device):
            loss, count = objective.loss(model, piece)
        torch.autograd.backward(loss)
        total, guessed = total + loss.item(), guessed + count
    return total, guessed


def _precise(plan: Plan, device: torch.device) -> AbstractContextManager[object]:
    if plan.precision == "float32":
        return nullcontext()
    return torch.autocast(device.type, torch.bfloat16)


def _check(losses: list[float], number: int, nothing: float, plan: Plan) -> None:
    """Stop what leads nowhere, and say where it went wrong."""
    if not math.isfinite(losses[-1]):
        raise Diverged("step {step}: the loss is no number any more. Learn with a smaller rate (now {rate:g})",
                       step=number + 1, rate=plan.rate)
    mean = sum(losses) / len(losses)
    if len(losses) == _LOOKED_BACK and number > plan.warm and mean > nothing + 0.1:
        raise Diverged("step {step}: the loss, {loss:.2f}, is above {nothing:.2f}, that of a model that knows nothing. "
                       "Learn with a smaller rate (now {rate:g}), or with more steps to warm up",
                       step=number + 1, loss=mean, nothing=nothing, rate=plan.rate)
