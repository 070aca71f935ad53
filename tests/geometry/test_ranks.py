"""Ranks and nearer rows, held to the order that a plain sort gives."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from armillary.errors import InputError
from armillary.geometry.ranks import closer_than, ranks, ranks_of_many
from tests.geometry.plain_order import order_of

numbers = st.sampled_from([-2.0, -1.0, 0.0, 0.0, 1.0, 1e-30, 3.0])
shapes = st.tuples(st.integers(2, 30), st.integers(1, 4))
spaces = shapes.flatmap(lambda shape: arrays(np.float32, shape, elements=numbers))


@given(vectors=spaces, banned=st.lists(st.integers(0, 1), max_size=2))
@settings(max_examples=150, deadline=None)
def test_a_rank_is_the_place_in_the_order(vectors, banned):
    query = vectors[-1] if vectors[-1].any() else np.ones(vectors.shape[1], dtype=np.float32)
    order = [row for row, _ in order_of(vectors, query) if row not in banned]
    rows = np.array([row for row in range(len(vectors)) if row not in banned], dtype=np.int64)
    found = ranks(vectors, query, rows, banned=np.array(banned, dtype=np.int64))
    assert found.tolist() == [order.index(row) + 1 if row in order else 0 for row in rows.tolist()]


@given(vectors=spaces)
@settings(max_examples=150, deadline=None)
def test_nearer_rows_are_strictly_nearer(vectors):
    vectors[0, 0] = 1
    scores = {row: score for row, score in order_of(vectors, vectors[0])}
    limit = scores.get(1, -np.inf)
    found = closer_than(vectors, 0, 1)
    assert found.tolist() == sorted(row for row, score in scores.items() if score > limit and row != 0)


def test_near_ties_are_told_apart():
    random = np.random.default_rng(0)
    vectors = np.repeat(random.standard_normal((1, 200)).astype(np.float32), 300, axis=0)
    vectors[np.arange(300), random.integers(0, 200, 300)] *= 1 + random.integers(1, 30, 300).astype(np.float32) * 2**-16
    order = [row for row, _ in order_of(vectors, vectors[7])]
    rows = np.arange(300)
    assert ranks(vectors, vectors[7], rows).tolist() == [order.index(row) + 1 for row in range(300)]


def test_a_zero_query_has_no_ranks():
    with pytest.raises(InputError, match="no direction"):
        ranks(np.eye(2, dtype=np.float32), np.zeros(2, dtype=np.float32), np.array([0]))
    with pytest.raises(InputError, match="no direction"):
        closer_than(np.zeros((2, 2), dtype=np.float32), 0, 1)


def test_many_queries_at_once_give_the_same_places() -> None:
    random = np.random.default_rng(3)
    vectors = random.standard_normal((700, 9)).astype(np.float32)
    vectors[[5, 300]] = 0
    vectors[400:420] = vectors[10]  # many ties
    queries = np.concatenate([random.standard_normal((6, 9)).astype(np.float32), vectors[[10]]])
    rows = [random.permutation(700)[:size].astype(np.int64) for size in (3, 0, 1, 700, 2, 5)]
    rows.append(np.array([5, 10, 400, 419, 300], np.int64))
    found = ranks_of_many(vectors, queries, rows)
    for query, some, places in zip(queries, rows, found, strict=True):
        assert places.tolist() == ranks(vectors, query, some).tolist()


def test_many_queries_at_once_bear_extreme_lengths() -> None:
    vectors = np.array([[1e-30, 0], [0, 1e30], [1, 1]], np.float32)
    rows = [np.array([0, 1, 2]), np.array([2])]
    found = ranks_of_many(vectors, np.array([[1, 0.1], [0, 1]], np.float32), rows)
    assert [places.tolist() for places in found] == [[1, 3, 2], [2]]


def test_many_queries_at_once_copy_no_space() -> None:
    random = np.random.default_rng(4)
    vectors, queries = (random.standard_normal(shape).astype(np.float32) for shape in ((90_000, 50), (32, 50)))
    norms = np.linalg.norm(vectors, axis=1)
    tracemalloc.start()
    ranks_of_many(vectors, queries, [np.array([place]) for place in range(32)], norms=norms)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < vectors.nbytes
