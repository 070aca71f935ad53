"""The cloze: what is hidden, how much of it, and that an encoder learns to fill it from both sides."""

import math

import numpy as np
import pytest
import torch

from armillary.train.fit import fit
from armillary.train.masked_token import MaskedToken, hidden
from armillary.train.plan import Plan
from tests.train.lessons import D_VOCAB, lessons, small, text

MASK = D_VOCAB - 1


def test_fifteen_of_a_hundred_are_chosen_and_of_these_eighty_ten_ten():
    wanted = np.zeros((200, 1000), np.int64)
    shown, chosen = hidden(wanted, mask=500, d_vocab=400, seed=(1, 0))
    assert chosen.mean() == pytest.approx(0.15, abs=0.005)
    assert np.array_equal(shown[~chosen], wanted[~chosen])
    of = shown[chosen]
    assert (of == 500).mean() == pytest.approx(0.8, abs=0.01)
    assert (of == 0).mean() == pytest.approx(0.1 + 0.1 / 400, abs=0.01)
    assert ((of != 500) & (of != 0)).mean() == pytest.approx(0.1, abs=0.01)


def test_a_batch_depends_on_the_seed_and_the_step_alone():
    one, other = (MaskedToken(lessons(), MASK, D_VOCAB) for _ in range(2))
    other.batch(9)
    for name, rows in one.batch(4).items():
        assert torch.equal(rows, other.batch(4)[name])
    assert not torch.equal(one.batch(4)["chosen"], one.batch(5)["chosen"])
    tiny, chosen = hidden(np.zeros((1, 2), np.int64), 1, 2, (3, 0))
    assert chosen.sum() >= 1
    assert tiny.shape == (1, 2)


def test_the_loss_is_that_of_the_chosen_alone():
    model, told = small(causal=False), MaskedToken(lessons(), MASK, D_VOCAB)
    batch = told.batch(0)
    nats, count = told.loss(model, batch)
    chances = torch.log_softmax(model(batch["tokens"]), -1)
    by_hand = [-chances[row, place, batch["wanted"][row, place]] for row, place in batch["chosen"].nonzero()]
    assert count == len(by_hand) == int(batch["chosen"].sum())
    assert nats.item() == pytest.approx(torch.stack(by_hand).sum().item(), rel=1e-5)


@pytest.mark.long
def test_an_encoder_fills_gaps_far_above_chance():
    model, told = small(causal=False), MaskedToken(lessons(), MASK, D_VOCAB)
    losses = [step.loss for step in fit(model, told, Plan(
        steps=200, rate=0.02, matrices=0.05, warm=10, course="linear", least=0.0, decay=0.0))]
    assert losses[0] == pytest.approx(math.log(D_VOCAB), abs=0.1)
    assert np.mean(losses[-20:]) < 1.8
    held = torch.from_numpy(text(2000, seed=5).astype(np.int64)).view(-1, 10)
    gaps = held.clone()
    gaps[:, 5] = MASK
    with torch.no_grad():
        best = model(gaps)[:, 5].topk(2).indices
    assert (best == held[:, 5:6]).any(1).float().mean() > 0.5
