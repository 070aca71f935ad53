import struct
import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.errors import ArmillaryError, DamagedFile, InputError, UnknownFormat
from armillary.formats import fasttext
from armillary.formats.bounded import BoundedReader
from armillary.formats.fasttext import read_fasttext
from armillary.formats.points import Accept, Points
from armillary.formats.write_fasttext import write_fasttext
from armillary.text import ngrams as text_ngrams
from armillary.text.ngrams import Subwords, bucket_of, ngrams
from tests.formats.fasttext_files import (
    BUCKETS,
    DIM,
    PRUNED,
    WORDS,
    arguments,
    dense,
    dictionary,
    model,
    quantised,
    quantised_model,
)
from tests.formats.matrices import assert_equal, parts

INT_MAX = 2**31 - 1


@pytest.fixture
def opened(tmp_path):
    def open_bytes(content, *options, **named):
        (tmp_path / "model.bin").write_bytes(content)
        return read_fasttext(tmp_path / "model.bin", *options, **named)

    return open_bytes


def numbers(matrix):
    rows, columns = struct.unpack_from("<2q", matrix)
    return np.frombuffer(matrix, "<f4", offset=16).reshape(rows, columns)


def test_a_words_vector_is_the_mean_of_its_row_and_its_ngrams(opened):
    found = opened(model())
    matrix = numbers(dense(len(WORDS) + BUCKETS, DIM))
    assert found.labels == ["</s>", "the", "国王"]
    assert found.counts.tolist() == [9, 7, 2]
    assert found.format == "fastText"
    for row, (word, _, _) in enumerate(WORDS):
        rows = [row] + [len(WORDS) + bucket_of(g, BUCKETS) for g in ngrams(word, 2, 4)]
        np.testing.assert_allclose(found.vectors[row], matrix[rows].mean(0), rtol=1e-5)
    np.testing.assert_array_equal(found.vectors[0], matrix[0])
    np.testing.assert_array_equal(found.subwords.vectors, matrix[len(WORDS) :])


def test_labels_of_a_classifier_are_left_out(opened):
    entries = [*WORDS, (b"__label__news", 3, 1)]
    found = opened(model(words=dictionary(entries), output=dense(1, DIM)))
    assert found.labels == ["</s>", "the", "国王"]


@pytest.mark.parametrize(
    "head",
    [arguments(maxn=0, minn=0), arguments(maxn=-1), arguments(version=11, model=3)],
    ids=["maxn 0", "maxn -1", "a classifier of version 11"],
)
def test_without_ngrams_a_vector_is_its_row_and_not_copied(opened, head):
    found = opened(model(head=head))
    assert found.subwords is None
    np.testing.assert_array_equal(found.vectors, numbers(dense(len(WORDS) + BUCKETS, DIM))[:3])


def test_version_11_keeps_the_ngrams_of_models_that_are_no_classifiers(opened):
    assert opened(model(head=arguments(version=11))).subwords is not None


def test_a_limit_reads_the_first_words(opened):
    whole, first = opened(model()), opened(model(), limit=2)
    assert first.labels == ["</s>", "the"]
    assert first.counts.tolist() == [9, 7]
    np.testing.assert_array_equal(first.vectors, whole.vectors[:2])


def test_words_are_taken_in_blocks(opened, monkeypatch):
    whole = opened(model())
    monkeypatch.setattr(text_ngrams, "_BLOCK", 6)
    np.testing.assert_array_equal(opened(model()).vectors, whole.vectors)


def test_bad_utf8_and_duplicates_load_with_a_count(opened):
    entries = [(b"caf\xe9", 5, 0), (b"tea", 3, 0), (b"tea", 1, 0)]
    found = opened(model(words=dictionary(entries)))
    assert found.labels == ["caf\\xe9", "tea"]
    assert found.counts.tolist() == [5, 3]
    assert [note.facts["count"] for note in found.notes] == [1, 1]


def test_ngrams_are_of_the_bytes_in_the_file_not_of_their_escapes(opened):
    found = opened(model(words=dictionary([(b"caf\xe9", 5, 0), *WORDS[1:]])))
    matrix = numbers(dense(len(WORDS) + BUCKETS, DIM))
    rows = [0] + [len(WORDS) + bucket_of(g, BUCKETS) for g in ngrams(b"caf\xe9", 2, 4)]
    np.testing.assert_allclose(found.vectors[0], matrix[rows].mean(0), rtol=1e-5)


def test_nan_in_a_words_row_is_an_error_or_left_out(opened):
    matrix = bytearray(dense(len(WORDS) + BUCKETS, DIM))
    matrix[16 + 4 * DIM : 20 + 4 * DIM] = struct.pack("<f", np.nan)
    with pytest.raises(DamagedFile, match=r"row 1 \('the'\)"):
        opened(model(matrix=bytes(matrix)))
    assert opened(model(matrix=bytes(matrix)), Accept(drop_nonfinite=True)).labels == ["</s>", "国王"]


@pytest.mark.parametrize("pruned", [PRUNED, [(2, 0)], []])
@pytest.mark.parametrize("normed", [True, False])
@pytest.mark.parametrize("step", [1, 2, 3])
def test_quantised_rows_are_put_together_from_centroids(opened, pruned, normed, step):
    rows = len(WORDS) + len(pruned)
    matrix = quantised(rows, DIM, step, normed)
    found = opened(quantised_model(matrix, pruned=pruned))
    assert found.format == "fastText, quantised"
    dense_rows = plain_dequantised(matrix, rows, step, normed)
    np.testing.assert_array_equal(found.vectors[0], dense_rows[0])
    assert (found.subwords is None) == (not pruned)
    for bucket, row in pruned:
        place = found.subwords.kept.tolist().index(bucket)
        np.testing.assert_array_equal(found.subwords.vectors[place], dense_rows[len(WORDS) + row])


@pytest.mark.parametrize("bad", [3e38, np.nan, np.inf])
def test_lengths_out_of_range_are_a_row_that_is_not_finite(opened, bad):
    matrix = quantised(5, DIM)
    matrix = matrix[: -4 * 256] + np.full(256, bad, "<f4").tobytes()
    with pytest.raises(DamagedFile, match="NaN or infinity"):
        opened(quantised_model(matrix))


def plain_dequantised(matrix, rows, step, normed):
    """Number by number, by fastText's own indices."""
    pieces = -(-DIM // step)
    codes = matrix[21 : 21 + rows * pieces]
    start = 21 + rows * pieces + 16
    centroids = np.frombuffer(matrix, "<f4", DIM * 256, start)
    norm_codes = matrix[start + DIM * 1024 :]
    norms = np.frombuffer(norm_codes, "<f4", 256, rows + 16) if normed else None
    found = np.zeros((rows, DIM), np.float32)
    for row in range(rows):
        for column in range(DIM):
            piece = column // step
            width = DIM - (pieces - 1) * step if piece == pieces - 1 else step
            code = codes[row * pieces + piece]
            found[row, column] = centroids[piece * 256 * step + code * width + column - piece * step]
        if normed:
            found[row] *= norms[norm_codes[row]]
    return found


def test_the_output_matrix_may_be_quantised_too(opened):
    assert opened(quantised_model(output=quantised(3, DIM), flags=(1, 1))).labels == ["</s>", "the", "国王"]


def test_of_a_plain_model_the_output_is_plain_whatever_the_flag_says(opened):
    assert opened(model(flags=(0, 1))).labels == ["</s>", "the", "国王"]


BAD = {
    "not fastText": (b"word2vec" * 9, "is not a fastText model"),
    "version 99": (model(head=arguments(version=99)), "version 99"),
    "version 10": (model(head=arguments(version=10)), "version 10"),
    "cut in the arguments": (model()[:30], "truncated: needs byte"),
    "no buckets": (model(head=arguments(buckets=0)), "0 buckets"),
    "negative buckets": (model(head=arguments(buckets=-5)), "-5 buckets"),
    "other buckets": (model(head=arguments(buckets=5)), "its head says 8 x 3"),
    "endless n-grams": (model(head=arguments(maxn=INT_MAX)), "n-grams of 2147483647"),
    "dim 0": (model(head=arguments(dim=0)), "vectors of 0 numbers"),
    "dim -1": (model(head=arguments(dim=-1)), "vectors of -1 numbers"),
    "other dim": (model(head=arguments(dim=4)), "input matrix of 7 x 3; its head says 7 x 4"),
    "cut in the dictionary": (arguments() + dictionary()[:40], "truncated"),
    "size 2^31-1": (model(words=dictionary(size=INT_MAX, words=INT_MAX)), "truncated: has not the bytes"),
    "sizes that do not add up": (model(words=dictionary(size=2)), "states 2 entries: 3 words and 0 labels"),
    "no words": (model(words=dictionary([])), "0 words"),
    "negative labels": (model(words=dictionary(labels=-1, size=2)), "-1 labels"),
    "prune index 2^40": (model(words=dictionary(kept=2**40)), "truncated"),
    "prune index -2": (model(words=dictionary(kept=-2)), "states 3 entries"),
    "pruned, not quantised": (model(words=dictionary(pruned=[(0, 0), (1, 1), (2, 2), (3, 3)])), "pruned but not quant"),
    "a bucket kept twice": (quantised_model(pruned=[(1, 0), (1, 1)]), "one of them twice"),
    "a kept row too far": (quantised_model(pruned=[(1, 0), (2, 2)]), "out of range"),
    "a negative bucket": (quantised_model(pruned=[(-1, 0), (2, 1)]), "out of range"),
    "a word of 2 MB": (model(words=dictionary([(b"x" * 2**21, 1, 0)])), "no end within 65536 bytes"),
    "a label among the words": (model(words=dictionary([*WORDS[:2], (b"x", 1, 1)], words=3, labels=0)), "kind 1"),
    "a negative count": (model(words=dictionary([*WORDS[:2], (b"x", -1, 0)])), "count -1"),
    "flag 2": (model(flags=(2, 0)), "has 2 where yes"),
    "matrix of 2^31 x 2^31": (model(matrix=struct.pack("<2q", 2**31, 2**31)), "truncated"),
    "matrix that wraps 64 bits": (model(matrix=struct.pack("<2q", 2**62, 4)), "truncated"),
    "negative matrix": (model(matrix=struct.pack("<2q", -1, 3)), "shape"),
    "output of another width": (model(output=dense(3, 4)), "4 columns, not 3"),
    "cut in the matrix": (model()[:-100], "truncated"),
    "a byte too many": (model() + b"\0", "1 bytes more"),
    "quantised, 2^40 rows": (quantised_model(struct.pack("<?2qi", 0, 2**40, DIM, 8)), "in so few bytes"),
    "quantised, negative": (quantised_model(struct.pack("<?2qi", 0, -1, DIM, 8)), "-1 rows"),
    "quantised, other codes": (
        quantised_model(struct.pack("<?2qi", 0, 5, DIM, 8) + quantised(4, DIM, normed=False)[21:]),
        "8 codes for 5 rows",
    ),
    "quantised, odd pieces": (quantised_model(struct.pack("<?2q5i", 0, 1, DIM, 0, DIM, 1, 2, 2)), "into 1 pieces of 2"),
    "quantised, no pieces": (quantised_model(struct.pack("<?2q5i", 0, 1, DIM, 0, DIM, 0, 0, 0)), "pieces of 0"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_is_an_error_that_says_why(opened, case):
    content, message = BAD[case]
    with pytest.raises((DamagedFile, UnknownFormat), match=message):
        opened(content)


@pytest.mark.parametrize("case", ["size 2^31-1", "prune index 2^40", "matrix of 2^31 x 2^31", "quantised, 2^40 rows"])
def test_what_a_header_promises_is_not_allocated(opened, case):
    tracemalloc.start()
    with pytest.raises(DamagedFile):
        opened(BAD[case][0])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**20


def cut_in_memory(monkeypatch, content, step):
    """Read `content` cut at each byte of its head and end, and each `step` in the numbers between; without the disk."""
    size = len(content)
    for end in {*range(min(500, size)), *range(0, size, step), *range(max(0, size - 50), size)}:
        monkeypatch.setattr(fasttext, "open_bounded", lambda path, accept, end=end: BoundedReader(path, content[:end]))
        with pytest.raises((DamagedFile, UnknownFormat)):
            read_fasttext(Path("model.bin"))


@pytest.mark.parametrize(
    "content", [model(), quantised_model(), model(arguments(maxn=0))], ids=["plain", "quantised", "no n-grams"]
)
def test_cut_at_any_byte_it_is_an_error(monkeypatch, content):
    cut_in_memory(monkeypatch, content, 11)


def test_a_published_model_cut_at_any_byte_is_an_error(monkeypatch, data):
    content = (data / "models/formats/crime-and-punishment.bin").read_bytes()
    cut_in_memory(monkeypatch, content, 211)


@given(st.sampled_from([model(), quantised_model()]), st.data())
def test_a_changed_byte_gives_points_or_an_error_and_nothing_else(tmp_path_factory, content, data):
    changed = bytearray(content)
    place = data.draw(st.integers(0, min(200, len(changed) - 9)))
    changed[place : place + 8] = data.draw(st.binary(min_size=1, max_size=8))
    path = tmp_path_factory.mktemp("changed") / "model.bin"
    path.write_bytes(changed)
    try:
        found = read_fasttext(path)
    except ArmillaryError:
        return
    assert np.isfinite(found.vectors).all()


LABELS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)


@given(parts(LABELS, counted=True), st.integers(0, 3), st.integers(1, 5), st.integers(1, 9))
def test_what_is_written_is_read_back(tmp_path_factory, parts, minn, maxn, buckets):
    labels, vectors, counts = parts
    vectors = vectors / max(1, np.abs(vectors).max())
    counts = counts % 2**40
    grams = np.random.default_rng(0).normal(size=(buckets, vectors.shape[1])).astype(np.float32)
    wanted = Points(labels, vectors, counts, Subwords(grams, minn, maxn, buckets))
    path = tmp_path_factory.mktemp("written") / "model.bin"
    write_fasttext(wanted, path)
    found = read_fasttext(path)
    np.testing.assert_allclose(found.vectors, vectors, rtol=0, atol=1e-6)
    assert_equal(replace(found, vectors=vectors), wanted)
    assert (found.subwords.minn, found.subwords.maxn, found.subwords.buckets) == (minn, maxn, buckets)
    np.testing.assert_array_equal(found.subwords.vectors, grams)


GRAMS = Subwords(np.ones((2, 2), np.float32), 1, 2, 2)


def test_words_without_counts_were_seen_once(tmp_path):
    write_fasttext(Points(["a", "b"], np.eye(2, dtype=np.float32), subwords=GRAMS), tmp_path / "model.bin")
    assert read_fasttext(tmp_path / "model.bin").counts.tolist() == [1, 1]


@pytest.mark.parametrize(
    ("label", "number", "subwords", "message"),
    [
        ("a", 1, None, "all n-grams"),
        ("a", 1, replace(GRAMS, kept=np.array([0, 1])), "all n-grams"),
        ("a\0b", 1, GRAMS, "holds a NUL"),
        ("word", 3e38, GRAMS, "too large"),
    ],
)
def test_what_the_format_cannot_hold_is_refused(tmp_path, label, number, subwords, message):
    points = Points([label], np.full((1, 2), number, np.float32), subwords=subwords)
    with pytest.raises(InputError, match=message):
        write_fasttext(points, tmp_path / "model.bin")
    assert not list(tmp_path.iterdir())
