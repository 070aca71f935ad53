"""The compiled kernels say what their plain twin says, bit for bit."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.train.words import Plan, plain
from armillary.train.words.sampling import alias_table, kept, stream, thresholds, weights
from armillary.train.words.schedule import Schedule
from armillary.train.words.shard import Copies, How, Net, Targets, Text
from armillary.train.words.tree import ways
from tests.train.words.texts import company

pytest.importorskip("numba")
kernels = pytest.importorskip("armillary.train.words.kernels")
merging = pytest.importorskip("armillary.train.words.merging")
ENCODED = company(3000, words=120)
V = len(ENCODED.labels)


def net(size: int, frozen: list[int]) -> Net:
    random = np.random.default_rng(5)
    matrices = random.normal(scale=0.4, size=(2, V + 1, size)).astype(np.float32)
    matrices[:, V] = 0
    into = np.arange(V)
    into[frozen] = V
    return Net(matrices[0].reshape(-1), matrices[1].reshape(-1), into, size)


def targets(negative: int) -> Targets:
    chances = weights(ENCODED.counts, 0.75)
    starts, nodes, turns = ways(ENCODED.counts)
    if negative:
        starts, nodes, turns = starts[:0], nodes[:0], turns[:0]
    return Targets(alias_table(chances), negative, starts, nodes, turns)


@pytest.mark.parametrize("cbow", [False, True])
@pytest.mark.parametrize(("negative", "size"), [(5, 112), (2, 304), (13, 16), (0, 16)])
def test_kernel_and_twin_leave_the_same_bits(negative: int, size: int, cbow: bool) -> None:
    text = Text(ENCODED.ids[:250], thresholds(kept(ENCODED.counts, 0.05)))
    how = How(window=4, rate=0.1, state=stream(1, 2, 3), cbow=cbow)
    ours, twins, before = net(size, [0, 7]), net(size, [0, 7]), net(size, [])
    pairs, loss = kernels.learn(text, ours, targets(negative), how)
    told = plain.learn(text, twins, targets(negative), how)
    assert pairs == told.pairs > 100
    assert loss == pytest.approx(told.loss, rel=1e-6)
    assert np.array_equal(ours.inputs[:-size], twins.inputs[:-size])
    assert np.array_equal(ours.outputs, twins.outputs)
    moved = (ours.inputs != before.inputs).reshape(-1, size).any(axis=1)
    assert not moved[[0, 7]].any()
    assert moved[:V].sum() > V / 4
    assert not ours.outputs[-size:].any()


def test_a_rate_of_zero_measures_and_changes_nothing() -> None:
    text = Text(ENCODED.ids, thresholds(np.ones(V)))
    ours, before = net(16, []), net(16, [])
    pairs, loss = kernels.learn(text, ours, targets(5), How(3, 0.0, stream(1, 0, 0), False))
    assert np.array_equal(ours.inputs, before.inputs)
    assert np.array_equal(ours.outputs, before.outputs)
    nothing = Net(np.zeros_like(ours.inputs), np.zeros_like(ours.outputs), ours.into, 16)
    pairs, loss = kernels.learn(text, nothing, targets(1), How(3, 0.0, stream(1, 0, 0), False))
    assert pairs < loss / math.log(2) <= 2 * pairs  # a score of 0 costs ln 2, one or two outputs a pair


def test_a_sentence_longer_than_what_is_learned_at_once_is_cut() -> None:
    ids = np.tile(np.arange(10, dtype=np.int32), 230)
    text = Text(ids, thresholds(np.ones(V)))
    pairs, _ = kernels.learn(text, net(16, []), targets(1), How(1, 0.01, stream(1, 0, 0), False))
    assert pairs == 2 * 999 + 2 * 999 + 2 * 299


def test_no_text_is_nothing_to_learn() -> None:
    empty = Text(np.zeros(0, np.int32), thresholds(np.ones(V)))
    assert kernels.learn(empty, net(16, []), targets(1), How(1, 0.01, 1, False)) == (0, 0.0)


@given(st.integers(1, 5), st.integers(1, 9), st.integers(0, 2**31))
def test_merging_is_what_its_twin_says(shards: int, rows: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    base = random.normal(size=(rows, 16)).astype(np.float32)
    replicas = random.normal(size=(shards, rows, 16)).astype(np.float32)
    part = np.float32(random.random())
    wanted = plain.merge(base, list(replicas), part)
    first = rows // 2
    for piece in ((first, rows), (0, first)):
        merging.merge(base.reshape(-1), replicas.reshape(shards, -1), piece, part, 16)
    assert np.array_equal(base, wanted)
    assert (replicas == wanted).all()


def test_a_round_whose_shards_are_not_all_done_is_left_and_gone_on_with() -> None:
    settled = Plan(shards=2, period=100, epochs=1, window=3)
    schedule = Schedule(len(ENCODED.ids), settled)
    work = schedule.work(range(2), Text(ENCODED.ids, thresholds(np.ones(V))), V, 0)
    matrices = np.repeat([[net(16, []).inputs], [net(16, []).outputs]], 3, axis=1)
    copies = Copies(*matrices, np.arange(V), 16, np.float32(1))
    before = matrices.copy()
    work.taken[0] = 1  # another thread has the first shard
    how = How(3, 0.0, 0, False)
    assert kernels.take_part(0, work, copies, targets(5), how) == 0
    assert work.done.tolist() == [1, 0, 0, 0]
    assert np.array_equal(matrices[:, :2], before[:, :2]), "the second shard has learned on its own copy only"
    assert not np.array_equal(matrices[:, 2], before[:, 2])
    work.done[0] += 1
    assert kernels.take_part(0, work, copies, targets(5), how) == 2
    assert work.done.tolist() == [2, len(work.pieces) // 2] * 2
    assert (matrices == matrices[:, :1]).all()
    assert work.found[1].all()


@given(st.lists(st.tuples(*[st.floats(-2.0**60, 2.0**60, width=32)] * 3), min_size=1))
def test_a_fused_multiply_add_rounds_once(numbers: list[tuple[float, float, float]]) -> None:
    a, b, c = np.array(numbers, np.float32).T
    for one, x, y, z in zip(plain.fma(a, b, c), a, b, c, strict=True):
        exact = Fraction(float(x)) * Fraction(float(y)) + Fraction(float(z))
        if not np.isfinite(one):
            assert abs(exact) > Fraction(float(np.finfo(np.float32).max))
            continue
        error = abs(Fraction(float(one)) - exact)
        for other in (np.nextafter(one, np.float32(np.inf)), np.nextafter(one, np.float32(-np.inf))):
            assert not np.isfinite(other) or error <= abs(Fraction(float(other)) - exact)


def test_the_sigmoid_is_one() -> None:
    scores = np.linspace(-90, 90, 5001).astype(np.float32)
    exact = 1 / (1 + np.exp(-np.clip(scores.astype(np.float64), -83.1, 83.1)))
    assert np.abs(plain.sigmoid(scores) - exact).max() < 2e-6
