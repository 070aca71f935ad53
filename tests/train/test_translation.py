"""Pairs by the batch: every pair once in each epoch, filled up without a trace, learned to a known loss."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from armillary.errors import InputError
from armillary.train.fit import fit
from armillary.train.plan import Plan
from armillary.train.translation import Marks, Translation, side_by_side, translations
from armillary.transformer.initial import drawn
from tests.transformer.tiny import CONFIGS, ENCODER

MARKS = Marks(29, 30)
PAIR = CONFIGS["encoder and decoder"]


def pairs(count: int, seed: int = 0) -> tuple[list[np.ndarray], list[list[int]]]:
    """Texts of 2 to 5 tokens, which are to be said backwards."""
    random = np.random.default_rng(seed)
    sources = [random.integers(6, size=random.integers(2, 6)) for _ in range(count)]
    return sources, [one[::-1].tolist() for one in sources]


def test_every_pair_comes_once_in_each_epoch() -> None:
    sources = [np.full(1 + row % 5, row % 29) for row in range(48)]
    lessons = Translation(sources, [[row % 29, row // 29] for row in range(48)], MARKS, batch=3, d_vocab=31)
    for first in (0, 16):
        seen = [tuple(row) for step in range(first, first + 16)
                for row in lessons.batch(step)["tokens"][:, 1:].tolist()]
        assert sorted(seen) == sorted((row % 29, row // 29) for row in range(48))
    again = Translation(sources, [[row % 29, row // 29] for row in range(48)], MARKS, batch=3, d_vocab=31)
    assert torch.equal(again.batch(11)["source"], lessons.batch(11)["source"])
    assert lessons.nothing == pytest.approx(math.log(31))


def test_targets_stand_between_their_marks_and_what_fills_up_is_not_guessed() -> None:
    batch = Translation([np.array([1, 2, 3]), np.array([4])], [[5, 6], [7]], MARKS, batch=16, d_vocab=31).batch(0)
    rows = sorted(zip(*(batch[name].tolist() for name in ("tokens", "wanted", "source", "present")), strict=True))
    assert rows == [
        ([29, 5, 6], [5, 6, 30], [1, 2, 3], [True, True, True]),
        ([29, 7, 29], [7, 30, -100], [4, 0, 0], [True, False, False]),
    ]


@torch.no_grad()
def test_the_loss_of_pairs_together_is_the_sum_of_each_alone() -> None:
    model = drawn(PAIR, rows=0.5, matrices=0.3)
    sources, targets = pairs(6)
    batch = Translation(sources, targets, MARKS, 6, 31).batch(0)
    loss, count = Translation(sources, targets, MARKS, 6, 31).loss(model, batch)
    alone, counted = 0.0, 0
    for row in range(len(batch["tokens"])):
        real = int(batch["present"][row].sum())
        length = int((batch["wanted"][row] != -100).sum())
        one = {"source": batch["source"][row : row + 1, :real], "present": batch["present"][row : row + 1, :real],
               "tokens": batch["tokens"][row : row + 1, :length], "wanted": batch["wanted"][row : row + 1, :length]}
        nats, few = Translation(sources, targets, MARKS, 6, 31).loss(model, one)
        alone, counted = alone + nats.item(), counted + few
    assert counted == count
    assert loss.item() == pytest.approx(alone, rel=1e-5)


@pytest.mark.long
def test_it_learns_to_the_loss_that_there_is() -> None:
    """The first token is one of four, by nothing but chance, and the end follows: ln 4 and 0 nats, of two tokens."""
    config = replace(PAIR, n_layers=1, encoder=replace(ENCODER, n_layers=1))
    model = drawn(config, 1).requires_grad_()
    sources, targets = pairs(400)[0], [[one] for one in np.random.default_rng(1).integers(4, size=400).tolist()]
    lessons = Translation(sources, targets, MARKS, batch=64, d_vocab=31)
    plan = Plan(steps=70, rate=1e-2, matrices=0.02, warm=5, decay=0.0, course="linear")
    losses = [step.loss for step in fit(model, lessons, plan)]
    assert losses[0] == pytest.approx(math.log(31), abs=0.3)
    assert sum(losses[-10:]) / 10 == pytest.approx(math.log(4) / 2, abs=0.12)
    said = list(translations(model, sources[:20], MARKS, 8))
    assert all(len(one) == 1 and one[0] < 4 for one in said)
    assert [next(translations(model, [source], MARKS, 8)) for source in sources[:5]] == said[:5]


def test_pieces_of_numbers_are_filled_up_too() -> None:
    filled, present = side_by_side([np.ones((2, 3), np.float32), np.ones((4, 3), np.float32)])
    assert filled.shape == (2, 4, 3)
    assert filled.dtype == torch.float32
    assert present.sum(1).tolist() == [2, 4]
    assert not filled[0, 2:].any()


@pytest.mark.parametrize(("sources", "targets"), [([], []), ([np.array([1])], []), ([np.array([], int)], [[1]])])
def test_what_is_no_pair_is_refused(sources: list[np.ndarray], targets: list[list[int]]) -> None:
    with pytest.raises(InputError, match="do not go together"):
        Translation(sources, targets, MARKS, 2, 31)
