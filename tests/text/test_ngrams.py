import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.errors import InputError
from armillary.text.ngrams import Subwords, bucket_of, ngram_buckets, ngrams

# Bytes at random, words of several scripts, and what stands at the borders of a word.
WORDS = st.one_of(
    st.binary(max_size=12),
    st.text(alphabet="abé国𝄞<>", max_size=9).map(str.encode),
    st.sampled_from([b"", b"</s>", b"<", b">", b"\x80\x80", b"a\x00b"]),
)


@given(st.lists(WORDS, max_size=6), st.integers(0, 4), st.integers(0, 6), st.integers(1, 50))
def test_batched_buckets_equal_the_plain_twin(words, minn, maxn, buckets):
    found, offsets = ngram_buckets(words, minn, maxn, buckets)
    assert offsets[[0, -1]].tolist() == [0, len(found)]
    assert len(offsets) == len(words) + 1
    for i, word in enumerate(words):
        wanted = [bucket_of(g, buckets) for g in ngrams(word, minn, maxn)]
        assert found[offsets[i] : offsets[i + 1]].tolist() == wanted


def test_ngrams_follow_the_rules_of_the_paper():
    assert ngrams(b"where", 3, 3) == [b"<wh", b"whe", b"her", b"ere", b"re>"]
    assert [g.decode() for g in ngrams("国王".encode(), 2, 3)] == ["<国", "<国王", "国王", "国王>", "王>"]


def test_single_characters_are_ngrams_but_the_borders_are_not():
    assert ngrams(b"ab", 1, 1) == [b"a", b"b"]
    assert ngrams(b"<", 1, 1) == [b"<"]
    assert ngrams(b"", 1, 1) == []


def test_the_line_end_has_no_ngrams():
    assert ngrams(b"</s>", 1, 6) == []


def test_hash_is_fnv1a_where_bytes_are_ascii_and_sign_extended_where_not():
    assert bucket_of(b"foobar", 2**32) == 0xBF9CF968  # the published FNV-1a test vector
    plain = ((2166136261 ^ 0xE9) * 16777619) % 2**32
    assert bucket_of(b"\xe9", 2**32) != plain


def subwords(minn=1, kept=None):
    rows = 7 if kept is None else len(kept)
    return Subwords(np.random.default_rng(0).normal(size=(rows, 3)).astype(np.float32), minn, 3, 7, kept)


def test_vector_of_an_unseen_word_is_the_mean_of_its_ngrams():
    model = subwords()
    rows = [bucket_of(g, 7) for g in ngrams("naïve".encode(), 1, 3)]
    np.testing.assert_allclose(model.vector("naïve"), model.vectors[rows].mean(0), rtol=1e-6)


def test_pruned_buckets_are_left_out():
    kept = np.array([1, 4, 5])
    model = subwords(kept=kept)
    buckets = [bucket_of(g, 7) for g in ngrams(b"model", 1, 3)]
    rows = [[1, 4, 5].index(b) for b in buckets if b in (1, 4, 5)]
    assert 0 < len(rows) < len(buckets)
    np.testing.assert_allclose(model.vector("model"), model.vectors[rows].mean(0), rtol=1e-6)


def test_add_adds_each_words_ngrams_and_counts_them():
    model = subwords()
    sums = np.ones((3, 3), np.float32)
    counts = model.add(sums, [b"abc", b"</s>", b"a"])
    assert counts.tolist() == [len(ngrams(b"abc", 1, 3)), 0, len(ngrams(b"a", 1, 3))]
    np.testing.assert_array_equal(sums[1], 1)
    np.testing.assert_allclose(sums[2] - 1, model.vector("a") * counts[2], rtol=1e-5)


@pytest.mark.parametrize(("model", "word"), [
    (subwords(minn=3), ""),
    (subwords(), "</s>"),
    (subwords(kept=np.zeros(0, np.int64)), "word"),
])
def test_a_word_without_ngrams_is_an_error(model, word):
    with pytest.raises(InputError, match="no n-gram"):
        model.vector(word)


@pytest.mark.parametrize("bad", [np.nan, 3e38])
def test_damaged_ngrams_are_an_error_not_a_nan(bad):
    model = Subwords(np.full((1, 2), bad, np.float32), 1, 3, 1)
    with pytest.raises(InputError, match="NaN or infinite"):
        model.vector("word")


def test_half_a_surrogate_is_hashed_not_refused():
    assert np.isfinite(subwords().vector("\ud800")).all()
