"""near: held against a twin that sorts everything, with every metric and every filter."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armillary.errors import InputError, UnknownLabel
from armillary.space import Space
from armillary.space.expression import parse

METRICS = ["cosine", "dot", "euclidean", "angle"]


def whole_order(space: Space, query: np.ndarray, metric: str, allowed: list[str]) -> list[str]:
    """Every allowed label, the nearest first, in float64."""
    rows = np.array([space.row(label) for label in allowed])
    points, q = space.vectors[rows].astype(np.float64), query.astype(np.float64)
    badness = np.linalg.norm(points - q, axis=1) if metric == "euclidean" else -(points @ q)
    if metric in ("cosine", "angle"):
        badness /= np.linalg.norm(points, axis=1) * np.linalg.norm(q)
    return [allowed[i] for i in np.lexsort((rows, badness))]


def made(n: int = 120, d: int = 6, seed: int = 0) -> Space:
    random = np.random.default_rng(seed)
    counts = random.integers(1, 50, n)
    return Space([f"w{i}" for i in range(n)], random.standard_normal((n, d), np.float32), counts=counts)


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("query", ["w3", "w3 - w7 + w20", "- w3", "w1 + w2 + w3 + w4"])
@pytest.mark.parametrize("n", [1, 10, 119, 1000])
def test_near_is_the_order_of_everything(metric: str, query: str, n: int) -> None:
    space = made()
    found = space.near(query, n, metric=metric)
    own = {term.label for term in parse(query)}
    order = whole_order(space, space.point(query).vector, metric, list(space))
    assert [one.label for one in found] == [label for label in order if label not in own][:n]
    assert {one.label for one in found.excluded} == own
    for one in (*found, *found.excluded):
        assert one.rank == order.index(one.label) + 1
        a, b = space.vector(one.label), space.point(query).vector
        assert one.cosine == pytest.approx(a @ b / np.linalg.norm(a) / np.linalg.norm(b), abs=1e-5)
    assert [one.rank for one in found.excluded] == sorted(one.rank for one in found.excluded)


@pytest.mark.parametrize("metric", METRICS)
@settings(max_examples=40)
@given(data=st.data())
def test_filters_leave_only_what_passes_and_rank_among_it(metric: str, data: st.DataObject) -> None:
    space = made(60)
    among = data.draw(st.none() | st.lists(st.sampled_from(list(space)), min_size=1))
    first = data.draw(st.none() | st.integers(1, 80))
    least = data.draw(st.none() | st.integers(0, 60))
    n = data.draw(st.integers(1, 70))
    passing = [
        label for row, label in enumerate(space)
        if (among is None or label in among) and (first is None or row < first)
        and (least is None or space.counts[row] >= least)
    ]
    filters = {"among": among, "restrict_vocab": first, "min_count": least}
    if not passing:
        with pytest.raises(InputError, match="filters leave no point"):
            space.near("w5 - w40", n, metric=metric, **filters)
        return
    order = whole_order(space, space.point("w5 - w40").vector, metric, passing)
    found = space.near("w5 - w40", n, metric=metric, **filters)
    assert [one.label for one in found] == [label for label in order if label not in ("w5", "w40")][:n]
    assert {one.label for one in found.excluded} == {"w5", "w40"} & set(passing)
    assert all(one.rank == order.index(one.label) + 1 for one in (*found, *found.excluded))


def test_an_analogy_tells_the_rank_of_the_words_it_hides(royal: Space) -> None:
    found = royal.near("king - man + woman", 2)
    assert found.query == "king - man + woman"
    assert found.neighbours[0].label == "queen"
    assert {one.label for one in found.excluded} == {"king", "man", "woman"}
    ranks = sorted(one.rank for one in royal.near("king - man + woman", 100)) + [one.rank for one in found.excluded]
    assert sorted(ranks) == list(range(1, len(royal) + 1)), "hidden and shown words share one ranking"


def test_a_point_of_ones_own_has_no_words_to_hide(royal: Space) -> None:
    other = Space(["king"], np.array([[4, 1, 0, 0.2]], np.float32))
    found = royal.near(other["king"], 1)
    assert found.excluded == ()
    assert (found.neighbours[0].label, found.neighbours[0].rank) == ("king", 1)


def test_min_count_without_counts_is_refused_not_ignored() -> None:
    space = Space(["a", "b"], np.eye(2, dtype=np.float32))
    with pytest.raises(InputError, match="how often"):
        space.near("a", min_count=1)


def test_an_unknown_word_in_among_is_named(royal: Space) -> None:
    with pytest.raises(UnknownLabel, match="'qeen'.*queen"):
        royal.near("king", among=["man", "qeen"])


def test_a_query_without_direction_is_refused(royal: Space) -> None:
    with pytest.raises(InputError, match="zeros"):
        royal.near("king - king")
    assert [one.label for one in royal.near("king - king", 2, metric="euclidean")]


@pytest.mark.parametrize("metric", ["cosine", "angle"])
@pytest.mark.parametrize("among", [None, ["nothing", "b", "a"]])
def test_a_word_at_zero_has_no_place(metric: str, among: list[str] | None) -> None:
    space = Space(["a", "nothing", "b"], np.array([[1, 0], [0, 0], [1, 1]], np.float32))
    found = space.near("a + nothing", metric=metric, among=among)
    assert [one.label for one in found] == ["b"]
    assert {one.label: one.rank for one in found.excluded} == {"a": 1, "nothing": 0}


@pytest.mark.parametrize("n", [0, -1])
def test_at_least_one_neighbour_is_asked_for(royal: Space, n: int) -> None:
    with pytest.raises(InputError, match="at least one"):
        royal.near("king - man", n)


def test_neighbours_print_as_lines_and_count(royal: Space) -> None:
    found = royal.near("国王", 3)
    assert len(found) == 3
    assert str(found).splitlines()[0].split() == ["2", "king", f"{found.neighbours[0].cosine:.4f}"]


@pytest.mark.parametrize("rule", ["3cosadd", "3cosmul"])
def test_the_rules_of_gensim_are_asked_for_by_name(rule: str) -> None:
    space = made()
    asked = {"positive": ["w3", "w20"], "negative": ["w7"], "topn": 9}
    listed = (space.most_similar if rule == "3cosadd" else space.most_similar_cosmul)(**asked)
    found = space.near("w3 - w7 + w20", 9, rule=rule)
    assert found.rule == rule
    assert [(one.label, one.cosine) for one in found] == listed
    assert {one.label for one in found.excluded} == {"w3", "w7", "w20"}
    every = space.near("w3 - w7 + w20", 200, rule=rule)
    assert sorted(one.rank for one in (*every, *every.excluded)) == list(range(1, len(space) + 1))


def test_a_rule_filters_too_and_takes_no_other_metric() -> None:
    space = made()
    found = space.near("w3 - w7 + w20", 9, rule="3cosadd", among=["w3", "w50", "w51"])
    assert {one.label for one in found} == {"w50", "w51"}
    assert [one.label for one in found.excluded] == ["w3"]
    with pytest.raises(InputError, match="leave out the metric"):
        space.near("w3 - w7", rule="3cosmul", metric="dot")


@pytest.mark.parametrize("among", [None, [f"w{i}" for i in range(0, 120, 3)]])
def test_gensims_rules_give_gensims_answers_with_the_ranks_beside(among: list[str] | None) -> None:
    space = made()
    for rule, theirs in (("3cosadd", space.most_similar), ("3cosmul", space.most_similar_cosmul)):
        found = space.near("w3 - w7 + w20", 5, rule=rule, among=among)
        listed = [pair for pair in theirs(["w3", "w20"], ["w7"], topn=117) if among is None or pair[0] in among][:5]
        assert [(one.label, one.cosine) for one in found] == listed
        assert found.rule == rule
        assert {one.label for one in found.excluded} == {"w3", "w7", "w20"} & set(among or space)
        every = space.near("w3 - w7 + w20", 120, rule=rule, among=among)
        places = sorted(one.rank for one in (*every, *every.excluded))
        assert places == list(range(1, len(among or space) + 1))


def test_a_rule_of_cosines_takes_no_other_metric(royal: Space) -> None:
    with pytest.raises(InputError, match="defined by cosines"):
        royal.near("king - man", rule="3cosadd", metric="dot")


def test_a_prepared_space_gives_the_same_answers() -> None:
    pytest.importorskip("numba", reason="the extra fast is not installed")
    space, ready = made(3000, 16), made(3000, 16)
    ready.prepare()
    for query in ("w2999", "w3 - w7 + w20", "- w3"):
        assert ready.near(query, 7) == space.near(query, 7)
        assert ready.near(query, 7, metric="dot") == space.near(query, 7, metric="dot")
        assert ready.near(query, 7, restrict_vocab=50) == space.near(query, 7, restrict_vocab=50)


@pytest.mark.parametrize("ready", [False, True])
def test_many_questions_at_once_give_the_same_answers(ready: bool) -> None:
    random = np.random.default_rng(5)
    space = Space([f"w{row}" for row in range(400)], random.standard_normal((400, 12)).astype(np.float32))
    if ready:
        space.prepare()
    queries = ["w0", "w1 - w2 + w3", "w4 + w4 - w5", space["w7"] * 2 - space["w8"], "w399"]
    for query, found in zip(queries, space.near_many(queries, 5), strict=True):
        own = space.near(query, 5)
        assert (found.query, found.rule) == (own.query, own.rule)
        assert [(one.label, one.rank) for one in found] == [(one.label, one.rank) for one in own]
        assert [(one.label, one.rank) for one in found.excluded] == [(one.label, one.rank) for one in own.excluded]
        assert [one.cosine for one in found] == pytest.approx([one.cosine for one in own])
    assert space.near_many([]) == []
    with pytest.raises(UnknownLabel):
        space.near_many(["w0", "nobody"])
    with pytest.raises(InputError, match="at least one"):
        space.near_many(["w0"], 0)
