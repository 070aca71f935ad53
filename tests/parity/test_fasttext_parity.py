"""fastText's own vectors, seen and unseen: equal bit for bit, in both directions."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from armillary.formats.fasttext import read_fasttext
from armillary.formats.points import Points
from armillary.formats.write_fasttext import write_fasttext
from armillary.text.ngrams import Subwords

CHILD = Path(__file__).with_name("fasttext_child.py")
UNSEEN = ["zzqqy", "国王们", "преступлениями", "naïveté", "</s>x", "<", "ab", "q", "", "a b", "\u00a0", "𝄞𝄞"]


def child(*arguments):
    subprocess.run([sys.executable, CHILD, *map(str, arguments)], check=True, capture_output=True, timeout=60)


def fasttext_vectors(model, words, folder):
    (folder / "words").write_bytes("\n".join(words).encode())
    child("vectors", model, folder / "words", folder / "out.npy")
    return np.load(folder / "out.npy")


def assert_parity(model, folder):
    """Every seen word that is UTF-8, and UNSEEN."""
    found = read_fasttext(model)
    rows = [row for row, label in enumerate(found.labels) if "\\x" not in label]
    assert len(rows) > len(found.labels) * 0.9
    unseen = [word for word in UNSEEN if word not in set(found.labels)]
    wanted = fasttext_vectors(model, [found.labels[row] for row in rows] + unseen, folder)
    np.testing.assert_array_equal(found.vectors[rows], wanted[: len(rows)])
    for word, vector in zip(unseen, wanted[len(rows) :], strict=True):
        if found.subwords is None or not len(found.subwords.rows([word.encode()])[0]):
            assert not vector.any()  # fastText's answer where there is no n-gram
        else:
            np.testing.assert_array_equal(found.subwords.vector(word), vector)
    return found


@pytest.mark.parametrize("name", [
    "formats/crime-and-punishment.bin",
    "formats/lee_fasttext_new.bin",
    "formats/pang_lee_polarity_fasttext.bin",
    "lid.176.ftz",
])
def test_published_models(data, tmp_path, name):
    assert_parity(data / "models" / name, tmp_path)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Small models that fastText itself trains, on words of two scripts made up here."""
    folder = tmp_path_factory.mktemp("fasttext")
    rng = np.random.default_rng(0)
    syllables = ["ba", "ko", "re", "zum", "é", "国", "王", "水", "ли"]
    words = ["".join(rng.choice(syllables, rng.integers(1, 4))) for _ in range(300)]
    lines = [f"__label__{i % 3} " + " ".join(rng.choice(words, 12)) for i in range(200)]
    (folder / "text").write_text("\n".join(lines), encoding="utf-8")
    child("train", folder / "text", folder)
    return folder


@pytest.mark.parametrize("name", ["unsupervised.bin", "plain.bin", "supervised.bin", "quantised.ftz"])
def test_models_trained_now(trained, tmp_path, name):
    found = assert_parity(trained / name, tmp_path)
    assert (found.subwords is None) == (name == "plain.bin")
    assert not any(label.startswith("__label__") for label in found.labels) or name in ("unsupervised.bin", "plain.bin")


def test_quantised_model_is_a_pruned_one(trained):
    found = read_fasttext(trained / "quantised.ftz")
    assert found.format == "fastText, quantised"
    assert 0 < len(found.subwords.kept) < found.subwords.buckets == 500


def test_fasttext_opens_what_we_write(tmp_path):
    rng = np.random.default_rng(0)
    words = ["</s>", "king", "国王", "naïve", "a b"]
    grams = Subwords(rng.normal(size=(50, 6)).astype(np.float32), 2, 4, 50)
    points = Points(words, rng.normal(size=(5, 6)).astype(np.float32), np.array([9, 4, 3, 2, 1]), grams)
    write_fasttext(points, tmp_path / "ours.bin")
    found = assert_parity(tmp_path / "ours.bin", tmp_path)
    np.testing.assert_allclose(found.vectors, points.vectors, rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", ["crime-and-punishment.bin", "lee_fasttext_new.bin"])
def test_what_was_read_and_written_is_nearly_always_the_same_bits(data, tmp_path, name):
    wanted = read_fasttext(data / "models/formats" / name)
    write_fasttext(wanted, tmp_path / "ours.bin")
    found = read_fasttext(tmp_path / "ours.bin")
    np.testing.assert_allclose(found.vectors, wanted.vectors, rtol=0, atol=2.5e-7)
    assert (found.vectors == wanted.vectors).mean() > 0.9
    np.testing.assert_array_equal(found.subwords.vectors, wanted.subwords.vectors)
    assert (found.labels, found.counts.tolist()) == (wanted.labels, wanted.counts.tolist())


def test_buckets_without_a_row_are_zeros_to_fasttext_too(tmp_path):
    rng = np.random.default_rng(0)
    grams = Subwords(rng.normal(size=(25, 6)).astype(np.float32), 2, 4, 50, np.arange(1, 51, 2), zeros=True)
    points = Points(["king", "国王"], rng.normal(size=(2, 6)).astype(np.float32), None, grams)
    write_fasttext(points, tmp_path / "ours.bin")
    found = assert_parity(tmp_path / "ours.bin", tmp_path)
    np.testing.assert_allclose(found.vectors, points.vectors, rtol=0, atol=1e-6)
    for word in ("kingdom", "国王们"):
        np.testing.assert_array_equal(found.subwords.vector(word), grams.vector(word))
        assert not np.array_equal(replace(grams, zeros=False).vector(word), grams.vector(word))


def test_gensim_opens_what_we_write(tmp_path):
    from gensim.models.fasttext import load_facebook_vectors

    rng = np.random.default_rng(0)
    grams = Subwords(rng.normal(size=(50, 6)).astype(np.float32), 2, 4, 50)
    points = Points(["king", "国王", "naïve"], rng.normal(size=(3, 6)).astype(np.float32), None, grams)
    write_fasttext(points, tmp_path / "ours.bin")
    opened = load_facebook_vectors(tmp_path / "ours.bin")
    assert opened.index_to_key == points.labels
    np.testing.assert_allclose(opened.vectors, points.vectors, rtol=0, atol=1e-6)
    np.testing.assert_allclose(opened["国王们"], grams.vector("国王们"), rtol=0, atol=1e-6)
