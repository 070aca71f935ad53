"""The answers of gensim 4's KeyedVectors on the first 30,000 rows of GloVe."""

import lzma

import numpy as np
import pytest

from armillary.geometry.analogy import Terms, products, solve
from armillary.geometry.categories import categorise, k_means, purity
from armillary.geometry.correlation import pearson, spearman
from armillary.geometry.evaluation import agreement, answer_analogies
from armillary.geometry.evaluation_files import read_analogies, read_categories, read_similarity
from armillary.geometry.neighbours import nearest
from armillary.geometry.ranks import closer_than
from armillary.geometry.scores import row_norms

ROWS = 10_000


@pytest.fixture(scope="module")
def glove(data):
    with lzma.open(data / "models" / "glove.6B.50d.top30k.txt.xz", "rt", encoding="utf-8") as file:
        lines = [line.rstrip("\n").split(" ", 1) for _, line in zip(range(ROWS), file, strict=False)]
    labels = [word for word, _ in lines]
    return labels, np.array([numbers.split(" ") for _, numbers in lines], dtype=np.float32)


@pytest.fixture(scope="module")
def keyed(glove):
    from gensim.models import KeyedVectors

    labels, vectors = glove
    keyed = KeyedVectors(vectors.shape[1])
    keyed.add_vectors(labels, vectors)
    return keyed


def terms(keyed, positive, negative):
    """Positive and negative entries of gensim: a word, or (word, weight)."""
    given = [(e, 1.0) if isinstance(e, str) else e for e in positive]
    given += [(e, -1.0) if isinstance(e, str) else e for e in negative]
    rows = np.array([keyed.key_to_index[word] for word, _ in given])
    return Terms(keyed.vectors[rows], np.array([weight for _, weight in given]), rows)


def folded(labels):
    """The first row of each upper-cased spelling, and that row for every row."""
    first = {label.upper(): row for row, label in reversed(list(enumerate(labels)))}
    return first, np.array([first[label.upper()] for label in labels])


QUESTIONS = [
    (["king", "woman"], ["man"]),
    (["paris", "germany"], ["france"]),
    (["tower"], []),
    ([("cat", 0.3), ("dog", 2.0)], [("bird", -0.5)]),
]


@pytest.mark.parametrize(("positive", "negative"), QUESTIONS)
def test_most_similar(keyed, positive, negative):
    expected = keyed.most_similar(positive, negative, topn=20)
    found = solve(keyed.vectors, terms(keyed, positive, negative), 20, rule="3cosadd")
    assert [keyed.index_to_key[row] for row in found.rows] == [word for word, _ in expected]
    assert found.scores == pytest.approx([score for _, score in expected], abs=1e-6)


@pytest.mark.filterwarnings("ignore:Call to deprecated `init_sims`:DeprecationWarning")  # gensim's own call
@pytest.mark.parametrize(("positive", "negative"), QUESTIONS[:3])
def test_most_similar_cosmul(keyed, positive, negative):
    expected = keyed.most_similar_cosmul(positive, negative, topn=20)
    found = solve(keyed.vectors, terms(keyed, positive, negative), 20, rule="3cosmul")
    assert [keyed.index_to_key[row] for row in found.rows] == [word for word, _ in expected]
    assert found.scores == pytest.approx([score for _, score in expected], abs=1e-5)
    every = keyed.most_similar_cosmul(positive, negative, topn=None)
    assert products(keyed.vectors, terms(keyed, positive, negative)) == pytest.approx(every, rel=1e-4)


def test_most_similar_of_the_first_rows_and_of_a_point(keyed):
    expected = keyed.most_similar("king", topn=10, restrict_vocab=2000)
    found = solve(keyed.vectors[:2000], terms(keyed, ["king"], []), 10, rule="3cosadd")
    assert [keyed.index_to_key[row] for row in found.rows] == [word for word, _ in expected]
    point = keyed["king"] + keyed["queen"]
    found = nearest(keyed.vectors, point[None], 10)
    assert [keyed.index_to_key[row] for row in found.rows[0]] == [word for word, _ in keyed.similar_by_vector(point)]


@pytest.mark.parametrize(("one", "two"), [("cat", "dog"), ("cat", "monster"), ("king", "tower"), ("two", "one")])
def test_closer_than_and_rank(keyed, one, two):
    found = closer_than(keyed.vectors, keyed.key_to_index[one], keyed.key_to_index[two])
    assert [keyed.index_to_key[row] for row in found] == keyed.closer_than(one, two)
    assert len(found) + 1 == keyed.rank(one, two)


@pytest.mark.parametrize("case_insensitive", [True, False])
@pytest.mark.parametrize("restrict_vocab", [300_000, 4000])
def test_evaluate_word_analogies(keyed, data, tmp_path, case_insensitive, restrict_vocab):
    # Some words in capitals too, so that spellings fold; every 12th question, to be quick.
    from gensim.models import KeyedVectors

    labels = [label.upper() if row % 50 == 7 else label for row, label in enumerate(keyed.index_to_key)]
    rows = [row for row, label in enumerate(labels[:3000]) if label.islower() and label[0].isalpha()]
    twice = [labels[row][0].upper() + labels[row][1:] for row in rows]
    random = np.random.default_rng(0)
    more = keyed.vectors[rows] + np.float32(0.1) * random.standard_normal((len(rows), 50)).astype(np.float32)
    peer = KeyedVectors(50)
    peer.add_vectors([*labels, *twice], np.concatenate([keyed.vectors, more]))
    lines = (data / "eval" / "en" / "questions-words.txt").read_text().splitlines()
    path = tmp_path / "questions"
    path.write_text("\n".join(line for number, line in enumerate(lines) if number % 12 == 1 or line.startswith(":")))

    score, sections = peer.evaluate_word_analogies(str(path), restrict_vocab, case_insensitive)
    asked = read_analogies(path)
    if case_insensitive:
        row_of, folds = folded(peer.index_to_key[:restrict_vocab])
        row_of = {label: row_of.get(label.upper(), -1) for question in asked.questions for label in question}
        folds = np.append(folds, np.arange(len(folds), len(peer)))
    else:
        row_of, folds = peer.key_to_index, None
    questions = np.array([[row_of.get(label, -1) for label in question] for question in asked.questions])
    found = answer_analogies(peer.vectors, questions, folds=folds, restrict_vocab=restrict_vocab)
    counts = found.by_section(np.array(asked.section_of), len(asked.sections))
    assert [s["section"] for s in sections[:-1]] == list(asked.sections)
    assert counts[:, 0].tolist() == [len(s["correct"]) for s in sections[:-1]]
    assert counts[:, 1].tolist() == [len(s["correct"]) + len(s["incorrect"]) for s in sections[:-1]]
    assert found.correct.sum() / found.asked.sum() == score
    assert 10 < found.correct.sum() < found.asked.sum()


@pytest.mark.parametrize("name", ["wordsim353-all", "simlex999", "rw-stanford"])
@pytest.mark.parametrize("unknown_is_zero", [False, True])
def test_evaluate_word_pairs(keyed, data, name, unknown_is_zero):
    path = data / "eval" / "en" / f"{name}.tsv"
    expected = keyed.evaluate_word_pairs(str(path), dummy4unknown=unknown_is_zero)
    first, _ = folded(keyed.index_to_key)
    judged = read_similarity(path)
    pairs = np.array([[first.get(one.upper(), -1), first.get(two.upper(), -1)] for one, two, _ in judged])
    scores = np.array([score for _, _, score in judged])
    found = agreement(keyed.vectors, pairs, scores, unknown_is_zero=unknown_is_zero, draws=50)
    assert found.spearman == pytest.approx(expected[1].statistic, abs=1e-6)
    assert found.pearson == pytest.approx(expected[0].statistic, abs=1e-6)
    missing = (pairs < 0).any(axis=1).sum()
    assert missing / len(pairs) * 100 == pytest.approx(expected[2])
    assert found.low < found.spearman < found.high


def test_norms(keyed):
    keyed.fill_norms()
    assert row_norms(keyed.vectors) == pytest.approx(keyed.norms, rel=1e-6)


def test_correlations_are_those_of_scipy():
    from scipy.stats import pearsonr, spearmanr

    random = np.random.default_rng(0)
    for spread in (3, 20, 10**6):
        a, b = random.integers(0, spread, (2, 200)).astype(float)
        b += a
        assert spearman(a, b) == pytest.approx(spearmanr(a, b).statistic, abs=1e-12)
        assert pearson(a, b) == pytest.approx(pearsonr(a, b).statistic, abs=1e-12)


def test_categories_are_as_pure_as_those_of_scikit_learn(glove, data):
    from sklearn.cluster import KMeans

    labels, vectors = glove
    row_of = {label: row for row, label in enumerate(labels)}
    listed = read_categories(data / "eval" / "en" / "categorization-ap.csv")
    known = [(row_of[word], kind) for word, kind in listed if word in row_of]
    points = vectors[[row for row, _ in known]]
    kinds = np.unique([kind for _, kind in known], return_inverse=True)[1]
    unit = points.astype(np.float64) / np.linalg.norm(points.astype(np.float64), axis=1, keepdims=True)
    count = len(set(kinds.tolist()))
    peer = KMeans(count, n_init=20, random_state=0).fit(unit)
    own = k_means(unit, count, restarts=20)
    centres = np.stack([unit[own == c].mean(axis=0) for c in range(count)])
    assert ((unit - centres[own]) ** 2).sum() <= 1.02 * peer.inertia_
    assert categorise(points, kinds) == pytest.approx(purity(peer.labels_.astype(np.int64), kinds), abs=0.06)
