"""GloVe: the compiled loop against NumPy bit for bit, any threads, resuming, and what it learns."""

from dataclasses import replace

import numpy as np
import pytest

from armillary import extras
from armillary.errors import InputError, MissingExtra
from armillary.train import glove
from armillary.train.cooccurrence import Cooccurrences, Window, cooccurrences
from armillary.train.glove import GlovePlan, GloveStep, fit_glove
from tests.train.test_cooccurrence import drawn, encoded

TABLE = cooccurrences(drawn(7, 120, 6000), Window(4))
PLAN = GlovePlan(vector_size=20, epochs=3, x_max=10.0)


def last(counts: Cooccurrences, plan: GlovePlan) -> GloveStep:
    return list(fit_glove(counts, plan))[-1]


def plain_epochs(counts: Cooccurrences, plan: GlovePlan) -> tuple[np.ndarray, float]:
    """The same steps in NumPy: lanes summed as they are in the compiled code."""
    plan = glove._checked(counts, plan)
    v, d, parts = len(counts.offsets) - 1, plan.vector_size, plan.parts or 1
    starts, (rows, columns, logs, pulls) = glove._arranged(counts, plan, glove._kernels())
    table = glove._first_table(v, plan)
    for epoch in range(plan.epochs):
        losses = np.zeros(parts * parts)
        for shift in np.random.default_rng([plan.seed, epoch]).permutation(parts):
            for part in range(parts):
                block = part * parts + (part + shift) % parts
                for cell in range(starts[block], starts[block + 1]):
                    word, context = table[rows[cell]], table[v + columns[cell]]
                    miss = lane_dot(word[0], context[0]) - logs[cell]
                    pull = pulls[cell] * miss
                    losses[block] += float(pull) * float(miss)
                    steps = np.float32(plan.eta) * pull * np.array([context[0], word[0]])
                    for side, step in zip((word, context), steps, strict=True):
                        side[0] -= step / np.sqrt(side[1])
                        side[1] += step * step
                    word[0, d + 1] = context[0, d] = 1
    return table, losses.sum() / pulls.sum(dtype=np.float64)


def lane_dot(a: np.ndarray, b: np.ndarray) -> np.float32:
    lanes = np.zeros(16, np.float32)
    for products in (a * b).reshape(-1, 16):
        lanes += products
    for half in (8, 4, 2, 1):
        lanes = lanes[:half] + lanes[half : 2 * half]
    return np.float32(lanes[0])


@pytest.mark.parametrize("size", [5, 20])
def test_compiled_and_plain_are_equal(size: int) -> None:
    plan = replace(PLAN, vector_size=size, epochs=2, parts=3)
    table, loss = plain_epochs(TABLE, plan)
    step = last(TABLE, plan)
    assert np.array_equal(step.table, table)
    assert step.loss == loss


@pytest.mark.parametrize("workers", [2, 3, 64])
def test_threads_change_no_byte(workers: int) -> None:
    one, more = (last(TABLE, replace(PLAN, workers=n)) for n in (1, workers))
    assert np.array_equal(one.table, more.table)
    assert one.loss == more.loss
    assert one.space().origin == more.space().origin


def test_the_seed_and_the_parts_change_bytes() -> None:
    first = last(TABLE, PLAN).space().vectors
    assert np.array_equal(first, last(TABLE, PLAN).space().vectors)
    assert not np.array_equal(first, last(TABLE, replace(PLAN, seed=2)).space().vectors)
    assert not np.array_equal(first, last(TABLE, replace(PLAN, parts=5)).space().vectors)


def test_going_on_equals_never_having_stopped() -> None:
    step = last(TABLE, replace(PLAN, epochs=2))
    rest = list(fit_glove(TABLE, PLAN, after=step))
    assert [s.epoch for s in rest] == [3]
    assert np.array_equal(rest[0].table, last(TABLE, PLAN).table)


def test_all_cells_are_learned_from_once() -> None:
    plan = glove._checked(TABLE, replace(PLAN, parts=7))
    starts, (rows, columns, logs, pulls) = glove._arranged(TABLE, plan, glove._kernels())
    block = np.repeat(np.arange(49), np.diff(starts))
    assert np.array_equal(block, rows % 7 * 7 + columns % 7)
    dense = np.zeros((120, 120))
    dense[rows, columns] = np.exp(logs.astype(np.float64))
    assert np.allclose(dense, TABLE.dense(), rtol=1e-6)
    assert np.allclose(pulls, np.minimum(1, (dense[rows, columns] / 10) ** 0.75), rtol=1e-6)
    assert not (np.diff(rows[starts[0] : starts[1]]) >= 0).all()


def test_the_loss_is_the_squared_miss_and_falls() -> None:
    steps = [(step.loss, step.table.copy()) for step in fit_glove(TABLE, replace(PLAN, epochs=20))]
    losses = [loss for loss, _ in steps]
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < 0.7 * losses[0]
    words, contexts = steps[-1][1][:120, 0], steps[-1][1][120:, 0]
    counts = TABLE.dense()
    there = counts > 0
    pull = np.minimum(1, (counts[there] / 10) ** 0.75)
    miss = (words @ contexts.T)[there] - np.log(counts[there])
    assert (pull * miss**2).sum() / pull.sum() == pytest.approx(losses[-1], rel=0.2)


def test_a_table_that_has_a_solution_is_solved() -> None:
    random = np.random.default_rng(0)
    logs = random.normal(0, 1, (30, 3)) @ random.normal(0, 1, (3, 30)) + 5
    offsets, columns = np.arange(0, 901, 30), np.tile(np.arange(30, dtype=np.int32), 30)
    scaled = np.rint(np.exp(logs) * 360360).astype(np.int64).ravel()
    counts = replace(TABLE, offsets=offsets, columns=columns, weights=scaled, window=Window(15))
    step = last(counts, GlovePlan(vector_size=6, epochs=400, x_max=1.0))
    assert step.loss < 1e-3
    assert np.allclose(step.table[:30, 0] @ step.table[30:, 0].T, logs, atol=0.3)


def test_words_in_the_same_places_come_out_alike() -> None:
    sentences = [f"the {pet} drinks {what}" for pet in ("cat", "dog") for what in ("milk", "water")] * 20
    sentences += ["a king rules the land", "a queen rules the land"] * 20
    counts = cooccurrences(encoded(*sentences), Window(3))
    space = last(counts, GlovePlan(vector_size=8, epochs=100)).space()
    assert space.similarity("cat", "dog") > space.similarity("cat", "king")
    assert space.origin["method"] == "glove"
    assert space.origin["epochs"] == 100


def test_biases_learn_as_if_eta_were_one() -> None:
    """One cell, one step, by the rule of the authors' program: the bias moves by pull / sqrt(1), a vector by eta."""
    counts = replace(
        TABLE, offsets=np.array([0, 1, 1]), columns=np.array([1], np.int32), weights=np.array([12 * 5]),
        corpus=encoded("a b"),
    )
    plan = GlovePlan(vector_size=3, epochs=1, x_max=10.0, parts=1)
    before = glove._first_table(2, plan)
    word, context = before[0, 0].astype(np.float64), before[3, 0].astype(np.float64)
    miss = word @ context - np.log(5)
    pull = 0.5**0.75 * miss
    step = last(counts, plan)
    assert step.table[0, 0, 3] == pytest.approx(word[3] - pull, rel=1e-5)
    assert step.table[3, 0, 4] == pytest.approx(context[4] - pull, rel=1e-5)
    assert np.allclose(step.table[0, 0, :3], word[:3] - 0.05 * pull * context[:3], rtol=1e-5)
    assert step.loss == pytest.approx(miss**2, rel=1e-5)


def test_what_cannot_be_learned() -> None:
    with pytest.raises(InputError, match="nothing to learn from"):
        last(cooccurrences(encoded("a", "b"), Window(2)), PLAN)
    with pytest.raises(InputError, match="eta must be above zero"):
        last(TABLE, replace(PLAN, eta=0.0))
    with pytest.raises(InputError, match="take a smaller eta"):
        last(TABLE, replace(PLAN, eta=1e15))


def test_without_numba(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(module: str) -> None:
        raise MissingExtra(module, "fast")

    monkeypatch.setattr(extras, "need", missing)
    with pytest.raises(MissingExtra, match="armillary\\[fast\\]"):
        last(TABLE, PLAN)
