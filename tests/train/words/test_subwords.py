"""Words composed of n-grams: kernels and twin, training, unseen words, files."""

from pathlib import Path

import numpy as np
import pytest

from armillary.errors import InputError
from armillary.formats.fasttext import read_fasttext
from armillary.formats.points import Points
from armillary.formats.write_fasttext import write_fasttext
from armillary.space import Space
from armillary.text.encoded import Encoded
from armillary.train.words import Plan, Training, fit, resume, subword_plain
from armillary.train.words.sampling import kept, stream, thresholds
from armillary.train.words.shard import How, Net, Text
from armillary.train.words.subwords import grams_of
from tests.train.words.test_kernels import ENCODED, V, targets
from tests.train.words.texts import company

pytest.importorskip("numba")
PLAN = Plan(minn=2, maxn=4, bucket=150)
TEXT = company()
SETTINGS = {"vector_size": 20, "epochs": 3, "shards": 3, "period": 40, "negative": 3, "sample": 0.1, "minn": 2,
            "maxn": 4, "bucket": 5000}
SMALL = Plan(workers=1, **SETTINGS)


def net(size: int, rows: int) -> Net:
    random = np.random.default_rng(5)
    inputs, outputs = (random.normal(scale=0.4, size=(n + 1, size)).astype(np.float32) for n in (rows, V))
    outputs[V] = 0
    return Net(inputs.reshape(-1), outputs.reshape(-1), np.arange(V), size)


@pytest.mark.parametrize("cbow", [False, True])
@pytest.mark.parametrize(("negative", "size", "window"), [(5, 32, 3), (13, 16, 1), (0, 16, 40)])
def test_kernel_and_twin_leave_the_same_bits(negative: int, size: int, window: int, cbow: bool) -> None:
    from armillary.train.words import subword_kernels

    text = Text(ENCODED.ids[:250], thresholds(kept(ENCODED.counts, 0.05)))
    how = How(window=window, rate=0.1, state=stream(1, 2, 3), cbow=cbow)
    grams = grams_of(ENCODED.labels, ENCODED.counts, PLAN, size)
    ours, twins, before = (net(size, V + len(grams.buckets)) for _ in range(3))
    pairs, loss = subword_kernels.learn(text, ours, grams.pieces, targets(negative), how)
    told = subword_plain.learn(text, twins, grams.pieces, targets(negative), how)
    assert pairs == told.pairs > 100
    assert loss == pytest.approx(told.loss, rel=1e-6)
    assert np.array_equal(ours.inputs, twins.inputs)
    assert np.array_equal(ours.outputs, twins.outputs)
    moved = (ours.inputs != before.inputs).reshape(-1, size).any(axis=1)
    assert moved[V:].sum() > len(grams.buckets) / 2
    assert not ours.outputs[-size:].any()


def learned(plan: Plan, **how: object) -> Training:
    *_, last = fit(TEXT, plan, **how)
    return last.training


def whole(training: Training) -> bytes:
    space = training.space()
    assert space.subwords is not None
    return space.vectors.tobytes() + space.subwords.vectors.tobytes()


@pytest.mark.parametrize("method", ["skipgram", "cbow"])
def test_threads_change_no_bit(method: str) -> None:
    assert len({whole(learned(Plan(method=method, workers=workers, **SETTINGS))) for workers in (1, 3)}) == 1


def test_ngrams_change_all_and_the_number_of_buckets_too() -> None:
    plans = [Plan(**{**SETTINGS, **other}) for other in ({}, {"minn": 1}, {"bucket": 9}, {"minn": 0, "maxn": 0})]
    assert len({learned(plan).vectors.tobytes() for plan in plans}) == 4


def test_resumed_equals_uninterrupted_bit_for_bit(tmp_path: Path) -> None:
    step = next(fit(TEXT, SMALL))
    step.training.save(tmp_path / "saved")
    again = resume(tmp_path / "saved", TEXT, workers=2)
    assert len(list(again.steps())) > 1
    assert whole(again) == whole(learned(SMALL))
    assert again.space().origin == learned(SMALL).space().origin


def test_vectors_are_the_means_of_rows_as_fasttext_adds_them() -> None:
    training = learned(SMALL)
    space, own = training.space(), training.state().arrays["inputs"][: len(TEXT.labels), :20]
    assert space.subwords is not None
    assert np.array_equal(space.vectors, space.subwords.means(own, [label.encode() for label in TEXT.labels]))


def test_unseen_words_have_vectors_near_those_of_like_letters() -> None:
    labels = [f"{'abcd'[row // 10] * 3}{row}" for row in range(40)]
    rows = [int(label[1:]) for label in TEXT.labels]
    encoded = Encoded(TEXT.ids, [labels[row] for row in rows], TEXT.counts)
    plan = {**SETTINGS, "epochs": 30, "sample": 0.0, "shards": 1, "period": 0, "alpha": 0.05, "maxn": 3}
    *_, last = fit(encoded, Plan(**plan))
    space = last.training.space()
    for letter in "abcd":
        assert f"{letter * 3}x" not in space
        near = [one.label for one in space.near(space[f"{letter * 3}x"]).neighbours[:5]]
        assert all(label.startswith(letter) for label in near)


def test_a_space_keeps_its_ngrams_and_fasttext_files_have_them_too(tmp_path: Path) -> None:
    space = learned(SMALL).space()
    space.save(tmp_path / "a.space")
    write_fasttext(Points(space.labels, space.vectors, space.counts, space.subwords), tmp_path / "a.bin")
    opened, read = Space.load(tmp_path / "a.space"), Space.of(read_fasttext(tmp_path / "a.bin"))
    assert np.abs(read.vectors - space.vectors).max() < 1e-6
    assert list(read.labels) == list(space.labels)
    for word in ("w00w01", "0w1"):
        for other in (opened, read):
            assert np.array_equal(other.vector(word), space.vector(word))
    with pytest.raises(InputError, match="no n-gram"):
        opened.vector("zzz")


def test_learning_goes_on_from_words_and_ngrams() -> None:
    start = learned(SMALL).space()
    fresh, same = Training(TEXT, SMALL), Training(TEXT, SMALL, start=start)
    assert start.subwords is not None
    assert np.abs(same.vectors - start.vectors).max() < 1e-6
    assert np.array_equal(same.space().vector("w00w"), start.vector("w00w"))
    words_alone = Training(TEXT, SMALL, start=Space(start.labels, start.vectors))
    assert np.abs(words_alone.vectors - start.vectors).max() < 1e-6
    assert np.array_equal(words_alone.space().vector("w00w"), fresh.space().vector("w00w"))


@pytest.mark.parametrize("wrong", [{"minn": 3, "maxn": 2}, {"minn": 3}, {"maxn": 3}, {"minn": 1, "maxn": 33}])
def test_ngrams_that_make_no_sense_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(InputError, match="maxn"):
        Plan(**wrong)


def test_words_made_of_ngrams_cannot_be_frozen() -> None:
    with pytest.raises(InputError, match="frozen"):
        Training(TEXT, SMALL, frozen=["w00"])


def test_only_buckets_that_are_used_take_memory() -> None:
    plan = Plan(**{**SETTINGS, "bucket": 10**6})
    used = len(grams_of(TEXT.labels, TEXT.counts, plan, 32).buckets)
    assert Training(TEXT, plan).bytes == 4 * (2 * 41 + used) * 32 * 4
