"""The loop: lessons drawn from (seed, step), a loss that falls to what is known, steps that do not depend on pieces."""

import math

import numpy as np
import pytest
import torch

from armillary.errors import Diverged, InputError
from armillary.train.baselines import bigram, unigram
from armillary.train.fit import Step, fit
from armillary.train.measure import guessed
from armillary.train.muon import orthogonal
from armillary.train.next_token import NextToken
from armillary.train.objective import Objective
from armillary.train.optimiser import Optimiser
from armillary.train.plan import Plan
from armillary.transformer.model import Transformer
from tests.train.lessons import D_VOCAB, lessons, small, text

FAST = Plan(steps=100, rate=0.03, matrices=0.05, warm=10, course="linear", least=0.0, decay=0.0)


def weights(model: Transformer) -> torch.Tensor:
    return torch.cat([one.detach().flatten() for one in model.parameters()])


def test_a_batch_depends_on_the_seed_and_the_step_alone():
    one, other = lessons(), lessons()
    later = [other.batch(step)["tokens"] for step in (40, 3, 17)]
    for step, tokens in zip((40, 3, 17), later, strict=True):
        assert torch.equal(one.batch(step)["tokens"], tokens)
    assert not torch.equal(one.batch(3)["tokens"], lessons(seed=2).batch(3)["tokens"])
    assert isinstance(one, Objective)


def test_an_epoch_has_every_window_once_and_each_has_an_order_of_its_own():
    ids = np.arange(100, dtype=np.uint16)
    told = NextToken(ids, context=9, batch=1, d_vocab=100)
    epochs = [[int(told.batch(epoch * 10 + place)["tokens"][0, 0]) for place in range(10)] for epoch in range(2)]
    for starts in epochs:
        assert sorted(start - min(starts) for start in starts) == list(range(0, 90, 9))
    assert sorted(epochs[0]) != epochs[0] != epochs[1]
    with pytest.raises(InputError, match="too short"):
        NextToken(ids[:10], context=9, batch=1, d_vocab=100)


def test_one_pass_guesses_after_all_prefixes_at_once():
    model, batch = small(), lessons().batch(0)
    tokens = batch["tokens"][:1]
    whole, count = lessons().loss(model, {"tokens": tokens})
    apart = [-torch.log_softmax(model(tokens[:, :end])[0, -1], 0)[tokens[0, end]] for end in range(1, 9)]
    assert count == 8
    assert whole.item() == pytest.approx(torch.stack(apart).sum().item(), rel=1e-6)


def test_the_loss_falls_to_what_is_to_be_known_of_the_text():
    ids, held = text(), text(1000, seed=5)
    model = small()
    steps = list(fit(model, lessons(), FAST))
    score = guessed(model, held, 8, 999)
    # a tenth is noise: the best that can be had is this entropy
    follows = 0.9 + 0.1 / D_VOCAB
    best = -follows * math.log(follows) - 0.1 * 10 / 11 * math.log(0.1 / D_VOCAB)
    assert steps[0].loss == pytest.approx(math.log(D_VOCAB), abs=0.05)
    assert [step.number for step in steps] == list(range(1, 101))
    assert best - 0.05 < score.nats_per_token < best + 0.15
    counted = bigram(ids, held, D_VOCAB, 999)
    assert counted.nats_per_token == pytest.approx(best, abs=0.08)
    assert unigram(ids, held, D_VOCAB, 999).nats_per_token == pytest.approx(math.log(D_VOCAB), abs=0.05)
    assert score.bits_per_byte == pytest.approx(score.nats_per_token / math.log(2))


def test_baselines_are_what_counting_by_hand_gives():
    learned, held = np.array([0, 1, 0, 1, 0, 2]), np.array([0, 1, 2, 0])
    alone = np.array([4, 3, 2]) / 9
    assert unigram(learned, held, 3, 3).nats == pytest.approx(-np.log(alone[[1, 2, 0]]).sum())
    # after 0 came 1 twice and 2 once; after 1 came 0 twice; after 2 nothing came
    mixed = [(2 + 2 * alone[1]) / 5, (0 + 1 * alone[2]) / 3, alone[0]]
    assert bigram(learned, held, 3, 3).nats == pytest.approx(-np.log(mixed).sum())


@pytest.mark.parametrize("count", [1, 8, 9, 17, 30])
def test_every_token_but_the_first_is_guessed_once(count: int):
    model, ids = small(), text(count + 1)
    score = guessed(model, ids, 8, count)
    losses = 0.0
    for first in range(0, count, 8):
        window = torch.from_numpy(ids[first : min(first + 9, count + 1)].astype(np.int64))
        losses += torch.nn.functional.cross_entropy(model(window[None, :-1])[0], window[1:], reduction="sum").item()
    assert (score.tokens, score.nats) == (count, pytest.approx(losses, rel=1e-5))


def test_pieces_change_no_step():
    whole, cut = small(), small()
    plan = Plan(steps=5, warm=0, rate=0.01)
    one = list(fit(whole, lessons(), plan))
    other = list(fit(cut, lessons(), Plan(steps=5, warm=0, rate=0.01, pieces=3)))
    assert [step.loss for step in one] == pytest.approx([step.loss for step in other], abs=1e-5)
    assert torch.allclose(weights(whole), weights(cut), atol=1e-4)


def test_adamw_moves_as_torch_does_it():
    ours, theirs = small(), small()
    plan = Plan(steps=4, rate=0.01, warm=0, clip=0.0, decay=0.1, least=1.0)
    list(fit(ours, lessons(), plan))
    wide = [one for one in theirs.parameters() if one.ndim > 1]
    narrow = [one for one in theirs.parameters() if one.ndim < 2]
    adam = torch.optim.AdamW([{"params": wide, "weight_decay": 0.1}, {"params": narrow, "weight_decay": 0.0}],
                             lr=0.01, betas=(0.9, 0.95))
    for step in range(4):
        total, count = lessons().loss(theirs, lessons().batch(step))
        (total / count).backward()
        adam.step()
        adam.zero_grad()
    assert torch.allclose(weights(ours), weights(theirs), atol=1e-5)


def test_muon_makes_all_directions_equally_long():
    matrices = torch.randn((3, 16, 6), generator=torch.Generator().manual_seed(0))
    values = torch.linalg.svdvals(orthogonal(matrices))
    assert values.min() > 0.6
    assert values.max() < 1.3
    turned = orthogonal(matrices.mT)
    assert torch.allclose(turned.mT, orthogonal(matrices), atol=1e-5)


def test_only_what_asks_for_a_gradient_learns():
    model = small()
    for name, one in model.named_parameters():
        one.requires_grad_(name == "embedding.W_E")
    before = {name: one.detach().clone() for name, one in model.named_parameters()}
    list(fit(model, lessons(), Plan(steps=2, warm=0)))
    changed = {name for name, one in model.named_parameters() if not torch.equal(one, before[name])}
    assert changed == {"embedding.W_E"}


def test_rates_rise_and_fall_as_planned():
    cosine = Plan(steps=110, warm=9, least=0.1)
    assert cosine.factor(0) == pytest.approx(0.1)
    assert cosine.factor(9) == 1.0
    assert cosine.factor(110) == pytest.approx(0.1)
    line = Plan(steps=100, warm=0, course="linear", cool=0.5, least=0.0)
    assert [line.factor(step) for step in (0, 50, 75, 100)] == pytest.approx([1, 1, 0.5, 0])
    for wrong in ({"steps": 0}, {"rate": 0.0}, {"least": 2.0}, {"pieces": 0}):
        with pytest.raises(InputError):
            Plan(**{"steps": 1, **wrong})


def test_gradients_are_clipped_to_the_length_that_is_told():
    model, told = small(), lessons()
    optimiser = Optimiser(model, Plan(steps=1, warm=0, clip=0.001, decay=0.0))
    total, _ = told.loss(model, told.batch(0))
    total.backward()
    long = float(torch.cat([one.flatten() for one in optimiser.gradients()]).norm())
    assert optimiser.step(0) == pytest.approx(long, rel=1e-4)
    moments = [value for name, value in optimiser.memory().items() if name.startswith("exp_avg.")]
    assert float(torch.cat([one.flatten() for one in moments]).norm()) == pytest.approx(0.001 * 0.1, rel=1e-3)


def test_bfloat16_learns_nearly_the_same():
    plan = Plan(steps=20, warm=0, rate=0.01)
    plain = [step.loss for step in fit(small(), lessons(), plan)]
    half = [step.loss for step in fit(small(), lessons(), Plan(steps=20, warm=0, rate=0.01, precision="bfloat16"))]
    assert half != plain
    assert half == pytest.approx(plain, abs=0.05)


def test_what_leads_nowhere_stops_with_the_step_and_an_advice():
    def learn(plan: Plan) -> list[Step]:
        return list(fit(small(), lessons(), plan))

    with pytest.raises(Diverged, match=r"step \d+: the loss, .* is above 2.40.*smaller rate \(now 30\)"):
        learn(Plan(steps=200, rate=30.0, warm=0, clip=0.0))
    model = small()
    with torch.no_grad():
        model.table[0, 0] = math.nan
    with pytest.raises(Diverged, match="step 1: the loss is no number"):
        list(fit(model, lessons(), Plan(steps=3)))
